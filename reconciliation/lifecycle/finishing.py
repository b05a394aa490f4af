"""A published day's last steps: summary, metrics, dataset, alert, day released. Outside the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciliation import console, layout, rates
from reconciliation.adapters.days import Days
from reconciliation.adapters.history import published_before
from reconciliation.adapters.store import Store
from reconciliation.day import Day
from reconciliation.documents.run_document import StartedRun
from reconciliation.documents.summary import Summary
from reconciliation.errors import error
from reconciliation.event import Event
from reconciliation.lifecycle import announcing
from reconciliation.lifecycle.answers import Result
from reconciliation.lifecycle.ports import GlueRuns, Metrics
from reconciliation.lifecycle.refreshing import Refreshing
from reconciliation.lifecycle.reporting import Reporting
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.objects import StoredObject, to_json
from reconciliation.rates import Figures
from reconciliation.run import Attempt


@dataclass(frozen=True)
class Finishing:
    """FinishRun's ports."""

    store: Store
    days: Days
    waiting_room: WaitingRoom
    runs: GlueRuns
    metrics: Metrics
    refreshing: Refreshing
    reporting: Reporting
    teller: Teller
    output_bucket: str
    abnormal_rate_percent: float

    def finish(self, run: StartedRun, now: datetime) -> Result:
        """Ends a published run; may be repeated. Raises FINISH_FAILED where the day's summary is missing."""
        held = self.days.read(run.day)
        stored = self.store.document(layout.summary(self.output_bucket, run.day))
        if held is None or stored is None:
            raise error("FINISH_FAILED", f"{run.day}: falta o resumo da publicação")
        if held.day.holder != run.execution_arn:
            return _succeeded(stored.read_as(Summary))  # finished by an earlier try
        summary = self._complete_summary(held.day, stored, run.started_at, now)
        history = published_before(self.store, self.output_bucket, summary.day)
        event = self._event(summary, history, run, now)
        is_first_try = held.day.alert_id != event.id
        held = self.days.note_try(held, event.id)
        if is_first_try:
            self._put_metrics(summary, history, now)
            self.refreshing.ask(run.day, held.day.who, now)
        if held.day.alert_sent or self.teller.try_to_tell(event):
            held = self.days.write(held, held.day.with_alert_sent())
            self.reporting.tell_missing(
                held.day, now, execution_arn=run.execution_arn, started=run.started_at
            )
            self.waiting_room.free(held)
        return _succeeded(summary)

    def _complete_summary(
        self, current: Day, stored: StoredObject, started: datetime, now: datetime
    ) -> Summary:
        summary = stored.read_as(Summary)
        if summary.seconds_by_stage:
            return summary  # completed by an earlier try: the time since then is not the run's
        seconds = {run.stage: round(run.seconds(now), 1) for run in self.runs.of(current.who, started)}
        summary = summary.completed({**seconds, "total": round((now - started).total_seconds(), 1)})
        self.store.swap(stored.where, to_json(summary.to_dict()), stored.etag, stored.metadata)
        return summary

    def _put_metrics(self, summary: Summary, history: Sequence[Figures], now: datetime) -> None:
        stages = dict(summary.seconds_by_stage)
        total_s = stages.pop("total")
        self.metrics.put_times(summary.job_id, stages, total_s, now)
        self.metrics.put_divergences(summary.job_id, summary.types, summary.divergence_rate_percent, now)
        if summary.value_by_type_cents is not None:
            self.metrics.put_values(summary.job_id, summary.value_by_type_cents, now)
        usual = rates.usual_rate_percent(history)
        if usual is not None:
            self.metrics.put_usual_rate(usual, now)
        rejected = sum(summary.rejects_by_code.values())
        self.metrics.put_lines(summary.job_id, summary.totals.lines.data_lines, rejected, now)

    def _event(self, summary: Summary, history: Sequence[Figures], run: StartedRun, now: datetime) -> Event:
        today = Figures.of(summary)
        broken = rates.abnormal(today, history, self.abnormal_rate_percent)
        ingestion_id = self.refreshing.asked(Attempt(summary.job_id, summary.attempt))
        link = console.dashboard(self.teller.deployment, summary.day) if ingestion_id else ""
        return self.teller.event(
            "ABNORMAL_RATE" if broken else "SUCCEEDED",
            announcing.message(today, history),
            now,
            execution_arn=run.execution_arn,
            started=run.started_at,
            s3_key=summary.input.s3_key,
            version_id=summary.input.version_id,
            ingestion_id=ingestion_id,
            job_id=summary.job_id,
            attempt=summary.attempt,
            day=summary.day,
            numbers=announcing.numbers(summary, today, history, broken),
            report=announcing.report(summary, today, history, link) if broken else "",
        )


def _succeeded(summary: Summary) -> Result:
    return Result(
        status="SUCCEEDED",
        code="SUCCEEDED",
        message=f"o dia {summary.day} foi publicado",
        stage="output",
        severity="LOW",
        job_id=summary.job_id,
        attempt=summary.attempt,
    )
