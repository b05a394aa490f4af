"""`python -m tests.rights.deny [ROLE…] [--sample N --seed S] [--keep FILE] [--only scenarios|creation|stack]
[--acts PATTERN]`

Denies each needed right in turn (tests/rights/used.jsonl), or N of them drawn over all roles, and runs what
should need it: in the scenarios of tests/endings, in an empty account, on a local stack. What came of it is
kept in FILE, from which the loop goes on where it stopped: a right that was seen there is not denied again.
Ends with 1 where something asks for nothing that was denied, or nobody sees that it was and no line of
tests/rights/reasons.py says why. Alone, the whole loop takes an hour, a sample of 60 some ten minutes.
"""

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.synth import assembly
from tests.infra.conftest import read_assembly
from tests.rights import kept, reasons
from tests.rights.deny import creation, denial, scenarios, stack
from tests.rights.deny.denial import Denial
from tests.rights.granted import Right, granted

WAYS = ("scenarios", "creation", "stack")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.rights.deny", description=__doc__)
    parser.add_argument("roles", nargs="*", metavar="ROLE")
    parser.add_argument("--sample", type=int, help="so many rights, drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path(".local/denied.jsonl"))
    parser.add_argument("--only", choices=WAYS)
    parser.add_argument("--acts", default="", help="on a stack, those whose names begin so")
    asked = parser.parse_args(argv)
    with assembly() as out:
        grants = granted(read_assembly(out))
    needed = [use.right for use in kept.read() if not asked.roles or use.right.role in asked.roles]
    chosen = drawn(needed, asked.sample, asked.seed) if asked.sample else needed
    for way in WAYS if asked.only is None else (asked.only,):
        known = denial.read(asked.keep)
        done = {one.right for one in known if one.is_seen or one.by.startswith(_first_word(way))}
        _run(way, grants, [right for right in chosen if right not in done], asked.keep, asked.acts)
    return tell(chosen, [one for one in denial.read(asked.keep) if one.right in set(chosen)])


def drawn(rights: Iterable[Right], count: int, seed: int) -> list[Right]:
    """One of each role, then any, until there are so many."""
    random_now = random.Random(seed)
    by_role: dict[str, list[Right]] = defaultdict(list)
    for right in rights:
        by_role[right.role].append(right)
    first = [random_now.choice(some) for some in by_role.values()]
    rest = [right for some in by_role.values() for right in some if right not in first]
    return sorted([*first, *random_now.sample(rest, max(0, min(len(rest), count - len(first))))])


def _first_word(way: str) -> str:
    return way.removesuffix("s")


def _run(way: str, grants: list[Right], chosen: list[Right], keep: Path, acts: str) -> None:
    def kept_and_said(one: Denial) -> None:
        denial.add(keep, one)
        mark = "✓" if one.is_seen else "·" if one.is_refused else "✗"
        print(mark, *one.right, "|", one.by, "|", one.told[:300], flush=True)

    if way == "creation":
        for one in creation.deny(creation.asked_at_creation(chosen)):
            kept_and_said(one)
        return
    if way == "scenarios":
        known = scenarios.uses(grants)
        for one in filter(None, (scenarios.deny(right, known) for right in chosen)):
            kept_and_said(one)
        return
    wanted = stack.known_to_need(chosen) - set(creation.asked_at_creation(chosen))
    if wanted:
        with stack.hands() as hands:
            needs = stack.needs_of(grants, hands, {right.role for right in wanted}, acts)
            found = {right: needs[right] for right in sorted(wanted) if right in needs}
            for right in stack.deny_each(found, hands, kept_and_said):
                print("not used again:", *right, flush=True)


def tell(chosen: Sequence[Right], found: Iterable[Denial]) -> int:
    """A line for each role; then what nobody sees, by design or not, and what nothing here runs."""
    best: dict[Right, Denial] = {}
    for one in found:
        before = best.get(one.right)
        if before is None or (one.is_seen, one.is_refused) > (before.is_seen, before.is_refused):
            best[one.right] = one
    seen = {right for right, one in best.items() if one.is_seen}
    alike = {right for right, one in best.items() if one.is_refused} - seen
    reason = {right: why for right in alike if (why := reasons.of(right, reasons.UNNOTICED))}
    quiet = alike - set(reason)
    unasked = set(best) - seen - alike
    without = set(chosen) - set(best)
    columns = (list(chosen), seen, reason, quiet, unasked, without)
    counts = [Counter(right.role for right in some) for some in columns]
    print("role                                   needed    seen   alike   quiet unasked not run")
    for role in sorted(counts[0]):
        print(f"{role:38}" + "".join(f"{count[role]:7} " for count in counts))
    print(f"{'all':38}" + "".join(f"{count.total():7} " for count in counts))
    for right in sorted(reason):
        print("alike:", *right, "|", best[right].by, "|", reason[right])
    for name, some in (("quiet", quiet), ("unasked", unasked), ("not run", without)):
        for right in sorted(some):
            print(f"{name}:", *right, "|", best[right].by if right in best else "")
    return int(bool(quiet | unasked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
