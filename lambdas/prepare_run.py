"""PrepareRun: any of the three inputs becomes one run that holds its day, or an answer that says why not."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from lambdas.context import context, moment
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.errors import error
from reconciliation.lifecycle.opening import CLOSED_MAX, Start


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event`: input, execution_arn, started_at, closed_before. Answers as docs/design.md has it.

    The machine hands the input over as text, since the runtime would parse any depth.
    """
    opening, given = context().opening, event["input"]
    start = Start(
        given=None,
        execution_arn=event["execution_arn"],
        started=moment(event["started_at"]),
        closed_before=event.get("closed_before", CLOSED_MAX),  # an execution of before a deployment
        clock=partial(datetime.now, UTC),
    )
    try:
        start = replace(start, given=parse(given, MESSAGE_BYTES) if isinstance(given, str) else given)
    except JsonRefused as exc:
        return opening.refuse(error("INVALID_INPUT", f"a entrada {exc}"), start).to_dict()
    return opening.open(start).to_dict()
