"""local/stack.py: it starts whole or not at all, and ends with nothing left."""

import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from local import deploy as deploy_module
from local import server
from local import stack as stack_module
from local.base import Mistake, replace_base
from local.deploy import JUDGES_DAYS
from local.generated_day import HEADER
from local.place import CHECKOUT, REGION, listen
from local.results import CHECKPOINTS
from local.stack import Stack, StackError, down, running, running_stack, up
from reconciliation.adapters.database.base_sql import statements
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from tests.documents import HELD
from tests.local.conftest import EVERYTHING, Account
from tests.waiting import eventually


def processes_in(directory: Path) -> list[psutil.Process]:
    """All that were started for the stack in this directory; jobs and functions have it as their home."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        home = (process.info["environ"] or {}).get("HOME", "")
        if str(directory) in " ".join([home, *(process.info["cmdline"] or [])]):
            found.append(process)
    return found


@pytest.fixture
def no_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "_synthesize", lambda: None)
    monkeypatch.setattr(stack_module, "_deploy", lambda _stack, judges_days, for_people: None)


@pytest.mark.stack
def test_the_block_ends_with_nothing_left(tmp_path: Path) -> None:
    with running_stack(tmp_path, deployed=False) as stack:
        assert len(processes_in(tmp_path)) >= 2  # the server and PostgreSQL
        assert stack.env["AWS_ENDPOINT_URL"] == stack.endpoint
    assert processes_in(tmp_path) == []


def test_a_second_stack_in_the_same_directory_is_refused(stack: Stack) -> None:
    with (
        pytest.raises(StackError, match=r"Já há um ambiente local no ar em .*: espere por ele"),
        running_stack(stack.directory),
    ):
        pass


def test_a_busy_port_is_one_sentence_and_nothing_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StackError) as caught, running_stack(tmp_path, port=port):
            pass
    assert str(caught.value).startswith(
        f"A porta {port} não está livre: encerre o que a usa, ou escolha outra"
    )
    assert processes_in(tmp_path) == []


@pytest.mark.stack
@pytest.mark.usefixtures("no_template")
def test_up_again_is_a_success_and_down_removes_what_a_shell_would_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / 'Meu Projeto d\'água "é" & $x'
    up(folder, 0)
    try:
        sourced = subprocess.run(
            [
                "sh",
                "-c",
                f". {shlex.quote(str(folder / 'env'))} && command -v aws && "
                "aws s3api create-bucket --bucket from-a-shell "
                "--create-bucket-configuration LocationConstraint=sa-east-1 && echo $BASE_DATABASE_URL",
            ],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"]},
        )
        assert sourced.stdout.startswith(f"{folder}/bin/aws\n")
        assert "from-a-shell" in sourced.stdout
        assert "postgresql://" in sourced.stdout
        up(folder, 0)
        assert "já está no ar em http" in capsys.readouterr().out
        with pytest.raises(StackError, match=r"já está no ar em \S+, e não na porta 4566: para mudá-la"):
            up(folder, 4566)
    finally:
        down(folder)
    assert processes_in(folder) == []
    assert not (folder / "env").exists()
    down(folder)
    assert capsys.readouterr().out.endswith("O ambiente local não está no ar.\n")


@pytest.mark.stack
@pytest.mark.usefixtures("no_template")
def test_a_base_takes_the_place_of_the_one_before_unless_a_run_could_be_reading_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(f"{HEADER}\nF1;O1;Ana;A;2026-02-16;1.00\n")
    two.write_text(f"{HEADER}\nF1;O1;Ana;A;2026-02-16;1.00\nF1;O2;Bia;A;2026-02-16;2.00\n")
    up(tmp_path, 0)
    try:
        stack = running(tmp_path)
        assert stack
        with psycopg2.connect(stack.base_database_url) as connection, connection.cursor() as cursor:
            cursor.execute(statements("postgres")["criar_tabela"])
            cursor.execute("CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)")
        s3 = Account(stack).client("s3")
        s3.create_bucket(Bucket=CHECKPOINTS, CreateBucketConfiguration={"LocationConstraint": REGION})
        capsys.readouterr()
        for base in (one, two):
            stack_module._fill(tmp_path, base)
        assert capsys.readouterr().out == (
            "Base: 1 linha carregada em transacoes.\n"
            "Base: 2 linhas carregadas em transacoes, no lugar de 1 linha que havia.\n"
        )
        Days(Store(s3), CHECKPOINTS).write(None, HELD)
        with pytest.raises(StackError, match=f"ficou como estava: o dia {HELD.day} está em andamento"):
            stack_module._fill(tmp_path, one)
        assert replace_base(stack.base_database_url, one) == (1, 2), "it did"
        two.write_text(two.read_text().replace("O2", "O1"))
        with pytest.raises(Mistake, match="o ordem_id 'O1' está em mais de uma linha"):
            replace_base(stack.base_database_url, two)
    finally:
        down(tmp_path)


class Functions:
    """Lambda's client, as far as a deployment asks it for a turn of the watchdog's."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []

    def list_functions(self) -> dict[str, Any]:
        return {"Functions": [{"Handler": JUDGES_DAYS, "FunctionName": "watchdog"}]}

    def invoke(self, **given: str) -> None:
        self.asked.append(given)


def test_whoever_is_shown_an_alert_can_open_its_link_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watchdog posts the runbook, and its first turn would come after five minutes."""
    functions, stack = Functions(), Stack(tmp_path, "http://127.0.0.1:1", "", {}, {}, "")
    monkeypatch.setattr(deploy_module, "deploy", lambda *_, **__: None)
    monkeypatch.setattr(deploy_module.Account, "_client", lambda *_: functions)
    stack_module._deploy(stack)
    assert functions.asked == []
    stack_module._deploy(stack, for_people=True)
    assert functions.asked == [{"FunctionName": "watchdog", "InvocationType": "Event"}]


@pytest.mark.stack
@pytest.mark.usefixtures("no_template")
def test_a_deployment_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_stack: Stack, **_: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stack_module, "_deploy", fail)
    with pytest.raises(KeyboardInterrupt):
        up(tmp_path, 0)
    assert processes_in(tmp_path) == []


USER = """
import sys, time
from pathlib import Path
from local.stack import running_stack
with running_stack(Path(sys.argv[1]), deployed=False):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.mark.stack
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_stack_ends_with_the_process_that_uses_it(tmp_path: Path, number: signal.Signals) -> None:
    user = subprocess.Popen([sys.executable, "-c", USER, tmp_path], cwd=CHECKOUT, stdout=subprocess.PIPE)
    assert user.stdout
    assert user.stdout.readline() == b"ready\n"
    user.send_signal(number)
    user.wait()
    eventually(lambda: not processes_in(tmp_path))


@pytest.mark.stack
def test_what_the_server_started_dies_with_it_even_when_it_is_killed(tmp_path: Path) -> None:
    with running_stack(tmp_path, deployed=False) as stack:
        Account(stack).role("any", EVERYTHING)
        function = Account(stack).function("def handler(event, context): return 1")
        Account(stack).client("lambda").invoke(FunctionName=function)
        assert len(processes_in(tmp_path)) >= 3  # that warm function too
        (server,) = [process for process in processes_in(tmp_path) if "local.server" in process.cmdline()]
        server.kill()
        server.wait()
        eventually(lambda: not processes_in(tmp_path))


def test_another_python_is_told_which_one_to_install() -> None:
    code = "import sys; sys.version_info = (3, 9, 1, 'final', 0); import local"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert (
        told.stderr
        == "The local stack runs on Python 3.11 and this is Python 3.9.1: install 3.11, then `make up`.\n"
    )


@pytest.mark.parametrize("port", ["x", "80000", "-1", "²"])
def test_a_port_that_is_none_is_told(tmp_path: Path, port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["local.stack", "up", "--directory", str(tmp_path)])
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit) as told:
        stack_module.main()
    assert told.value.code == f"PORT={port}: use um número de 0 a 65535, por exemplo `make up PORT=4566`."


def test_the_port_is_free_before_the_lock_is(tmp_path: Path) -> None:
    """`make up` right after `make down`: the server's own copy of the socket lives as long as its process."""
    listener = listen(0)
    port = listener.getsockname()[1]
    with listener.dup(), (tmp_path / "lock").open("w") as lock:
        with pytest.raises(StackError):
            listen(port)
        server._release(listener, lock)
        listen(port).close()


def test_a_stack_that_began_a_moment_sooner_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """Both asked whether one was running, and none was; the second then deployed into the first."""
    facts = {
        "endpoint": "http://a:1",
        "base_database_url": "",
        "database": {},
        "owner": {},
        "slack_webhook_url": "",
    }
    (tmp_path / "stack.json").write_text(json.dumps({"pid": os.getpid(), **facts}))
    (tmp_path / "stack.log").touch()
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        late = subprocess.Popen(["true"])
        with pytest.raises(StackError, match=r"Já há um ambiente local no ar em .*: espere por ele"):
            stack_module._when_ready(late, tmp_path)
