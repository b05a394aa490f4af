"""EventBridge: rules that match an event, or whose time has come, invoke their functions."""

import copy
import json
import re
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import EventTemplateParser, Rule, events_backends

from local.aws import functions, metrics
from local.place import ACCOUNT, REGION, Place

_ENDS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
_UNIT_S = {"minute": 60, "hour": 3600, "day": 86400}


def emit(source: str, detail_type: str, resource: str, detail: dict[str, Any]) -> None:
    """An event of an AWS service, to the rules of the default bus."""
    if source == "aws.states" and (ended := _ENDS.get(detail["status"])):
        metrics.put("AWS/States", ended, 1, StateMachineArn=detail["stateMachineArn"])
    event = _event(source, detail_type, resource, detail)
    for rule in list(events_backends[ACCOUNT][REGION].describe_event_bus("default").rules.values()):
        rule.send_to_targets(event)


def install(_place: Place) -> None:
    send_elsewhere = Rule.send_to_targets

    # moto's Rule.send_to_targets raises NotImplementedError for a function, and serves disabled rules too.
    def send_to_targets(self: Any, event: dict[str, Any], transform_input: bool = True) -> None:
        is_asked = self.state == "ENABLED" and self.event_pattern.get_pattern()
        if not is_asked or not self.event_pattern.matches_event(event):
            return
        _invoke_targets(self, event)
        others = copy.copy(self)
        others.targets = [target for target in self.targets if not _is_function(target)]
        send_elsewhere(others, event, transform_input)

    Rule.send_to_targets = send_to_targets
    threading.Thread(target=_keep_schedules, name="schedules", daemon=True).start()


def _keep_schedules() -> None:
    due: dict[str, float] = {}
    while True:
        time.sleep(0.5)
        buses = list(events_backends[ACCOUNT][REGION].event_buses.values())
        fire_due([rule for bus in buses for rule in list(bus.rules.values())], due, time.monotonic())


def fire_due(rules: list[Any], due: dict[str, float], now_s: float) -> None:
    """moto never fires a rule by its schedule. Only `rate(…)` is kept; nothing here uses `cron(…)`."""
    for rule in rules:
        interval_s = _interval_s(rule.scheduled_expression or "")
        if interval_s and rule.state == "ENABLED" and now_s >= due.setdefault(rule.arn, now_s + interval_s):
            due[rule.arn] = now_s + interval_s
            _invoke_targets(rule, _event("aws.events", "Scheduled Event", rule.arn, {}))


def _interval_s(expression: str) -> float:
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    return int(found[1]) * _UNIT_S[found[2]] if found else 0


def _invoke_targets(rule: Any, event: dict[str, Any]) -> None:
    for target in rule.targets:
        if _is_function(target):
            functions.send(target["Arn"], _input(target, event), "events", rule.arn)


def _input(target: dict[str, Any], event: dict[str, Any]) -> Any:
    if "Input" in target:
        return json.loads(target["Input"])
    transformer = target.get("InputTransformer")
    if not transformer:
        return event
    return EventTemplateParser.parse(
        input_template=transformer["InputTemplate"],
        input_paths_map=transformer.get("InputPathsMap", {}),
        event=event,
    )


def _is_function(target: dict[str, Any]) -> bool:
    return str(target["Arn"]).split(":")[2] == "lambda"


def _event(source: str, detail_type: str, resource: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [resource],
        "detail": detail,
    }
