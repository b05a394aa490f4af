"""The local stack: one process with the emulated AWS, beside PostgreSQL.

`python -m local.stack up` starts it in the background, `down` ends it; tests and the demo: `running_stack`.
"""

import argparse
import errno
import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from infra.asked import WRITTEN, full
from local.base import Mistake, check_base, replace_base
from local.days import at_work
from local.place import CHECKOUT, DEFAULT_DIRECTORY, Place, StackError, listen, running_already
from reconciliation.wording import counted

__all__ = ["Stack", "StackError", "down", "running", "running_stack", "up"]

USUAL_PORT, LAST_PORT = 4566, 65_535
READY_S = 60.0
END_S = 15.0


@dataclass(frozen=True)
class Stack:
    """A stack that answers. `env` is all that a program needs to use it.

    `database` is the reader's secret, `owner` that of the database's owner.
    """

    directory: Path
    endpoint: str
    base_database_url: str
    database: dict[str, Any]
    owner: dict[str, str]
    slack_webhook_url: str

    @property
    def outbox(self) -> Path:
        return self.directory / "outbox.jsonl"

    @property
    def env(self) -> dict[str, str]:
        place = Place(self.directory, int(self.endpoint.rsplit(":", 1)[1]))
        path = f"{self.directory / 'bin'}:{os.environ['PATH']}"
        return {**place.aws, "BASE_DATABASE_URL": self.base_database_url, "PATH": path}


@contextmanager
def running_stack(
    directory: Path, *, port: int = 0, deployed: bool = True, program: str = "local.server"
) -> Iterator[Stack]:
    """A stack that ends with the block, and with this process. Port 0 is any free one. Raises StackError.

    `program` is the module that serves: tests have one whose requests can be made to fail.
    """
    server = _launch(directory, port, attached=True, program=program)
    try:
        if deployed:
            _synthesize()
        stack = _when_ready(server, directory)
        if deployed:
            _deploy(stack)
        yield stack
    finally:
        _end(server)


def up(directory: Path, port: int | None = None, *, judges_days: bool = False) -> None:
    """The stack in the background, deployed; `env` tells a shell how to use it. Raises StackError.

    Without a `port` it is the usual one, or that of the stack that is there. With `judges_days` a file that
    does not come is missed, by the clock.
    """
    how = f"`. {shlex.quote(str(directory / 'env'))}` para usá-lo, `make down` para encerrá-lo"
    if _owner(directory) is not None:
        found = running(directory)
        if found is None:
            raise running_already(directory)
        if port and not found.endpoint.endswith(f":{port}"):
            raise StackError(
                f"O ambiente local já está no ar em {found.endpoint}, e não na porta {port}: para mudá-la,"
                " `make down` e outra vez `make up`."
            )
        print(f"O ambiente local já está no ar em {found.endpoint}: {how}.")
        return
    server = _launch(directory, USUAL_PORT if port is None else port, attached=False)
    try:
        _synthesize()
        stack = _when_ready(server, directory)
        _deploy(stack, judges_days=judges_days, for_people=True)
        _write_env(stack)
    except (EndpointConnectionError, HTTPClientError) as exc:
        _end(server)
        raise StackError(f"O ambiente local acabou enquanto subia: {directory / 'stack.log'}.") from exc
    except BaseException:
        _end(server)
        raise
    left_out = directory / "left-out.txt"
    if left_out.exists():  # a stack without a template leaves nothing out
        print("Do modelo, ele deixa de fora:", *left_out.read_text().splitlines(), sep="\n  ")
    print(f"O ambiente local está no ar em {stack.endpoint}: {how}.")


def running(directory: Path) -> Stack | None:
    """The stack that answers there, whoever started it."""
    if _owner(directory) is None or not _info_file(directory).exists():
        return None
    return _read(directory)[1]


def down(directory: Path) -> None:
    """Ends the stack, with nothing left running."""
    owner = _owner(directory)
    (directory / "env").unlink(missing_ok=True)
    if owner is None:
        print("O ambiente local não está no ar.")
        return
    os.kill(owner, signal.SIGTERM)
    limit = time.monotonic() + END_S
    while _owner(directory) is not None:
        if time.monotonic() > limit:
            os.kill(owner, signal.SIGKILL)
        time.sleep(0.05)
    print("O ambiente local foi encerrado.")


def _launch(directory: Path, port: int, *, attached: bool, program: str = "local.server") -> Popen[bytes]:
    """An attached server ends when this process does: it then reads the end of its stdin."""
    if _owner(directory) is not None:
        raise running_already(directory)
    listen(port).close()  # the server would find out too, but only after the packages are built
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", program, str(directory.resolve()), str(port)]
    with (directory / "stack.log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--attached"] if attached else command,
            cwd=CHECKOUT,
            stdin=PIPE if attached else DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours to handle
        )


def _when_ready(server: Popen[bytes], directory: Path) -> Stack:
    limit = time.monotonic() + READY_S
    while time.monotonic() < limit and server.poll() is None:
        with suppress(FileNotFoundError):
            pid, stack = _read(directory)
            if pid == server.pid:  # else another's, which was there a moment sooner
                return stack
        time.sleep(0.02)
    if _owner(directory) not in (None, server.pid):
        raise running_already(directory)
    if full([directory]):  # its log ends anywhere, too
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory))
    log = (directory / "stack.log").read_text(errors="replace").strip().splitlines()
    raise StackError(log[-1] if log else f"O ambiente local não subiu: veja {directory / 'stack.log'}.")


def _synthesize() -> None:
    """While the server starts: `_deploy` then finds the template and the packages ready."""
    from infra.synth import SynthError, assembly  # noqa: PLC0415 - not needed for a bare stack

    try:
        with assembly():
            pass
    except SynthError as exc:
        if full(WRITTEN):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from exc
        raise StackError(str(exc)) from exc


def _deploy(stack: Stack, *, judges_days: bool = False, for_people: bool = False) -> None:
    """People open what alerts link at once; tests and the demo need no first turn of the watchdog's."""
    from local.deploy import Account, DeployError, deploy  # noqa: PLC0415 - not needed for a bare stack

    try:
        deploy(
            stack.endpoint,
            stack.directory,
            stack.database,
            stack.owner,
            stack.slack_webhook_url,
            judges_days=judges_days,
        )
        if for_people:
            Account(stack.endpoint).wake_watchdog()
    except DeployError as exc:
        raise StackError(str(exc)) from exc


def _end(server: Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(END_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _write_env(stack: Stack) -> None:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in stack.env.items() if name != "PATH"]
    lines.append(f'export PATH={shlex.quote(str(stack.directory / "bin"))}:"$PATH"')
    file = stack.directory / "env"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")


def _info_file(directory: Path) -> Path:
    return directory / "stack.json"


def _read(directory: Path) -> tuple[int, Stack]:
    """The server's process id, and the stack. Raises FileNotFoundError while it does not answer."""
    facts = json.loads(_info_file(directory).read_text())
    return facts.pop("pid"), Stack(directory.resolve(), **facts)


def _owner(directory: Path) -> int | None:
    """Process id of the server whose directory this is: it holds the lock, however it was started."""
    try:
        with (directory / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return int((directory / "lock").read_text())
    return None


def _port(text: str) -> int | None:
    """None where none was asked for. Raises StackError."""
    if text and not (text.isascii() and text.isdigit() and int(text) <= LAST_PORT):
        raise StackError(f"PORT={text}: use um número de 0 a {LAST_PORT}, por exemplo `make up PORT=4566`.")
    return int(text) if text else None


def _fill(directory: Path, base: Path) -> None:
    """In place of what is there. Raises StackError where a run could be reading that: it would find none."""
    stack = running(directory)
    if stack is None:
        raise StackError("O ambiente local foi encerrado antes de receber a base.")
    if busy := at_work(stack.env):
        raise StackError(
            f"A base ficou como estava: o dia {busy[0].day} está em andamento; espere que termine"
            " (`make status`), e repita o comando."
        )
    loaded, there = replace_base(stack.base_database_url, base)
    instead = f", no lugar de {counted(there, 'linha', 'linhas')} que havia" if there else ""
    print(f"Base: {counted(loaded, 'linha carregada', 'linhas carregadas')} em transacoes{instead}.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.stack", description=__doc__)
    parser.add_argument("command", choices=["up", "down"])
    parser.add_argument("--directory", type=Path, default=DEFAULT_DIRECTORY)
    parser.add_argument("--port", default=os.environ.get("PORT", ""))
    parser.add_argument("--judge", action="store_true", help="judge real days by the calendar")
    parser.add_argument("--base", type=Path, help="a CSV that `transacoes` is filled with")
    options = parser.parse_args()
    try:
        if options.command == "down":
            down(options.directory)
            return
        port = _port(options.port)
        if options.base:
            check_base(options.base)
        up(options.directory, port, judges_days=options.judge)
        if options.base:
            _fill(options.directory, options.base)
    except (StackError, Mistake) as exc:
        raise SystemExit(str(exc)) from None
    except KeyboardInterrupt:
        raise SystemExit("Interrompido. Nada ficou rodando.") from None


if __name__ == "__main__":
    main()
