"""reconciliation/alarms.py: what an alarm says, and what alerts have said already."""

import json
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciliation import alarms, runbook
from reconciliation.alarms import Alarm, Execution
from reconciliation.alert_texts import subject_of, text_of
from reconciliation.alerts import attributes_of, body_of
from reconciliation.errors import Failure
from tests.events import DEPLOYMENT, MACHINE, event

RUN = f"{MACHINE.replace('stateMachine', 'execution', 1)}:JOB-20260216-000001-0a"
DESCRIPTION = "[CRITICAL] O início automático falhou: um arquivo pode estar parado (runbook 2.1)."


def alarm(kind: str = "trigger-errors", **changed: Any) -> Alarm:
    """As CloudWatch publishes it, cut to what is read."""
    return Alarm.of_message(
        {
            "AlarmName": f"reconciliation-{kind}-dev", "AlarmDescription": DESCRIPTION,
            "NewStateValue": "ALARM", "OldStateValue": "OK", "NewStateReason": "Threshold Crossed: 1 > 0",
            "StateChangeTime": "2026-02-16T07:00:00.123+0000",
            "Trigger": {"Threshold": 960.0, "Namespace": "Reconciliation"}, **changed,
        },
        DEPLOYMENT,
    )  # fmt: skip


NOW = datetime(2026, 2, 16, 7, 5, tzinfo=UTC)


def ended(
    status: str = "FAILED", took_s: float = 100, *, is_heard: bool = True, minutes_ago: float = 7
) -> Execution:
    return Execution(
        arn=f"{RUN}-{status}-{took_s:g}", status=status, took_s=took_s, is_heard=is_heard,
        stopped=NOW - timedelta(minutes=minutes_ago),
    )  # fmt: skip


def names(alarm: Alarm, *executions: Execution, on: tuple[str, ...] = ()) -> list[str]:
    """What is told: of which execution, "-" the alarm by itself."""
    untold = alarms.untold(alarm, executions, on, NOW)
    return ["-" if each is None else each.name.removeprefix("JOB-20260216-000001-0a-") for each in untold]


SILENT = ended("FAILED", is_heard=False)


@pytest.mark.parametrize(
    ("kind", "executions", "told"),
    [
        ("executions-failed", [ended()], []),
        ("executions-failed", [ended(), SILENT], ["FAILED-100"]),
        ("executions-failed", [ended(is_heard=False, minutes_ago=4.9)], []),  # its alert may be on its way
        ("executions-failed", [ended(is_heard=False, minutes_ago=5), SILENT], ["FAILED-100"] * 2),
        ("executions-failed", [ended("ABORTED", is_heard=False)], ["-"]),  # what failed is not found: odd
        ("executions-failed", [ended("SUCCEEDED", is_heard=False)], ["-"]),
        ("executions-failed", [], ["-"]),
        ("executions-aborted", [ended("ABORTED", is_heard=False), SILENT], ["ABORTED-100"]),
        ("executions-timed-out", [ended("TIMED_OUT"), SILENT], []),
        ("near-limit", [ended("FAILED", 1201)], []),  # a TIMEOUT: its own alert says so, or executions-failed
        ("over-limit", [ended("FAILED", 1201, is_heard=False)], []),
        ("near-limit", [ended("SUCCEEDED", 961)], ["SUCCEEDED-961"]),
        ("near-limit", [ended("SUCCEEDED", 1201)], []),  # over-limit says it
        ("over-limit", [ended("SUCCEEDED", 1201), ended("SUCCEEDED", 100)], ["SUCCEEDED-1201"]),
        ("near-limit", [ended("SUCCEEDED", 960)], ["-"]),
        ("trigger-errors", [ended()], ["-"]),
    ],
)
def test_an_alarm_says_what_no_alert_said(kind: str, executions: list[Execution], told: list[str]) -> None:
    threshold = 1200.0 if kind == "over-limit" else 960.0
    assert names(alarm(kind, Trigger={"Threshold": threshold}), *executions) == told


def test_one_that_another_says_is_silent_while_that_one_is_on() -> None:
    assert names(alarm("alert-replay-errors"), on=("undelivered-alerts",)) == []
    assert names(alarm("alert-replay-errors")) == ["-"]
    assert names(alarm("undelivered-alerts"), on=("undelivered-alerts",)) == ["-"]


@pytest.mark.parametrize(
    ("description", "failure", "sentence"),
    [
        (DESCRIPTION, Failure("CRITICAL", "2.1"), "O início automático falhou: um arquivo pode estar parado"),
        ("[MEDIUM] x (runbook 2.1 a 2.4).", Failure("MEDIUM", "2.1"), "x"),
        ("somebody's own", Failure("HIGH", "1.1"), "somebody's own"),
        ("[LOW] x", Failure("LOW", "1.1"), "x"),
        ("[LOW] x (runbook 9.9).", Failure("LOW", "1.1"), "x (runbook 9.9)"),
        ("two\nlines (not one)", Failure("HIGH", "1.1"), "two\nlines (not one)"),
        ("", Failure("HIGH", "1.1"), "reconciliation-trigger-errors-dev"),
        (None, Failure("HIGH", "1.1"), "reconciliation-trigger-errors-dev"),
    ],
)
def test_how_bad_it_is_and_where_to_look_is_its_description(
    description: str | None, failure: Failure, sentence: str
) -> None:
    told = alarm(AlarmDescription=description)
    assert (told.failure, told.sentence) == (failure, sentence)


PATTERN = """'?ERROR ?timeout ?"timed out" ?"Runtime.OutOfMemory" ?"Runtime.ExitError" ?"signal: killed"'"""
FUNCTION = {"Dimensions": [{"value": "reconciliation-trigger-dev", "name": "FunctionName"}]}


@pytest.mark.parametrize(
    ("kind", "trigger", "execution_arn", "wanted"),
    [
        ("trigger-errors", FUNCTION, "",
         f"aws logs tail /aws/lambda/reconciliation-trigger-dev --since 24h --filter-pattern {PATTERN}"),
        ("nothing-published", {}, "",
         f"aws logs tail /aws/lambda/reconciliation-watchdog-dev --since 24h --filter-pattern {PATTERN}"),
        ("executions-failed", {}, RUN, f"aws stepfunctions describe-execution --execution-arn {RUN}"),
        ("executions-failed", {}, "", f"aws stepfunctions list-executions --state-machine-arn {MACHINE}"
                                      " --max-results 10 --status-filter FAILED"),
        ("near-limit", {}, "", f"aws stepfunctions list-executions --state-machine-arn {MACHINE}"
                               " --max-results 10"),
        ("somebodys", {}, "", "aws cloudwatch describe-alarm-history --alarm-name"
                              " reconciliation-somebodys-dev --history-item-type StateUpdate --max-items 5"),
    ],
)  # fmt: skip
def test_the_command_looks_at_what_rings(
    kind: str, trigger: dict[str, Any], execution_arn: str, wanted: str
) -> None:
    told = event("ALARM", alarm=alarm(kind, Trigger=trigger), execution_arn=execution_arn, started=None)
    command = body_of(told)["proximo_comando"]
    assert command == wanted
    assert shlex.split(command)[0] == "aws"


def test_an_alarm_reaches_people_as_an_alert_does() -> None:
    told = event(
        "ALARM", alarm=alarm(), execution_arn="", job_id=None, attempt=None, day=None,
        about="reconciliation-trigger-errors-dev-20260216T070000", checkpoint_location=None, started=None,
        s3_key=None,
        message=alarms.message(alarm(), None),
        numbers={"Alarme": "reconciliation-trigger-errors-dev", "Medida": "1 > 0"},
    )  # fmt: skip
    body = body_of(told)
    assert json.loads(json.dumps(body)) == body
    assert attributes_of(told)["severidade"] == "CRITICAL"
    assert (body["id"], body["playbook"]) == (
        "reconciliation-trigger-errors-dev-20260216T070000-ALARM", "2.1",
    )  # fmt: skip
    assert body["links"]["Runbook"] == runbook.link(DEPLOYMENT, "ALARM")
    assert subject_of(body) == "[CRITICAL] Conciliação reconciliation-trigger-errors-dev ALARM"
    text = text_of(body)
    assert text.startswith("[CRITICAL] Um alarme do CloudWatch disparou\n\nO início automático falhou")
    assert "Alarme: reconciliation-trigger-errors-dev\nMedida: 1 > 0\nPlaybook: 2.1 do runbook" in text


def test_what_it_says_of_an_execution() -> None:
    slow, silent = ended("SUCCEEDED", 1201), ended("ABORTED", is_heard=False)
    assert alarms.message(alarm(), slow).endswith(
        "; a execução JOB-20260216-000001-0a-SUCCEEDED-1201 terminou em SUCCEEDED depois de 1201 s"
    )
    assert alarms.message(alarm(), silent).endswith("depois de 100 s, e nenhum alerta dela chegou")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        (RUN, "2026-02-16"), ("arn:x:JOB-20260216-000001", None), ("arn:x:JOB-20260216-1-0a", None),
        ("arn:x:5f1c0c2e-8d7a-4a54-9c1f-000000000001", None), ("arn:x:by-hand", None),
    ],
)  # fmt: skip
def test_the_trigger_s_executions_say_their_day(name: str, day: str | None) -> None:
    assert replace(ended(), arn=name).day == day
