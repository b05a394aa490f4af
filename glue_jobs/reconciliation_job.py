"""Glue job `reconciliation-job`: the base copied once, each partition compared once, the totals balanced."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import partial

from glue_jobs.base import Base, OpenBase
from glue_jobs.base_copy import BaseSource
from glue_jobs.causes import CAUSES_HISTORY_DAYS
from glue_jobs.log import run_job
from glue_jobs.options import ReconciliationOptions
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.spark import SparkExecutor
from glue_jobs.stores import driver_store, load_plan, process_store
from reconciliation.adapters.database.base import open_base
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.export.base import open_export
from reconciliation.adapters.history import published_before
from reconciliation.plan import Plan


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `reconcile`, and INVALID_INPUT for a wrong argument."""
    options = ReconciliationOptions.from_argv(argv)
    store = driver_store(options.aws_region)
    plan = load_plan(store, options.plan)
    fence = Fence(options.checkpoints_bucket, options.epoch)
    executor = partial(SparkExecutor, options.aws_region)
    history = partial(published_before, store, options.output_bucket, plan.day, CAUSES_HISTORY_DAYS)
    base = BaseSource(_base_of(plan, options), options.base_readers)
    reconcile(plan, fence, base, executor, process_store, history)


def _base_of(plan: Plan, options: ReconciliationOptions) -> OpenBase:
    if plan.rules.base_source == "s3_export":
        return partial(_open_export, plan.paths.base.bucket, plan.day, plan.reference_date)
    return partial(
        open_base,
        options.secret_id,
        Limits(options.query_timeout_s),
        options.database_ca,
        options.read_endpoint,
        plan.rules.window_days,
    )


def _open_export(bucket: str, day: str, reference: date) -> AbstractContextManager[Base]:
    """Called by who reads, with that process's own Store."""
    return open_export(process_store(), bucket, day, reference)


if __name__ == "__main__":
    run_job("reconciliation", main, sys.argv)
