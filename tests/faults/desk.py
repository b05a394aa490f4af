"""An operator's desk: a day with a fault, the alert's commands pasted into a shell in their order."""

import json
import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.names import OPERATOR
from local import results, verify
from local.generated_day import GeneratedDay
from tests.faults.looking import OPERATIONS, told
from tests.faults.stack import Hurt
from tests.jq import put_jq
from tests.people import environment
from tests.waiting import eventually

ROWS = 200
_STEP = re.compile(r"\d+\. (.+)")
_SENDS = re.compile(r'start-execution|s3 cp \S+.* "?s3://reconciliation-ingress/')
"""Commands after which an execution is there that was not."""


@dataclass
class Desk:
    """An operator's: a day with a fault, the files that the supplier sends, a shell."""

    hurt: Hurt
    reference_date: date
    folder: Path
    rows: int = ROWS
    skew: float = 0.0
    broken: ExitStack = field(default_factory=ExitStack)
    """What mending ends."""
    said: list[tuple[str, str]] = field(default_factory=list)
    """What was pasted, and what it answered."""

    def __post_init__(self) -> None:
        self.told_before = len(told(self.hurt))
        self.folder.mkdir()
        for name in ("input.csv", "corrected.csv"):
            (self.folder / name).write_bytes(self.body)

    @cached_property
    def day(self) -> GeneratedDay:
        return GeneratedDay(self.rows, self.reference_date, self.skew)

    @cached_property
    def body(self) -> bytes:
        """The day's file as it should be."""
        return b"".join(self.day.csv_chunks())

    @property
    def other_date(self) -> date:
        """That of a file in the wrong folder."""
        return self.reference_date + timedelta(days=400)

    @property
    def key(self) -> str:
        return f"{self.reference_date}/input.csv"

    def send(self, body: bytes, key: str = "") -> None:
        """As a supplier does, whatever comes of it; the base is there."""
        self.hurt.load(self.day)
        self.hurt.upload(key or self.key, body)

    def start(self, **given: Any) -> dict[str, Any]:
        """A run of the file that is there, to its end."""
        return self.hurt.end_of(self.hurt.start({"s3_key": self.key, **given}))

    def alert(self, code: str) -> str:
        """The e-mail that operations were sent of it."""

        def sent() -> str | None:
            for line in map(json.loads, told(self.hurt)[self.told_before :]):
                if line["destino"] == OPERATIONS and line["atributos"].get("codigo") == code:
                    return str(line["corpo"])
            return None

        return str(eventually(sent, 90))

    def follow(self, alert: str) -> None:
        """The steps as they stand in the alert; the first one without a command is what a person mends."""
        for _, command in steps_of(alert):
            if command is None:
                self.broken.close()
            else:
                self._paste(command)
        self.broken.close()

    def _paste(self, command: str) -> None:
        before = self.hurt.executions()
        variables = {
            **environment(self.hurt.stack, OPERATOR), "AWS_PAGER": "",
            "LANG": os.environ.get("LANG", "C.UTF-8"), "DIA": str(self.reference_date), "ARQUIVO": self.key,
            "OUTRO_DIA": str(self.other_date), "NOME": "ana",
        }  # fmt: skip
        variables["PATH"] += f":{put_jq(self.folder / 'shims')}"
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.folder, env=variables, capture_output=True, text=True,
            errors="replace", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        self.said.append((command, done.stdout))
        if "glue start-job-run" in command:
            eventually(lambda: not self.hurt.running_jobs(), 60)
        if _SENDS.search(command):
            eventually(lambda: self.hurt.executions() > before, 20)
            self.wait()

    def wait(self) -> None:
        """Until nothing runs any more."""
        machine = self.hurt.client("stepfunctions")
        wanted = {"stateMachineArn": self.hurt.machine, "statusFilter": "RUNNING"}
        eventually(lambda: not machine.list_executions(**wanted)["executions"], 120)

    def mistakes(self) -> list[str]:
        """Of what is published; none where it is the oracle's."""
        found = results.published(self.hurt.client("s3"), self.reference_date)
        return list(verify.mistakes(found.frame, found.summary, self.day.expected(), self.reference_date))


def steps_of(alert: str) -> list[tuple[str, str | None]]:
    """Title and command of each step, as an e-mail shows them."""
    lines = alert.split("Passos, nesta ordem:\n")[1].split("\n\n", maxsplit=1)[0].split("\n")
    steps: list[tuple[str, str | None]] = []
    for line in lines:
        if title := _STEP.fullmatch(line):
            steps.append((title[1], None))
        else:
            assert steps[-1][1] is None, f"a command of two lines: {line}"
            steps[-1] = (steps[-1][0], line)
    return steps
