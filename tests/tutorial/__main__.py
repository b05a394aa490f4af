"""The tutorial, and then the README, followed from the first command to the last in a copy of the checkout.

    python -m tests.tutorial

Some four minutes. Exit code 1: a command did not say what the page shows.
"""

import sys
import tempfile
from pathlib import Path

from local.postgres import free_port
from tests.targets.checkout import Checkout
from tests.tutorial.page import FOLLOWED, steps


def main() -> int:
    """Answers the exit code."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout.copied(Path(folder) / "checkout")
        port = {"PORT": str(free_port())}
        for step in (step for page in FOLLOWED for step in steps(page)):
            code, said = checkout.run("sh", "-c", step.command, env=port)
            missing = step.missing(said)
            faults += missing is not None
            print(f"$ {step.command.splitlines()[0]}\n  exit code {code}", flush=True)
            if missing:
                print(f"  NOT SAID: {missing}\n{said}", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
