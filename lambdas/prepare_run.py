"""PrepareRun: any of the three inputs becomes one run that holds its day, or an answer that says why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lambdas.context import context, moment
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.errors import error
from reconciliation.lifecycle.opening import CLOSED_MAX, Start

A_TRY_AT_MOST: Final = timedelta(seconds=64)
"""Until the next one: the state's timeout, and the wait after one that took it whole.

A throttled one is waited for longer, and takes no time itself."""


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event`: input, execution_arn, started_at, asked_at, tried_before, closed_before.

    Answers as docs/design.md has it.

    The machine hands the input over as text, since the runtime would parse any depth.
    """
    opening, given = context().opening, event["input"]
    start = Start(
        given=None,
        execution_arn=event["execution_arn"],
        started=moment(event["started_at"]),
        closed_before=event.get("closed_before", CLOSED_MAX),  # an execution of before a deployment
        clock=_clock(event.get("asked_at"), event.get("tried_before", 0)),
    )
    try:
        start = replace(start, given=parse(given, MESSAGE_BYTES) if isinstance(given, str) else given)
    except JsonRefused as exc:
        return opening.refuse(error("INVALID_INPUT", f"a entrada {exc}"), start).to_dict()
    return opening.open(start).to_dict()


def _clock(asked_at: str | None, tried_before: int) -> Callable[[], datetime]:
    """Step Functions' time, of which this host only counts on: the deadline is of one clock.

    AWS takes requests of a host that is up to a quarter of an hour off. `asked_at` is when the state was
    entered: this clock is behind by what went by until here, a cold start's seconds. The tries before may
    have taken a minute each: of those the host is believed, as far as they can have gone. An execution of
    before a deployment has no `asked_at`: then the host's clock counts.
    """
    here = datetime.now(UTC)
    if asked_at is None:
        return lambda: datetime.now(UTC)
    entered = moment(asked_at)
    now = min(max(entered, here), entered + tried_before * A_TRY_AT_MOST)
    return lambda: now + (datetime.now(UTC) - here)
