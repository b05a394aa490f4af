"""What keeps a promise: one line of the product, and how that line reads when it is switched off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mechanism:
    """Its line, which stands once in its file; what stands there when it is off; the tests that must notice.

    `tests` are pytest's own names of tests, as few and as quick ones as notice, between spaces.
    """

    name: str
    file: str
    line: str
    off: str
    tests: str
