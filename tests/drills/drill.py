"""A drill: a real fault, its alert in time, the commands of alert and runbook to the letter, a right day."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from local.results import published
from reconciliation.errors import FAILURES, Code
from tests import sparks
from tests.chaos.right import mistakes
from tests.faults.desk import Desk
from tests.faults.looking import base_rows
from tests.runbooks.pages import pages
from tests.waiting import eventually

ROWS = 2_000
"""Two blocks of everything that a day may have."""
TOLD_WITHIN_S = 60
_OVER_WITHIN_S = 60


@dataclass(frozen=True, kw_only=True)
class Drill:
    """One fault, from its alert to the published day."""

    name: str
    code: Code
    says: str
    """The fault in words."""
    fault: Callable[[Desk], object]
    """Leaves the day with its alert on the way, and in `broken` what a person's work ends."""
    mend: Callable[[Desk], object] | None = None
    """What a person does besides, where a step without a command says so."""
    shows: Mapping[str, str] = field(default_factory=dict)
    """The playbook's symptoms: a text by which a block of its page is known, a pattern of what it answers."""
    instead: str = ""
    """The page's block that is run in the place of the alert's steps, once a person has mended."""
    afterwards: str = ""
    """The page's block that is run after them."""
    real_spark: bool = False

    @property
    def playbook(self) -> str:
        return FAILURES[self.code].playbook

    @property
    def blocks(self) -> tuple[str, ...]:
        return (*self.shows, *filter(None, (self.instead, self.afterwards)))


def play(drill: Drill, desk: Desk) -> None:
    """To the end. AssertionError where alert, runbook or day is not as it must be."""
    sparks.use(real=drill.real_spark)
    try:
        alert = _alerted(drill, desk)
        for text, wanted in drill.shows.items():
            said = desk.page(drill.playbook, text)
            assert re.search(wanted, said), f"{text} does not show {wanted}: {said}"
        _followed(drill, desk, alert)
    finally:
        desk.broken.close()
    _published(desk)
    _over(desk)


def severity_of(playbook: str) -> str:
    """As its page says."""
    (page,) = (text for name, text in pages().items() if name.startswith(playbook))
    found = re.search(r"^\*\*Severidade:\*\* (\w+)$", page, re.MULTILINE)
    assert found, page
    return found[1]


def _alerted(drill: Drill, desk: Desk) -> str:
    desk.note(f"falha     {drill.says}")
    drill.fault(desk)
    if drill.mend:
        desk.broken.callback(drill.mend, desk)
    broken = time.monotonic()
    alert = desk.alert(drill.code)
    assert time.monotonic() - broken < TOLD_WITHIN_S, "the alert came late"
    assert f"[{severity_of(drill.playbook)}] " in alert, alert
    assert f"Playbook: {drill.playbook} do runbook" in alert, alert
    return alert


def _followed(drill: Drill, desk: Desk, alert: str) -> None:
    if drill.instead:
        desk.broken.close()
        desk.page(drill.playbook, drill.instead)
    else:
        desk.follow(alert)
    if drill.afterwards:
        desk.page(drill.playbook, drill.afterwards)


def _published(desk: Desk) -> None:
    """By the generator's closed form, and row by row by the oracle, of the file's version and the base."""
    day, hurt = desk.reference_date, desk.hurt
    wrong = desk.mistakes() + mistakes(published(hurt.client("s3"), day), hurt, day, base_rows(hurt))
    assert wrong == []
    rows = published(hurt.client("s3"), day).frame.height
    desk.note(f"publicado {rows} divergências, linha por linha as do oráculo")


def _over(desk: Desk) -> None:
    """The incident ends; the watchdog has its turn, as every five minutes."""

    def ended() -> bool:
        desk.hurt.answer("reconciliation-watchdog")
        incident = desk.hurt.answer("reconciliation-incident", incidente=desk.copied["INCIDENTE"])
        return bool(incident["estado"] == "encerrado")

    eventually(ended, _OVER_WITHIN_S, pause_s=1)
    desk.note(f"encerrado o incidente {desk.copied['INCIDENTE']}")
