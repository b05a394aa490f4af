"""Glue job `reconciliation-output-job`: publishes a day. By hand the two paths are enough (runbook 2.4)."""

import sys
from collections.abc import Callable, Sequence

from glue_jobs.log import fact, run_job
from glue_jobs.options import OutputOptions
from glue_jobs.stores import use_region
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.lifecycle.publishing import publish


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `publish`, and INVALID_INPUT for a wrong argument."""
    options = OutputOptions.from_argv(argv)
    use_region(options.aws_region)
    run(options, Store())


def run(options: OutputOptions, store: Store) -> str:
    """Answers the ETag of the published object."""
    source = _checked("input_path", options.input_path, options.intermediate_bucket, layout.divergences)
    target = _checked("output_path", options.output_path, options.output_bucket, layout.published)
    day = layout.day_of(target.key)
    if layout.day_of(source.key) != day:
        raise error("INVALID_INPUT", f"{source} e {target} são de dias diferentes")
    etag = publish(store, Days(store, options.checkpoints_bucket), source, target, options.run)
    fact("published", day=day, etag=etag)
    return etag


def _checked(name: str, uri: str, bucket: str, made: Callable[[str, str], Location]) -> Location:
    """An operator's typing error must not reach an object that is not of this system."""
    where = Location.parse(uri)
    if where.bucket != bucket or layout.day_at(where, made) is None:
        raise error("INVALID_INPUT", f"--{name}: o caminho deve ser {made(bucket, 'AAAA-MM-DD')}")
    return where


if __name__ == "__main__":
    run_job("output", main, sys.argv)
