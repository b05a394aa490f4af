"""An alarm becomes an alert, by the deployed function and its own rights."""

import json
from datetime import UTC, datetime

import pytest

from local import outbox
from local.stack import Stack
from tests.deployed.asking import Client
from tests.waiting import eventually

pytestmark = pytest.mark.stack


def test_an_alarm_becomes_an_alert_by_the_function_s_own_rights(stack: Stack, client: Client) -> None:
    """By topic, queue, key, the executions and their marks, the other alarm's state; it waits 20 seconds.

    An execution that is refused is told by its own alert, and its alarm has nothing to say.
    """
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    client("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")
    eventually(lambda: "Código: INVALID_INPUT" in stack.outbox.read_text(), 60)
    topics = [item["TopicArn"] for item in client("sns").list_topics()["Topics"]]
    (topic,) = [arn for arn in topics if arn.endswith(":reconciliation-alarms")]
    kinds = {"executions-failed": "HIGH", "trigger-errors": "CRITICAL", "alert-replay-errors": "MEDIUM"}
    for kind, severity in kinds.items():
        alarm = {
            "AlarmName": f"reconciliation-{kind}", "AlarmDescription": f"[{severity}] {kind} (runbook 2.4).",
            "NewStateValue": "ALARM", "NewStateReason": "1 > 0",
            "StateChangeTime": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        client("sns").publish(TopicArn=topic, Message=json.dumps(alarm))

    def told() -> set[tuple[str, str]]:
        lines = map(json.loads, outbox.lines(stack.outbox))
        return {(line["destino"], line["assunto"]) for line in lines if "Código: ALARM" in line["corpo"]}

    replay, trigger = (
        f"[{kinds[kind]}] Conciliação reconciliation-{kind} ALARM"
        for kind in ("alert-replay-errors", "trigger-errors")
    )
    people = [f"{name}-conciliacao@empresa.com" for name in ("ops", "eng", "po")]
    channels = ("#conciliação-alerts", "#eng-conciliacao", "#ops-oncall")
    wanted = {
        (people[0], replay),
        *((person, trigger) for person in people),
        *((one, "") for one in channels),
    }
    eventually(lambda: told() >= wanted, 90)
    assert told() == wanted
