"""What a day's report is made of, read from S3 and held against the summary."""

from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Final

import polars as pl

from glue_jobs.log import fact
from reconciliation import layout
from reconciliation.adapters.history import published_before, published_summary
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.summary import Summary
from reconciliation.errors import error
from reconciliation.kernels.codec import UNREADABLE, from_parquet
from reconciliation.kernels.report import Replaced, ReportInputs
from reconciliation.kernels.schemas import DIVERGENCES, REJECTS
from reconciliation.kernels.weight import Weight
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import FINGERPRINT, StoredObject
from reconciliation.plan import OtherFormat, Plan
from reconciliation.report.figures import HISTORY_DAYS

_VERSIONS_MAX: Final = 20
"""Of one object: a day is published anew a few times at most, and each writes one or two."""
ROWS_BYTES_MAX: Final = 2_000_000_000
"""Of divergences, refused lines, what was replaced: the report holds them several times over, in 16 GB."""
_ANEW: Final = "o relatório só se refaz reprocessando o dia (2.2, opção 2)"


@dataclass(frozen=True)
class Source:
    """The buckets that it is read from."""

    store: Store
    intermediate_bucket: str
    output_bucket: str
    rows_bytes_max: int = ROWS_BYTES_MAX

    def inputs(self, day: str) -> ReportInputs:
        """Raises REPORT_FAILED where the day is not published, or not all of it is there any more."""
        summary = _summary(self.store, self.output_bucket, day)
        divergences = self._published(summary)
        counted = sum(summary.types.values())
        if divergences.height != counted:
            raise error("REPORT_FAILED", f"{day}: {divergences.height} de {counted} divergências lidas")
        return ReportInputs(
            summary=summary,
            history=published_before(self.store, self.output_bucket, day, HISTORY_DAYS),
            divergences=divergences,
            rejects=self._rejects(summary),
            replaced=self._replaced(summary),
        )

    def _published(self, summary: Summary) -> pl.DataFrame:
        where, day = layout.published(self.output_bucket, summary.day), summary.day
        published = self.store.head(where)
        if published:
            self._require_held(day, published.size_bytes)
        published = self.store.get(where)
        if published is None or published.etag != summary.published_etag:
            raise error("REPORT_FAILED", f"{day}: o publicado não é o do resumo; repita quando o for")
        self._require_held(day, _rows_bytes(published.body))
        return from_parquet(published.body)

    def _rejects(self, summary: Summary) -> pl.DataFrame:
        """With their suppliers, which the published ones lack; in line order."""
        counted = summary.totals.lines.rejected
        if not counted:
            return REJECTS.to_frame()
        prefix = self._paths(summary).rejects
        parts = [
            Location(prefix.bucket, listed.key)
            for listed in self.store.list(prefix)
            if layout.partition_of_part(listed.key) is not None
        ]
        frames, size_bytes = [REJECTS.to_frame()], 0
        for part in (found for where in parts if (found := self.store.get(where))):
            frames.append(from_parquet(part.body))
            size_bytes += Weight.of(frames[-1].lazy()).row_bytes
            self._require_held(summary.day, size_bytes)
        rejects = pl.concat(frames)
        if rejects.height != counted:
            raise error(
                "REPORT_FAILED",
                f"{summary.day}: de {counted} linhas recusadas, {rejects.height} em {prefix}: as outras"
                f" expiraram ou foram apagadas; {_ANEW}",
            )
        return rejects.sort("linha")

    def _require_held(self, day: str, size_bytes: int) -> None:
        if size_bytes > self.rows_bytes_max:
            raise error(
                "REPORT_FAILED",
                f"{day}: há {size_bytes / 1e9:.1f} GB de linhas, e o relatório se faz com até"
                f" {self.rows_bytes_max / 1e9:.0f}; o publicado vale: consulte-o no Athena (4.6)",
            )

    def _paths(self, summary: Summary) -> RunPaths:
        """As the run's plan names them: the lines of a resume may have been checked by an earlier attempt."""
        where = layout.plan(self.intermediate_bucket, summary.day, summary.fingerprint)
        try:
            stored = self.store.document(where)
            return Plan.read(stored).paths if stored else self._own_paths(summary)
        except OtherFormat:
            return self._own_paths(summary)
        except JsonRefused as exc:
            raise error("REPORT_FAILED", f"{summary.day}: {exc}; {_ANEW}") from exc

    def _own_paths(self, summary: Summary) -> RunPaths:
        return RunPaths.of(self.intermediate_bucket, summary.day, summary.fingerprint)

    def _replaced(self, summary: Summary) -> Replaced | None:
        """The publication before this one, of other data, while S3 keeps it; None of a first one.

        Of one that was begun and never ended, nobody was told: the one before it is meant.
        """
        published = layout.published(self.output_bucket, summary.day)
        for version in islice(self.store.versions(published), _VERSIONS_MAX):
            found = self.store.head(published, version)
            if found is None or found.metadata.get(FINGERPRINT) == summary.fingerprint:
                continue
            is_whole = self._was_whole(summary.day, found)
            if is_whole is not False:
                is_held = is_whole and found.size_bytes <= self.rows_bytes_max
                before = self.store.get(published, version) if is_held else None
                return Replaced(divergences=_as_now(before.body, self.rows_bytes_max) if before else None)
        return None

    def _was_whole(self, day: str, published: StoredObject) -> bool | None:
        """Whether a version of the day's summary is of that older publication.

        None where only one that cannot be read may be.
        """
        where = layout.summary(self.output_bucket, day)
        is_whole: bool | None = False
        for version in islice(self.store.versions(where), _VERSIONS_MAX):
            stored = self.store.get(where, version)
            if stored and stored.metadata.get(FINGERPRINT) == published.metadata.get(FINGERPRINT):
                try:
                    if stored.read_as(Summary).published_etag == published.etag:
                        return True
                except JsonRefused:
                    is_whole = None
        return is_whole


def _rows_bytes(parquet: bytes) -> int:
    return Weight.of(pl.scan_parquet(BytesIO(parquet))).row_bytes


def _as_now(parquet: bytes, most_bytes: int) -> pl.DataFrame | None:
    """None where they are not by schema DIVERGENCES (another release's, or damaged), or are too many."""
    try:
        if _rows_bytes(parquet) > most_bytes:
            return None
        divergences = from_parquet(parquet)
    except UNREADABLE as exc:
        fact("replaced_not_read", failure=type(exc).__name__)
        return None
    return divergences if divergences.schema == DIVERGENCES else None


def _summary(store: Store, output_bucket: str, day: str) -> Summary:
    try:
        summary = published_summary(store, output_bucket, day)
    except JsonRefused as exc:
        raise error("REPORT_FAILED", str(exc)) from exc
    if summary is None:
        raise error("REPORT_FAILED", f"{day}: o dia não está publicado")
    return summary
