"""Ends a run that did not end by itself: decides the outcome from what S3 holds, and tells people.

Reached from the state machine (its own run's end, or one that was left behind), from EventBridge (ABORTED,
TIMED_OUT, FAILED), and from the watchdog. Safe to repeat: the day's state says what was done already.
"""

import contextlib
import json
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.records import Records
from reconciliation.day import PUBLISHED, PUBLISHING, Day, HeldDay
from reconciliation.documents.checkpoint import Checkpoint, Progress
from reconciliation.documents.run_document import StartedRun
from reconciliation.errors import FAILURES, ReconciliationError
from reconciliation.lifecycle.answers import Done, Failed, Published, Result
from reconciliation.lifecycle.checkpointing import Checkpoints, status_of
from reconciliation.lifecycle.ending import Ending, outcome, refusal, text_of
from reconciliation.lifecycle.finishing import Finishing
from reconciliation.lifecycle.ports import GlueRuns, Metrics
from reconciliation.lifecycle.publishing import Publisher
from reconciliation.lifecycle.reporting import Reporting
from reconciliation.lifecycle.stopping import StillRunning, stop
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.objects import TRIES, ConditionFailed

_PROGRESS = {
    "total_lines": "Linhas do arquivo",
    "processed_lines": "Linhas processadas",
    "pending_lines": "Linhas pendentes",
    "last_processed_partition": "Última partição",
}

_log = logging.getLogger(__name__)

Closed = Failed | Published | Done


@dataclass(frozen=True)
class Closing:
    """CloseRun's ports."""

    days: Days
    records: Records
    checkpoints: Checkpoints
    publisher: Publisher
    finishing: Finishing
    reporting: Reporting
    waiting_room: WaitingRoom
    runs: GlueRuns
    metrics: Metrics
    teller: Teller

    def close_left_behind(
        self, day: str | None, execution_arn: str, started: datetime, now: datetime
    ) -> Closed:
        """Closes the run of an execution that is over and did not do it itself; one that did is left alone.

        Where it was published, it is finished here; what fails of that is told as FINISH_FAILED.
        """
        held = self.days.read(day) if day else None
        if held is None or held.day.holder != execution_arn:
            return Done(None)
        # asked once: what goes on all the same can write nothing that counts
        with contextlib.suppress(StillRunning):
            stop(self.runs, held.day.who, started)
        ending = Ending(execution_arn=execution_arn, started=started, error="ABORTED", attempt=held.day.who)
        closed = self.close(held.day.day, ending, now)
        if isinstance(closed, Published):
            try:
                return Done(self.finishing.finish(closed.run, now))
            except ReconciliationError as exc:
                ending = replace(ending, error=exc.code, cause=json.dumps({"errorMessage": str(exc)}))
                return self._tell_finish_failed(held.day, ending, now)
        return closed

    def finish_by_hand(self, day: str, now: datetime) -> bool:
        """A publication that was begun by hand (runbook 2.4) and not ended: finished, or given up.

        Answers whether it is published now; False, too, where somebody else is at it, or nobody needs to be.
        """
        held = self.days.read(day)
        if held is None or held.day.holder or held.day.state != PUBLISHING:
            return False
        with contextlib.suppress(ConditionFailed):
            if self.publisher.finish(held.day):
                self._tell_report_missing(day, now)
                return True
            self._give_up(held.day)
        return False

    def _tell_report_missing(self, day: str, now: datetime) -> None:
        """Of a day that was published here: whoever began it made no report."""
        if held := self.days.read(day):
            self.reporting.tell_missing(held.day, now, execution_arn="", started=None)

    def close(self, day: str | None, ending: Ending, now: datetime) -> Closed:
        """The run's outcome, with everything written and told that it asks for."""
        for _ in range(TRIES):
            held = self.days.read(day) if day else None
            if held and held.day.holder is None and held.day.who == ending.attempt:
                return self._ended_before(held.day, ending, now)
            if held is None or held.day.holder != ending.execution_arn:
                return self._never_held(day, ending, now)
            try:
                return self._close_held(held, ending, now)
            except ConditionFailed:
                continue  # the output job moved the day meanwhile: look again
        raise ConditionFailed(f"{day}: the day keeps changing")

    def _close_held(self, held: HeldDay, ending: Ending, now: datetime) -> Closed:
        current = held.day
        if current.state == PUBLISHING and not self.publisher.finish(current):
            return self._tell_failed(self._give_up(current), ending, now)
        if current.state in (PUBLISHING, PUBLISHED):
            if ending.finish_failed:
                return self._tell_finish_failed(current, ending, now)
            return Published(_started_run(current, ending))
        return self._tell_failed(self.days.write(held, current.closed()), ending, now)

    def _give_up(self, current: Day) -> HeldDay:
        """Closes a day whose data are gone. Raises ConditionFailed where somebody else moved it meanwhile."""
        held = self.days.read(current.day)
        if held is None or held.day != current:
            raise ConditionFailed(current.day)
        return self.days.write(held, held.day.given_up())

    def _tell_failed(self, held: HeldDay, ending: Ending, now: datetime) -> Failed:
        current = held.day
        record = self.checkpoints.settled(current)
        content = self.checkpoints.of(current, record) or self.checkpoints.write(current, record, ending, now)
        self.checkpoints.write_to_supplier(current, record, content.error_details)
        result = self._result_of(current, content)
        event = self.teller.event(
            content.error_details.error_type,
            result.message,
            now,
            execution_arn=ending.execution_arn,
            day=current.day,
            s3_key=record.s3_key or None,
            version_id=record.version_id or None,
            started=ending.started,
            numbers=numbers_of(content.progress),
            stage=result.stage,
            job_id=result.job_id,
            attempt=result.attempt,
            checkpoint_location=result.checkpoint_location,
        )
        held = self.days.note_try(held, event.id)
        if current.alert_id != event.id:
            self._put_times(current, ending.started, now)
        if held.day.alert_sent or self.teller.try_to_tell(event):
            self.waiting_room.free(self.days.write(held, held.day.with_alert_sent()))
        return Failed("FAILED", result)

    def _result_of(self, current: Day, checkpoint: Checkpoint) -> Result:
        details = checkpoint.error_details
        return Result(
            status=status_of(details.error_type),
            code=details.error_type,
            message=details.message,
            stage=details.stage,
            severity=FAILURES[details.error_type].severity,
            job_id=current.job_id,
            attempt=current.attempt,
            checkpoint_location=str(self.checkpoints.location(current.job_id)),
        )

    def _tell_finish_failed(self, current: Day, ending: Ending, now: datetime) -> Done:
        said = text_of(ending)
        message = f"o dia {current.day} está publicado, mas o fechamento falhou: {refusal(said) or said}"
        event = self.teller.event(
            "FINISH_FAILED",
            message,
            now,
            execution_arn=ending.execution_arn,
            day=current.day,
            job_id=current.job_id,
            attempt=current.attempt,
            started=ending.started,
            stage="output",
        )
        held = self.days.read(current.day)
        if held and held.day.holder == ending.execution_arn:
            held = self.days.note_try(held, event.id)
            if held.day.alert_sent or self.teller.try_to_tell(event):
                held = self.days.write(held, held.day.with_alert_sent())
                self.reporting.tell_missing(
                    held.day, now, execution_arn=ending.execution_arn, started=ending.started
                )
                self.waiting_room.free(held)
        return Done(
            Result(
                status="SUCCEEDED",
                code="FINISH_FAILED",
                message=message,
                stage="output",
                severity=event.failure.severity,
                job_id=current.job_id,
                attempt=current.attempt,
            )
        )

    def _ended_before(self, current: Day, ending: Ending, now: datetime) -> Done | Failed:
        """Answers the same where this state is repeated once all was done; nobody is told again."""
        if current.state == PUBLISHED:
            return Done(self.finishing.finish(_started_run(current, ending), now))
        content = self.checkpoints.of(current, self.records.read(current.job_id))
        if content is None:
            raise RuntimeError(f"{current.day} is closed, and {current.job_id} has no checkpoint")
        return Failed("FAILED", self._result_of(current, content))

    def _never_held(self, day: str | None, ending: Ending, now: datetime) -> Failed:
        """Tells people of a run that never held its day, or lost it: there is nothing to write."""
        stage, code, message = outcome(ending, "validation")
        self.teller.tell(
            self.teller.event(
                code,
                message,
                now,
                execution_arn=ending.execution_arn,
                day=day,
                s3_key=ending.s3_key,
                version_id=ending.version_id,
                stage=stage,
                started=ending.started,
            )
        )
        return Failed(
            "FAILED",
            Result(
                status=status_of(code),
                code=code,
                message=message,
                stage=stage,
                severity=FAILURES[code].severity,
            ),
        )

    def _put_times(self, current: Day, started: datetime, now: datetime) -> None:
        """Puts the times of the stages. A metric's failure never touches a run."""
        try:
            seconds = {run.stage: run.seconds(now) for run in self.runs.of(current.who, started)}
            self.metrics.put_times(current.job_id, seconds, (now - started).total_seconds(), now)
        except AWS_ERRORS:
            _log.exception("metrics not put job_id=%s", current.job_id)


def numbers_of(progress: Progress) -> dict[str, Any]:
    """The checkpoint's progress, as people are told it."""
    known = {label: getattr(progress, name) for name, label in _PROGRESS.items()}
    return {label: value for label, value in known.items() if value is not None}


def _started_run(current: Day, ending: Ending) -> StartedRun:
    return StartedRun(
        job_id=current.job_id,
        attempt=current.attempt,
        day=current.day,
        started_at=ending.started,
        execution_arn=ending.execution_arn,
    )
