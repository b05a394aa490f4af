"""One's failure keeps no other from its turn."""

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

_Name = TypeVar("_Name", bound=Hashable)
_Did = TypeVar("_Did")
_log = logging.getLogger(__name__)


def each(names: Iterable[_Name], act: Callable[[_Name], _Did], failed: str) -> dict[_Name, _Did]:
    """What was done, by name; a failure is logged as `failed`. Raises the last, at the end."""
    done = {}
    failure = None
    for name in names:
        try:
            done[name] = act(name)
        except Exception as exc:
            _log.exception(failed, extra={"of": str(name)})
            failure = exc
    if failure:
        raise failure
    return done
