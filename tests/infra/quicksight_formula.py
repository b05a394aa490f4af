"""A calculated field's formula, as QuickSight's guide writes them: what it names, and of which type it is.

Of functions and operators there are those that the dashboard uses ("Functions by category", "Operators");
what is none of them, or is given something else than it takes, is refused.
"""

import re
from collections.abc import Mapping
from typing import Final

_TOKENS: Final = re.compile(
    r"\$\{(?P<parameter>\w+)\}|\{(?P<field>\w+)\}|'(?P<text>[^']*)'|(?P<word>\w+)|(?P<sign>[(),=\[\]])|\s+"
)
_LEVELS: Final = ("PRE_FILTER", "PRE_AGG", "POST_AGG_FILTER")
_MEASURED: Final = ("DATETIME", "INTEGER", "DECIMAL")


class FormulaError(Exception):
    """The sentence says what is wrong with it."""


class Formula:
    """Read from left to right. `fields` and `parameters` have the types of what may be named."""

    def __init__(self, text: str, fields: Mapping[str, str], parameters: Mapping[str, str]) -> None:
        self._fields, self._parameters = fields, parameters
        self._tokens = [found for found in map(self._token, _split(text)) if found]
        self._next = 0

    @property
    def kind(self) -> str:
        """Raises FormulaError."""
        self._next = 0
        kind = self._compared()
        if self._next < len(self._tokens):
            raise FormulaError(f"{self._tokens[self._next]} is too much")
        return kind

    @staticmethod
    def _token(found: re.Match[str]) -> tuple[str, str] | None:
        return (found.lastgroup, found[found.lastgroup]) if found.lastgroup else None

    def _compared(self) -> str:
        kind = self._term()
        if self._is_sign("="):
            other = self._term()
            if other != kind:
                raise FormulaError(f"{kind} is compared with {other}")
            return "BOOLEAN"
        return kind

    def _term(self) -> str:
        group, text = self._take()
        if group == "text":
            return "STRING"
        if group in ("field", "parameter"):
            known = self._fields if group == "field" else self._parameters
            if text not in known:
                raise FormulaError(f"there is no {group} {text}")
            return known[text]
        if group == "word" and text in ("ifelse", "isNull", "maxOver"):
            self._expect("(")
            kind: str = {"ifelse": self._ifelse, "isNull": self._is_null, "maxOver": self._max_over}[text]()
            self._expect(")")
            return kind
        raise FormulaError(f"{text} is nothing that is known here")

    def _ifelse(self) -> str:
        """Condition and value in turn, and at last what else."""
        kinds = [self._compared()]
        while self._is_sign(","):
            kinds.append(self._compared())
        conditions, values = kinds[:-1:2], {*kinds[1::2], kinds[-1]}
        if len(kinds) < 3 or len(kinds) % 2 == 0 or {*conditions} != {"BOOLEAN"} or len(values) != 1:
            raise FormulaError(f"ifelse of {kinds}")
        return values.pop()

    def _is_null(self) -> str:
        self._term()
        return "BOOLEAN"

    def _max_over(self) -> str:
        """Of a measure or a date, by dimensions, at a level (guide, "maxOver")."""
        kind = self._term()
        for sign in (",", "["):
            self._expect(sign)
        while not self._is_sign("]"):
            self._term()
            self._is_sign(",")
        self._expect(",")
        group, level = self._take()
        if kind not in _MEASURED or (group, level in _LEVELS) != ("word", True):
            raise FormulaError(f"maxOver of {kind} at {level}")
        return kind

    def _take(self) -> tuple[str, str]:
        if self._next == len(self._tokens):
            raise FormulaError("it ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _is_sign(self, sign: str) -> bool:
        """Takes it, if it is next."""
        is_next = self._tokens[self._next : self._next + 1] == [("sign", sign)]
        self._next += is_next
        return is_next

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise FormulaError(f"no {sign} where one must be")


def _split(text: str) -> list[re.Match[str]]:
    found, at = [], 0
    while at < len(text):
        token = _TOKENS.match(text, at)
        if not token:
            raise FormulaError(f"{text[at]} is no sign of a formula")
        found.append(token)
        at = token.end()
    return found
