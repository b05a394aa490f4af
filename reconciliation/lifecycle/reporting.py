"""That a published day lacks its report is told by whoever ends its run: the output job made it, or failed.

It is only looked for, once people were told of the day and that is noted: a report is nothing that a day's
end waits for, and what fails here is logged (runbook 2.4).
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from reconciliation import layout
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.reports import is_reported
from reconciliation.adapters.store import Store
from reconciliation.day import Day
from reconciliation.lifecycle.telling import Teller

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reporting:
    """Looks at the reports of one output bucket."""

    store: Store
    teller: Teller
    output_bucket: str

    def tell_missing(
        self, current: Day, now: datetime, *, execution_arn: str, started: datetime | None
    ) -> None:
        """Tells people where the report of what the day stands published with is not there, or not whole."""
        etag = current.published_etag
        try:
            if etag is not None and not self._is_there(current.day, etag):
                self._tell(current, now, execution_arn, started)
        except Exception:
            _log.exception("missing_report_not_told", extra={"day": current.day})

    def _tell(self, current: Day, now: datetime, execution_arn: str, started: datetime | None) -> None:
        page = layout.report_page(self.output_bucket, current.day)
        self.teller.tell(
            self.teller.event(
                "REPORT_FAILED",
                f"o dia {current.day} está publicado e vale; falta o relatório desta publicação, {page}",
                now,
                execution_arn=execution_arn,
                day=current.day,
                started=started,
                stage="output",
                job_id=current.job_id,
                attempt=current.attempt,
            )
        )

    def _is_there(self, day: str, published_etag: str) -> bool:
        """What cannot be seen counts as missing: that is looked at by a person, too."""
        try:
            return is_reported(self.store, self.output_bucket, day, published_etag)
        except AWS_ERRORS:
            _log.exception("report_not_seen", extra={"day": day})
            return False
