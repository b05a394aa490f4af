"""Uploads of two files of a day, their events and the ends of its runs, in any order: each is heard."""

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
NAMES = ("input.csv", "corrected.csv")


class Uploads:
    """One day's: what was uploaded, which events are on their way, what runs, how each start ended."""

    def __init__(self, world: World, starts: Starts, data: st.DataObject) -> None:
        self.world, self.starts, self.data = world, starts, data
        self.day = next(DAYS)
        self.newest: dict[str, str] = {}
        """Version by key."""
        self.events: list[tuple[str, str, str]] = []
        self.uploaded = 0
        self.running: list[dict[str, Any]] = []
        self.prepared: set[str] = set()
        self.ended: Counter[tuple[str, str]] = Counter()

    def upload(self) -> None:
        body = b""
        if self.data.draw(st.booleans()):
            body = GOOD.replace(DAY.encode(), self.day.encode())
            body += f"F1;X{self.uploaded};A;P;{self.day};1.00\n".encode()
        key = f"{self.day}/{self.data.draw(st.sampled_from(NAMES))}"
        self.newest[key] = self.world.upload(body, key)
        self.uploaded += 1
        for repeat in range(self.data.draw(st.integers(1, 2))):
            self.events.append((f"trigger-{self.uploaded}-{repeat}", key, self.newest[key]))

    def waiting(self) -> list[tuple[str, str, str]]:
        """Started by whoever freed the day, and not prepared yet."""
        return [
            (name, given["s3_key"], given["version_id"])
            for name, given in self.starts.inputs.items()
            if given["s3_key"].startswith(self.day) and name not in self.prepared
        ]

    def prepare(self) -> None:
        on_their_way = [*self.events, *self.waiting()]
        if not on_their_way:
            return
        name, key, version = self.data.draw(st.sampled_from(on_their_way))
        if (name, key, version) in self.events:
            self.events.remove((name, key, version))
        self.prepared.add(name)
        run = self.world.prepare(name, s3_key=key, version_id=version)
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
    """At the end none was published twice, and of each file the newest version had its turn.

    But for one that came beside another file's run, of a day that is not published.
    """
    monkeypatch.setattr(world.teller.topic, "publish", lambda *_: None)
    uploads = Uploads(world, starts, data)
    uploads.upload()
    for _ in range(data.draw(st.integers(1, 10))):
        data.draw(st.sampled_from([uploads.upload, uploads.prepare, uploads.prepare, uploads.finish]))()
        assert len(uploads.running) <= 1
    while uploads.events or uploads.running or uploads.waiting():
        uploads.prepare()
        uploads.finish()
    mark, held = world.waits.of_same_file(uploads.day).waiting, world.days.read(uploads.day)
    assert mark is None or mark.started
    assert held is not None
    assert held.day.holder is None
    for key, version in uploads.newest.items():
        other = world.waits.of_other_file(key).waiting
        if other is None or other.started:
            assert any(uploads.ended[version, how] for how in ENDS), uploads.ended
        else:
            assert (other.version_id, held.day.is_published) == (version, False)
            assert uploads.ended[version, "DAY_BUSY"]
    assert all(times == 1 for (_, how), times in uploads.ended.items() if how == "SUCCEEDED"), uploads.ended
