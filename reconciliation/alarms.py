"""An alarm of CloudWatch as an alert tells it, and whether alerts have told it already. Pure; Portuguese.

Severity, sentence and section are the alarm's description: `[HIGH] O que houve (runbook 2.4).`
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from reconciliation.deployment import Deployment
from reconciliation.errors import HIGH, Failure

_DESCRIPTION: Final = re.compile(
    r"(\[(CRITICAL|HIGH|MEDIUM|LOW)\] )?(.*?)( \(runbook (1\.1|2\.[1-5]).*\))?\.?", re.S
)
ENDS: Final = {
    "executions-failed": "FAILED",
    "executions-timed-out": "TIMED_OUT",
    "executions-aborted": "ABORTED",
}
"""Alarms that say no more than that an execution ended so, which its own alert says better."""
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
class Alarm:
    """A change of its state, as CloudWatch publishes it ("Alarm notification format" of its user guide)."""

    name: str
    kind: str
    """The name without what all have in common and without the deployment's suffix: `trigger-errors`."""
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
            kind=name.removeprefix("reconciliation-").removesuffix(deployment.suffix),
            description=message.get("AlarmDescription") or "",
            reason=message["NewStateReason"],
            changed=datetime.fromisoformat(message["StateChangeTime"]),
            is_on=message["NewStateValue"] == "ALARM",
            threshold=float(trigger.get("Threshold", 0)),
            function=dimensions.get("FunctionName", ""),
        )

    @property
    def failure(self) -> Failure:
        """How bad it is, and where the runbook helps: HIGH and 1.1 where the description does not say."""
        return Failure(severity_of(self.description) or HIGH, _parts(self.description)[5] or "1.1")

    @property
    def sentence(self) -> str:
        return _parts(self.description)[3] or self.name


@dataclass(frozen=True, kw_only=True)
class Ended:
    """An execution that is over. `status` is Step Functions' own word."""

    arn: str
    status: str
    took_s: float
    is_told: bool
    """Whether an alert of it came through."""

    @property
    def name(self) -> str:
        return self.arn.rsplit(":", 1)[-1]


def severity_of(description: str) -> str:
    """As the description begins; "" where it does not say."""
    return _parts(description)[2] or ""


def untold(alarm: Alarm, ended: Sequence[Ended], on: Sequence[str]) -> list[Ended | None]:
    """What is still to be told: the alarm of each of these executions; None is the alarm of none of them.

    `ended` are the executions that it may be about, `on` the kinds of alarms that are on now. Where it is
    about executions and none is found it is told: something is odd.
    """
    if alarm.kind in ENDS:
        failed = [each for each in ended if each.status == ENDS[alarm.kind]]
        return [each for each in failed if not each.is_told] if failed else [None]
    if alarm.kind in (_NEAR, _OVER):
        slow = [each for each in ended if each.took_s > alarm.threshold]
        return [each for each in slow if _is_only_slow(alarm, each)] if slow else [None]
    return [] if SAID_BY.get(alarm.kind) in on else [None]


def _is_only_slow(alarm: Alarm, execution: Ended) -> bool:
    """Nothing else says so: the alert of a published day is no warning; how others ended is told by ENDS."""
    is_the_others = alarm.kind == _NEAR and execution.took_s > alarm.threshold / NEAR
    return execution.status == "SUCCEEDED" and not is_the_others


def message(alarm: Alarm, execution: Ended | None) -> str:
    """What the alert says."""
    if execution is None:
        return alarm.sentence
    took = f"a execução {execution.name} terminou em {execution.status} depois de {execution.took_s:.0f} s"
    return f"{alarm.sentence}; {took}" + ("" if execution.is_told else ", e nenhum alerta dela chegou")


def _parts(description: str) -> re.Match[str]:
    found = _DESCRIPTION.fullmatch(description)
    assert found, "it takes any text"
    return found
