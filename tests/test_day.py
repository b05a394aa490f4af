"""The day's states under every order of calls: one holder, one winner, no published ETag lost."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reconciliation.day import PUBLISHING, Day, HeldDay, begin_publishing, take
from reconciliation.errors import ReconciliationError

DAY = "2026-02-16"


class DayMachine(RuleBasedStateMachine):
    """Runs come and go; each is an epoch. Jobs of older runs may try anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.current: Day | None = None
        self.runs = 0
        self.closed: set[int] = set()
        self.published: set[int] = set()
        self.standing: str | None = None

    @rule()
    def take(self) -> None:
        busy = self.current is not None and self.current.holder is not None
        try:
            taken = take(
                self.current,
                day=DAY,
                holder=f"e{self.runs + 1}",
                job_id="J",
                attempt=self.runs + 1,
                published_etag=self.standing,
            )
        except ReconciliationError as exc:
            assert busy
            assert exc.code == "DAY_BUSY"
            return
        assert not busy
        self.runs += 1
        assert taken.epoch == self.runs
        assert taken.published_etag == self.standing
        self.current = taken.inspected(f"f{self.runs}")

    @precondition(lambda self: self.runs > 0)
    @rule(data=st.data())
    def job_publishes(self, data: st.DataObject) -> None:
        run = data.draw(st.integers(1, self.runs))
        assert self.current is not None
        try:
            publishing = begin_publishing(self.current, f"f{run}", ("J", run))
        except ReconciliationError:
            return
        assert run == self.current.attempt, "only the run that holds the day publishes"
        assert run not in self.closed, "a closed run publishes nothing"
        self.current = publishing
        if data.draw(st.booleans(), label="dies before it has published"):
            return
        self.standing = f"etag{run}"
        self.current = publishing.published(self.standing)
        self.published.add(run)

    @precondition(lambda self: self.runs > 0)
    @rule()
    def close(self) -> None:
        assert self.current is not None
        try:
            self.current = self.current.closed()
        except ReconciliationError:
            assert self.current.attempt in self.published or self.current.state == PUBLISHING
            return
        assert self.current.attempt not in self.published
        self.closed.add(self.current.attempt)

    @precondition(lambda self: self.runs > 0)
    @rule()
    def give_up(self) -> None:
        """CloseRun, where what was to be published is gone."""
        assert self.current is not None
        if self.current.state != PUBLISHING:
            with pytest.raises(ReconciliationError):
                self.current.given_up()
            return
        self.current = self.current.given_up()
        self.closed.add(self.current.attempt)

    @precondition(lambda self: self.runs > 0)
    @rule()
    def release(self) -> None:
        assert self.current is not None
        try:
            self.current = self.current.released()
        except ReconciliationError:
            assert self.current.attempt not in self.closed | self.published

    @invariant()
    def what_stands_published_is_the_last_that_was(self) -> None:
        if self.current is not None and self.published:
            assert self.current.published_etag == f"etag{max(self.published)}" == self.standing


TestDay = DayMachine.TestCase
TestDay.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_by_hand_only_where_nobody_holds_the_day() -> None:
    taken = take(None, day=DAY, holder="e", job_id="J", attempt=1, published_etag=None)
    held = taken.inspected("f")
    with pytest.raises(ReconciliationError, match="RUNNING"):
        begin_publishing(held, "f", None)
    free = held.closed().released()
    assert begin_publishing(free, "f", None).state == PUBLISHING
    with pytest.raises(ReconciliationError, match="última execução"):
        begin_publishing(free, "another", None)


@pytest.mark.parametrize(("age_s", "is_young"), [(-1, True), (0, True), (119, True), (120, False)])
def test_a_day_is_young_while_its_holder_may_be_unknown(age_s: int, is_young: bool) -> None:
    written_at = datetime(2026, 2, 17, 9, tzinfo=UTC)
    taken = take(None, day=DAY, holder="e1", job_id="J", attempt=1, published_etag=None)
    held = HeldDay(taken, "etag", written_at)
    assert held.is_young(written_at + timedelta(seconds=age_s)) is is_young
