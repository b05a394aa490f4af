"""Names and keys within a sentence: whoever may name a column, a policy or a schema writes there, too."""

import re
from collections.abc import Sequence

_NAME_CHARS, _MOST_CHARS = 80, 400
_NAMES_SHOWN = 10


def quoted(names: Sequence[str]) -> str:
    """The first of them, those in quotes that would read as a part of the sentence; and how many more."""
    return some([_named(name) for name in names])


def some(names: Sequence[str]) -> str:
    """As `quoted`, of names in words or as SQL writes them."""
    more = f" e mais {len(names) - _NAMES_SHOWN}" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(plain(name) for name in names[:_NAMES_SHOWN]) + more


def _named(name: str) -> str:
    shown = plain(name, _NAME_CHARS)
    return shown if re.fullmatch(r"\w+", shown) else f'"{shown}"'


def plain(text: str, most: int = _MOST_CHARS) -> str:
    """On one line, without characters that nobody sees, and not without end."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    shown = " ".join(seen.split())
    return shown if len(shown) <= most else f"{shown[:most]}…"
