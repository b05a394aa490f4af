"""Any of the three inputs becomes one run that holds its day, or an answer that says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.day import PUBLISHED, PUBLISHING, Day, take
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.run_document import InputVersion, RunDocument
from reconciliation.errors import Code, ReconciliationError, error
from reconciliation.layout import Location
from reconciliation.lifecycle import answers, claiming, refusing
from reconciliation.lifecycle.claiming import (
    AlreadyPublished,
    Busy,
    Duplicate,
    LeftHeld,
    LeftUnfinished,
    PublishedDay,
    Take,
)
from reconciliation.lifecycle.evidence import gather
from reconciliation.lifecycle.holders import Holders
from reconciliation.lifecycle.replacing import Replacing
from reconciliation.lifecycle.resuming import Resuming
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.objects import TRIES, ConditionFailed
from reconciliation.plan import Plan
from reconciliation.run import (
    FileRequest,
    ResumeRequest,
    Tuning,
    day_of_input,
    day_of_job,
    is_job_id,
    key_of_input,
    parse_input,
    version_of_input,
)

CLOSED_MAX = 2
"""So often a run that was left behind is closed for this one; then the day is busy."""
_OWN_STATUS: dict[Code, answers.Status] = {"NEEDS_FORCE": "NEEDS_FORCE", "DAY_BUSY": "DAY_BUSY"}


@dataclass(frozen=True, kw_only=True)
class Start:
    """An execution that asks for a run: its input, and since when it asks."""

    given: object
    execution_arn: str
    started: datetime
    closed_before: int
    """How often it asked and was answered CloseFirst."""
    clock: Callable[[], datetime]
    """The time, in UTC, by the clock of `started`: opening takes long where a resume's parts are sought."""


Opened = RunDocument | answers.Nothing | answers.Failed | answers.CloseFirst


@dataclass(frozen=True, kw_only=True)
class Opening:
    """PrepareRun's ports, and what a run gets where its input does not say (`tuning`)."""

    store: Store
    days: Days
    records: Records
    holders: Holders
    replacing: Replacing
    resuming: Resuming
    waiting_room: WaitingRoom
    teller: Teller
    tuning: Tuning
    ingress_bucket: str
    checkpoints_bucket: str
    output_bucket: str

    def open(self, start: Start) -> Opened:
        """Gives the execution its run, the same however often it asks. People are told what is refused."""
        try:
            return self._open(start)
        except ReconciliationError as exc:
            return self.refuse(exc, start)

    def refuse(self, refusal: ReconciliationError, start: Start) -> answers.Failed:
        """Refuses the input and tells people, of the input itself only what has its proper form."""
        named = start.given if isinstance(start.given, dict) else {}
        job_id = named["job_id"] if is_job_id(named.get("job_id")) else None
        s3_key, version_id = self._file_of(refusal, named)
        self.teller.tell(
            self.teller.event(
                refusal.code,
                str(refusal),
                start.clock(),
                execution_arn=start.execution_arn,
                stage="validation",
                job_id=job_id,
                s3_key=s3_key,
                version_id=version_id,
                started=start.started,
                day=day_of_input(start.given),
                numbers=refusal.numbers,
            )
        )
        return answers.Failed(
            "REFUSED",
            answers.Result(
                status=_OWN_STATUS.get(refusal.code, "FAILED"),
                code=refusal.code,
                message=str(refusal),
                stage="validation",
                severity=refusal.failure.severity,
                job_id=job_id,
            ),
        )

    def _file_of(self, refusal: ReconciliationError, named: dict[str, Any]) -> tuple[str | None, str | None]:
        """Its key and version as the input has them; of a refused resume, as what is there of its job has."""
        if refusal.code in ("CHECKPOINT_REFUSED", "NEEDS_FORCE") and is_job_id(named.get("job_id")):
            return self.resuming.file_of(named["job_id"]) or (None, None)
        return key_of_input(named), version_of_input(named)

    def _open(self, start: Start) -> Opened:
        """The run, holding its day, or why there is none. Raises the refusal's code."""
        request, tuning = parse_input(start.given, self.tuning)
        if isinstance(request, FileRequest):
            record, resumed = self._record_of_file(request), None
            self.holders.await_release(record.job_id, start.execution_arn, start.clock)
        else:
            self.resuming.check_place(request)
            self.holders.await_release(request.job_id, start.execution_arn, start.clock)
            if unneeded := self._resumed_before(request, start):
                return unneeded
            record = self.resuming.record_of(request, start.execution_arn)
            resumed = self.resuming.plan_of(record)
        taken = self._take(start, record, request, resumed)
        if not isinstance(taken, Day):
            return taken
        record = self.records.update(
            record,
            attempts=taken.attempt,
            lineage=record.lineage if resumed else f"{record.job_id}/{taken.attempt}",
            replaces=taken.published_etag,
            fingerprint=record.fingerprint if resumed else None,
            plan=record.plan if resumed else None,
        )
        return self._document(start, record, taken, tuning, resumed)

    def _record_of_file(self, request: FileRequest) -> JobRecord:
        where = Location(self.ingress_bucket, request.s3_key)
        stored = self.store.head(where, request.version_id)
        if stored is None:
            version = f" (versão {request.version_id})" if request.version_id else ""
            raise error(
                "INPUT_GONE", f"{where}{version} não existe; confira o nome ou envie o arquivo de novo"
            )
        return self.records.of_object(request.s3_key, request.version_id or stored.version_id or "null")

    def _take(
        self, start: Start, record: JobRecord, request: FileRequest | ResumeRequest, resumed: Plan | None
    ) -> Day | answers.Nothing | answers.CloseFirst:
        """Gathers what a claim is decided from, and takes the day where it may. Raises as `_open` does."""
        day = day_of_job(record.job_id)
        for _ in range(TRIES):
            held = self.days.read(day)
            if held and held.day.holder == start.execution_arn:
                return held.day  # this state, repeated
            if self.waiting_room.is_outdated(record, start.execution_arn):
                return refusing.outdated(record)
            current = held.day if held else None
            published = self._published(current, day, request, record)
            decided = claiming.claim(
                current,
                is_running=self.holders.is_running(held, start.clock()),
                record=record,
                published=published,
            )
            if isinstance(decided, LeftHeld | LeftUnfinished):
                if start.closed_before >= CLOSED_MAX:
                    break  # its alert is not taken, or it cannot be closed: the watchdog frees the day
                return self._close_first(decided.left_behind, start)
            if not isinstance(decided, Take):
                return self._unneeded(decided, request, record)
            taken = take(
                current,
                day=day,
                holder=start.execution_arn,
                job_id=record.job_id,
                attempt=decided.attempt,
                published_etag=published.etag if published else None,
            )
            if resumed:
                taken = taken.inspected(resumed.fingerprint)
            try:
                self.days.write(held, taken)
            except ConditionFailed:
                continue
            self.waiting_room.settle(day, record)
            return taken
        raise self._disputed(day, request, record)

    def _resumed_before(self, request: ResumeRequest, start: Start) -> answers.Nothing | None:
        """Where another execution is at that very job, or has published it: the checkpoint is outdated."""
        held = self.days.read(day_of_job(request.job_id))
        if held is None or held.day.job_id != request.job_id or held.day.holder == start.execution_arn:
            return None
        if held.day.holder:
            return refusing.duplicate(held.day) if self.holders.is_running(held, start.clock()) else None
        standing = self.store.head(layout.published(self.output_bucket, held.day.day))
        is_published = held.day.state == PUBLISHED and standing and standing.etag == held.day.published_etag
        return refusing.published_before(held.day) if is_published else None

    def _published(
        self, current: Day | None, day: str, request: FileRequest | ResumeRequest, record: JobRecord
    ) -> PublishedDay | None:
        """What this run would replace; not looked at while the day is another's, or being published."""
        if current and (current.holder or current.state == PUBLISHING):
            return None
        standing = self.store.head(layout.published(self.output_bucket, day))
        if standing is None:
            return None
        if claiming.may_replace(request, record, standing.etag):
            return PublishedDay(standing.etag)
        return self.replacing.standing(day, standing.etag)

    def _unneeded(
        self,
        decided: Duplicate | Busy | AlreadyPublished,
        request: FileRequest | ResumeRequest,
        record: JobRecord,
    ) -> answers.Nothing:
        """That there is nothing to do. Raises NEEDS_FORCE, DAY_BUSY where there would be."""
        match decided:
            case AlreadyPublished(summary):
                return self.replacing.unneeded(summary, record)
            case Duplicate(current):
                return refusing.duplicate(current)
            case Busy(current):
                raise self._busy(current, request, record)

    def _busy(
        self, current: Day, request: FileRequest | ResumeRequest, record: JobRecord
    ) -> ReconciliationError:
        """Says DAY_BUSY; a file's newest version waits: for the day's end, or for another's publication."""
        waits = claiming.may_wait(request)
        return refusing.busy(current, self.waiting_room.leave(current, record) if waits else None)

    def _disputed(
        self, day: str, request: FileRequest | ResumeRequest, record: JobRecord
    ) -> ReconciliationError:
        """Says DAY_BUSY of a day that changes hands too quickly, or that could not be closed."""
        held = self.days.read(day)
        if held and held.day.holder and held.day.job_id != record.job_id:
            return self._busy(held.day, request, record)
        return refusing.disputed(day)

    def _close_first(self, left_behind: Day, start: Start) -> answers.CloseFirst:
        run = self.holders.run_of(left_behind, start.clock())
        return answers.CloseFirst(run, start.closed_before + 1)

    def _document(
        self, start: Start, record: JobRecord, taken: Day, tuning: Tuning, resumed: Plan | None
    ) -> RunDocument:
        return RunDocument(
            job_id=record.job_id,
            attempt=taken.attempt,
            day=taken.day,
            epoch=taken.epoch,
            lineage=str(record.lineage),
            input=InputVersion(
                bucket=self.ingress_bucket, s3_key=record.s3_key, version_id=record.version_id
            ),
            resumed_plan=record.plan if resumed else None,
            stage=gather(self.store, resumed).stage if resumed else "validation",
            timer_key=layout.timer_token(self.checkpoints_bucket, record.job_id, taken.attempt).key,
            started_at=start.started,
            deadline_s=tuning.deadline_s,
            remaining_s=remaining_s(start.started, tuning.deadline_s, start.clock()),
            workers=tuning.workers,
            worker_type=tuning.worker_type,
            base_readers=tuning.base_readers,
            partition_lines=tuning.partition_lines,
            query_timeout_s=tuning.query_timeout_s,
            execution_arn=start.execution_arn,
        )


def remaining_s(started: datetime, deadline_s: int, now: datetime) -> int:
    """How many whole seconds the timer has: one at least."""
    return max(1, round(deadline_s - (now - started).total_seconds()))
