"""A publication that sleeps at one of its requests, and wakes up when others have ended its day.

They publish the very bytes that it would, so what stands there is of the same run, and copied from the same
object: that it lost is told by the day alone.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciliation import day as days
from reconciliation import layout, places
from reconciliation.adapters.days import Days
from reconciliation.adapters.reports import PUBLISHED_ETAG
from reconciliation.adapters.store import Store
from reconciliation.documents.summary import SummaryDraft
from reconciliation.errors import ReconciliationError
from reconciliation.layout import RunPaths
from reconciliation.lifecycle.publishing import Publisher, publish, ready_metadata
from reconciliation.objects import to_json
from reconciliation.run import Attempt
from tests import documents
from tests.documents import DAY, JOB
from tests.memory_s3 import MemoryS3

PATHS = RunPaths.of("intermediate", DAY, "f")
PUBLISHED, PAGE = layout.published("output", DAY), places.report_page("output", DAY)
REQUESTS_AT_LEAST = 12
"""Of a publication over nothing: of the source, the day, what stands there, and what is written."""


class Interrupted:
    """A client of S3 to whom something happens before its request of that number."""

    def __init__(self, client: MemoryS3, number: int, meanwhile: Callable[[], None]) -> None:
        self._client, self._number, self._meanwhile = client, number, meanwhile
        self.asked = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**given: Any) -> Any:
            self.asked += 1
            if self.asked == self._number:
                self._meanwhile()
            return getattr(self._client, operation)(**given)

        return ask


def of(store: Store) -> Days:
    return Days(store, "checkpoints")


def left_ready(over: str) -> MemoryS3:
    """By attempt 1, which holds the day; `over` is what stood published when it took it."""
    s3 = MemoryS3()
    store, summary, rejects = (
        Store(s3),
        layout.ready_summary(PATHS.partial),
        layout.ready_rejects(PATHS.rejects),
    )
    store.put(summary, to_json(SummaryDraft.from_dict(documents.DRAFT).to_dict()))
    store.put(rejects, b"rejects")
    store.put(PATHS.divergences, b"divergences", ready_metadata("f", summary, rejects))
    etag = store.put(PUBLISHED, over.encode()) if over else None
    if etag:
        store.put(PAGE, b"", {PUBLISHED_ETAG: etag})
    of(store).write(None, taken(None, 1, etag))
    return s3


def taken(current: days.Day | None, attempt: int, etag: str | None) -> days.Day:
    held = days.take(current, day=DAY, holder=f"e{attempt}", job_id=JOB, attempt=attempt, published_etag=etag)
    return held.inspected("f")


def published_by(store: Store, attempt: int) -> str:
    return publish(store, of(store), PATHS.divergences, PUBLISHED, Attempt(JOB, attempt))


def ended_by_others(store: Store) -> None:
    """As CloseRun does it; where the day is RUNNING yet, a resume publishes once that is closed."""
    held = of(store).read(DAY)
    assert held is not None
    if held.day.state == days.PUBLISHING:
        assert Publisher(store, of(store), "intermediate", "output").finish(held.day)
    else:
        closed = held.day.closed().released()
        of(store).write(held, replace(taken(closed, 2, closed.published_etag)))
        published_by(store, 2)
    held = of(store).read(DAY)
    assert held is not None
    of(store).write(held, held.day.released())
    store.put(PAGE, b"report", {PUBLISHED_ETAG: str(held.day.published_etag)})


@pytest.mark.parametrize("over", ["", "what was published before"])
def test_wherever_it_sleeps_it_is_told_that_it_lost_and_changes_nothing(over: str) -> None:
    undisturbed = Interrupted(left_ready(over), 0, lambda: None)
    published_by(Store(undisturbed), 1)  # type: ignore[arg-type]  # the client's methods that it calls
    assert undisturbed.asked >= REQUESTS_AT_LEAST
    for number in range(1, undisturbed.asked + 1):
        s3, left = left_ready(over), dict[tuple[str, str], Any]()

        def meanwhile(s3: MemoryS3 = s3, left: dict[tuple[str, str], Any] = left) -> None:
            ended_by_others(Store(s3))
            left.update(s3.objects)

        with pytest.raises(ReconciliationError) as told:
            published_by(Store(Interrupted(s3, number, meanwhile)), 1)  # type: ignore[arg-type]  # as above
        assert told.value.code == "LOCK_LOST", number
        assert s3.objects == left, number  # each write has its nonce
