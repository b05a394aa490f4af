"""A typing error reaches no object: the output job takes two addresses of one day (runbook 2.4)."""

import pytest

from glue_jobs.options import OutputOptions
from glue_jobs.output_job import run
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.memory_s3 import MemoryS3

SOURCE = "s3://intermediate/2026-02-16/divergences.parquet"
TARGET = "s3://output/2026-02-16/divergencias.parquet"


def refusal(source: str, target: str) -> tuple[str, str]:
    options = OutputOptions(
        aws_region="sa-east-1",
        input_path=source,
        output_path=target,
        checkpoints_bucket="checkpoints",
        intermediate_bucket="intermediate",
        output_bucket="output",
    )
    with pytest.raises(ReconciliationError) as refused:
        run(options, Store(MemoryS3()))
    return refused.value.code, str(refused.value)


@pytest.mark.parametrize(
    "source",
    [
        "s3://output/2026-02-16/divergences.parquet",
        "s3://intermediate/2026-02-16/divergencias.parquet",
        "s3://intermediate/2026-02-16/divergences.parquet/",
        "s3://intermediate/2026-2-16/divergences.parquet",
        "s3://intermediate/a/2026-02-16/divergences.parquet",
        "s3://intermediate/divergences.parquet",
    ],
)
def test_another_source_is_refused(source: str) -> None:
    wanted = "--input_path: o caminho deve ser s3://intermediate/AAAA-MM-DD/divergences.parquet"
    assert refusal(source, TARGET) == ("INVALID_INPUT", wanted)


@pytest.mark.parametrize(
    "target", ["s3://output/2026-02-16/divergences.parquet", "s3://outputs/2026-02-16/divergencias.parquet"]
)
def test_another_target_is_refused(target: str) -> None:
    wanted = "--output_path: o caminho deve ser s3://output/AAAA-MM-DD/divergencias.parquet"
    assert refusal(SOURCE, target) == ("INVALID_INPUT", wanted)


def test_two_days_are_refused() -> None:
    target = TARGET.replace("16", "17")
    wanted = f"{SOURCE} e {target} são de dias diferentes"
    assert refusal(SOURCE, target) == ("INVALID_INPUT", wanted)


def test_the_right_addresses_are_looked_for() -> None:
    code, message = refusal(SOURCE, TARGET)
    assert (code, message.startswith(f"{SOURCE} não existe")) == ("OUTPUT_FAILED", True)
