"""When two texts look the same to a person: the oracle's half of `campos_so_invisiveis`.

CHOICE: no-break spaces, composition and direction marks are named; here are all characters of these kinds.
Letters of other alphabets that resemble each other, ligatures, full-width digits and the number of spaces can
be seen, so they are not the same.
"""

from __future__ import annotations

import unicodedata
from typing import Any

BLANK_LETTERS = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}
"""Hangul fillers and the empty braille pattern: letters and signs with nothing on them."""

UNSEEN_MARKS = {
    "\u034f",
    "\u17b4",
    "\u17b5",
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
}
"""Marks (Mn) that only join or select: the grapheme joiner, Khmer's inherent vowels, variation selectors."""


def look_the_same(one: Any, other: Any) -> bool:
    """Two texts that differ, and that nobody tells apart; never two dates or amounts."""
    return isinstance(one, str) and isinstance(other, str) and one != other and _seen(one) == _seen(other)


def _seen(text: str) -> str:
    """What of a text can be seen: letters composed, every kind of space U+0020, none at the ends."""
    shown = "".join(map(_shown, text))
    return unicodedata.normalize("NFC", shown).strip(" ")


def _shown(c: str) -> str:
    if c.isspace() or c in BLANK_LETTERS or unicodedata.category(c) in {"Zs", "Zl", "Zp"}:
        return " "
    is_selector = 0xE0100 <= ord(c) <= 0xE01EF
    return "" if unicodedata.category(c) in {"Cf", "Cc"} or c in UNSEEN_MARKS or is_selector else c
