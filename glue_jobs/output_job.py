"""Glue job `reconciliation-output-job`: publishes a day, and then makes its report.

By hand (runbook 2.4) the two paths are enough, or, for a report alone, the day.
"""

import sys
from collections.abc import Callable, Sequence

from glue_jobs.failures import any_failure
from glue_jobs.log import fact, failure, run_job
from glue_jobs.options import OutputOptions, ReportOptions, is_given
from glue_jobs.report_folder import take_away_report_of_another
from glue_jobs.stores import driver_store
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.lifecycle.publishing import publish


def main(argv: Sequence[str]) -> None:
    """Raises the failures of `publish`, INVALID_INPUT for a wrong argument; by hand REPORT_FAILED, too."""
    if is_given(argv, "report_day"):
        alone = ReportOptions.from_argv(argv)
        report_anew(alone, driver_store(alone.aws_region))
        return
    options = OutputOptions.from_argv(argv)
    store = driver_store(options.aws_region)
    run(options, store)
    try:
        report_anew(options, store)
    except any_failure() as exc:
        if options.run is None:  # an operator looks at how the job ended; a run's end tells what is missing
            raise
        failure("report_failed", exc, "REPORT_FAILED")


def report_anew(options: OutputOptions | ReportOptions, store: Store) -> None:
    """What stands there of another publication is gone first, whatever becomes of this one's."""
    take_away_report_of_another(store, options.output_bucket, options.report_day)
    make_report(options, store)


def make_report(options: OutputOptions | ReportOptions, store: Store) -> None:
    """Of the published day that they name. Raises REPORT_FAILED, or whatever a library does."""
    from glue_jobs.report import Reports  # noqa: PLC0415 - what its libraries lack must not keep a day back

    Reports(
        store=store,
        intermediate_bucket=options.intermediate_bucket,
        output_bucket=options.output_bucket,
    ).make(options.report_day)


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
