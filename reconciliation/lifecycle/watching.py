"""Every five minutes: closes what an event should have closed, follows what goes on, and judges the days."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.history import first_upload, last_published
from reconciliation.adapters.store import Store
from reconciliation.adapters.waits import Waits
from reconciliation.lifecycle.alarming import Alarming
from reconciliation.lifecycle.closing import Closing
from reconciliation.lifecycle.each import each
from reconciliation.lifecycle.informing import Informing
from reconciliation.lifecycle.judging import Judging
from reconciliation.lifecycle.ports import Executions, Metrics
from reconciliation.lifecycle.posting import Posting
from reconciliation.lifecycle.refreshing import Refreshing
from reconciliation.lifecycle.reminding import Reminding
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom

_LOOK_BACK = timedelta(days=7)
"""A day object that nobody wrote for so long is held by nobody, or has raised an alarm long ago."""
_UNTOLD = ("age", "overdue", "posted", "unheard")
"""Turns of which the answer says nothing."""


@dataclass(frozen=True)
class Watching:
    """The watchdog's ports."""

    store: Store
    days: Days
    waits: Waits
    executions: Executions
    alarming: Alarming
    closing: Closing
    waiting_room: WaitingRoom
    reminding: Reminding
    metrics: Metrics
    refreshing: Refreshing
    informing: Informing
    judging: Judging
    teller: Teller
    posting: Posting
    ingress_bucket: str
    checkpoints_bucket: str
    output_bucket: str

    def watch(self, now: datetime) -> dict[str, object]:
        """One round: what it closed, told, started and followed, the reminders, the days that it judged.

        Whatever is wrong with one turn, the others are taken; closing comes first, so that no day stays held,
        and what is kept is told before anybody says that nothing came. The daily check is last: it looks at
        the most, and a function that dies of it has taken the other turns.
        Raises the last failure, at the end.
        """
        turns: dict[str, Callable[[datetime], object]] = {
            "closed": self.close_left_behind,
            "informed": self.inform,
            "told": lambda now: self.teller.tell_kept(now - _LOOK_BACK),
            "unheard": self.alarming.sweep,
            "started": self.start_waiting,
            "age": self.tell_age,
            "overdue": self.judging.tell_overdue,
            "missed": self.judging.miss,
            "reminded": self.reminding.remind,
            "refreshed": self.refreshing.follow,
            "posted": lambda _: self.posting.post(),
            "checked": self.judging.check,
        }
        did = each(turns, lambda name: turns[name](now), "watch_failed")
        return {name: what for name, what in did.items() if name not in _UNTOLD}

    def close_left_behind(self, now: datetime) -> list[str]:
        """The days whose run was over and not closed. Raises the last failure, after all were tried."""
        closed = each(self._recent(now), partial(self._close_if_left_behind, now), "day_not_closed")
        return [day for day, is_closed in closed.items() if is_closed]

    def start_waiting(self, now: datetime) -> list[str]:
        """Starts what waits for a day that is free: whoever freed it died, or came before the mark.

        Or nobody freed it: of a day that is published by hand the mark may be older than what is looked at.
        """
        days = dict.fromkeys([*self.waits.days_marked(now - _LOOK_BACK), *self._recent(now)])
        started = each(days, self.waiting_room.start, "waiting_not_started")
        return [name for names in started.values() for name in names]

    def inform(self, now: datetime) -> list[str]:
        """Tells the business area what waited until the dashboard shows it. Raises the last failure."""
        sent = each(self.informing.kept(now), partial(self.informing.send, now), "business_not_told")
        return [alert_id for alert_id in sent.values() if alert_id]

    def tell_age(self, now: datetime) -> None:
        """Puts how long ago a day was published last; before the first, since the first file came, or 0."""
        first = (self.store, self.ingress_bucket, self.checkpoints_bucket)
        since = last_published(self.store, self.output_bucket) or first_upload(*first) or now
        self.metrics.put_since_published((now - since).total_seconds(), now)

    def _recent(self, now: datetime) -> list[str]:
        """The days whose object somebody wrote of late."""
        listed = self.store.list(layout.day_objects(self.checkpoints_bucket))
        days = (layout.day_of_document(one.key) for one in listed if now - one.modified <= _LOOK_BACK)
        return [day for day in days if day]

    def _close_if_left_behind(self, now: datetime, day: str) -> bool:
        """Closes the day's run where its execution is over, and answers whether it was."""
        held = self.days.read(day)
        if held is None:
            return False
        holder = held.day.holder
        if holder is None:  # an output job that was started by hand may have died on its way
            return self.closing.finish_by_hand(day, now)
        if self.executions.is_running(holder, if_unknown=held.is_young(now)):
            return False
        self.closing.close_left_behind(day, holder, self.executions.started_at(holder), now)
        return True
