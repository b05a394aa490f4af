"""A published day's report: gathered, decided, written. It comes after the publication and never in its way.

Nothing in it is of the clock: a day's report has the same bytes as often as it is made, as long as the days
before it and what it replaced are told the same.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from glue_jobs.failures import any_failure
from glue_jobs.log import fact, failure, timed
from glue_jobs.report_folder import AT_ONCE, ReportFile, ReportFolder
from glue_jobs.report_index import put_index
from glue_jobs.report_inputs import ROWS_BYTES_MAX, Source
from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.headings import of_business, of_supplier
from reconciliation.kernels.report import ReportInputs, figures
from reconciliation.kernels.spreadsheets import CSV, write_csv
from reconciliation.kernels.supplier_files import supplier_parts
from reconciliation.kernels.workbook import write_workbook
from reconciliation.layout import Location
from reconciliation.objects import TRIES, ConditionFailed
from reconciliation.report.figures import DayFigures
from reconciliation.report.page import page

TEXT: Final = "text/plain; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY_BYTES: Final = 1_000_000
"""Of one file; more lies on the disk until it is sent."""


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Makes the reports of one deployment."""

    store: Store
    intermediate_bucket: str
    output_bucket: str
    rows_bytes_max: int = ROWS_BYTES_MAX

    def make(self, day: str) -> None:
        """Raises REPORT_FAILED where the day is not published, or what it needs is gone (runbook 2.4)."""
        with ThreadPoolExecutor(AT_ONCE) as pool, timed("report_made", day=day):
            try:
                self._make_in_turn(day, pool)
            except any_failure():
                self._try_to_put_index(pool)
                raise
            put_index(self.store, self.output_bucket, pool)

    def _make_in_turn(self, day: str, pool: Executor) -> None:
        for _ in range(TRIES):
            try:
                return self._make(day, pool)
            except ConditionFailed:
                fact("report_begun_again", day=day)
        raise error("REPORT_FAILED", f"{day}: o relatório é escrito por outra execução; repita")

    def _make(self, day: str, pool: Executor) -> None:
        """Raises ConditionFailed where somebody else is at it: what was listed comes before what is read."""
        folder = ReportFolder(self.store, self.output_bucket, day)
        folder.take_away_what_is_of_another(pool)
        source = Source(self.store, self.intermediate_bucket, self.output_bucket, self.rows_bytes_max)
        inputs = source.inputs(day)
        etag, counted = inputs.summary.published_etag, figures(inputs)
        folder.put(_files(inputs, counted, self.output_bucket), etag, pool)
        folder.take_away_the_rest(pool)
        folder.put_page(page(counted), etag)
        folder.settle(etag, pool)

    def _try_to_put_index(self, pool: Executor) -> None:
        """A day without a report is published all the same, with figures of its own."""
        try:
            put_index(self.store, self.output_bucket, pool)
        except any_failure() as exc:
            failure("report_index_failed", exc, "REPORT_FAILED")


def _files(inputs: ReportInputs, counted: DayFigures, output_bucket: str) -> Iterator[ReportFile]:
    """Everything but the page, the largest first."""
    day, divergences = inputs.summary.day, inputs.divergences
    table = partial(write_csv, divergences.rename(of_business))
    yield _file(places.report_csv(output_bucket, day), CSV, table)
    workbook = partial(write_workbook, counted, divergences)
    yield _file(places.report_workbook(output_bucket, day), XLSX, workbook)
    for part in supplier_parts(inputs.summary, divergences, inputs.rejects):
        folder = places.supplier_folder(output_bucket, day, part.folder)
        yield _file(folder / places.DIVERGENCES_CSV, CSV, partial(write_csv, part.lines.rename(of_supplier)))
        if part.message is not None:
            yield ReportFile(folder / layout.MESSAGE, part.message.encode(), TEXT)


def _file(where: Location, content_type: str, write: Callable[[IO[bytes]], None]) -> ReportFile:
    target = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - whoever sends it closes it
    write(target)
    target.seek(0)
    return ReportFile(where, target, content_type)
