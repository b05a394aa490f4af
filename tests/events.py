"""What an alert is made of, for those who look at alerts."""

import json
import shlex
from datetime import UTC, datetime
from typing import Any

from reconciliation.deployment import Deployment
from reconciliation.errors import FAILURES
from reconciliation.event import Event
from reconciliation.playbooks import steps_of

CODES = ("SUCCEEDED", "DAILY_CHECK", *sorted(FAILURES))
DEPLOYMENT = Deployment(region="sa-east-1", account_id="123456789012", suffix="-dev")
MACHINE = "arn:aws:states:sa-east-1:123456789012:stateMachine:reconciliation-state-machine-dev"
CHECKPOINT = "s3://c/JOB-20260216-000001/checkpoint.json"


def event(code: str, **facts: Any) -> Event:
    """An event of that code, with these facts in place of the run's own."""
    known = {
        "message": "o que houve", "timestamp": datetime(2026, 2, 16, 7, tzinfo=UTC),
        "execution_arn": "arn:x:e1", "started": datetime(2026, 2, 16, 6, 40, 30, tzinfo=UTC),
        "deployment": DEPLOYMENT, "state_machine_arn": MACHINE,
        "output_bucket": "out", "job_id": "JOB-20260216-000001", "attempt": 2,
        "day": "2026-02-16", "s3_key": "2026-02-16/input.csv", "version_id": "v1",
        "checkpoint_location": CHECKPOINT, "reference_day_offset": 0,
    }  # fmt: skip
    return Event(code=code, **{**known, **facts})


def commands_of(code: str, **facts: Any) -> list[str]:
    """Those of the alert's steps, in order."""
    return [step.command for step in steps_of(event(code, **facts)) if step.command]


def given_of(command: str) -> Any:
    argv = shlex.split(command)
    assert argv[:6] == [
        "aws", "stepfunctions", "start-execution", "--state-machine-arn", MACHINE, "--input",
    ]  # fmt: skip
    return json.loads(argv[6])
