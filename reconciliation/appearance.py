"""Whether two texts that differ look the same to a person: the differences that no report can show.

Letters that only resemble each other (a Cyrillic `a`, the ligature `fi`, a full-width digit) and the number
of spaces can be seen, or are another text to anybody who types it: they are not meant. Overrides of direction
are taken as marks that show nothing, whatever they do to the order.
Source: the Unicode Standard 16.0, properties White_Space and Default_Ignorable_Code_Point, canonical
equivalence, decompositions <noBreak>. The ranges stand here: `unicodedata` has neither property.
"""

import re
from typing import Final
from unicodedata import bidirectional, normalize

_A_SPACE = re.compile("\r\n|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000]")
"""White_Space, line ends included: a cell shows one as a gap. And the empty braille pattern."""
_A_NOTHING = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
"""Default_Ignorable_Code_Point, the marks of annotations, and the controls that are no space."""
_A_BLANK_LETTER = re.compile("[\u115f\u1160\u3164\uffa0]")
"""The Hangul fillers: ignorable, and in some fonts as wide as a letter."""
_ASCII_UNSEEN = bytes([*range(0x21), 0x7F])
_BREAKABLE = {"\u2011": "\u2010", "\u0f0c": "\u0f0b"}
"""What only forbids a line break, spaces apart."""


_RIGHT_TO_LEFT: Final = {"R", "AL", "AN"}
_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


def isolated(text: str) -> str:
    """A text of the data among others: without what is no sign, and with a direction of its own.

    Else an override in a name turns round what stands behind it, amounts too.
    """
    seen = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
    turns = any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in seen)
    return f"{_ISOLATE}{seen}{_POP}" if turns else seen


def one_line(text: str, most: int) -> str:
    """The same on its line, at most so many characters of it."""
    return isolated(" ".join(text.split())[:most])


def look_alike(one: str, other: str) -> bool:
    """Two texts that differ in what nobody sees; a filler may be seen as nothing or as a space."""
    if _letters(one) != _letters(other):  # most pairs of names end here, at a quarter of the price
        return False
    if _seen(one) == _seen(other):
        return True
    if not _A_BLANK_LETTER.search(one + other):
        return False
    spaced, other_spaced = (_A_BLANK_LETTER.sub(" ", text) for text in (one, other))
    return _seen(spaced) == _seen(other_spaced)


def _letters(text: str) -> bytes:
    """The visible ASCII of a decomposed text, which nothing below takes away, adds to or reorders."""
    return normalize("NFD", text).encode("ascii", "ignore").translate(None, _ASCII_UNSEEN)


def _seen(text: str) -> str:
    """What of a text can be seen: every space U+0020 and none at the ends, marks in canonical order."""
    shown = _A_NOTHING.sub("", _A_SPACE.sub(" ", text)).strip(" ")
    for unbreakable, usual in _BREAKABLE.items():
        shown = shown.replace(unbreakable, usual)
    return normalize("NFD", shown)
