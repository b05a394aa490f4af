"""What becomes of the database, and of the way to it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import psycopg2
from botocore.exceptions import ClientError

from local.postgres import READER
from tests.chaos.fault import Fault, Make, codes, once
from tests.chaos.moments import COMPARISON, PUBLICATION, START, VALIDATION
from tests.chaos.scene import Scene
from tests.faults.faulty_days import secret

_AWAY = codes("RDS_UNREACHABLE")
_READ = ("validated", "base begun", "a base part", "base copied")
"""Moments about the reading of the base."""
_BEFORE = (START, *VALIDATION)
_SESSIONS = f"select pid from pg_stat_activity where usename = '{READER}'"


def _statements(broken: str, mended: str) -> Make:
    """The owner's, in which DAY is the day."""

    @contextmanager
    def make(scene: Scene) -> Iterator[None]:
        scene.ask(broken.replace("DAY", str(scene.reference_date)))
        try:
            yield
        finally:
            scene.ask(mended)

    return make


@contextmanager
def _refuses(scene: Scene) -> Iterator[None]:
    with scene.proxy.refusing():
        yield


@contextmanager
def _refuses_a_moment(scene: Scene) -> Iterator[None]:
    with scene.proxy.refusing():
        time.sleep(1)
    yield


@contextmanager
def _silent(scene: Scene) -> Iterator[None]:
    with scene.proxy.silent():
        yield


@contextmanager
def _silent_a_moment(scene: Scene) -> Iterator[None]:
    with scene.proxy.silent():
        time.sleep(2)
    yield


@contextmanager
def _slow(scene: Scene) -> Iterator[None]:
    with scene.proxy.slow(round(scene.dice.uniform(0.02, 0.3), 2)):
        yield


def _cut(scene: Scene) -> None:
    scene.proxy.cut()


def _crash(scene: Scene) -> None:
    """A server's process killed with -9 takes all of PostgreSQL down; it recovers by itself."""
    with suppress(psycopg2.Error):
        for (pid,) in scene.ask(_SESSIONS):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _stopped_a_moment(scene: Scene) -> Iterator[None]:
    """Every process of the server, as on a machine that hangs."""
    server = _server(scene)
    everyone = [server, *server.children(recursive=True)]
    for process in everyone:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        time.sleep(2)
    finally:
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.resume()
    yield


def _server(scene: Scene) -> psutil.Process:
    port = scene.hurt.stack.database["port"]
    return next(
        process for process in psutil.process_iter(["cmdline"])
        if {"-p", str(port)} <= set(process.info["cmdline"] or ())
    )  # fmt: skip


@contextmanager
def _lock(scene: Scene) -> Iterator[None]:
    connection = psycopg2.connect(scene.hurt.stack.base_database_url)
    connection.cursor().execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.close()


@contextmanager
def _locked(scene: Scene) -> Iterator[None]:
    """The run is started by hand, and waits for two seconds instead of half a minute."""
    scene.given["query_timeout_s"], scene.is_event = 2, False
    with _lock(scene):
        yield


@contextmanager
def _locked_a_moment(scene: Scene) -> Iterator[None]:
    with _lock(scene):
        time.sleep(1)
    yield


@contextmanager
def _wrong_password(scene: Scene) -> Iterator[None]:
    with secret(scene.hurt, password="outra"):
        yield


def _rotate(scene: Scene) -> None:
    """As Secrets Manager does by itself each month; to moto the rotation before this one is in its way."""
    secrets, name = scene.hurt.client("secretsmanager"), "reconciliation-rds-credentials"
    functions = scene.hurt.client("lambda")
    arn = functions.get_function_configuration(FunctionName="reconciliation-rotate-secret")["FunctionArn"]
    version = secrets.get_secret_value(SecretId=name)["VersionId"]
    for act in (
        lambda: secrets.update_secret_version_stage(
            SecretId=name, VersionStage="AWSPENDING", RemoveFromVersionId=version
        ),
        lambda: secrets.rotate_secret(SecretId=name, RotationLambdaARN=arn),
        lambda: secrets.cancel_rotate_secret(SecretId=name),
    ):
        with suppress(ClientError):
            act()


def _change_the_base(scene: Scene) -> None:
    """A commit while somebody may read: either base is right, a mixture is not."""
    with suppress(psycopg2.Error):
        scene.ask("UPDATE transacoes SET valor = valor + 1 WHERE right(ordem_id, 1) = '7'")
        scene.note_base()


@contextmanager
def _emptied(scene: Scene) -> Iterator[None]:
    scene.ask("TRUNCATE transacoes")
    try:
        yield
    finally:
        scene.hurt.load(scene.day)


_KEY = "ALTER TABLE transacoes ALTER ordem_id"
_HIDDEN = "ROW LEVEL SECURITY"

DATABASE = (
    Fault("the database lets nobody in", _refuses, (START, *_READ), _AWAY, by_person=True),
    Fault("the database lets nobody in for a second", _refuses_a_moment, _READ, _AWAY),
    Fault("the database's connections break", once(_cut), _READ, _AWAY),
    Fault("the database's connections are silent for two seconds", _silent_a_moment, _READ, _AWAY),
    Fault("the database is slow", _slow, (START, *_READ)),
    Fault("the database crashes", once(_crash), _READ, _AWAY),
    Fault("the database's machine hangs for two seconds", _stopped_a_moment, (START, *_READ), _AWAY),
    Fault("the table is locked", _locked, (START,), codes("RDS_QUERY_TIMEOUT"), by_person=True),
    Fault("the table is locked for a second", _locked_a_moment, (START, *_READ)),
    Fault("the password is another", _wrong_password, _BEFORE, codes("RDS_AUTH"), by_person=True),
    Fault("the password is rotated", once(_rotate), (*_READ, *PUBLICATION)),
    Fault("the index is gone", _statements("DROP INDEX idx_ordem_id",
          "CREATE UNIQUE INDEX idx_ordem_id ON transacoes (ordem_id)"), _BEFORE,
          codes("E_BASE_NO_UNIQUE_INDEX"), by_person=True),
    Fault("a column is gone", _statements("ALTER TABLE transacoes RENAME nome TO nome_2",
          "ALTER TABLE transacoes RENAME nome_2 TO nome"), _BEFORE, codes("E_BASE_SCHEMA"), by_person=True),
    Fault("the table is gone", _statements("ALTER TABLE transacoes RENAME TO outra",
          "ALTER TABLE outra RENAME TO transacoes"), _BEFORE, codes("E_BASE_SCHEMA"), by_person=True),
    Fault("a row has no key", _statements(
          f"{_KEY} DROP NOT NULL; INSERT INTO transacoes (data) VALUES (DATE 'DAY')",
          f"DELETE FROM transacoes WHERE ordem_id IS NULL; {_KEY} SET NOT NULL"),
          _BEFORE, codes("E_BASE_DUP_OR_NULL_KEY"), by_person=True),
    Fault("rows are hidden from the reader", _statements(f"ALTER TABLE transacoes ENABLE {_HIDDEN}",
          f"ALTER TABLE transacoes DISABLE {_HIDDEN}"), _BEFORE, codes("E_BASE_SESSION"), by_person=True),
    Fault("the reader may not read", _statements(f"REVOKE SELECT ON transacoes FROM {READER}",
          f"GRANT SELECT ON transacoes TO {READER}"), _BEFORE, codes("RDS_AUTH"), by_person=True),
    Fault("the base is empty", _emptied, _BEFORE, codes("BASE_EMPTY"), by_person=True),
    Fault("the base changes", once(_change_the_base), (*VALIDATION, *COMPARISON)),
)  # fmt: skip
