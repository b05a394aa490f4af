"""One day on this machine, from upload to published divergences.

    python -m local.demo --rows 20000 [--deadline 8]
    python -m local.demo --csv mine.csv --base base.csv [--day 2026-02-16]

Exit code 0: the published object equals the closed form of the generated day (with --csv: the run succeeded).
1: it does not, or the run failed. 2: nothing was started, the arguments are wrong. 130: interrupted.
"""

from __future__ import annotations

import fcntl
import json
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import boto3

from local import follow, outbox, report, results, verify
from local.base import Mistake, load_base
from local.interruption import interrupt_and_resume
from local.place import DEFAULT_DIRECTORY
from local.progress import looking, say
from local.request import Request, requested
from local.stack import Stack, StackError, running_stack
from reconciliation.wording import counted, number

DIRECTORY = DEFAULT_DIRECTORY / "demo"
RESULTS = DEFAULT_DIRECTORY / "resultado"
INTERRUPTED = 130
_DELIVERY_S = 5.0


def main(argv: Sequence[str]) -> int:
    """Answers the exit code."""
    signal.signal(signal.SIGTERM, _interrupted)  # as Ctrl-C: the stack ends with its block
    began = time.monotonic()
    try:
        with _alone(DIRECTORY):
            request = requested(argv, DIRECTORY / "dia")
            results.clear(RESULTS)
            say(f"Subindo o ambiente local para o dia {request.day}…")
            with running_stack(DIRECTORY) as stack:
                say(f"Ambiente pronto em {stack.endpoint}, {_since(began)} depois do comando.")
                code = run(request, stack)
        say("", f"Ambiente encerrado. Tudo em {_since(began)}.")
        if (page := results.page(RESULTS, request.day)).exists():
            say(f"Relatório do dia, para abrir no navegador: {page}")
    except Mistake as exc:
        print(exc, file=sys.stderr)
        return 2
    except StackError as exc:
        print(exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrompido. Nada ficou rodando.", file=sys.stderr)
        return INTERRUPTED
    return code


# --- what is done


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two demos would write each other's files. Raises Mistake before the second one writes any."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Mistake("Outro `make demo` está em andamento neste checkout: espere que termine.") from None
        yield


def run(request: Request, stack: Stack) -> int:
    """Base, upload, and what comes of it. Answers the exit code. Raises Mistake for a wrong base."""
    aws = _Clients(stack)
    began = time.monotonic()
    rows = load_base(stack.base_database_url, request.base)
    loaded = counted(rows, "linha carregada", "linhas carregadas")
    say(f"Base: {loaded} em transacoes ({_since(began)}).")
    size_mb = report.decimal(request.csv.stat().st_size / 1e6)
    say(f"Arquivo: enviando {request.csv} ({size_mb} MB) para {request.uploaded}")
    say("O envio inicia o dia; tempos desde o envio:", "")
    since = datetime.now(UTC)
    aws.s3.upload_file(str(request.csv), *request.uploaded)
    try:
        arn = follow.started_execution(aws.step_functions, aws.machine_arn())
    except follow.NotStarted as exc:
        say(
            f"FALHA: {exc}; veja {stack.directory / 'stack.log'}.",
            *report.alerts(_deliveries(stack), in_full=True),
        )
        return 1
    description = follow.follow(aws.step_functions, arn, since, looking(aws.s3, str(request.day)))
    say("", f"Execução {arn.rsplit(':', 1)[-1]}: {description['status']}", "")
    if description["status"] != "SUCCEEDED":
        return _failed(description, aws, stack)
    code = _succeeded(request, aws, stack)
    if code == 0 and request.deadline_s:
        return interrupt_and_resume(request, aws.step_functions, aws.s3, stack)
    return code


class _Clients:
    def __init__(self, stack: Stack) -> None:
        session = boto3.Session(
            aws_access_key_id=stack.env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=stack.env["AWS_SECRET_ACCESS_KEY"],
            region_name=stack.env["AWS_DEFAULT_REGION"],
        )
        self.s3: Any = session.client("s3", endpoint_url=stack.endpoint)
        self.step_functions: Any = session.client("stepfunctions", endpoint_url=stack.endpoint)

    def machine_arn(self) -> str:
        machines = self.step_functions.list_state_machines()["stateMachines"]
        return next(
            str(m["stateMachineArn"]) for m in machines if m["name"] == "reconciliation-state-machine"
        )


# --- what comes of it


def _succeeded(request: Request, aws: _Clients, stack: Stack) -> int:
    found = results.published(aws.s3, request.day)
    results.copy_published(found, RESULTS)
    results.copy_report(aws.s3, request.day, RESULTS)
    say(*report.success(found.summary), *report.places(request.uploaded, str(request.day)))
    say(
        *report.alerts(_deliveries(stack), in_full=False),
        "",
        f"Cópias: {RESULTS}",
    )
    wrong = _wrong(request, found)
    if not (page := results.page(RESULTS, request.day)).exists():
        wrong.append(f"falta o relatório, {page}")
    if wrong:
        say("", "O resultado NÃO é o esperado:", *(f"  {text}" for text in wrong))
        return 1
    if request.expected:
        say(
            "",
            f"Conferido: as {number(found.frame.height)} divergências publicadas, os totais e os centavos",
            "são exatamente os da fórmula fechada do dia gerado.",
        )
    return 0


def _wrong(request: Request, found: results.Published) -> list[str]:
    """What of a generated day is not as its closed form has it; of one's own file nothing is known."""
    if request.expected is None:
        return []
    wrong = verify.mistakes(found.frame, found.summary, request.expected, request.day)
    if found.etag != found.summary["published_etag"]:
        wrong.append(f"ETag do objeto {found.etag}, no resumo {found.summary['published_etag']}")
    return wrong


def _failed(description: dict[str, Any], aws: _Clients, stack: Stack) -> int:
    try:
        outcome = json.loads(description.get("cause") or "{}")
    except ValueError:
        outcome = {"message": description["cause"]}
    outcome = {"status": description["status"], "code": description.get("error"), **outcome}
    say(*report.failure(outcome), *report.alerts(_deliveries(stack), in_full=True))
    copied = results.copy_refused(aws.s3, outcome["job_id"], RESULTS) if outcome.get("job_id") else []
    say("", *(f"Cópia: {path}" for path in copied), f"Log do ambiente: {stack.directory / 'stack.log'}")
    return 1


def _deliveries(stack: Stack) -> list[dict[str, Any]]:
    """What was delivered to people, once e-mail and Slack have both arrived or time is up."""
    limit = time.monotonic() + _DELIVERY_S
    while True:
        delivered: list[dict[str, Any]] = [json.loads(line) for line in outbox.lines(stack.outbox)]
        if {"email", "slack"} <= {delivery["canal"] for delivery in delivered} or time.monotonic() > limit:
            return delivered
        time.sleep(0.1)


def _since(began: float) -> str:
    return f"{report.decimal(time.monotonic() - began)} s"


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
