"""Inside a function whose host has another time: every clock but the monotonic one is so many seconds off.

`datetime` is C and reads the system's clock by itself, so its class is replaced.
"""

import datetime
import os
import time
from typing import Any, Self

_OFF_S = float(os.environ["CLOCK_OFF_S"])
_time, _gmtime, _Datetime = time.time, time.gmtime, datetime.datetime


class _AnyDatetime(type):
    def __instancecheck__(cls, one: object) -> bool:
        return isinstance(one, _Datetime)


class _Elsewhen(datetime.datetime, metaclass=_AnyDatetime):
    @classmethod
    def now(cls, tz: Any = None) -> Self:
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


time.time = lambda: _time() + _OFF_S
time.gmtime = lambda *given: _gmtime(*(given or (time.time(),)))
datetime.datetime = _Elsewhen  # type: ignore[misc]
