"""Every five minutes: closes what an event should have closed; once a day, the check of runbook 1.1."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from reconciliation import daily, layout
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.history import last_published, published_before, published_summary, size_bytes
from reconciliation.adapters.store import Store
from reconciliation.adapters.waits import Waits
from reconciliation.alerts import CHANNEL
from reconciliation.day import Day
from reconciliation.event import Event
from reconciliation.layout import Location
from reconciliation.lifecycle.closing import Closing
from reconciliation.lifecycle.ports import Dataset, Executions, Metrics
from reconciliation.lifecycle.posting import Posting
from reconciliation.lifecycle.reminding import Reminding
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.objects import ConditionFailed, to_json

_LOOK_BACK = timedelta(days=7)
"""A day object that nobody wrote for so long is held by nobody, or has raised an alarm long ago."""

_Did = TypeVar("_Did")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watching:
    """The watchdog's ports. `expected_by` is the daily check's hour (`HH:MM`, São Paulo), "" for none."""

    store: Store
    days: Days
    waits: Waits
    executions: Executions
    closing: Closing
    waiting_room: WaitingRoom
    reminding: Reminding
    metrics: Metrics
    dataset: Dataset | None
    teller: Teller
    posting: Posting
    ingress_bucket: str
    checkpoints_bucket: str
    output_bucket: str
    abnormal_rate_percent: float
    deadline_s: int
    expected_by: str

    def watch(self, now: datetime) -> dict[str, object]:
        """One round: the days that it closed, what it told and started, the reminders, the day it checked.

        Whatever is wrong with one turn, the others are taken; closing comes first, so that no day stays held.
        Raises the last failure, at the end.
        """
        turns: dict[str, Callable[[datetime], object]] = {
            "closed": self.close_left_behind,
            "told": lambda now: self.teller.tell_kept(now - _LOOK_BACK),
            "started": self.start_waiting,
            "age": self.tell_age,
            "reminded": self.reminding.remind,
            "checked": self.check,
            "posted": lambda _: self.posting.post(),
        }
        did = _each(turns, lambda name: turns[name](now), "watch_failed")
        return {name: did[name] for name in ("closed", "told", "started", "reminded", "checked")}

    def close_left_behind(self, now: datetime) -> list[str]:
        """The days whose run was over and not closed. Raises the last failure, after all were tried."""
        listed = self.store.list(layout.day_objects(self.checkpoints_bucket))
        recent = [layout.day_of_document(each.key) for each in listed if now - each.modified <= _LOOK_BACK]
        closed = _each(recent, partial(self._close_if_left_behind, now), "day_not_closed")
        return [day for day, is_closed in closed.items() if is_closed]

    def start_waiting(self, now: datetime) -> list[str]:
        """Starts what waits for a day that is free: whoever freed it died, or came before the mark."""
        started = _each(self.waits.days(now - _LOOK_BACK), self.waiting_room.start, "waiting_not_started")
        return [name for name in started.values() if name]

    def tell_age(self, now: datetime) -> None:
        """Puts how long ago a day was published last; before the first, how long ago a file came first, or 0.

        It is put in each round: to the alarm, a round without it is a watchdog that is not called.
        """
        since = last_published(self.store, self.output_bucket) or self._first_upload() or now
        self.metrics.put_since_published((now - since).total_seconds(), now)

    def check(self, now: datetime) -> str | None:
        """Checks the day once, after its hour and not while a run of it goes on. Answers it where it did.

        A file that did not come is missed from the day after the first upload on, and not before.
        """
        day = daily.is_due(now, self.expected_by)
        if day is None:
            return None
        mark = layout.alert_mark(self.checkpoints_bucket, f"{day}-DAILY_CHECK", "watchdog")
        standing = self.store.document(mark)
        if standing and standing.json()["sent"]:
            return None
        held = self.days.read(day)
        if held and held.day.holder:
            return None
        if held is None and not daily.is_expected(day, self._first_upload()):
            return None
        try:
            etag = standing.etag if standing else self.store.create(mark, to_json({"sent": False}))
        except ConditionFailed:
            return None  # another watchdog is about to tell
        if not self.teller.try_to_tell(self._message(day, held.day if held else None, now)):
            return None
        self.store.swap(mark, to_json({"sent": True}), etag)
        return day

    def _close_if_left_behind(self, now: datetime, day: str) -> bool:
        """Closes the day's run where its execution is over, and answers whether it was."""
        held = self.days.read(day)
        if held is None:
            return False
        holder = held.day.holder
        if holder is None:  # an output job that was started by hand may have died on its way
            return self.closing.finish_by_hand(day)
        if self.executions.is_running(holder, if_unknown=held.is_young(now)):
            return False
        self.closing.close_left_behind(day, holder, self.executions.started_at(holder), now)
        return True

    def _message(self, day: str, held: Day | None, now: datetime) -> Event:
        incidents = self.reminding.still_open(now)
        report = "\n".join(
            [daily.report(self._look(day, held), self.expected_by), *daily.still_open(incidents)]
        )
        if held is None:
            message = f"nenhum arquivo de {day} foi processado até {self.expected_by} (hora de São Paulo)"
            return self.teller.event(
                "NO_FILE", message, now, execution_arn="", day=day, report=report, stage="validation"
            )
        message = "os pontos marcados com ✗ pedem atenção; veja o runbook 1.1"
        return self.teller.event("DAILY_CHECK", message, now, execution_arn="", day=day, report=report)

    def _first_upload(self) -> datetime | None:
        """The oldest trace of one: a file that is still there, whether it began a run or not, or a day."""
        files = self.store.list(Location(self.ingress_bucket, ""))
        days = self.store.list(layout.day_objects(self.checkpoints_bucket))
        traces = (*(file for file in files if layout.day_of_upload(file.key)), *days)
        return min((trace.modified for trace in traces), default=None)

    def _look(self, day: str, held: Day | None) -> daily.Seen:
        summary = published_summary(self.store, self.output_bucket, day)
        is_whole = held and summary and summary.published_etag == held.published_etag
        day_bytes, _ = size_bytes(self.store, layout.day_folder(self.output_bucket, day))
        bucket_bytes, objects = size_bytes(self.store, Location(self.output_bucket, ""))
        alert_id = held.alert_id if held else None
        slack = layout.alert_mark(self.checkpoints_bucket, alert_id, CHANNEL) if alert_id else None
        return daily.Seen(
            day=day,
            held=held,
            summary=summary if is_whole else None,
            history=published_before(self.store, self.output_bucket, day),
            limit_percent=self.abnormal_rate_percent,
            deadline_s=self.deadline_s,
            on_slack=bool(slack and self.store.head(slack)),
            day_bytes=day_bytes,
            bucket=self.output_bucket,
            bucket_bytes=bucket_bytes,
            bucket_objects=objects,
            ingestion=self._ingestion(held),
        )

    def _ingestion(self, held: Day | None) -> str | None:
        """QuickSight's word for the day's refresh; None where the deployment has no dashboard."""
        if self.dataset is None:
            return None
        if held is None:
            return "nenhuma"
        try:
            return self.dataset.state(f"{held.job_id}-{held.attempt}")
        except AWS_ERRORS:
            _log.exception("dataset_not_seen", extra={"day": held.day})
            return "desconhecida"


def _each(names: Iterable[str], act: Callable[[str], _Did], failed: str) -> dict[str, _Did]:
    """What was done, by name: one's failure keeps no other from its turn. Raises the last, at the end."""
    done = {}
    failure = None
    for name in names:
        try:
            done[name] = act(name)
        except Exception as exc:
            _log.exception(failed, extra={"of": name})
            failure = exc
    if failure:
        raise failure
    return done
