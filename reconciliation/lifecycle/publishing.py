"""Publishing a day: one way for the output job, an operator, and CloseRun finishing a dead job's work.

The reconciliation job leaves everything ready as final bytes, so publishing computes nothing:

    DAY/divergences.parquet              the very bytes to publish; S3 metadata as `ready_metadata` has it
    partial.parquet/FP/summary.json      the summary without `published_etag` and `seconds_by_stage`
    rejects.parquet/FP/rejeitos.parquet  the very rejects to publish, merged by the validation job

All of it is looked for before the day is PUBLISHING; what is gone by the time of its copy is OUTPUT_FAILED
all the same, and the day is given up. S3 copies Parquet and rejects by itself (ADR 19): however large they
are, nobody here reads them, not even what a dead publication copied, which has the ETag of what it is of.
Order: day PUBLISHING, Parquet, rejects, summary, day PUBLISHED. Each write is conditional on what stood there
when the day was still ours, so a process that sleeps through another run's publication overwrites nothing;
that it lost tell the day's own writes, even where what stands there is the very copy that it would make.
Once the Parquet stands, the page of another publication's report is withdrawn, whoever publishes; once the
summary does, its figures on the page of all days.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.reports import withdraw_figures, withdraw_page
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.day import Day, HeldDay, begin_publishing
from reconciliation.documents.summary import SummaryDraft
from reconciliation.errors import ReconciliationError, error
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import FINGERPRINT, Absent, ConditionFailed, StoredObject, to_json
from reconciliation.run import Attempt

_log = logging.getLogger(__name__)

SUMMARY, REJECTS = "summary", "rejects"
"""S3 metadata of `divergences.parquet`, beside FINGERPRINT, which the published objects have too."""
COPIED: Final = "copied"
"""S3 metadata of what was published by a copy: the ETag of what was copied, by which it is known unread."""
_PIECE_BYTES: Final = 8 * 1024 * 1024


def ready_metadata(fingerprint: str, summary: Location, rejects: Location) -> dict[str, str]:
    """The S3 metadata with which the reconciliation job writes `divergences.parquet`."""
    return {FINGERPRINT: fingerprint, SUMMARY: str(summary), REJECTS: str(rejects)}


class DayMoved(ConditionFailed):
    """Another process wrote the day while it was being published: it has to be looked at again."""


def publish(store: Store, days: Days, source: Location, target: Location, attempt: Attempt | None) -> str:
    """Publishes `…/DAY/divergences.parquet` at `…/DAY/divergencias.parquet`; answers the ETag.

    `attempt` is None by hand. Safe to repeat. Raises OUTPUT_FAILED where the intermediate
    data are missing, LOCK_LOST where the day is another run's. Runbook 2.4.
    """
    try:
        return _publish(store, days, source, target, attempt)
    except ConditionFailed as exc:
        raise error(
            "LOCK_LOST", f"{layout.day_of(target.key)}: outra execução publicou ou encerrou o dia ({exc})"
        ) from exc


def _publish(store: Store, days: Days, source: Location, target: Location, attempt: Attempt | None) -> str:
    """As `publish`, but raises DayMoved, or ConditionFailed where what stands published is another's."""
    ready = _ready(store, source)
    day = layout.day_of(target.key)
    fingerprint = ready.metadata[FINGERPRINT]
    held = days.read(day)
    if held and held.day.is_published_by(attempt, fingerprint):
        return str(held.day.published_etag)  # another job of this attempt did: its start's answer was lost
    rejects_target = layout.published_rejects(target.bucket, day)
    summary_target = layout.summary(target.bucket, day)
    rejects_etag, summary_etag = _etag(store, rejects_target), _etag(store, summary_target)
    rejects = _required(store.head, _beside(ready, REJECTS))
    draft = _draft(store, _beside(ready, SUMMARY))
    held = _move(days, held, begin_publishing(held.day if held else None, fingerprint, attempt))
    etag = _copy(store, ready, target, held.day.published_etag, fingerprint)
    withdraw_page(store, target.bucket, day, etag)
    _copy(store, rejects, rejects_target, rejects_etag, fingerprint)
    summary = draft.published(held.day.attempt, etag)
    _swap(store, summary_target, to_json(summary.to_dict()), summary_etag, fingerprint)
    withdraw_figures(store, target.bucket, day, etag)
    _move(days, held, held.day.published(etag))
    return etag


def _move(days: Days, held: HeldDay | None, new: Day) -> HeldDay:
    try:
        return days.write(held, new)
    except ConditionFailed as exc:
        raise DayMoved(new.day) from exc


@dataclass(frozen=True)
class Publisher:
    """Publishes what the reconciliation job left ready; computes nothing."""

    store: Store
    days: Days
    intermediate_bucket: str
    output_bucket: str

    def finish(self, current: Day) -> bool:
        """Takes a PUBLISHING day its last step, whoever began it.

        Answers False where nobody could: its data are gone, or what stands published is another's. Raises
        DayMoved where somebody else is at it.
        """
        paths = RunPaths.of(self.intermediate_bucket, current.day, str(current.fingerprint))
        target = layout.published(self.output_bucket, current.day)
        attempt = current.who if current.holder else None
        try:
            _publish(self.store, self.days, paths.divergences, target, attempt)
        except DayMoved:
            raise
        except (ReconciliationError, ConditionFailed) as exc:
            _log.warning("not published day=%s: %s", current.day, exc)
            return False
        return True


def _ready(store: Store, source: Location) -> StoredObject:
    """What the reconciliation job left ready, without its bytes; it names the rest. Raises OUTPUT_FAILED."""
    stored = store.head(source)
    if stored is None or not {FINGERPRINT, SUMMARY, REJECTS} <= set(stored.metadata):
        raise error(
            "OUTPUT_FAILED",
            f"{source} não existe ou não foi escrito pela conciliação; reprocesse o dia (2.4)",
        )
    return stored


def _beside(ready: StoredObject, name: str) -> Location:
    """What its metadata name, among the same day's data. Raises OUTPUT_FAILED for any other place."""
    where, here = Location.parse(ready.metadata[name]), ready.where
    if (where.bucket, layout.day_of(where.key)) != (here.bucket, layout.day_of(here.key)):
        raise error("OUTPUT_FAILED", f"{here} nomeia dados de outro lugar, {where}; reprocesse o dia (2.4)")
    return where


def _required(read: Callable[[Location], StoredObject | None], where: Location) -> StoredObject:
    """What one of the store's methods reads there. Raises OUTPUT_FAILED where that is nothing."""
    stored = read(where)
    if stored is None:
        raise error("OUTPUT_FAILED", f"{where} não existe; reprocesse o dia (2.4)")
    return stored


def _draft(store: Store, where: Location) -> SummaryDraft:
    """The summary as the reconciliation job left it. Raises OUTPUT_FAILED."""
    try:
        return _required(store.document, where).read_as(SummaryDraft)
    except JsonRefused as exc:
        raise error("OUTPUT_FAILED", f"{exc}; reprocesse o dia (2.4)") from exc


def _etag(store: Store, where: Location) -> str | None:
    standing = store.head(where)
    return standing.etag if standing else None


def _swap(store: Store, where: Location, body: bytes, etag: str | None, fingerprint: str) -> str:
    """Writes over that ETag; where this run's own earlier try already wrote, what stands there is taken."""
    try:
        return store.swap(where, body, etag, {FINGERPRINT: fingerprint})
    except ConditionFailed:
        standing = store.get(where)
        if standing and standing.metadata.get(FINGERPRINT) == fingerprint and standing.body == body:
            return standing.etag
        raise


def _copy(store: Store, ready: StoredObject, where: Location, etag: str | None, fingerprint: str) -> str:
    """Copies over that ETag; where this run's own earlier try already did, what stands there is taken.

    Raises ConditionFailed where another's stands there, OUTPUT_FAILED where what was left ready is gone.
    """
    try:
        return store.copy(ready, where, etag, {FINGERPRINT: fingerprint, COPIED: ready.etag})
    except ConditionFailed as exc:
        standing = store.head(where)
        if (standing.etag if standing else None) == etag:  # so the copy was not refused for its destination
            raise error(
                "OUTPUT_FAILED", f"{ready.where} não existe mais, ou foi trocado; reprocesse o dia (2.4)"
            ) from exc
        if standing and standing.metadata.get(FINGERPRINT) == fingerprint and _is_of(store, standing, ready):
            return standing.etag
        raise


def _is_of(store: Store, standing: StoredObject, ready: StoredObject) -> bool:
    """Whether it is a copy of that. Raises ConditionFailed where one is no more.

    Only an earlier release's, which does not say of what it is, and one of what was written anew are read.
    """
    return standing.metadata.get(COPIED) == ready.etag or _alike(store, standing, ready)


def _alike(store: Store, one: StoredObject, other: StoredObject) -> bool:
    """Whether they have the same bytes, read in pieces. Raises ConditionFailed where one is no more."""

    def piece(of: StoredObject, offset: int) -> bytes:
        return store.get_range(of.where, offset, _PIECE_BYTES, etag=of.etag)

    offsets = range(0, one.size_bytes, _PIECE_BYTES)
    try:
        return one.size_bytes == other.size_bytes and all(
            piece(one, at) == piece(other, at) for at in offsets
        )
    except Absent as exc:
        raise ConditionFailed(str(exc)) from exc
