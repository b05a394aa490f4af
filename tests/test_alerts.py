"""What people are told: the playbook's next command, filled in, and never a way to mention a channel."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciliation.alerts import Event, attributes_of, body_of, slack_text_of, subject_of, text_of
from reconciliation.errors import FAILURES

MACHINE = "arn:aws:states:r:1:stateMachine:reconciliation-state-machine"


def event(code: str, **facts: Any) -> Event:
    known = {
        "message": "o que houve", "timestamp": datetime(2026, 2, 16, 7, tzinfo=UTC),
        "execution_arn": "arn:x:e1",
        "state_machine_arn": MACHINE, "output_bucket": "out", "job_id": "JOB-20260216-000001", "attempt": 2,
        "day": "2026-02-16", "s3_key": "2026-02-16/input.csv",
        "checkpoint_location": "s3://c/JOB-20260216-000001/checkpoint.json",
    }  # fmt: skip
    return Event(code=code, **{**known, **facts})


@pytest.mark.parametrize("code", ["SUCCEEDED", *sorted(FAILURES)])
def test_every_code_has_its_whole_text(code: str) -> None:
    body = body_of(event(code))
    assert body["id"] == f"JOB-20260216-000001-2-{code}"
    assert all(body[name] for name in ("severidade", "motivo", "playbook", "tempo_resposta", "responsavel"))
    text = text_of(body)
    assert text.startswith(f"[{body['severidade']}] ")
    assert code in text
    assert subject_of(body).isascii()
    assert len(subject_of(body)) <= 100
    assert attributes_of(event(code))["codigo"] == code


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("SUCCEEDED", "aws s3 cp s3://out/2026-02-16/divergencias.parquet"),
        ("TIMEOUT", '"reprocess_from_checkpoint": true'),
        ("RDS_UNREACHABLE", '"reprocess_from_checkpoint": true'),
        ("E_HEADER", '"s3_key": "2026-02-16/corrected.csv", "force_reprocess": true'),
        ("VALIDATION_FAILED", '"s3_key": "2026-02-16/input.csv", "force_reprocess": true'),
    ],
)
def test_the_next_command_is_the_playbooks(code: str, wanted: str) -> None:
    assert wanted in str(body_of(event(code))["proximo_comando"])


def test_data_cannot_mention_a_channel() -> None:
    text = slack_text_of(body_of(event("E_HEADER", message="é '<!channel> & <http://x|y>'")))
    assert "<" not in text
    assert "&lt;!channel&gt; &amp; " in text
