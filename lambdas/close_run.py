"""CloseRun: ends a run that did not end by itself."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context, moment
from reconciliation.bounded_json import object_or_empty
from reconciliation.documents.run_document import StartedRun
from reconciliation.lifecycle.ending import Ending
from reconciliation.run import DEADLINE_MAX_S, Attempt, day_of_input, key_of_input, version_of_input


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the state machine's (of its own run: state, input, execution_arn, started_at; of another:
    left_behind), or EventBridge's (detail).

    Answers `{decision: FAILED, error, cause}`, `{decision: FINISH, …run}` or `{decision: DONE, result}`.
    """
    closing, now = context().closing, datetime.now(UTC)
    if "detail" in event:
        detail = event["detail"]
        day = day_of_input(object_or_empty(detail.get("input") or "{}"))
        started = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
        return closing.close_left_behind(day, detail["executionArn"], started, now).to_dict()
    if "left_behind" in event:
        left = StartedRun.from_dict(event["left_behind"])
        if not left.execution_arn:
            return {"decision": "DONE", "result": {"published": closing.finish_by_hand(left.day, now)}}
        return closing.close_left_behind(left.day, left.execution_arn, left.started_at, now).to_dict()
    given = object_or_empty(event["input"]) if isinstance(event["input"], str) else event["input"]
    return closing.close(day_of_input(given), _ending(event, given), now).to_dict()


def _ending(event: dict[str, Any], given: object) -> Ending:
    state = event["state"]
    failure = state.get("finish_failure") or state.get("failure") or {}
    return Ending(
        execution_arn=event["execution_arn"],
        started=moment(event["started_at"]),
        error=failure.get("Error", ""),
        cause=failure.get("Cause", ""),
        attempt=Attempt(state["job_id"], int(state["attempt"])) if "attempt" in state else None,
        s3_key=key_of_input(given),
        version_id=version_of_input(given),
        deadline_s=state.get("deadline_s", DEADLINE_MAX_S),
        finish_failed="finish_failure" in state,
        unstopped="stop_failure" in state,
    )
