"""An execution as it happens: its history as lines for a person, in seconds since the upload."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.progress import Bar, Standing, say
from local.report import decimal
from reconciliation.errors import without_prefix

POLL_S = 0.2
START_LIMIT_S = 30.0

_WHAT = {
    "PrepareRun": "identifica o arquivo e reserva o dia",
    "StopLeftBehind": "para os jobs de uma execução anterior que não fechou o dia",
    "CloseLeftBehind": "fecha essa execução anterior",
    "InspectFile": "confere os bytes do arquivo, antes de qualquer Spark",
    "Validate": "job Glue de validação",
    "Reconcile": "job Glue de conciliação",
    "Publish": "job Glue de saída",
    "Timer": "prazo da execução, em paralelo",
    "ReadTimer": "busca o prazo",
    "StopTimer": "encerra o prazo",
    "StopJobs": "para os jobs",
    "CloseRun": "fecha a execução: checkpoint e alerta",
    "FinishRun": "resumo, métricas, alerta e dia liberado",
}


class NotStarted(Exception):
    """The upload started no execution in time."""


@dataclass
class Narrator:
    """Turns history events into lines. `since` is the moment of the upload."""

    since: datetime
    _entered: dict[str, datetime] = field(default_factory=dict)
    _job: str = ""

    def lines(self, event: dict[str, Any]) -> Iterator[str]:
        """Nothing for the events that are only plumbing."""
        kind, at = event["type"], event["timestamp"]
        seconds = f"{decimal((at - self.since).total_seconds()):>7} s  "
        if kind == "TaskStateEntered":
            name = event["stateEnteredEventDetails"]["name"]
            self._entered[name] = at
            yield f"{seconds}{name:<15} começa: {_WHAT.get(name, '')}"
        elif kind == "TaskStateExited":
            name = event["stateExitedEventDetails"]["name"]
            took_s = (at - self._entered.get(name, at)).total_seconds()
            yield f"{seconds}{name:<15} terminou em {decimal(took_s)} s"
        elif kind == "TaskScheduled":
            parameters = _parsed(event["taskScheduledEventDetails"].get("parameters"))
            self._job = str(parameters.get("JobName", self._job))
        elif kind == "TaskSubmitted":
            submitted = _parsed(event["taskSubmittedEventDetails"].get("output"))
            if run := submitted.get("JobRunId"):
                yield f"{seconds}{'':<12} {self._job}, execução {run}"
        else:
            yield from (f"{seconds}FALHA        {text}" for text in _failure(event))


def _failure(event: dict[str, Any]) -> Iterator[str]:
    """What failed or timed out, in one short line; the causes of failed jobs are long."""
    if event["type"].endswith(("Failed", "TimedOut", "Aborted")) and not event["type"].startswith(
        "Execution"
    ):
        for details in event.values():
            if isinstance(details, dict) and details.get("error"):
                cause = str(details.get("cause") or "")
                answered = _parsed(cause)  # a function says errorMessage, a Glue run ErrorMessage
                said = answered.get("errorMessage") or answered.get("ErrorMessage") or cause
                yield f"{details['error']}: {without_prefix(said).split(chr(10), 1)[0]}"[:200]


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def started_execution(step_functions: Any, machine_arn: str) -> str:
    """The ARN of the execution that the trigger starts. Raises NotStarted."""
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit:
        if found := step_functions.list_executions(stateMachineArn=machine_arn)["executions"]:
            return str(found[0]["executionArn"])
        time.sleep(POLL_S / 4)
    raise NotStarted(f"o envio do arquivo não iniciou nenhuma execução em {START_LIMIT_S:.0f} s")


def follow(
    step_functions: Any, arn: str, since: datetime, look: Callable[[], Standing | None]
) -> dict[str, Any]:
    """Says what happens until the execution ends, and by `look` how far it is; answers its description."""
    narrator, seen = Narrator(since), 0
    with Bar(look) as bar:
        while True:
            description: dict[str, Any] = step_functions.describe_execution(
                executionArn=arn
            )  # before the history
            for event in _history(step_functions, arn)[seen:]:
                seen += 1
                say(*narrator.lines(event))
            if description["status"] != "RUNNING":
                return description
            bar.move()
            time.sleep(POLL_S)


def _history(step_functions: Any, arn: str) -> list[dict[str, Any]]:
    pages = step_functions.get_paginator("get_execution_history").paginate(executionArn=arn)
    return [event for page in pages for event in page["events"]]
