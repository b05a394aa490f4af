"""Plays a plan on a stack: the day comes, its faults at their moments, an operator goes on, it is judged."""

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from tests.chaos import right
from tests.chaos.catalogue import FAULTS
from tests.chaos.fault import AFTER, Fault
from tests.chaos.moments import START
from tests.chaos.plan import Drawn, Plan
from tests.chaos.proxy import Proxy
from tests.chaos.scene import Scene
from tests.faults.invariants import TIMER_S, Allowed
from tests.faults.looking import code_of, etag_of, status_of
from tests.faults.reader import a_reader
from tests.faults.stack import CHECKPOINTS, OUTPUT, Hurt
from tests.waiting import eventually

BEGUN_S = 20
TOLD_S = 60
CLOSED_S = 4
ROUNDS_MAX = 8
_UNREAD = frozenset({"REPORT_FAILED"})
"""What an operator follows though the day is published."""


@dataclass(frozen=True)
class Came:
    """What came of a plan. `ends` are the executions' codes, `made` the faults whose moment came."""

    made: list[str]
    ends: list[str]
    followed: list[str]
    seconds: float
    breaks: list[str]


@dataclass
class Armed:
    """A fault of a scene, that is made once, and taken back once."""

    fault: Fault
    drawn: Drawn
    scene: Scene
    undo: ExitStack = field(default_factory=ExitStack)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    failure: str = ""

    def make(self) -> None:
        with self._lock:
            self.scene.made.append(self.fault.name)
            self.undo.enter_context(self.fault.make(self.scene))

    def lie_in_wait(self) -> threading.Thread:
        """Until its moment, or the scene's end."""
        thread = threading.Thread(target=self._wait, name=self.fault.name, daemon=True)
        thread.start()
        return thread

    def take_back(self) -> None:
        with self._lock:
            self.undo.close()

    def _wait(self) -> None:
        try:
            with self.scene.at(self.drawn.moment, is_held=self.drawn.is_held) as met:
                if self.scene.until(met):
                    if not self.drawn.is_held:
                        time.sleep(self.drawn.after_s)
                    self.make()
        except Exception:
            self.failure = traceback.format_exc()


def play(plan: Plan, hurt: Hurt, proxy: Proxy, folder: Path) -> tuple[Came, Scene | None]:
    """What came, and the scene as it is left, for whoever looks for evidence."""
    began, scene, followed = time.monotonic(), None, []
    breaks: list[str] = []
    try:
        scene = Scene(
            hurt, plan.day, folder, plan.rows, plan.skew, proxy=proxy,
            dice=Random(f"{plan.seed}/{plan.run}/scene"), is_event=plan.is_event,
        )  # fmt: skip
        with _armed(plan, scene) as armed, a_reader(scene.seen, 0.2):
            scene.begin()
            followed = _go_on(scene, armed)
        followed += _go_on(scene, [])  # what a fault began as its last
        breaks = [f"X {one.fault.name}: {one.failure}" for one in armed if one.failure]
        breaks += _judged(scene, [one.fault for one in armed])
    except Exception:
        breaks.append(f"X {traceback.format_exc()}")
    ends = [code_of(one) for one in map(scene.described, scene.executions())] if scene else []
    made = scene.made if scene else []
    return Came(made, ends, followed, round(time.monotonic() - began, 1), breaks), scene


@contextmanager
def _armed(plan: Plan, scene: Scene) -> Iterator[list[Armed]]:
    """All taken back in the end, whatever happens."""
    every = [Armed(FAULTS[drawn.fault], drawn, scene) for drawn in plan.drawn]
    threads: list[threading.Thread] = []
    try:
        for one in every:
            if one.fault.before:
                one.fault.before(scene)
        for one in every:
            if one.drawn.moment == START:
                one.make()
            else:
                threads.append(one.lie_in_wait())
        yield every
    finally:
        scene.over.set()
        for thread in threads:
            thread.join(150)
        for one in every:
            one.take_back()


def _go_on(scene: Scene, armed: list[Armed]) -> list[str]:
    """To the day's publication, by the alerts; answers the codes followed. Raises AssertionError."""
    followed: list[str] = []
    passing = [one for one in armed if not one.fault.by_person]
    mends = {code: one.undo for one in armed if one.fault.by_person for code in sorted(one.fault.ends)}
    eventually(lambda: scene.executions() or scene.alarms(), BEGUN_S)
    for _ in range(ROUNDS_MAX):
        scene.settle()
        for one in passing:
            one.take_back()
        _closed(scene)
        scene.watch()
        scene.settle()
        if scene.is_published() and (_has_report(scene) or not _waits(scene)):
            return followed
        if _is_untold_stop(scene):
            scene.hurt.start({"s3_key": scene.key})
        else:
            eventually(lambda: scene.alarms()[scene.followed :] or scene.is_published(), TOLD_S)
            followed += filter(None, [scene.follow_newest(mends)])
    raise AssertionError(f"after {ROUNDS_MAX} alerts the day is not published: {followed}")


def _closed(scene: Scene) -> None:
    """Waits for what the event of an end does: the watchdog, every five minutes, hardly ever meets it."""
    with suppress(AssertionError):
        eventually(lambda: not _holder(scene), CLOSED_S)


def _holder(scene: Scene) -> str | None:
    key = f"days/{scene.reference_date}.json"
    is_there = scene.hurt.objects(CHECKPOINTS, key)
    return scene.hurt.day_object(scene.reference_date)["holder"] if is_there else None


def _is_untold_stop(scene: Scene) -> bool:
    """A run that was stopped before it held its day is nobody's news: whoever stopped it starts it again."""
    ends = {scene.described(arn)["status"] for arn in scene.executions()}
    if ends != {"ABORTED"} or scene.hurt.objects(CHECKPOINTS, f"days/{scene.reference_date}.json"):
        return False
    return not scene.alarms()[scene.followed :]


def _waits(scene: Scene) -> bool:
    """Whether people were told of something that was not followed yet, of a published day."""
    return any(mail["atributos"]["codigo"] in _UNREAD for mail in scene.alarms()[scene.followed :])


def _has_report(scene: Scene) -> bool:
    """Of the very publication that stands."""
    s3, page = scene.hurt.client("s3"), f"relatorios/{scene.reference_date}/relatorio.html"
    if page not in scene.hurt.objects(OUTPUT, page):
        return False
    of = s3.head_object(Bucket=OUTPUT, Key=page)["Metadata"].get("published-etag", "")
    return bool(of.strip('"') == (etag_of(scene.hurt, scene.seen.key) or "").strip('"'))


def _judged(scene: Scene, faults: list[Fault]) -> list[str]:
    scene.seen.executions = scene.executions()
    allowed = Allowed(
        ends=frozenset[str]().union(*(fault.ends for fault in faults)),
        told=frozenset[str]().union(*(fault.ends | fault.told for fault in faults)),
        right=lambda found: right.mistakes(found, scene.hurt, scene.reference_date, scene.bases),
        told_twice=any(fault.told_twice for fault in faults),
        timer_s=TIMER_S + 10,
    )
    found = scene.seen.breaches(published=True, allowed=allowed)
    if not _has_report(scene):
        found.append("I1 what is published has no report, though what was told of it was followed")
    return [*found, *_incident(scene)]


def _incident(scene: Scene) -> Iterator[str]:
    """What was told before the run began that published is over."""
    key, winners = f"incidents/{scene.reference_date}.json", []
    for one in map(scene.described, scene.executions()):
        if status_of(one) == "SUCCEEDED":
            winners.append(one["startDate"])
    if winners and scene.hurt.objects(CHECKPOINTS, key):
        for matter in scene.hurt.json_at(CHECKPOINTS, key)["matters"]:
            last = matter["last"]
            if datetime.fromisoformat(last["at"]) < max(winners) and last["code"] not in _OF_PUBLISHED:
                yield f"I5 the day is published, and its incident is open: {last['code']}"


_OF_PUBLISHED = AFTER | {"ABNORMAL_RATE"}
"""What a publication does not end."""
