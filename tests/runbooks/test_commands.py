"""Every command of the runbook is one that the AWS CLI takes, and every metric is one that is put."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awscli.clidriver import create_clidriver

from local import aws_cli
from reconciliation.adapters.metrics import Metrics
from reconciliation.errors import FAILURES
from reconciliation.event import Standing
from reconciliation.incident import Note
from reconciliation.playbooks import steps_of
from tests.deployed import deploy_page
from tests.events import event
from tests.runbooks.pages import Block, blocks, commands

ONLY_VERSION_2 = ["--cli-binary-format", "raw-in-base64-out"]
"""Version 1, whose model is installed here, takes a payload as it is."""


class Reached(BaseException):
    """The command was understood: its first request was about to be sent."""


class Cli:
    """AWS CLI's own parser and botocore's models, up to the first request."""

    def __init__(self) -> None:
        self.sent = b""
        """The body of the request that the last command was about to send."""
        self._reached = False
        self._driver = create_clidriver()
        self._driver.session.register("before-send.*", self._stop)

    def understands(self, argv: list[str]) -> bool:
        if argv[:2] == ["logs", "tail"]:
            return bool(aws_cli.tail_options(argv[2:]).group)
        self._reached = False
        with suppress(Reached):  # `s3 cp` catches it itself
            self._driver.main([word for word in argv if word not in ONLY_VERSION_2])
        return self._reached

    def _stop(self, request: Any, **_: Any) -> None:
        self._reached, self.sent = True, request.body
        raise Reached


@pytest.fixture(scope="module")
def cli() -> Iterator[Cli]:
    variables = {
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "sa-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        for name, value in variables.items():
            patched.setenv(name, value)
        patched.delenv("AWS_ENDPOINT_URL", raising=False)
        # version 1 also takes an option's beginning, which version 2 refuses
        patched.setattr(argparse.ArgumentParser, "_get_option_tuples", lambda *_: [])
        yield Cli()


def understood(cli: Cli, argv: list[str]) -> bool:
    """What comes by the standard input: test_no_file_and_no_process_shows_a_secret."""
    try:
        return cli.understands(["x" if word == "file:///dev/stdin" else word for word in argv])
    except SystemExit:  # argparse's way to say no
        return False


@pytest.mark.parametrize("block", blocks("bash"), ids=str)
def test_the_cli_takes_every_command(
    cli: Cli, block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the file to send is
    (tmp_path / "corrected.csv").touch()
    asked = commands(block, tmp_path)
    assert asked or "Copie do alerta" in block.text or block.text.startswith("DIA=")
    assert [argv for argv in asked if not understood(cli, argv)] == []


@pytest.mark.parametrize("code", ["SUCCEEDED", "DAILY_CHECK", *sorted(FAILURES)])
def test_the_cli_takes_every_command_of_an_alert(
    cli: Cli, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a day that is published too, and of a file with a name that nobody should give one."""
    opened = Note(id="INC-20260216", state="abre")
    facts: dict[str, Any] = {
        "ingestion_id": "i-1", "standing": Standing(is_published=True), "incident": opened,
    }  # fmt: skip
    if code == "E_S3_KEY":
        facts |= {"day": None, "s3_key": "16-02-2026/relatório 'novo' $x.csv"}
    monkeypatch.chdir(tmp_path)  # where the files to send are
    for name in ("corrected.csv", "input.csv"):
        (tmp_path / name).touch()
    said = {"DIA": "2026-02-16", "OUTRO_DIA": "2026-02-17", "NOME": "ana"}
    offered = [step.command for step in steps_of(event(code, **facts)) if step.command]
    asked = commands(Block("alert", "bash", "\n".join(offered)), tmp_path, said)
    assert len(asked) == len(offered)
    assert [argv for argv in asked if not understood(cli, argv)] == []


VALUES = ("'O''Brien'", "'[1]'", "'{\"a\": 1}'", "'file://x'", "'a=b,c'", "'-1'", "'é😀'")


def test_a_querys_values_reach_athena_to_the_letter(cli: Cli) -> None:
    """Each begins with a quote, so the CLI takes none for JSON, a file or an option."""
    argv = ["athena", "start-query-execution", "--query-string", "EXECUTE a", "--execution-parameters"]
    assert understood(cli, [*argv, *VALUES])
    assert json.loads(cli.sent)["ExecutionParameters"] == [*VALUES]


TYPED = re.compile(r"read -rsp '[^']*' (\w+)")
DEPLOYING = [block for block in deploy_page.blocks() if "aws " in block]


@pytest.mark.parametrize("block", DEPLOYING, ids=deploy_page.key_of)
def test_the_cli_takes_every_command_of_a_deployment(
    cli: Cli, block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where the blocks' files are
    for name in ("input.csv", "out.json", "removed.json"):
        (tmp_path / name).touch()
    given = {"SUFFIX": "-dev", "SETTINGS": "", "MACHINE": "arn:x", "WEBHOOK": "x"}
    text = TYPED.sub(r"\1=x", re.sub(r"^(make|curl|\.venv)\b.*", ":", block, flags=re.MULTILINE))
    asked = commands(Block("deploy.md", "bash", text), tmp_path, given)
    assert [argv for argv in asked if not understood(cli, argv)] == []


AWS = """#!/bin/sh
printf '%s\\n' "$*" >> arguments
case $2 in
  put-secret-value) case $* in *file:///dev/stdin) cat > put ;; esac ;;
esac
"""


PUTTING = [
    text for text in (*DEPLOYING, *(block.text for block in blocks("bash"))) if "put-secret-value" in text
]


@pytest.mark.parametrize("block", PUTTING)
def test_no_file_and_no_process_shows_a_secret(block: str, tmp_path: Path) -> None:
    """`ps` shows arguments to every user of a machine. It arrives all the same, to the letter.

    The block is pasted whole, and the secret typed after it: the shell reads both from its input.
    """
    secret = 'pa\'s "word" %s $x'
    python = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'
    for name, text in {"aws": AWS, ".venv/bin/python": python}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    before = set(tmp_path.iterdir())
    variables = {"PATH": f"{tmp_path}:{os.defpath}", "SUFFIX": "-dev"}
    pasted = f"{block}{secret}\n"
    subprocess.run(["bash", "-eu"], cwd=tmp_path, env=variables, check=True, input=pasted, text=True)
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"arguments", "put"}
    assert secret not in (tmp_path / "arguments").read_text()
    put = (tmp_path / "put").read_text()
    assert put == secret or json.loads(put) == {
        "engine": "postgres",
        "host": "db.YOUR.COMPANY",
        "port": 5432,
        "dbname": "conciliacao",
        "username": "reconciliation_reader",
        "password": secret,
    }


@pytest.mark.parametrize(
    "argv",
    [
        ["quicksight", "create-ingestion", "--data-set-id", "d", "--ingestion-id", "1"],
        ["stepfunctions", "list-executions", "--state-machine", "arn:x"],
        ["s3", "ls", "s3://b", "--no-such-option"],
        ["logs", "tail", "/group", "--no-such-option"],
        ["glue", "no-such-command"],
    ],
    ids=lambda argv: " ".join(argv[:2]),
)
def test_what_is_wrong_is_not_taken(cli: Cli, argv: list[str]) -> None:
    """The first as the user's document has it."""
    assert not understood(cli, argv)


def test_every_metric_is_put(tmp_path: Path) -> None:
    """By name and its exact set of dimensions, since a query finds no other."""
    put = metrics_put() | {
        ("AWS/RDS", name, frozenset({"DBInstanceIdentifier"}))
        for name in ("ReadLatency", "CPUUtilization", "DatabaseConnections")
    }
    asked = set()
    for block in blocks("bash"):
        for argv in commands(block, tmp_path):
            if argv[:2] == ["cloudwatch", "get-metric-statistics"]:
                dimensions = [word.split(",")[0].removeprefix("Name=") for word in argv if "Name=" in word]
                name, space = argv[argv.index("--metric-name") + 1], argv[argv.index("--namespace") + 1]
                asked.add((space, name, frozenset(dimensions)))
                assert "," not in argv[argv.index("--statistics") + 1]
    assert len(asked) >= 8
    assert asked - put == set()


def metrics_put() -> set[tuple[str, str, frozenset[str]]]:
    """What a run puts, as CloudWatch receives it."""
    put: set[tuple[str, str, frozenset[str]]] = set()

    class CloudWatch:
        def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803 - boto3's
            put.update(
                (Namespace, item["MetricName"], frozenset(d["Name"] for d in item["Dimensions"]))
                for item in MetricData
            )

    metrics, now = Metrics(CloudWatch()), datetime.now(UTC)
    metrics.put_times("J", {"validation": 1.0}, 2.0, now)
    metrics.put_divergences("J", {}, 5.0, now)
    metrics.put_values("J", {}, now)
    metrics.put_usual_rate(5.0, now)
    metrics.put_lines("J", 1, 0, now)
    metrics.put_since_published(1.0, now)
    metrics.put_overdue(0, now)
    return put
