"""docs/deploy.md as a stranger follows it: one shell, block by block, as far as the local stack can go."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.app import ROOT
from infra.names import DEPLOYER, OPERATOR, SUPPLIER
from local.stack import Stack
from tests.people import ADMINISTRATOR, environment
from tests.waiting import eventually

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECRET = re.compile(r"read -rsp '[^']*' (\w+)")
_END = "end of the block"

ANSWERS = {
    "make setup": ['"Account": "123456789012"'],
    '"acao": "tudo"': ['"ok": true', "nada_a_fazer"],
    "reconciliation-slack-webhook": ["reconciliation-slack-webhook"],
    "reconciliation-slack-oncall-webhook": ["reconciliation-slack-oncall-webhook"],
    "reconciliation-slack-engineering-webhook": ["reconciliation-slack-engineering-webhook"],
    "first-checks SETTINGS": [
        "✓ E-mails: 4 confirmados", "✓ Slack #ops-oncall", "✓ Banco", "✓ Runbook", "· Arquivos: nenhum",
        "✓ Alarmes: nenhum",
    ],
    "test-rds-connection": ['"ok": true', '"etapa": "select"', '"indice_unico": true'],
    "inserir_linhas_de_teste": ['"ok": true', "upload: ./input.csv"],
    "MACHINE=$(aws": [r"\bSUCCEEDED\b"],
    "s3 ls": [
        "divergencias.parquet", '"TIPO_1": 1', '"TIPO_2": 1', '"TIPO_3": 1', "✓ Arquivos: .*2026-02-16",
    ],
    "for group in": [],
    "for job in": [r"(?s)(\bSUCCEEDED\s+5\.1\b.*){3}"],
    "resourceType=='glue'": [r"(?s)(reconciliation-\S*job\s+\d{4}-.*){3}\[\s+(\"\d{4}-\S+\s+){3}\]"],
    "copy_over": [r"(?s)PreconditionFailed.*PreconditionFailed.*NoSuchKey"],
    "other.csv": ["upload: ./input.csv"],
    "xargs aws": ["ALREADY_PUBLISHED"],
    "describe-flow-logs": ["SUCCESS"],
    "remover_linhas_de_teste": ['"ok": true'],
    "describe-stack-events": [],
    "Stacks[0].[StackName": [r"Reconciliation\s+\w+_COMPLETE\s+Reconciliation-QuickSight\s+\w+_COMPLETE"],
    "--status-filter RUNNING": [r'"executions": \[\]'],
    "VersionIdsToStages": ["AWSCURRENT"],
}  # fmt: skip
"""What a block's output must hold, by a text that only it has, in the page's order."""

NOT_RUN = {
    "export SUFFIX": "the local stack has no suffix, and its people are the examples",
    "get-account-settings": "the local account has no limit",
    "curl -f": "the bundle is on the internet; the local account is bootstrapped by local.deploy",
    'make deploy SETTINGS="$SETTINGS"\n': "the CDK's own command line: test_cdk.py; here by local.deploy",
    "WITH_PASSWORD=": "of an imported database",
    "/aws/rds/instance": "nothing writes an instance's logs here",
    "batch-stop-job-run": "a job is over here before a person stops it: tests/faults/test_kills.py",
    '"deadline_s": 60': "a run takes seconds here; with a deadline of two: tests/e2e/runbook_story.py",
    "'StopJobs', 'CloseRun'": "of that run",
    "JOB_ID=JOB": "as above",
    "rotate-secret": "nothing here is a schedule: test_updates.py rotates by the deployed function",
    "athena start-query": "a query is refused here: tests/local/test_athena.py",
    "cloudformation delete-stack": "other tests need the stack",
    "remove_data=true": "the CDK's own command line, as above",
    "put-function-concurrency": "other tests need the functions: test_by_the_page.py gives two back",
    "delete-objects": "with another suffix: test_by_the_page.py",
    "make destroy": "other tests need the stack",
}
"""Blocks that are only checked by tests/runbooks/test_commands.py, with the reason."""

ROLES = {
    "make setup": DEPLOYER,
    '"acao": "tudo"': OPERATOR,
    "reconciliation-slack-webhook": DEPLOYER,
    "reconciliation-slack-oncall-webhook": DEPLOYER,
    "reconciliation-slack-engineering-webhook": DEPLOYER,
    "first-checks SETTINGS": DEPLOYER,
    "test-rds-connection": OPERATOR,
    "inserir_linhas_de_teste": OPERATOR,
    "for job in": OPERATOR,
    "other.csv": SUPPLIER,
    "remover_linhas_de_teste": OPERATOR,
    "describe-stack-events": DEPLOYER,
    "Stacks[0].[StackName": DEPLOYER,
    "--status-filter RUNNING": OPERATOR,
    "VersionIdsToStages": OPERATOR,
}
"""Who runs a block that needs no administrator, by its key."""
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

MAKE = """#!/bin/sh
case $1 in
  setup) ;;
  first-checks) exec {python} -m infra.first_checks ;;
  *) echo "this is the account's: make $1" >&2; exit 2 ;;
esac
"""
"""What `make` runs of the environment that is there."""


def blocks() -> list[str]:
    return _BLOCK.findall((ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"))


def key_of(block: str) -> str:
    """The text of ANSWERS or NOT_RUN that only this block has."""
    (key,) = [key for key in (*ANSWERS, *NOT_RUN) if key in block and is_first(key, block)]
    return key


def is_first(key: str, block: str) -> bool:
    """A text that comes again is the first block's that has it."""
    return next(each for each in blocks() if key in each) == block


@dataclass
class Shell:
    """One bash in which what a block sets is there for the next."""

    process: "subprocess.Popen[str]"
    stack: Stack

    def run(self, block: str, role: str) -> str:
        """What it says to that person, errors too. Fails where a command does."""
        person = environment(self.stack, role)
        keys = "".join(f"export {name}={shlex.quote(person.get(name, ''))}\n" for name in _KEYS)
        text = keys + _SECRET.sub(
            lambda found: f"{found[1]}={shlex.quote(self.stack.slack_webhook_url)}", block
        )
        assert self.process.stdin
        assert self.process.stdout
        # its input is not this one, which holds the rest of the page; its last line may have no end
        self.process.stdin.write(f"set -e\n{{\n{text}\n}} </dev/null\nset +e\nprintf '\\n{_END}\\n'\n")
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line == f"{_END}\n":
                return "".join(said)
            said.append(line)
        raise AssertionError(f"{block}\n{''.join(said)}")


@contextmanager
def shell(stack: Stack, folder: Path) -> Iterator[Shell]:
    (folder / "make").write_text(MAKE.format(python=shlex.quote(sys.executable)))
    (folder / "make").chmod(0o755)
    environment = {**stack.env, "SUFFIX": "", "SETTINGS": "", "AWS_PAGER": "", "PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{folder}:{environment['PATH']}"
    with subprocess.Popen(
        ["bash"], cwd=folder, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        yield Shell(process, stack)
        assert process.stdin
        process.stdin.close()


def follow(stack: Stack, folder: Path, step_functions: Any) -> dict[str, list[str]]:
    """By block, what it should have said and did not. What an upload begins is waited for."""
    missing, begun = {}, 0
    with shell(stack, folder) as opened:
        for block in blocks():
            if (key := key_of(block)) in NOT_RUN:
                continue
            said = opened.run(block, ROLES.get(key, ADMINISTRATOR))
            missing[key] = [f"{wanted}: {said}" for wanted in ANSWERS[key] if not re.search(wanted, said)]
            if "s3 cp input.csv" in block:
                begun += 1
                eventually(lambda expected=begun: ended(step_functions) == expected, limit_s=240)
    return {key: wanted for key, wanted in missing.items() if wanted}


def ended(step_functions: Any) -> int:
    """How many of the machine's executions are over."""
    (machine,) = step_functions.list_state_machines()["stateMachines"]
    found = step_functions.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    return sum(execution["status"] != "RUNNING" for execution in found)
