"""Glue job `reconciliation-output-job`: publishes a day. By hand the two paths are enough (runbook 2.4)."""

import re
import sys
from collections.abc import Sequence

from glue_jobs.log import fact, run_job
from glue_jobs.options import OutputOptions
from reconciliation.adapters.days import Days
from reconciliation.adapters.publication import publish
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.layout import Location

_DAY = r"\d{4}-\d{2}-\d{2}"


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `publish`, and INVALID_INPUT for a wrong argument."""
    run(OutputOptions.from_argv(argv), Store())


def run(options: OutputOptions, store: Store) -> str:
    """Answers the ETag of the published object."""
    source = _checked("input_path", options.input_path, options.intermediate_bucket, "divergences")
    target = _checked("output_path", options.output_path, options.output_bucket, "divergencias")
    day = target.key.split("/")[0]
    if not source.key.startswith(f"{day}/"):
        raise error("INVALID_INPUT", f"{source} e {target} são de dias diferentes")
    etag = publish(store, Days(store, options.checkpoints_bucket), source, target, options.run)
    fact("published", day=day, etag=etag)
    return etag


def _checked(name: str, uri: str, bucket: str, file: str) -> Location:
    """An operator's typing error must not reach an object that is not of this system."""
    where = Location.parse(uri)
    if where.bucket != bucket or not re.fullmatch(rf"{_DAY}/{file}\.parquet", where.key, re.ASCII):
        raise error("INVALID_INPUT", f"--{name}: o caminho deve ser s3://{bucket}/AAAA-MM-DD/{file}.parquet")
    return where


if __name__ == "__main__":
    run_job("output", main, sys.argv)
