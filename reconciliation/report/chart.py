"""The bars of published days, as numbers for a drawing of any width: percent of it, from its top left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reconciliation.contract import TYPES
from reconciliation.wording import number, percent

_LEFT, _RIGHT, _TOP, _BOTTOM = 8.0, 100.0, 9.0, 88.0
"""Beside the bars stands the scale, below them the dates."""
_SLOTS_LEAST: Final = 14
"""A few days are no wall of colour."""
_OF_SLOT: Final = 0.7
_STEPS: Final = (1, 1.5, 2, 3, 4, 5, 6, 8)


class Day(Protocol):
    """What a bar shows of a day: the rate, parted by the types' shares."""

    @property
    def day(self) -> str: ...
    @property
    def rate_percent(self) -> float: ...
    @property
    def types(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, kw_only=True)
class Part:
    """One type's part of a bar."""

    kind: str
    y: str
    height: str


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One day's bar; `middle` is where its date stands."""

    day: str
    title: str
    x: str
    middle: str
    width: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A level line and its words."""

    y: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The oldest day first; `mean` is None where there is none to draw."""

    left: str
    bars: tuple[Bar, ...]
    levels: tuple[Line, ...]
    mean: Line | None


def chart(days: Sequence[Day], mean_percent: float | None) -> Chart:
    """Of days, the oldest first."""
    top = _round_above(max([0.0, *(day.rate_percent for day in days)]) or 1.0)
    slot = (_RIGHT - _LEFT) / max(_SLOTS_LEAST, len(days))
    first = _RIGHT - slot * len(days)
    return Chart(
        left=_percent(_LEFT),
        bars=tuple(_bar(day, first + slot * place, slot, top) for place, day in enumerate(days)),
        levels=tuple(
            Line(y=_y(level, top), text=f"{level:g}%".replace(".", ",")) for level in (top, top / 2, 0)
        ),
        mean=None if mean_percent is None else Line(y=_y(mean_percent, top), text=percent(mean_percent)),
    )


def _bar(day: Day, x: float, slot: float, top: float) -> Bar:
    width = slot * _OF_SLOT
    return Bar(
        day=day.day,
        title=f"{percent(day.rate_percent)}: {number(sum(day.types.values()))} divergências",
        x=_percent(x + (slot - width) / 2),
        middle=_percent(x + slot / 2),
        width=_percent(width),
        parts=tuple(_parts(day, top)),
    )


def _parts(day: Day, top: float) -> list[Part]:
    """From the ground up, in the types' order."""
    parts, below, counted = [], 0.0, sum(day.types.values())
    for kind in TYPES:
        share = day.rate_percent * day.types.get(kind, 0) / counted if counted else 0.0
        height = share / top * (_BOTTOM - _TOP)
        below += height
        if height:
            parts.append(Part(kind=kind, y=_percent(_BOTTOM - below), height=_percent(height)))
    return parts


def _round_above(value: float) -> float:
    """The next level of which a half is a short number, too."""
    scale = 0.01
    while True:
        for step in _STEPS:
            if value <= step * scale:
                return step * scale
        scale *= 10


def _y(level: float, top: float) -> str:
    return _percent(_BOTTOM - level / top * (_BOTTOM - _TOP))


def _percent(value: float) -> str:
    """Two places are a twentieth of a pixel."""
    return f"{value:.2f}%"
