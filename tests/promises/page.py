"""docs/promises.md, made from the promises: `python -m tests.promises.page`; a test says when it is old."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from local.place import CHECKOUT
from tests.promises.mechanism import Mechanism
from tests.promises.promises import (
    BALANCE,
    BEST_EFFORT,
    GUARDS,
    INVARIANTS,
    MECHANISMS,
    NOT_PROMISED,
    Promise,
)

PAGE: Final = Path("docs") / "promises.md"
_INTRODUCTION: Final = """\
<!-- made by `python -m tests.promises.page`: change tests/promises/ instead -->
# What is promised, and what is not

Each promise is kept by mechanisms, a line of the code each. `python -m tests.promises` switches each of
these lines off alone, in a copy of the checkout, and ends with 0 where the test beside it then fails, and
passes with all of them on (half an hour; `python -m tests.promises NAME` takes those whose name has NAME in
it). `make test` does so for a few drawn ones, and sees to it that every line and test named here is there.

A mechanism may keep several promises, and most promises are kept by several: where one fails, another may
still hold.
"""


def text() -> str:
    return "\n".join(
        (
            _INTRODUCTION,
            *_chapter("What holds, whatever happens", INVARIANTS),
            *_chapter("Who may do what", GUARDS),
            *_chapter("What balances", BALANCE),
            *_chapter("What is not promised", BEST_EFFORT),
            *_not_promised(),
            "",
        )
    )


def _chapter(title: str, promises: Sequence[Promise]) -> Iterator[str]:
    known = {mechanism.name: mechanism for mechanism in MECHANISMS}
    yield f"## {title}"
    for promise in promises:
        yield from ("", f"**{promise.name}.** {promise.said}.", "")
        yield from ("| kept by | in | off, this fails |", "|---|---|---|")
        yield from (_row(known[name]) for name in promise.kept_by)
    yield ""


def _row(mechanism: Mechanism) -> str:
    tests = ", ".join(f"`{test.removeprefix('tests/')}`" for test in mechanism.tests.split())
    return f"| {mechanism.name} | `{mechanism.file}` | {tests} |"


def _not_promised() -> Iterator[str]:
    yield from ("| nobody promises that | but | seen in |", "|---|---|---|")
    for each in NOT_PROMISED:
        yield f"| {each.said} | {each.instead} | `{each.test.removeprefix('tests/')}` |"


if __name__ == "__main__":
    (CHECKOUT / PAGE).write_text(text(), encoding="utf-8")
