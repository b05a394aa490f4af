"""Who is told what, and when: topics, alarms, queues and Slack around the world of `tests/endings`.

Subscriptions and alarms are the template's; what tells Slack, tells it again and tells the alarms is the
deployed code. The watchdog comes every five minutes; each minute the alarms are judged, as the local stack
does. A run is over in one step of the clock: of its minutes the alarms are judged right after it.
"""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock
from urllib.request import Request

from infra.functions import ALARMS, ALERT_REPLAY, SLACK_NOTIFIER, WATCHDOG, FunctionSpec
from local.aws.alarm_rules import ALARM, OK, Data, Rule, Series
from reconciliation.adapters import slack
from tests.endings import asked, jobs
from tests.endings.world import World, opened
from tests.infra.template import Template

MINUTE: Final = timedelta(minutes=1)
ROUND: Final = 5
"""Minutes between two rounds; so long a failed message stays hidden, and an alarm's is held back."""
_AGAIN: Final = (1, 2)
"""Minutes until Lambda's second and third try of an event."""
_ALARMS_TRIES: Final = 24
_KEPT, _UNTOLD = "reconciliation-alerts-dead-letters", "reconciliation-alarms-dead-letters"
_HIDDEN, _VISIBLE = "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible"
_ENDS: Final = {
    "ExecutionsFailed": "FAILED", "ExecutionsTimedOut": "TIMED_OUT", "ExecutionsAborted": "ABORTED",
}  # fmt: skip
_OF_DEPLOYMENT: Final = ("CALENDAR", "EMAIL_BOARD", "RESPONSE_MINUTES")


@dataclass(frozen=True)
class Received:
    """What one address or channel was sent: an e-mail's subject, or Slack's headline; and the whole text."""

    at: datetime
    by: str
    line: str
    text: str


@dataclass(eq=False)
class Delivery:
    """A deployment with everybody who is told. `pass_minutes` is how its time passes."""

    world: World
    template: Template
    directly: bool = False
    """Whether alarms go to the alerts' topic themselves, with no function between."""
    slack_is_down: bool = False
    received: list[Received] = field(default_factory=list)
    counted_from: datetime | None = None
    """What came before is no part of the story."""
    queued: dict[str, int] = field(default_factory=lambda: {_KEPT: 0, _UNTOLD: 0})
    _due: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    _put: dict[tuple[str, ...], list[tuple[datetime, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _states: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _metrics_seen: int = 0

    def __post_init__(self) -> None:
        account, functions = self.world.account, self.template.of("AWS::Lambda::Function")
        account.instead |= {
            ("sns", "Publish"): self._publish,
            ("cloudwatch", "DescribeAlarms"): self._describe_alarms,
            ("secretsmanager", "GetSecretValue"): lambda **given: {
                "SecretString": f"https://hooks.slack.com/{given['SecretId']}"
            },
        }
        for spec, names in ((WATCHDOG, _OF_DEPLOYMENT), (SLACK_NOTIFIER, ("SLACK_SECRETS",))):
            variables = functions[spec.name]["Environment"]["Variables"]
            self.world.variables |= {name: variables[name] for name in names}
        self._alarms = self.template.of("AWS::CloudWatch::Alarm")
        self._rules = {name: Rule.of(alarm) for name, alarm in self._alarms.items()}
        self._subscribed = self.template.of("AWS::SNS::Subscription").values()
        self.start_at(account.clock.now)

    def start_at(self, now: datetime) -> None:
        """Before anything has happened; every alarm has been there for long, and so has the watchdog."""
        self.world.account.clock.now = self._judged = now
        self._states = dict.fromkeys(self._rules, (OK, now))
        self._put["own", "SecondsOverdue"] = [(now - ROUND * n * MINUTE, 0.0) for n in range(24, 0, -1)]

    def pass_minutes(self, minutes: int) -> None:
        """First what is due by now; the rounds are where the clock's minutes are."""
        self._settle()
        for _ in range(minutes):
            self.world.account.clock.pass_s(60)
            self._settle()
            if self.now.minute % ROUND == 0:
                self._call(WATCHDOG, {"source": "aws.events"})
                self._settle()

    def until(self, moment: datetime) -> None:
        self.pass_minutes(math.ceil((moment - self.now) / MINUTE))

    @property
    def now(self) -> datetime:
        return self.world.account.clock.now

    # --- what AWS does

    def _settle(self) -> None:
        """Whatever is due by now, in order; then the alarms, of each minute that has passed."""
        while self._due and min(self._due, key=lambda each: each[0])[0] <= self.now:
            first = min(self._due, key=lambda each: each[0])
            self._due.remove(first)
            first[1]()
        for queue, count in self.queued.items():  # what is tried again is hidden; no function takes the other
            self._put["AWS/SQS", queue, _HIDDEN].append((self.now, float(count * (queue == _KEPT))))
            self._put["AWS/SQS", queue, _VISIBLE].append((self.now, float(count * (queue == _UNTOLD))))
        while self._judged + MINUTE <= self.now:
            self._judged += MINUTE
            for name in self._rules:
                self._judge(name, self._judged)

    def _later(self, minutes: int, act: Callable[[], None]) -> None:
        self._due.append((self.now + minutes * MINUTE, act))

    def _call(self, spec: FunctionSpec, event: dict[str, Any]) -> bool:
        """Whether the function did not fail."""
        began = self.now
        self.world.ask(spec, event)
        answer = self.world.answers.pop()[spec.name]
        is_error = isinstance(answer, dict) and "failed" in answer
        self._put["AWS/Lambda", spec.name, "Errors"].append((began, float(is_error)))
        return not is_error

    def _publish(self, **given: Any) -> Any:
        """SNS: an e-mail for each subscription whose filter the attributes meet, and the notifier."""
        texts, named = {"default": given["Message"]}, given.get("MessageAttributes", {})
        if given.get("MessageStructure"):
            self.world.account.published(**given)
            texts = json.loads(given["Message"])
        attributes = {name: value["StringValue"] for name, value in named.items()}
        for one in self._subscribed:
            is_of_topic = given["TopicArn"].endswith(f":{one['TopicArn'].strip('{}')}")
            wanted = one.get("FilterPolicy", {}).items()
            if not is_of_topic or not all(attributes.get(name) in values for name, values in wanted):
                continue
            if one["Protocol"] == "email":
                text = texts.get("email", texts["default"])
                self.received.append(Received(self.now, one["Endpoint"], given["Subject"], text))
            elif one["Protocol"] == "lambda":
                message = texts.get("lambda", texts["default"])
                sns = {"Message": message, "MessageId": str(len(self.received))}
                self._later(0, partial(self._notify, {"Records": [{"Sns": sns}]}, _AGAIN))
        return {"MessageId": "1"}

    def _notify(self, event: dict[str, Any], again: tuple[int, ...]) -> None:
        if self._call(SLACK_NOTIFIER, event):
            return
        if again:
            self._later(again[0], partial(self._notify, event, again[1:]))
            return
        self.queued[_KEPT] += 1
        self._replay({"Records": [{"body": json.dumps(event)}]})

    def _replay(self, event: dict[str, Any]) -> None:
        if self._call(ALERT_REPLAY, event):
            self.queued[_KEPT] -= 1
        else:
            self._later(ROUND, partial(self._replay, event))

    def open(self, request: Request, timeout: float) -> AbstractContextManager[None]:
        """Slack, in the place of urllib's opener."""
        if self.slack_is_down:
            raise OSError("no route to host")
        assert timeout
        assert isinstance(request.data, bytes)
        payload = json.loads(request.data)
        line = next(line for line in payload["text"].splitlines() if line)
        self.received.append(Received(self.now, payload["channel"], line, payload["text"]))
        return nullcontext()

    # --- CloudWatch

    def _judge(self, name: str, moment: datetime) -> None:
        rule, (before, _) = self._rules[name], self._states[name]
        data = {each: self._data(series) for each, series in rule.series.items()}
        state, reason = rule.state(rule.points(data, moment), before, timedelta.max)
        if state == before:
            return
        self._states[name] = (state, moment)
        if state != ALARM:
            return
        alarm = self._alarms[name]
        message = {
            "AlarmName": name, "AlarmDescription": alarm["AlarmDescription"], "NewStateValue": state,
            "NewStateReason": reason, "OldStateValue": before, "StateChangeTime": moment.isoformat(),
            "Trigger": {
                "Threshold": alarm["Threshold"],
                "Dimensions": [
                    {"name": one["Name"], "value": one["Value"].strip("{}")}
                    for one in alarm.get("Dimensions", ())
                ],
            },
        }  # fmt: skip
        (topic,) = alarm["AlarmActions"]
        if self.directly or topic == "{reconciliation-alerts}":  # that one is of what tells the others
            arn = self.world.variables["ALERTS_TOPIC_ARN"]
            self._publish(TopicArn=arn, Subject=f'ALARM: "{name}"', Message=json.dumps(message))
        else:
            self._later(ROUND, partial(self._tell_alarm, message, _ALARMS_TRIES))

    def _tell_alarm(self, message: dict[str, Any], tries: int) -> None:
        if self._call(ALARMS, {"Records": [{"body": json.dumps(message)}]}):
            return
        if tries > 1:
            self._later(ROUND, partial(self._tell_alarm, message, tries - 1))
        else:
            self.queued[_UNTOLD] += 1

    def _describe_alarms(self, **given: Any) -> Any:
        """By their names."""
        return {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": self._states[name][0],
                    "StateUpdatedTimestamp": self._states[name][1],
                    "AlarmDescription": self._alarms[name]["AlarmDescription"],
                    "Threshold": self._alarms[name]["Threshold"],
                }
                for name in given["AlarmNames"]
            ]
        }

    def _data(self, series: Series) -> Data:
        if series.namespace == "AWS/States":
            ended = self.world.account.executions.values()
            return sorted((one["stopDate"], 1.0) for one in ended if one["status"] == _ENDS.get(series.name))
        if series.namespace in ("AWS/SQS", "AWS/Lambda"):
            (of,) = series.dimensions.values()
            return self._put[series.namespace, of.strip("{}"), series.name]
        self._read_metrics()
        return self._put["own", series.name, *sorted(series.dimensions)]

    def _read_metrics(self) -> None:
        """By name and the names of their dimensions: alarms are on those without any."""
        metrics = self.world.account.metrics
        for datum in metrics[self._metrics_seen :]:
            names = sorted(one["Name"] for one in datum["Dimensions"])
            self._put["own", datum["MetricName"], *names].append((datum["Timestamp"], float(datum["Value"])))
        self._metrics_seen = len(metrics)


@contextmanager
def delivered(template: Template, *, directly: bool = False) -> Iterator[Delivery]:
    """A deployment to which nothing has happened yet. Nobody waits for a Slack that is away."""
    with mock.patch.object(asked, "RIGHTS", set()), opened(jobs.USUAL) as world:
        delivery = Delivery(world, template, directly)
        impatient = SimpleNamespace(monotonic=lambda: math.inf)
        with mock.patch.object(slack, "_OPENER", delivery), mock.patch.object(slack, "time", impatient):
            yield delivery
