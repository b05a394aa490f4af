"""Which order is asked for, and of which days: the function's event, looked at before anything is read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from reconciliation.contract import LINE_MAX_BYTES
from reconciliation.errors import error
from reconciliation.line import BLANKS

_KEY, _DAY, _SINCE = "ordem_id", "dia", "desde"


@dataclass(frozen=True)
class Request:
    """`ordem_id` as the run has it, without blanks about it; days `YYYY-MM-DD`.

    Without `dia`, the newest day that knows the order is meant; `desde` is the history's first day.
    """

    ordem_id: str
    dia: str | None = None
    desde: str | None = None

    @classmethod
    def of(cls, event: Any) -> Self:
        """What an event asks for; an empty day is none. Raises INVALID_INPUT, which repeats no value."""
        given = dict(event) if isinstance(event, Mapping) else {}
        if set(given) - {_KEY, _DAY, _SINCE} or _KEY not in given:
            raise error("INVALID_INPUT", f"informe {_KEY} e, se quiser, {_DAY} e {_SINCE}, e nada mais")
        day, since = _day(_DAY, given.get(_DAY)), _day(_SINCE, given.get(_SINCE))
        if day and since and since > day:
            raise error("INVALID_INPUT", f"{_SINCE} é depois de {_DAY}")
        return cls(_key(given[_KEY]), day, since)


def _key(value: object) -> str:
    """As long as a line of the file at most: a refused line's key may be longer than the contract has it."""
    key = value.strip(BLANKS) if isinstance(value, str) else ""
    try:
        size_bytes = len(key.encode())
    except UnicodeEncodeError:
        size_bytes = 0  # half a pair of surrogates is no text
    if not 1 <= size_bytes <= LINE_MAX_BYTES:
        raise error("INVALID_INPUT", f"{_KEY} não é um texto de 1 a {LINE_MAX_BYTES} bytes em UTF-8")
    return key


def _day(name: str, value: object) -> str | None:
    if value in (None, ""):
        return None
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            return str(date.fromisoformat(value))
    except ValueError:
        pass
    raise error("INVALID_INPUT", f"{name} não é uma data AAAA-MM-DD")
