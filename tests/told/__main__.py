"""What people are told, counted and shown: `python -m tests.told`, half a minute.

The deployed functions with the template's alarms and subscriptions, over a clock of their own. First one
incident of each playbook as it is delivered; then how many messages come of what once rang too often, and the
limits: one opening for each code, nothing lost in an hour without Slack or SNS. Exit code 1: one is broken.
"""

import io
import json
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from infra.app import ROOT
from reconciliation.channels import CHANNEL
from tests.infra.conftest import synthesized
from tests.infra.template import Template
from tests.told.delivery import Delivery, Received, delivered
from tests.told.limits import bodies, broken
from tests.told.stories import COUNTED, PLAYBOOKS, START, Story

BOARD = "diretoria@empresa.com"
OPERATIONS = "ops-conciliacao@empresa.com"
ONCE = {"CALENDAR": json.dumps({"expected_by": ["mon-sun 08:00"], "holidays": "none"})}
"""Every day wanted its file, and alarms rang themselves."""


@contextmanager
def played(template: Template, story: Story, *, as_once: bool = False) -> Iterator[Delivery]:
    """The story, and what is said within twenty quiet minutes after it."""
    with delivered(template, directly=as_once) as on:
        on.start_at(START)
        on.world.variables |= ONCE if as_once else {}
        with redirect_stdout(io.StringIO()):  # the job's log
            story(on)
            on.pass_minutes(20)
        yield on


def show(on: Delivery) -> None:
    """Two lines for each message: when and what; to whom."""
    told: dict[str, list[str]] = {}
    for one in on.received:
        line = f"  {(one.at - START).total_seconds() / 60:4.0f} min  {one.line[:100]}"
        told.setdefault(line, []).append(one.by.removesuffix("@empresa.com"))
    for line, people in told.items():
        print(line, f"{'':12}{', '.join(people)}", sep="\n")


def mails(on: Delivery) -> tuple[int, int]:
    """What operations are told, who are told everything: reminders, and the rest."""
    lines = [one.line for one in counted(on) if one.by == OPERATIONS]
    reminders = sum("Lembrete: " in line for line in lines)
    return len(lines) - reminders, reminders


def counted(on: Delivery) -> list[Received]:
    return [one for one in on.received if on.counted_from is None or one.at >= on.counted_from]


def count(template: Template, title: str, story: Story) -> list[str]:
    """Prints a line, and answers what is broken."""
    with played(template, story, as_once=True) as on:
        once, _ = mails(on)
    with played(template, story) as on:
        alerts, reminders = mails(on)
        channel = sum(one.by == CHANNEL for one in counted(on))
        notes = [(body["codigo"], (body["incidente"] or {}).get("estado")) for body in bodies(on)]
        opened = Counter(code for code, state in notes if state == "abre")
        shown = ", ".join(f"{code} {times}" for code, times in opened.items())
        print(f"{title:24}{once:6}{alerts:6}{reminders:11}{channel:8}   {shown}")
        return [f"{title}: {one}" for one in broken(on)]


def main() -> int:
    """Answers the exit code."""
    logging.disable()  # what fails here is told
    mistakes = []
    with tempfile.TemporaryDirectory() as name:
        template = synthesized(ROOT, Path(name), email_board=BOARD)
        for title, story in PLAYBOOKS.items():
            print(f"\n{title}")
            with played(template, story) as on:
                show(on)
                mistakes += [f"{title}: {one}" for one in broken(on)]
        print(f"\n{'e-mails to operations':24}{'once':>6}{'now':>6}{'reminders':>11}{'Slack':>8}   openings")
        for title, story in COUNTED.items():
            mistakes += count(template, title, story)
    print("", *mistakes, sep="\n")
    return int(bool(mistakes))


if __name__ == "__main__":
    sys.exit(main())
