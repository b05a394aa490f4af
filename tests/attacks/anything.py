"""What somebody may write where JSON is expected: any value, and documents of ours with a change."""

import copy
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

Path = tuple[str | int, ...]

TEXTS: Final = st.one_of(
    st.text(max_size=30),
    st.sampled_from((
        "--secret_id", "s3://somebody-elses/2026-02-16/plan.json", "../../etc/passwd", "2026-02-16/../a.csv",
        "'; drop table transacoes; --", "<!channel>", "=cmd|' /C calc'!A0", "x" * 5_000, "\x00", "🧨",
    )),
)  # fmt: skip
NUMBERS: Final = st.one_of(
    st.integers(), st.sampled_from((0, -1, 2**63, 10**30, 10**39)), st.floats(allow_nan=False)
)
ANYTHING: Final = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


def paths(document: Any, here: Path = ()) -> Iterator[Path]:
    """Of each value within it."""
    members = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for name, value in members:
        yield (*here, name)
        yield from paths(value, (*here, name))


def changed(document: Any, where: Path, value: Any) -> Any:
    """A copy with another value there."""
    new = copy.deepcopy(document)
    inner = new
    for name in where[:-1]:
        inner = inner[name]
    inner[where[-1]] = value
    return new
