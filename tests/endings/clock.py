"""The only time there is while a scenario runs: it passes where a scripted job or a timer makes it pass."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from types import ModuleType
from typing import Any
from unittest import mock


@dataclass
class Clock:
    """`now` is UTC."""

    now: datetime = datetime(2026, 2, 17, 9, 0, tzinfo=UTC)

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def standing(clock: Clock, packages: Sequence[str]) -> Iterator[None]:
    """Every module of these packages that took `datetime` by its name reads this clock."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Standing(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            assert tz is not None, "our code knows no local time"
            return clock.now.astimezone(tz)

    took = _took(tuple(packages), len(sys.modules))
    patches = [mock.patch.object(module, name, Standing) for module, name in took]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


@cache
def _took(packages: tuple[str, ...], _: int) -> list[tuple[ModuleType, str]]:
    """The names by which modules have `datetime`, as long as no other module is imported."""
    return [
        (module, name)
        for module in list(sys.modules.values())
        if module.__name__.split(".")[0] in packages
        for name, value in list(vars(module).items())
        if value is datetime
    ]
