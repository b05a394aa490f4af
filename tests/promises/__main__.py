"""Each mechanism that keeps a promise, switched off in a copy of the checkout: which test notices?

    python -m tests.promises [NAME] [--keep FILE]

NAME is a part of a mechanism's name; without it, all of them (half an hour). Prints one line each. What came
of each is kept in FILE, from which a run goes on: what was noticed there, and has not changed since, is not
switched off again.
Exit code 1: a mechanism can be switched off and nobody notices, or a test fails while all of them are on.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.promises import seen
from tests.promises.mechanism import Mechanism
from tests.promises.promises import MECHANISMS
from tests.promises.seen import Seen
from tests.promises.switching import copied, noticed, outcome_of


def main(argv: Sequence[str]) -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--keep", type=Path, default=Path(".local/promises.jsonl"))
    given = parser.parse_args(argv)
    chosen = [each for each in MECHANISMS if given.name in each.name]
    known = {(one.name, one.digest) for one in seen.read(given.keep) if one.by}
    left = [each for each in chosen if (each.name, seen.digest_of(each)) not in known]
    print(f"{len(chosen) - len(left)} of {len(chosen)} were noticed before ({given.keep})", flush=True)
    survivors = _switched_off(left, given.keep) if left else 0
    print(f"{len(left)} switched off in turn, {survivors} of them unnoticed")
    return int(survivors > 0 or not chosen)


def _switched_off(left: Sequence[Mechanism], keep: Path) -> int:
    """How many of them nobody notices, or 1 where a test fails with all on."""
    with copied() as copy:
        ended, failed = outcome_of(copy, {test for each in left for test in each.tests.split()})
        if ended != 0:
            print(f"with everything on: {failed or 'the tests do not run'}")
            return 1
        survivors = 0
        for mechanism in left:
            one = Seen(mechanism.name, seen.digest_of(mechanism), noticed(copy, mechanism))
            seen.add(keep, one)
            survivors += one.by is None
            print(f"{one.name}: {one.by or 'NOBODY NOTICED'}", flush=True)
    return survivors


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
