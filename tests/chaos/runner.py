"""Plays a plan on a stack: the day comes, its faults at their moments, an operator goes on, it is judged."""

import threading
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.catalogue import FAULTS
from tests.chaos.fault import Count, Fault
from tests.chaos.judge import has_report, judged
from tests.chaos.moments import START
from tests.chaos.plan import Drawn, Plan
from tests.chaos.proxy import Proxy
from tests.chaos.reminders import let_hours_pass
from tests.chaos.scene import Scene
from tests.faults.looking import code_of
from tests.faults.reader import a_reader
from tests.faults.stack import CHECKPOINTS, Hurt
from tests.waiting import eventually

BEGUN_S = 20
TOLD_S = 60
CLOSED_S = 4
ROUNDS_MAX = 8
_OF_THE_REPORT = "REPORT_FAILED"
_BY_THE_DAY_ALONE = "o relatório só se refaz reprocessando o dia"
"""What the report's log says where data of the run are gone."""
_UNREAD = frozenset({_OF_THE_REPORT})
"""What an operator follows though the day is published."""


@dataclass(frozen=True)
class Came:
    """What came of a plan.

    `made` are the faults whose moment came, `met` those of them that something met: a request, a process, a
    run that ended by their code. `ends` are the executions' codes. `spent` is where the seconds went.
    """

    made: list[str]
    met: list[str]
    ends: list[str]
    followed: list[str]
    seconds: float
    spent: dict[str, float]
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
    is_made: bool = False
    times: int | None = None
    """How often it was met; None while that is not known."""

    def make(self) -> None:
        with self._lock:
            self.is_made = True
            count = self.undo.enter_context(self.fault.make(self.scene))
            if count:
                self.undo.callback(self._count, count)

    def is_met(self, told: Collection[str]) -> bool:
        """`told` are codes that executions ended by, and people were told."""
        if self.times is None:
            return self.is_made and bool((self.fault.ends | self.fault.told) & set(told))
        return self.times > 0

    def _count(self, count: Count) -> None:
        self.times = count()

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
    clock, scene, followed, every = _Clock(), None, [], list[Armed]()
    breaks: list[str] = []
    try:
        scene = Scene(
            hurt, plan.day, folder, plan.rows, plan.skew, proxy=proxy,
            dice=Random(f"{plan.seed}/{plan.run}/scene"), is_event=plan.is_event,
        )  # fmt: skip
        clock.say("prepared")
        with _armed(plan, scene) as every, a_reader(scene.seen, 0.2):
            scene.begin()
            followed = _go_on(scene, every, is_late=plan.is_late)
        followed += _go_on(scene, [])  # what a fault began as its last
        clock.say("played")
        breaks = [f"X {one.fault.name}: {one.failure}" for one in every if one.failure]
        breaks += judged(scene, [one.fault for one in every])
    except Exception:
        breaks.append(f"X {traceback.format_exc()}")
    ends = [code_of(one) for one in map(scene.described, scene.executions())] if scene else []
    known = {*ends, *(mail["atributos"]["codigo"] for mail in scene.alarms())} if scene else set()
    made = [one.fault.name for one in every if one.is_made]
    met = [one.fault.name for one in every if one.is_met(known)]
    clock.say("judged")
    return Came(made, met, ends, followed, round(sum(clock.spent.values()), 1), clock.spent, breaks), scene


@dataclass
class _Clock:
    spent: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.monotonic)

    def say(self, name: str) -> None:
        """What went since the last time went there."""
        now = time.monotonic()
        self.spent[name], self._last = round(now - self._last, 1), now


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


def _go_on(scene: Scene, armed: list[Armed], *, is_late: bool = False) -> list[str]:
    """To the day's publication, by the alerts; answers the codes followed. Raises AssertionError.

    `is_late`: the operator comes hours after each, and is reminded.
    """
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
        if scene.is_published() and (has_report(scene) or not _waits(scene)):
            if has_report(scene) or not (further := _further(scene, followed)):
                return followed
            followed.append(further)
            continue
        if _is_untold_stop(scene):
            scene.hurt.start({"s3_key": scene.key})
        else:
            eventually(lambda: scene.alarms()[scene.followed :] or scene.is_published(), TOLD_S)
            if is_late:
                let_hours_pass(scene)
            followed += filter(None, [scene.follow_newest(mends)])
    raise AssertionError(f"after {ROUNDS_MAX} alerts the day is not published: {followed}")


def _further(scene: Scene, followed: list[str]) -> str | None:
    """What an operator does where the alert's commands, by their last line, have made no report."""
    once_more = f"{_OF_THE_REPORT}, once more"
    if followed[-1:] == [_OF_THE_REPORT]:
        scene.follow(scene.newest)
        return once_more
    if followed[-1:] == [once_more] and _BY_THE_DAY_ALONE in str(scene.said):
        scene.hurt.start({"s3_key": scene.key, "force_reprocess": True})
        return f"{_OF_THE_REPORT}, the day anew"
    return None


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
