"""CloudWatch's alarms, which moto stores and never looks at: who changes its state tells its topics."""

import json
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.sns.models import sns_backends

from local.aws import rights
from local.aws.alarm_rules import ALARM, MINUTE, OK, UNKNOWN, Data, Rule, Series
from local.aws.metrics import TAKEN_S, series
from local.aws.needs import Need, key_needs
from local.place import ACCOUNT, REGION, Place

STEP = timedelta(seconds=TAKEN_S)
"""How often the alarms are looked at, and what their windows end on. AWS takes a minute."""
HASTE = {"AWS/SQS": 6}
"""A minute of the queues lasts ten seconds, as their messages are offered again after two and not 300."""
_ASKED = ("Metrics", "Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period",
          "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
          "WarmUpConfiguration", "EvaluationWindow")  # fmt: skip


def install(_place: Place) -> None:
    keep_rules()
    threading.Thread(target=_watch, name="alarms", daemon=True).start()


def keep_rules() -> None:
    put_elsewhere = CloudWatchResponse.put_metric_alarm

    # moto's is OK from the start, after a change too, and knows no warm-up (PutMetricAlarm).
    def put_metric_alarm(self: Any) -> Any:
        asked = {name: value for name in _ASKED if (value := self._get_param(name)) is not None}
        before = self.cloudwatch_backend.alarms.get(self._get_param("AlarmName"))
        try:
            rule = Rule.of(asked)
        except (KeyError, ValueError) as exc:
            raise InvalidParameterValue(f"The local stack does not evaluate such an alarm: {exc}") from exc
        answer = put_elsewhere(self)
        alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
        alarm.rule_here, alarm.made_at = rule, before.made_at if before else datetime.now(UTC)
        alarm.state_value = before.state_value if before else UNKNOWN
        return answer

    CloudWatchResponse.put_metric_alarm = put_metric_alarm


def _watch() -> None:
    while True:
        time.sleep(TAKEN_S)
        try:
            evaluate(cloudwatch_backends[ACCOUNT][REGION].alarms.values(), datetime.now(UTC), STEP)
        except Exception:
            logging.exception("the alarms were not looked at")


def evaluate(alarms: Iterable[Any], now: datetime, step: timedelta = MINUTE) -> None:
    """Each alarm's state at that moment. Actions are done once a change ("Alarm actions")."""
    for alarm in list(alarms):
        rule = _hastened(alarm.rule_here) if step < MINUTE else alarm.rule_here
        points = rule.points({name: _data(wanted) for name, wanted in rule.series.items()}, now, step)
        before = alarm.state_value
        state, reason = rule.state(points, before, now - alarm.made_at)
        if state != before:
            alarm.update_state(reason, "{}", state)
            if alarm.actions_enabled:
                _tell(alarm, before)


def _hastened(rule: Rule) -> Rule:
    slowest = max(HASTE.get(wanted.namespace, 1) for wanted in rule.series.values())
    return replace(rule, period=rule.period / slowest)


def _data(wanted: Series) -> Data:
    found = series(wanted.namespace, wanted.name, dict(wanted.dimensions))
    return sorted((datum.timestamp.replace(tzinfo=UTC), float(datum.value)) for datum in found)


def _tell(alarm: Any, before: str) -> None:
    actions = {ALARM: alarm.alarm_actions, OK: alarm.ok_actions, UNKNOWN: alarm.insufficient_data_actions}
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "Region": REGION,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "Trigger": _trigger(alarm.rule_here),
    }
    subject = f'{alarm.state_value}: "{alarm.name}" in {REGION}'[:100]
    for topic in actions[alarm.state_value]:
        key = key_needs("sns", "Publish", rights.key_of("sns", {"TopicArn": topic}))
        publishing = Need("sns:Publish", topic)
        if not rights.may(rights.of_service("cloudwatch"), publishing, *key, source_arn=alarm.alarm_arn):
            continue
        sns_backends[ACCOUNT][REGION].publish(json.dumps(message), topic, subject=subject)


def _trigger(rule: Rule) -> dict[str, Any]:
    """As much of it as the rule knows; of several metrics, AWS names them below `Metrics`."""
    said: dict[str, Any] = {
        "Period": int(rule.period.total_seconds()),
        "EvaluationPeriods": rule.periods,
        "Threshold": rule.threshold,
    }
    if len(rule.series) > 1:
        return said
    (watched,) = rule.series.values()
    dimensions = [{"value": value, "name": name} for name, value in watched.dimensions.items()]
    return said | {"MetricName": watched.name, "Namespace": watched.namespace, "Dimensions": dimensions}
