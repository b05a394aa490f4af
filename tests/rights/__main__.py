"""`python -m tests.rights [FOLDER…]`: which granted rights somebody needs, and which nobody does.

Every scenario of tests/endings is run, and all that needs the local stack, for some fifteen minutes. Or,
quicker, what is known of stacks is kept, and those below the folders tell what is new. Writes
tests/rights/used.jsonl; ends with 1 where a right is neither needed nor has its reason.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.synth import assembly
from tests.endings import asked
from tests.endings.catalogue import SCENARIOS
from tests.endings.recording import record
from tests.infra.conftest import read_assembly
from tests.rights import kept, reasons
from tests.rights.granted import Right, granted, needing
from tests.rights.kept import Use

STACKS = ("tests/e2e", "tests/faults", "tests/deployed", "tests/test_demo.py")


def main(folders: Sequence[str]) -> int:
    with assembly() as out:
        grants = granted(read_assembly(out))
    endings = needing(grants, of_endings())
    if folders:
        known = [use for use in kept.read() if use.right in grants] if kept.USED.exists() else []
        before = {use.right: use.request for use in known if "stack" in use.seen}
        stacks = {**needing(grants, kept.of_stacks(map(Path, folders))), **before}
    else:
        stacks = needing(grants, of_running())
    found = {**endings, **stacks}
    seen = {right: _seen(endings=right in endings, stack=right in stacks) for right in found}
    kept.write(Use(right, request, seen[right]) for right, request in found.items())
    return tell(grants, set(found))


def of_endings() -> set[Right]:
    for scenario in SCENARIOS.values():
        record(scenario)
    return {Right(*one) for one in asked.RIGHTS}


def of_running() -> set[Right]:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-m", "stack", "--basetemp", f"{folder}/stacks", *STACKS]
        subprocess.run(command, check=True)
        return kept.of_stacks([Path(folder)])


def tell(grants: Iterable[Right], used: set[Right]) -> int:
    """A line for each role, then each right that has no reason."""
    unused = [right for right in grants if right not in used]
    without = [right for right in unused if reasons.of(right) is None]
    counts = [Counter(right.role for right in some) for some in (grants, used, unused, without)]
    print("role                                  granted  needed  unused  without a reason")
    for role in sorted(counts[0]):
        print(f"{role:38}" + "".join(f"{count[role]:7} " for count in counts))
    print(f"{'all':38}" + "".join(f"{count.total():7} " for count in counts))
    for right in sorted(without):
        print("unneeded:", *right)
    return int(bool(without))


def _seen(**where: bool) -> tuple[str, ...]:
    return tuple(name for name, is_so in where.items() if is_so)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
