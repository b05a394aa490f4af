"""A copy of the base that fails on its way, or whose session does: it ends soon and leaves nothing open."""

import errno
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import IO

import polars as pl
import pytest

from glue_jobs import executor
from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import Executor, PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.plan import Plan
from tests.jobs.validated import BASE
from tests.jobs.whole_day import ListedBase
from tests.waiting import eventually

LONG = 2_000


class LongBase(ListedBase):
    """Its day takes twenty seconds to read, or is cut after so many frames."""

    def __init__(self, frames: int) -> None:
        super().__init__(BASE)
        self.frames, self.is_closed = frames, False

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        (frame,) = super().day_rows(day)
        for _ in range(self.frames):
            yield frame
            time.sleep(0.01)
        raise ValueError("cut")

    @contextmanager
    def open(self) -> Iterator["LongBase"]:
        try:
            yield self
        finally:
            self.is_closed = True


def full_disk(buffering: int) -> IO[bytes]:
    """As TemporaryFile opens one; each write of Linux's own file fails."""
    return open("/dev/full", "r+b", buffering=min(buffering, 1024))


def failing() -> Executor:
    raise RuntimeError("no session")


class Coming:
    """A session that comes once it may."""

    def __init__(self) -> None:
        self.may_come = threading.Event()

    def __call__(self) -> Executor:
        self.may_come.wait()
        return PlainExecutor()


@pytest.mark.parametrize(
    ("session", "frames", "is_full", "raised", "logged"),
    [
        pytest.param(PlainExecutor, LONG, True, OSError, [], id="full disk"),
        pytest.param(PlainExecutor, 3, False, ValueError, [], id="cut"),
        pytest.param(failing, LONG, False, RuntimeError, [], id="no session"),
        pytest.param(failing, 0, False, ValueError, ["RuntimeError"], id="cut, no session"),
        pytest.param(Coming(), 0, False, ValueError, [], id="cut before a session that does not come"),
    ],
)
def test_it_ends_soon_and_leaves_nothing_open(
    validated: tuple[Store, Plan],
    *,
    session: Callable[[], Executor],
    frames: int,
    is_full: bool,
    raised: type[Exception],
    logged: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (store, plan), base, before = validated, LongBase(frames), set(threading.enumerate())
    if is_full:
        monkeypatch.setattr(executor, "TemporaryFile", full_disk)
    source, began = BaseSource(base.open, patience_s=0.1), time.monotonic()
    with pytest.raises(raised) as failed:
        reconcile(plan, Fence("checkpoints", 7), source, session, lambda: store)
    assert time.monotonic() - began < 5
    if isinstance(session, Coming):
        session.may_come.set()
    assert base.is_closed
    eventually(lambda: set(threading.enumerate()) <= before)
    assert store.head(layout.base_snapshot(plan.paths.base)) is None
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines if line["event"] == "session_failed"] == logged
    if isinstance(failed.value, OSError):
        assert failed.value.errno == errno.ENOSPC
