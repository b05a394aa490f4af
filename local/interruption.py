"""The demo's second half: the same day stopped by a deadline, and resumed as runbook 2.2 says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local import follow, report, results
from local.progress import Standing, looking, say
from local.request import Request
from local.stack import Stack
from reconciliation.layout import Location
from reconciliation.wording import number


def interrupt_and_resume(request: Request, step_functions: Any, s3: Any, stack: Stack) -> int:
    """Needs the day published, uninterrupted. Answers the exit code, 0 where the resume gives the same."""
    before = results.published(s3, request.day)
    machine = step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    given = {"s3_key": request.key, "force_reprocess": True, "deadline_s": request.deadline_s}
    say("", f"De novo o mesmo dia, agora com um prazo de {request.deadline_s} s:", "")
    look = looking(s3, str(request.day))
    ended = _run(given, machine, step_functions, stack, look)
    if ended["status"] == "SUCCEEDED":
        say("", f"Terminou antes do prazo de {request.deadline_s} s: use um DEADLINE menor.")
        return 1
    outcome = json.loads(ended["cause"])
    checkpoint = results.get(s3, Location.parse(outcome["checkpoint_location"]))["Body"].read().decode()
    say(*report.failure(outcome), "", f"{outcome['checkpoint_location']}:", checkpoint)
    if results.published(s3, request.day).divergences != before.divergences:
        say("", "ERRO: o que estava publicado mudou.")
        return 1
    say("", "O que estava publicado continua lá. A retomada, pelo comando do runbook (2.2):", "")
    resume = {name: outcome[name] for name in ("job_id", "checkpoint_location")}
    ended = _run({**resume, "reprocess_from_checkpoint": True}, machine, step_functions, stack, look)
    after = results.published(s3, request.day)
    if ended["status"] != "SUCCEEDED" or not after.frame.equals(before.frame):
        say("", f"ERRO: a retomada terminou como {ended['status']}, ou com outro resultado.")
        return 1
    lines = number(after.frame.height)
    say("", f"Conferido: as {lines} divergências da execução retomada são, linha por linha, as da primeira.")
    return 0


def _run(
    given: dict[str, Any],
    machine: str,
    step_functions: Any,
    stack: Stack,
    look: Callable[[], Standing | None],
) -> dict[str, Any]:
    """Starts an execution as an operator does, and follows it to its end."""
    command = ["aws", "stepfunctions", "start-execution", "--state-machine-arn", machine]
    say(f"  {' '.join(command)} \\", f"    --input '{json.dumps(given)}'", "")
    since = datetime.now(UTC)
    answer = subprocess.run(
        [*command, "--input", json.dumps(given)],
        env={**os.environ, **stack.env},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return follow.follow(step_functions, json.loads(answer)["executionArn"], since, look)
