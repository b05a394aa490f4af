"""Other ways to write a key: what somebody may have meant who typed it, or a system that rewrote it."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Final

from reconciliation.contract import KEY_MAX_CHARS

SPELLINGS_MAX: Final = 64

_Rewritten = Callable[[str], str]
_NUMBER = re.compile(r"\d+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_JOINT = re.compile(r"(?<=[^\W_])[\W_]+(?=[^\W_])")
"""Between two letters or digits, whatever is neither."""
_SEAM = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
"""Where letters and digits meet without anything between them."""


def spellings(key: str) -> list[str]:
    """At most 64 others, each once: those with the fewest changes first."""
    others: dict[str, None] = {}
    for changes in sorted(product(_zeros(), _joints(), _cases()), key=_weight):
        other = key
        for change in changes:
            other = change(other)
        if other and other != key and len(other) <= KEY_MAX_CHARS:
            others[other] = None
    return list(others)[:SPELLINGS_MAX]


def _as_it_is(key: str) -> str:
    return key


def _weight(changes: tuple[_Rewritten, ...]) -> int:
    return sum(change is not _as_it_is for change in changes)


def _zeros() -> Iterator[_Rewritten]:
    """Without the zeros before its numbers; with up to four more before its last one."""
    yield _as_it_is
    yield partial(_ZEROS.sub, "")
    for zeros in range(1, 5):
        yield partial(_padded, zeros)


def _padded(zeros: int, key: str) -> str:
    numbers = list(_NUMBER.finditer(key))
    at = numbers[-1].start() if numbers else len(key)
    return f"{key[:at]}{'0' * zeros}{key[at:]}" if numbers else key


def _joints() -> Iterator[_Rewritten]:
    """With nothing, or another sign, between its parts."""
    yield _as_it_is
    for sign in ("", "-", "_", " ", "/", "."):
        yield partial(_joined, sign)


def _joined(sign: str, key: str) -> str:
    return _SEAM.sub(sign, _JOINT.sub(sign, key))


def _cases() -> Iterator[_Rewritten]:
    yield from (_as_it_is, str.upper, str.lower)
