"""A JSON object as a frozen dataclass, and back. Strict: what was changed is noticed, and named.

A field without a default is always there, null where it is None. One whose default is None may be absent, and
is left out where it is None. Any other default stands for what older deployments did not write.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import MISSING, dataclass, fields, is_dataclass
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


@dataclass(frozen=True)
class AsText:
    """How a value is a text in JSON. `read` raises ValueError, or an error of ours, for any other text."""

    what: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


def utc(moment: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


TextNumber = Annotated[int, AsText("número em texto", _number, str)]
"""A Glue job's arguments are texts, and the state machine hands them on as they are."""
Moment = Annotated[datetime, AsText("horário UTC", _moment, utc)]
"""Whole seconds."""
Uri = Annotated[Location, AsText("endereço s3", Location.parse, str)]


class Document:
    """A frozen dataclass that is a JSON object.

    A field is a text, a number, true or false, one of the texts above, a Literal, `tuple[X, ...]` for a list,
    `dict[str, X]`, another dataclass or a TypedDict, or one of these or None; `object` is anything.
    """

    others: ClassVar[Collection[str] | None] = ()
    """Fields that others add, and that are left alone here; None: whatever there may be."""

    @classmethod
    def from_dict(cls, given: object) -> Self:
        """Raises ValueError, naming the field that is missing, unknown or of another type."""
        if isinstance(given, dict):
            given = {name: value for name, value in given.items() if not _is_anothers(cls, name)}
        record: Self = _record(cls, given, "")
        return record

    def to_dict(self) -> dict[str, Any]:
        """As `to_json` writes it."""
        written: dict[str, Any] = _written(type(self), self)
        return written


def _is_anothers(kind: Any, name: str) -> bool:
    return name not in _hints(kind) if kind.others is None else name in kind.others


_NAMES: Final = {
    str: "texto", int: "número inteiro", float: "número", bool: "true ou false",
}  # fmt: skip


def _value(kind: Any, given: Any, at: str) -> Any:
    """The value as a field of that kind has it; `at` names the field."""
    reader = _READERS.get(get_origin(kind))
    if reader:
        return reader(kind, given, at)
    if _is_record(kind):
        return _record(kind, given, at)
    if is_typeddict(kind):
        return _named(_hints(kind), kind.__required_keys__, given, at)
    if kind is object:
        return given
    _require(type(given) in ((int, float) if kind is float else (kind,)), at, _NAMES[kind])
    return given


def _record(kind: Any, given: Any, at: str) -> Any:
    values = _named(_hints(kind), _needed(kind), given, at)
    try:
        return kind(**values)
    except ReconciliationError as exc:
        raise ValueError(f"{at}: {exc}") from exc


def _named(kinds: dict[str, Any], needed: Collection[str], given: Any, at: str) -> dict[str, Any]:
    """An object's values by their names: all that are needed, and none that is not known."""
    _require(isinstance(given, dict), at, "objeto")
    for name in needed:
        if name not in given:
            raise ValueError(f"falta o campo {_within(at, name)}")
    for name in given:
        if name not in kinds:
            raise ValueError(f"o campo {_within(at, name)} é desconhecido")
    return {name: _value(kinds[name], value, _within(at, name)) for name, value in given.items()}


def _optional(kind: Any, given: Any, at: str) -> Any:
    return None if given is None else _value(_not_none(kind), given, at)


def _as_text(kind: Any, given: Any, at: str) -> Any:
    (how,) = kind.__metadata__
    try:
        return how.read(_value(str, given, at))
    except (ValueError, ReconciliationError) as exc:
        raise _refusal(at, how.what) from exc


def _literal(kind: Any, given: Any, at: str) -> Any:
    _require(given in get_args(kind), at, "um dos nomes conhecidos")
    return given


def _tuple(kind: Any, given: Any, at: str) -> tuple[Any, ...]:
    _require(isinstance(given, list), at, "lista")
    return tuple(_value(get_args(kind)[0], value, f"{at}[{place}]") for place, value in enumerate(given))


def _dict(kind: Any, given: Any, at: str) -> dict[str, Any]:
    _require(isinstance(given, dict), at, "objeto")
    return {name: _value(get_args(kind)[1], value, _within(at, name)) for name, value in given.items()}


_READERS: Final[dict[Any, Callable[[Any, Any, str], Any]]] = {
    Union: _optional, UnionType: _optional, Annotated: _as_text, Literal: _literal,
    tuple: _tuple, dict: _dict,
}  # fmt: skip


def _written(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _written(_not_none(kind), value)
    if origin is Annotated:
        return kind.__metadata__[0].write(value)
    if origin is tuple:
        return [_written(get_args(kind)[0], item) for item in value]
    if not _is_record(kind):
        return value
    told = {name: _written(inner, getattr(value, name)) for name, inner in _hints(kind).items()}
    return {name: shown for name, shown in told.items() if shown is not None or name in _needed(kind)}


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind)


def _not_none(kind: Any) -> Any:
    """X of `X | None`."""
    (inner,) = (choice for choice in get_args(kind) if choice is not NoneType)
    return inner


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """The kind of each field: what a class knows of itself, not of its instances, is none."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: inner for name, inner in hints.items() if get_origin(inner) is not ClassVar}


@cache
def _needed(kind: Any) -> tuple[str, ...]:
    """The fields that are always there."""
    return tuple(f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)


def _within(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _require(holds: bool, at: str, what: str) -> None:
    if not holds:
        raise _refusal(at, what)


def _refusal(at: str, what: str) -> ValueError:
    return ValueError(f"o campo {at} não é {what}" if at else f"não é {what}")
