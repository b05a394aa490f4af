"""The data contract as examples: a file's bytes and what must come of them on 2026-02-16.

As in the contract, the share of refused lines is not limited in a case unless the case says so.
"""

from tests.cases import files, lines
from tests.cases.case import ANA, BIA, DAY, HEADER, Case

__all__ = ["ANA", "BIA", "DAY", "HEADER", "Case", "cases"]


def cases() -> list[Case]:
    """All of them; names are unique."""
    return [
        *files.containers(),
        *files.raw_bytes(),
        *files.marks(),
        *files.headers(),
        *lines.quotes(),
        *lines.rows(),
        *lines.keys(),
        *lines.dates(),
        *lines.values(),
        *files.whole_days(),
    ]
