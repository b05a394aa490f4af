"""A job's clients are of the region that it is told: Glue promises its processes none."""

from dataclasses import fields
from pathlib import Path
from types import ModuleType

import boto3
import pytest

from glue_jobs import output_job, reconciliation_job, stores, validation_job
from glue_jobs.options import OutputOptions, ReconciliationOptions, ValidationOptions

JOBS = [
    (validation_job, ValidationOptions),
    (reconciliation_job, ReconciliationOptions),
    (output_job, OutputOptions),
]


class MadeError(Exception):
    """Its text is the region of the job's first client."""


@pytest.mark.parametrize(("job", "options"), JOBS, ids=lambda given: getattr(given, "__name__", ""))
def test_the_driver_has_it_before_the_first_client(
    job: ModuleType, options: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What its workers have is tests/jobs/test_spark.py's."""

    def make() -> None:
        raise MadeError(boto3.client("s3").meta.region_name)

    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "any")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setattr(stores, "process_store", make)
    given = {field.name: "1" for field in fields(options)} | {"aws_region": "sa-east-1"}
    with pytest.raises(MadeError, match=r"^sa-east-1$"):
        job.main(["script", *(text for name in given for text in (f"--{name}", given[name]))])
