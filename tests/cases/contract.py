"""The contract's cases, all of them."""

from tests.cases import files, lines
from tests.cases.case import Case


def cases() -> list[Case]:
    """All of them; names are unique."""
    return [
        *files.containers(),
        *files.raw_bytes(),
        *files.marks(),
        *files.headers(),
        *lines.quotes(),
        *lines.halves(),
        *lines.rows(),
        *lines.keys(),
        *lines.dates(),
        *lines.values(),
        *files.whole_days(),
    ]
