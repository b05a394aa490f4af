"""A JSON object as a frozen dataclass, and back. Strict: what was changed is noticed, and named.

A field without a default is always there, null where it is None. One whose default is None may be absent, and
is left out where it is None. Any other default stands for what older deployments did not write.
"""

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    Self,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location


def utc(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


TextNumber = Annotated[int, "in text"]
"""A Glue job's arguments are texts, and the state machine hands them on as they are."""
_FROM_TEXT: Final[dict[Any, Callable[[str], object]]] = {
    Annotated: _number, datetime: _moment, Location: Location.parse,
}  # fmt: skip
_AS_IT_IS: Final[dict[Any, tuple[type, ...]]] = {
    str: (str,), int: (int,), float: (int, float), bool: (bool,),
    object: (str, int, float, bool, dict, list, NoneType),
}  # fmt: skip
"""By a field's type, those of the values that it takes: not isinstance, for which true is a number."""
_SHOWN: Final[dict[Any, str]] = {
    Annotated: "número em texto", datetime: "horário UTC", Location: "endereço s3", tuple: "list",
    Literal: "um dos nomes conhecidos", **{kind: kind.__name__ for kind in _AS_IT_IS},
}  # fmt: skip


class Document:
    """A frozen dataclass that is a JSON object.

    A field is a text, a number, true or false, a number in text, a moment in whole seconds, a Location, a
    Literal, a list (`tuple[X, ...]`), names to values (`dict[str, X]`), another dataclass or a TypedDict, or
    one of these or None (`X | None`). `object` is anything.
    """

    others: ClassVar[Collection[str] | None] = ()
    """Fields that others add, and that are left alone here; None: whatever there may be, at any depth."""

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Raises ValueError, naming the field that is missing, unknown or of another type."""
        if isinstance(given, dict):
            given = {name: value for name, value in given.items() if name not in (cls.others or ())}
        document: Self = _read(cls, given, "", cls.others is None)
        return document

    def to_dict(self) -> dict[str, Any]:
        """As `to_json` writes it."""
        written: dict[str, Any] = _written(self)
        return written


def _read(kind: Any, given: Any, at: str, is_open: bool) -> Any:
    """The value as a field of that kind has it; `at` names the field, and MISSING is of no kind.

    `is_open` leaves alone what an object has besides.
    """
    form, inner = get_origin(kind) or kind, get_args(kind)
    if form in (Union, UnionType):
        return None if given is None else _read(inner[0], given, at, is_open)
    if form is tuple and isinstance(given, list):
        return tuple(_read(inner[0], value, f"{at}[{place}]", is_open) for place, value in enumerate(given))
    if form is dict and isinstance(given, dict):
        return {name: _read(inner[1], value, _within(at, name), is_open) for name, value in given.items()}
    if _is_record(kind) and isinstance(given, dict):
        return _record(kind, given, at, is_open)
    if form in _FROM_TEXT and isinstance(given, str):
        with suppress(ValueError, ReconciliationError):
            return _FROM_TEXT[form](given)
    elif type(given) in _AS_IT_IS.get(form, ()) or (form is Literal and given in inner):
        return given
    raise ValueError(
        f"o campo {at} falta ou não é {_SHOWN.get(form, 'dict')}" if at else "não é um objeto JSON"
    )


def _record(kind: Any, given: dict[str, Any], at: str, is_open: bool) -> Any:
    """A dataclass or a TypedDict, with all that it needs, and nothing that it does not know, if not open."""
    hints = _hints(kind)
    values = {
        name: _read(hint, given.get(name, MISSING), _within(at, name), is_open)
        for name, hint in hints.items()
        if name in given or name in _needed(kind)
    }
    unknown = [name for name in given if name not in hints]
    if unknown and not is_open:
        raise ValueError(f"o campo {_within(at, unknown[0])} é desconhecido")
    try:
        return kind(**values)
    except ReconciliationError as exc:
        raise ValueError(f"{at}: {exc}") from exc


def _written(value: Any) -> Any:
    if isinstance(value, Location):
        return str(value)
    if isinstance(value, datetime):
        return utc(value)
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if not is_dataclass(value):
        return value
    kind: Any = type(value)
    told = {name: _written(getattr(value, name)) for name in _hints(kind)}
    return {
        name: str(shown) if _hints(kind)[name] is TextNumber else shown
        for name, shown in told.items()
        if shown is not None or name in _needed(kind)
    }


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind) or is_typeddict(kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The kind of each field: what a class knows of itself, not of its instances, is none."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


@cache
def _needed(kind: Any) -> tuple[str, ...]:
    """The fields that are always there."""
    if is_typeddict(kind):
        return tuple(kind.__required_keys__)
    return tuple(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)


def _within(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
