"""The tutorial followed from its first command to its last, in a copy of the checkout: some three minutes.

    python -m tests.tutorial

Exit code 1: a command did not say what the page shows.
"""

import sys
import tempfile
from pathlib import Path

from tests.targets.checkout import Checkout
from tests.tutorial.page import PAGES, steps


def main() -> int:
    """Answers the exit code."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.copied(Path(folder) / "checkout")
        for step in steps(PAGES[0]):
            code, said = checkout.run("sh", "-c", step.command)
            missing = step.missing(said)
            faults += missing is not None
            print(f"$ {step.command.splitlines()[0]}\n  exit code {code}", flush=True)
            if missing:
                print(f"  NOT SAID: {missing}\n{said}", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
