"""A job takes the arguments of its table alone, each with a value of its own."""

import pytest

from glue_jobs.options import OutputOptions, ValidationOptions
from reconciliation.errors import ReconciliationError

GIVEN = {
    "aws_region": "sa-east-1", "job_id": "JOB-20260216-000001", "attempt": "2", "plan": "s3://b/plan.json",
    "checkpoints_bucket": "checkpoints",
}  # fmt: skip


def argv(**changes: str) -> list[str]:
    return ["script", *(text for name, value in (GIVEN | changes).items() for text in (f"--{name}", value))]


def test_each_argument_has_its_type() -> None:
    options = ValidationOptions.from_argv(argv())
    assert (options.job_id, options.attempt, options.plan) == (
        GIVEN["job_id"], 2, GIVEN["plan"],
    )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": "--checkpoints_bucket"}, {"plan": "--other=x"}, {"plan": ""}, {"plan": " "},
        {"attempt": "two"}, {"attempt": "-1"}, {"attempt": "٣"}, {"attempt": "1e3"},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_is_another_argument_or_no_value_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ReconciliationError, match=f"argumento --{next(iter(changes))}") as refused:
        ValidationOptions.from_argv(argv(**changes))
    assert refused.value.code == "INVALID_INPUT"


def test_a_value_behind_an_equals_sign_is_no_argument_either() -> None:
    with pytest.raises(ReconciliationError, match="argumento --plan: '--other' não é um valor"):
        ValidationOptions.from_argv([*argv(), "--plan=--other"])


def test_an_argument_that_is_missing_is_named_and_an_abbreviation_is_none() -> None:
    with pytest.raises(ReconciliationError, match="falta o argumento --input_path"):
        OutputOptions.from_argv([*argv(), "--input", "s3://b/k"])
