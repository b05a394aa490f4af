"""Every five minutes: closes the run of a day whose execution is over, since events are best effort."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from lambdas import close_run
from lambdas.context import Context, context
from reconciliation.adapters import layout

_LOOK_BACK = timedelta(days=7)
"""A day object that nobody wrote for so long is held by nobody, or has raised an alarm long ago."""

_log = logging.getLogger(__name__)


def handler(_event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answers the days that it closed. Raises the last failure, after trying them all."""
    return {"closed": watch(context(), datetime.now(UTC))}


def watch(found: Context, now: datetime) -> list[str]:
    closed, failure = [], None
    for listed in found.store.list(layout.day_objects(found.settings.checkpoints_bucket)):
        if now - listed.modified > _LOOK_BACK:
            continue
        day = PurePosixPath(listed.key).stem
        try:
            if _close_if_left_behind(found, day):
                closed.append(day)
        except Exception as exc:
            _log.exception("could not close day=%s", day)
            failure = exc
    if failure:
        raise failure
    return closed


def _close_if_left_behind(found: Context, day: str) -> bool:
    held = found.days.read(day)
    if held is None or held.day.holder is None or found.is_running(held.day.holder):
        return False
    close_run.close_left_behind(found, held.day)
    return True
