"""What a drill that failed leaves for whoever looks into it."""

import json
import shutil
import traceback
from contextlib import suppress
from pathlib import Path

from tests import said
from tests.faults.desk import Desk
from tests.faults.looking import day_names, told


def keep(folder: Path, desk: Desk, failure: Exception, since_ms: int) -> None:
    """Where it stopped, what was pasted and answered, alerts, logs, in the place of an older one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "failure.txt").write_text("".join(traceback.format_exception(failure)))
    (folder / "timeline.txt").write_text("\n".join(lines_of(desk)))
    (folder / "pasted.txt").write_text("\n".join(f"$ {command}\n{answer}" for command, answer in desk.said))
    (folder / "outbox.jsonl").write_text("\n".join(told(desk.hurt)[desk.told_before :]))
    with suppress(Exception):  # of a stack that may be what fell over
        shutil.copy(desk.hurt.stack.directory / "stack.log", folder)
        ends = _executions(desk)
        (folder / "executions.json").write_text(json.dumps(ends, indent=1, default=str, ensure_ascii=False))
        documents = said.documents(desk.hurt, [one["executionArn"] for one in ends], since_ms)
        (folder / "texts.txt").write_text("\n".join(f"{one.where}\n{one.text}" for one in documents))


def lines_of(desk: Desk) -> list[str]:
    """The timeline."""
    return [f"{at:7.1f} s  {what}" for at, what in desk.timeline]


def _executions(desk: Desk) -> list[dict[str, str]]:
    """The day's, the newest first."""
    machine = desk.hurt.client("stepfunctions")
    every = (machine.describe_execution(executionArn=one["executionArn"]) for one in desk.hurt.listed())
    return [one for one in every if any(name in one["input"] for name in day_names(desk.reference_date))]
