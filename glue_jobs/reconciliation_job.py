"""Glue job `reconciliation-job`: the base copied once, each partition compared once, the totals balanced."""

import sys
from collections.abc import Sequence
from functools import partial

from glue_jobs.options import ReconciliationOptions
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.spark import SparkExecutor
from glue_jobs.stores import load_plan, process_store
from reconciliation.adapters.database import open_base


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `reconcile`, and INVALID_INPUT for a wrong argument."""
    options = ReconciliationOptions.from_argv(argv)
    plan = load_plan(process_store(), options.plan)
    fence = Fence(options.checkpoints_bucket, options.epoch)
    base = partial(open_base, options.secret_id, options.query_timeout_s)
    reconcile(plan, fence, base, SparkExecutor, process_store)


if __name__ == "__main__":
    main(sys.argv)
