"""An operator's desk: a day with a fault, the alert's commands pasted into a shell in their order."""

import json
import os
import re
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.names import OPERATOR
from local import results, verify
from local.generated_day import GeneratedDay
from tests.faults.looking import OPERATIONS, day_names, told
from tests.faults.stack import Hurt
from tests.people import shell
from tests.runbooks.pages import block_of, script, variables
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
    """What was pasted, of the alert or of the runbook, and what it answered."""
    timeline: list[tuple[float, str]] = field(default_factory=list)
    """What happened, with the seconds since the desk was there."""
    copied: dict[str, str] = field(default_factory=dict)
    """What the runbook's pages ask to copy from the alert, by the names that they have for it."""

    def __post_init__(self) -> None:
        self._began = time.monotonic()
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
        """The e-mail that operations were sent of it, of this day."""

        def sent() -> str | None:
            for line in map(json.loads, told(self.hurt)[self.told_before :]):
                is_ours = any(name in line["corpo"] for name in day_names(self.reference_date))
                if is_ours and (line["destino"], line["atributos"].get("codigo")) == (OPERATIONS, code):
                    return str(line["corpo"])
            return None

        text = str(eventually(sent, 90))
        headline = next(line for line in text.splitlines() if line.startswith("["))
        self.note(f"alerta    {code} {headline}")
        self.copied = copied_from(text)
        return text

    def note(self, what: str) -> None:
        self.timeline.append((time.monotonic() - self._began, what))

    def follow(self, alert: str) -> None:
        """The steps as they stand in the alert; the first one without a command is what a person mends."""
        for title, command in steps_of(alert):
            if command is not None:
                self.note(f"comando   {title}: {command}")
                self._paste("-c", command)
            else:
                self.note(f"à mão     {title}")
                self.broken.close()
        self.broken.close()

    def page(self, page: str, text: str) -> str:
        """What the block of that page answers which has that text, with what was copied from the alert."""
        block = block_of((page, text))
        wanted = {name: self.copied[name] for name in variables(block.page)}
        self.note(f"runbook   {block}")
        return self._paste("-euc", script(block, wanted))

    def _paste(self, how: str, command: str) -> str:
        """What a shell answers, in the operator's role; what it starts is over then."""
        before = self.hurt.executions()
        asked = {"DIA": str(self.reference_date), "ARQUIVO": self.key, "OUTRO_DIA": str(self.other_date)}
        spoken = {"LANG": os.environ.get("LANG", "C.UTF-8")}
        said = shell(self.hurt.stack, OPERATOR, [how, command], self.folder, NOME="ana", **asked, **spoken)
        self.said.append((command, said))
        if _SENDS.search(command):
            eventually(lambda: self.hurt.executions() > before, 20)
            self.wait()
        if "glue start-job-run" in command:
            eventually(lambda: not self.hurt.running_jobs(), 60)
        return said

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


def copied_from(alert: str) -> dict[str, str]:
    """As a person copies them; what is not in the alert is empty, as a page's example never is."""

    def after(name: str, what: str = r"(\S+)") -> str:
        found = re.search(rf"^{name}: {what}", alert, re.MULTILINE)
        return found[1] if found else ""

    in_utc, arn = r".*\((\S+) em UTC\)", after("Execução")
    return {
        "DIA": (re.search(r"Dia (\d{4}-\d{2}-\d{2})", alert) or ["", ""])[1],
        "ARQUIVO": after("Arquivo", "(.*)").rpartition("/")[2],
        "VERSION_ID": after("Versão do arquivo"),
        "JOB_ID": after("Job ID", r"([^\s,]+)"),
        "INICIO": after("Início", in_utc),
        "FIM": after("Fim", in_utc),
        "EXECUTION_ARN": arn,
        "EXECUTION_ID": arn.rpartition(":")[2],
        "INGESTION_ID": after("Atualização do QuickSight"),
        "INCIDENTE": after("Incidente"),
    }
