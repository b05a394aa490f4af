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


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError(text)
    return int(text)


TextNumber = Annotated[int, AsText("número em texto", _number, str)]
"""A Glue job's arguments are texts, and the state machine hands them on as they are."""
_TEXTS: Final = {
    Location: AsText("endereço s3", Location.parse, str), datetime: AsText("horário UTC", _moment, utc),
}  # fmt: skip


class Document:
    """A frozen dataclass that is a JSON object.

    A field is a text, a number, true or false, a number in text, a moment in whole seconds, a Location, a
    Literal, a list (`tuple[X, ...]`), names to values (`dict[str, X]`), another dataclass or a TypedDict, or
    one of these or None. `object` is anything.
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


def _value(kind: Any, given: Any, at: str) -> Any:
    """The value as a field of that kind has it; `at` names the field."""
    reader = _READERS.get(get_origin(kind) or kind)
    if reader:
        return reader(kind, given, at)
    if _is_record(kind):
        return _record(kind, given, at)
    if is_typeddict(kind):
        return _named(kind, kind.__required_keys__, given, at)
    if kind is object:
        return given
    _require(type(given) in ((int, float) if kind is float else (kind,)), kind, at)
    return given


def _record(kind: Any, given: Any, at: str) -> Any:
    values = _named(kind, _needed(kind), given, at)
    try:
        return kind(**values)
    except ReconciliationError as exc:
        raise ValueError(f"{at}: {exc}") from exc


def _named(kind: Any, needed: Collection[str], given: Any, at: str) -> dict[str, Any]:
    """An object's values by their names: all that are needed, and none that is not known."""
    _require(isinstance(given, dict), kind, at)
    kinds, values = _hints(kind), {}
    for name, inner in kinds.items():
        _require(name in given or name not in needed, inner, _within(at, name))
        if name in given:
            values[name] = _value(inner, given[name], _within(at, name))
    for name in given:
        if name not in kinds:
            raise ValueError(f"o campo {_within(at, name)} é desconhecido")
    return values


def _optional(kind: Any, given: Any, at: str) -> Any:
    return None if given is None else _value(_not_none(kind), given, at)


def _as_text(kind: Any, given: Any, at: str) -> Any:
    _require(isinstance(given, str), kind, at)
    try:
        return _how(kind).read(given)
    except (ValueError, ReconciliationError) as exc:
        raise _refusal(kind, at) from exc


def _literal(kind: Any, given: Any, at: str) -> Any:
    _require(given in get_args(kind), kind, at)
    return given


def _tuple(kind: Any, given: Any, at: str) -> tuple[Any, ...]:
    _require(isinstance(given, list), kind, at)
    return tuple(_value(get_args(kind)[0], value, f"{at}[{place}]") for place, value in enumerate(given))


def _dict(kind: Any, given: Any, at: str) -> dict[str, Any]:
    _require(isinstance(given, dict), kind, at)
    return {name: _value(get_args(kind)[1], value, _within(at, name)) for name, value in given.items()}


_READERS: Final[dict[Any, Callable[[Any, Any, str], Any]]] = {
    Union: _optional, UnionType: _optional, Literal: _literal, tuple: _tuple, dict: _dict,
    **dict.fromkeys((Annotated, *_TEXTS), _as_text),
}  # fmt: skip


def _written(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _written(_not_none(kind), value)
    if origin is Annotated or kind in _TEXTS:
        return _how(kind).write(value)
    if origin is tuple:
        return [_written(get_args(kind)[0], item) for item in value]
    if not _is_record(kind):
        return value
    told = {name: _written(inner, getattr(value, name)) for name, inner in _hints(kind).items()}
    return {name: shown for name, shown in told.items() if shown is not None or name in _needed(kind)}


def _how(kind: Any) -> AsText:
    how: AsText = kind.__metadata__[0] if get_origin(kind) is Annotated else _TEXTS[kind]
    return how


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


def _require(holds: bool, kind: Any, at: str) -> None:
    if not holds:
        raise _refusal(kind, at)


def _refusal(kind: Any, at: str) -> ValueError:
    return ValueError(f"o campo {at} falta ou não é {_shown(kind)}" if at else "não é um objeto JSON")


def _shown(kind: Any) -> str:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _shown(_not_none(kind))
    if origin is Annotated or kind in _TEXTS:
        return _how(kind).what
    if origin is Literal:
        return "um dos nomes conhecidos"
    name: str = (origin or kind).__name__
    return "list" if origin is tuple else "dict" if _is_record(kind) or is_typeddict(kind) else name
