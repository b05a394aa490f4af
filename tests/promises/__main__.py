"""Each mechanism that keeps a promise, switched off in a copy of the checkout: which test notices?

    python -m tests.promises [NAME]

NAME is a part of a mechanism's name; without it, all of them (half an hour). Prints one line each.
Exit code 1: a mechanism can be switched off and nobody notices, or a test fails while all of them are on.
"""

import sys

from tests.promises.promises import MECHANISMS
from tests.promises.switching import copied, noticed, outcome_of


def main(part: str) -> int:
    """Answers the exit code."""
    chosen = [each for each in MECHANISMS if part in each.name]
    with copied() as copy:
        ended, failed = outcome_of(copy, {test for each in chosen for test in each.tests.split()})
        if ended != 0:
            print(f"with everything on: {failed or 'the tests do not run'}")
            return 1
        survivors = 0
        for mechanism in chosen:
            test = noticed(copy, mechanism)
            survivors += test is None
            print(f"{mechanism.name}: {test or 'NOBODY NOTICED'}", flush=True)
    print(f"{len(chosen)} switched off in turn, {survivors} of them unnoticed")
    return int(survivors > 0 or not chosen)


if __name__ == "__main__":
    sys.exit(main((sys.argv[1:] or [""])[0]))
