"""Glue job `reconciliation-validation-job`: the file's lines become checked rows and rejects."""

import sys
from collections.abc import Sequence
from functools import partial

from glue_jobs.log import run_job
from glue_jobs.options import ValidationOptions
from glue_jobs.spark import SparkExecutor
from glue_jobs.stores import driver_store, load_plan, process_store
from glue_jobs.validation import validate


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `validate`, and INVALID_INPUT for a wrong argument."""
    options = ValidationOptions.from_argv(argv)
    plan = load_plan(driver_store(options.aws_region), options.plan)
    executor = partial(SparkExecutor, options.aws_region)
    validate(plan, options.checkpoints_bucket, executor, process_store)


if __name__ == "__main__":
    run_job("validation", main, sys.argv)
