"""An alarm of CloudWatch as an alert tells it, and whether alerts have told it already. Pure; Portuguese.

Severity, sentence and section are the alarm's description: `[HIGH] O que houve (runbook 2.4).`
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from reconciliation.deployment import Deployment
from reconciliation.errors import HIGH, Failure
from reconciliation.run import day_of_execution

_DESCRIPTION: Final = re.compile(
    r"(\[(CRITICAL|HIGH|MEDIUM|LOW)\] )?(.*?)( \(runbook (1\.1|2\.[1-5]).*\))?\.?", re.S
)
ENDS: Final = {
    "executions-failed": "FAILED",
    "executions-timed-out": "TIMED_OUT",
    "executions-aborted": "ABORTED",
}
"""Alarms that say no more than that an execution ended so, which its own alert says better."""
UNHEARD: Final = "[HIGH] Uma execução terminou sem sucesso, e nenhum alerta dela chegou (runbook 2.3)."
"""The description of these."""
HEARD_WITHIN: Final = timedelta(minutes=5)
"""So long after an execution's end its alert may be on its way, and nobody says that it did not come."""
NEAR: Final = 0.8
"""Of the deadline: from here on a run is slow."""
_NEAR, _OVER = "near-limit", "over-limit"
OF_EXECUTIONS: Final = (*ENDS, _NEAR, _OVER)
SAID_BY: Final = {"alert-replay-errors": "undelivered-alerts"}
"""What is on as well says the same, and more."""
LOGS: Final = {
    "nothing-published": "reconciliation-watchdog",
    "undelivered-alerts": "reconciliation-slack-notifier",
}
"""The function whose log says why, of alarms that are of none."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """One that is over. `status` is Step Functions' own word."""

    arn: str
    status: str
    stopped: datetime
    took_s: float
    is_heard: bool
    """Whether an alert of it came through."""

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[-1]

    @property
    def day(self) -> str | None:
        """None where its name does not say: the trigger's do."""
        return day_of_execution(self.name)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A change of its state, as CloudWatch publishes it ("Alarm notification format" of its user guide)."""

    name: str
    kind: str
    """Of its name, e.g. `trigger-errors`."""
    description: str
    reason: str
    changed: datetime
    is_on: bool
    threshold: float
    function: str
    """The function that it watches; "" where it is none."""

    @classmethod
    def of_message(cls, message: dict[str, Any], deployment: Deployment) -> Self:
        """Raises KeyError and ValueError where it is no alarm's."""
        trigger = message.get("Trigger", {})
        dimensions = {item["name"]: item["value"] for item in trigger.get("Dimensions", ())}
        name = message["AlarmName"]
        return cls(
            name=name,
            kind=kind_of(name, deployment),
            description=message.get("AlarmDescription") or "",
            reason=message["NewStateReason"],
            changed=datetime.fromisoformat(message["StateChangeTime"]),
            is_on=message["NewStateValue"] == "ALARM",
            threshold=float(trigger.get("Threshold", 0)),
            function=dimensions.get("FunctionName", ""),
        )

    @classmethod
    def of_end(cls, status: str, at: datetime, deployment: Deployment) -> Self:
        """The alarm that says that an execution ended so, whether that rang or was on already."""
        kind = next(kind for kind, ends in ENDS.items() if ends == status)
        return cls(
            name=deployment.named(f"reconciliation-{kind}"),
            kind=kind,
            description=UNHEARD,
            reason="",
            changed=at,
            is_on=True,
            threshold=0,
            function="",
        )

    @property
    def failure(self) -> Failure:
        """How bad it is, and where the runbook helps: HIGH and 1.1 where the description does not say."""
        return Failure(severity_of(self.description) or HIGH, _parts(self.description)[5] or "1.1")

    @property
    def sentence(self) -> str:
        return _parts(self.description)[3] or self.name


def kind_of(name: str, deployment: Deployment) -> str:
    """An alarm's name without what all have in common and the deployment's suffix."""
    return name.removeprefix("reconciliation-").removesuffix(deployment.suffix)


def severity_of(description: str) -> str:
    """As the description begins; "" where it does not say."""
    return _parts(description)[2] or ""


def untold(
    alarm: Alarm, ended: Sequence[Execution], on: Sequence[str], now: datetime
) -> list[Execution | None]:
    """What is still to be told: the alarm of each of these executions; None is the alarm of none of them.

    `ended` are the executions that it may be about, `on` the kinds of alarms that are on now. Where it is
    about executions and none is found it is told: something is odd.
    """
    if alarm.kind in ENDS:
        failed = [each for each in ended if each.status == ENDS[alarm.kind]]
        return [*unheard(failed, now)] if failed else [None]
    if alarm.kind in (_NEAR, _OVER):
        slow = [each for each in ended if each.took_s > alarm.threshold]
        return [each for each in slow if _is_only_slow(alarm, each)] if slow else [None]
    return [] if SAID_BY.get(alarm.kind) in on else [None]


def unheard(ended: Sequence[Execution], now: datetime) -> list[Execution]:
    """Those that ended badly and of which no alert came in time; of a younger one nobody can say it yet."""
    return [
        each
        for each in ended
        if each.status in ENDS.values() and not each.is_heard and now - each.stopped >= HEARD_WITHIN
    ]


def _is_only_slow(alarm: Alarm, execution: Execution) -> bool:
    """Nothing else says so: the alert of a published day is no warning; how others ended is told by ENDS."""
    is_the_others = alarm.kind == _NEAR and execution.took_s > alarm.threshold / NEAR
    return execution.status == "SUCCEEDED" and not is_the_others


def message(alarm: Alarm, execution: Execution | None) -> str:
    """What the alert says."""
    if execution is None:
        return alarm.sentence
    took = f"a execução {execution.name} terminou em {execution.status} depois de {execution.took_s:.0f} s"
    return f"{alarm.sentence}; {took}" + ("" if execution.is_heard else ", e nenhum alerta dela chegou")


def _parts(description: str) -> re.Match[str]:
    parts = _DESCRIPTION.fullmatch(description)
    assert parts, "it takes any text"
    return parts
