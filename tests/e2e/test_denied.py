"""A right that is taken away ends as AccessDenied, under the code that an operator sees.

That each right is needed by some request: tests/infra/test_rights_needed.py. Here is what it looks like.
"""

import json
from datetime import date

import pytest

from local.generated_day import GeneratedDay
from tests.e2e.conftest import Operator
from tests.e2e.denying import denied

pytestmark = pytest.mark.stack
DAY = date(2026, 9, 1)
GLUE_ROLE = "ReconciliationGlueRole"
DAYS = "arn:aws:s3:::reconciliation-checkpoints/days/*"


def test_the_connection_check_names_the_step(operator: Operator) -> None:
    with denied(operator, "test-rds-connection", "secretsmanager:GetSecretValue", "*"):
        answer = operator.answer("test-rds-connection")
    assert (answer["ok"], answer["etapa"], answer["engine"]) == (False, "auth", None)
    assert operator.answer("test-rds-connection")["ok"]


def test_a_run_that_cannot_take_its_day_says_which_right_lacks(operator: Operator) -> None:
    with denied(operator, "reconciliation-prepare-run", "s3:PutObject", DAYS):
        before = operator.executions()
        operator.upload(f"{DAY}/input.csv", operator.load(GeneratedDay(100, DAY)))
        ended = operator.end_of(operator.newest(before + 1))
    assert ended["status"] == "FAILED"
    assert "reconciliation-prepare-run não tem o direito s3:PutObject em" in ended["cause"], ended


def test_a_job_that_may_not_write_ends_its_run(operator: Operator) -> None:
    """Runbook 2.1, "Erro interno": it is a worker that S3 refuses, and the message says what."""
    operator.load(GeneratedDay(100, DAY))
    with denied(operator, GLUE_ROLE, "s3:PutObject", "arn:aws:s3:::reconciliation-intermediate/*"):
        ended = operator.end_of(operator.start({"s3_key": f"{DAY}/input.csv"}))
    told = json.loads(ended["cause"])
    assert (ended["error"], told["stage"]) == ("VALIDATION_FAILED", "validation")
    sentence = f"a AWS recusou (AccessDenied): {GLUE_ROLE} não tem o direito s3:PutObject em arn:aws:s3:::"
    assert told["message"].startswith(f"{sentence}reconciliation-intermediate/{DAY}/"), told
    refused = (operator.stack.directory / "rights.jsonl").read_text().splitlines()
    assert [line for line in refused if "explicit deny" in line and GLUE_ROLE in line]


def test_what_the_output_job_may_not_publish_is_published_by_close_run(operator: Operator) -> None:
    with denied(operator, GLUE_ROLE, "s3:PutObject", "arn:aws:s3:::reconciliation-output/*"):
        ended = operator.end_of(operator.start({"s3_key": f"{DAY}/input.csv"}))
    assert ended["status"] == "SUCCEEDED", ended
    assert operator.published(DAY).columns, "a day without a difference, whole all the same"
