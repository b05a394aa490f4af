"""That a published day lacks its report is told by whoever ends its run: the output job made it, or failed.

It is only looked for, once people were told of the day and that is noted: a report is nothing that a day's
end waits for, and what fails here is logged (runbook 2.4).
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciliation import places
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.reports import reported_etag
from reconciliation.adapters.store import Store
from reconciliation.day import Day
from reconciliation.lifecycle.telling import Teller

_OF_ANOTHER: Final = (
    "; os arquivos que estão ao lado são de outra publicação, e não valem: ninguém os usa nem os envia"
    " antes de ele ser feito"
)
"""Where a page stands, withdrawn or not. Who publishes may not delete; the report's maker does so first."""

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
        if current.published_etag is None:
            return
        try:
            standing = self._standing(current.day)
            if standing != current.published_etag:
                self._tell(current, standing, now, execution_arn, started)
        except Exception:
            _log.exception("missing_report_not_told", extra={"day": current.day})

    def _tell(
        self, current: Day, standing: str | None, now: datetime, execution_arn: str, started: datetime | None
    ) -> None:
        page = places.report_page(self.output_bucket, current.day)
        message = f"o dia {current.day} está publicado e vale; falta o relatório desta publicação, {page}"
        of_another = "" if standing is None else _OF_ANOTHER
        self.teller.tell(
            self.teller.event(
                "REPORT_FAILED",
                f"{message}{of_another}",
                now,
                execution_arn=execution_arn,
                day=current.day,
                started=started,
                stage="output",
                job_id=current.job_id,
                attempt=current.attempt,
            )
        )

    def _standing(self, day: str) -> str | None:
        """Of which publication it is. What cannot be seen counts as missing: a person looks at that, too."""
        try:
            return reported_etag(self.store, self.output_bucket, day)
        except AWS_ERRORS:
            _log.exception("report_not_seen", extra={"day": day})
            return None
