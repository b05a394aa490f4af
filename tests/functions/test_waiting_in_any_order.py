"""Uploads of one file, their events and the ends of its runs, in any order: the newest version is run."""

from collections import Counter
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.functions.world import DAY, GOOD, Starts, World, end

DAYS = (str(date(2027, 1, 1) + timedelta(days=n)) for n in count())
ENDS = ("SUCCEEDED", "E_EMPTY", "NEEDS_FORCE", "ALREADY_PUBLISHED")


class Uploads:
    """One day's: what was uploaded, which events are on their way, what runs, how each start ended."""

    def __init__(self, world: World, starts: Starts, data: st.DataObject) -> None:
        self.world, self.starts, self.data = world, starts, data
        self.day = next(DAYS)
        self.key = f"{self.day}/input.csv"
        self.versions: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.running: list[dict[str, Any]] = []
        self.prepared: set[str] = set()
        self.ended: Counter[tuple[str, str]] = Counter()

    def upload(self) -> None:
        body = b""
        if self.data.draw(st.booleans()):
            body = GOOD.replace(DAY.encode(), self.day.encode())
            body += f"F1;X{len(self.versions)};A;P;{self.day};1.00\n".encode()
        self.versions.append(self.world.upload(body, self.key))
        for repeat in range(self.data.draw(st.integers(1, 2))):
            self.events.append((f"trigger-{len(self.versions)}-{repeat}", self.versions[-1]))

    def waiting(self) -> list[tuple[str, str]]:
        """Started by whoever freed the day, and not prepared yet."""
        return [
            (name, given["version_id"])
            for name, given in self.starts.inputs.items()
            if given["s3_key"] == self.key and name not in self.prepared
        ]

    def prepare(self) -> None:
        on_their_way = [*self.events, *self.waiting()]
        if not on_their_way:
            return
        name, version = self.data.draw(st.sampled_from(on_their_way))
        if (name, version) in self.events:
            self.events.remove((name, version))
        self.prepared.add(name)
        run = self.world.prepare(name, s3_key=self.key, version_id=version)
        if run["decision"] == "RUN":
            self.running.append(run)
        else:
            self.ended[version, run.get("error") or run["result"]["status"]] += 1

    def finish(self) -> None:
        if self.running:
            run = self.running.pop()
            self.ended[run["input"]["version_id"], end(self.world, run)] += 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_of_uploads_events_and_ends(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """At the end nothing waits, the newest version had its turn, and none was published twice."""
    monkeypatch.setattr(world.teller.topic, "publish", lambda *_: None)
    uploads = Uploads(world, starts, data)
    uploads.upload()
    for _ in range(data.draw(st.integers(1, 10))):
        data.draw(st.sampled_from([uploads.upload, uploads.prepare, uploads.prepare, uploads.finish]))()
        assert len(uploads.running) <= 1
    while uploads.events or uploads.running or uploads.waiting():
        uploads.prepare()
        uploads.finish()
    mark, held = world.waits.read(uploads.day).waiting, world.days.read(uploads.day)
    assert mark is None or mark.started
    assert held is not None
    assert held.day.holder is None
    assert any(uploads.ended[uploads.versions[-1], how] for how in ENDS), uploads.ended
    assert all(times == 1 for (_, how), times in uploads.ended.items() if how == "SUCCEEDED"), uploads.ended
