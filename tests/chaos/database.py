"""What becomes of the database, and of the way to it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import psycopg2
from botocore.exceptions import ClientError

from local.postgres import READER
from tests.chaos.fault import Count, Fault, Make, codes, for_seconds, once
from tests.chaos.moments import COMPARISON, PUBLICATION, START, VALIDATION
from tests.chaos.scene import Scene
from tests.faults.faulty_days import secret

_AWAY = codes("RDS_UNREACHABLE")
_READ = ("validated", "base begun")
"""Moments before the base is read. Its parts are written once all of it was."""
_BEFORE = (START, *VALIDATION)
_PIECES = 20
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


def _in_the_read(make: Make) -> Make:
    """Once the reader's connection has carried some pieces: its first ones, or its rows."""

    @contextmanager
    def waiting(scene: Scene) -> Iterator[Count]:
        counts: list[Count] = []
        with ExitStack() as undo:

            def act() -> None:
                counts.append(undo.enter_context(make(scene)) or _none)

            scene.proxy.at_piece(scene.dice.randint(1, _PIECES), act)
            try:
                yield lambda: sum(count() for count in counts)
            finally:
                scene.proxy.at_piece(0, None)

    return waiting


def _none() -> int:
    return 0


def _counted(scene: Scene) -> Count:
    """What the proxy does from now on."""
    before = scene.proxy.met
    return lambda: scene.proxy.met - before


@contextmanager
def _refuses(scene: Scene) -> Iterator[Count]:
    count = _counted(scene)
    with scene.proxy.refusing():
        yield count


@contextmanager
def _silent(scene: Scene) -> Iterator[Count]:
    count = _counted(scene)
    with scene.proxy.silent():
        yield count


@contextmanager
def _slow(scene: Scene) -> Iterator[Count]:
    count = _counted(scene)
    with scene.proxy.slow(round(scene.dice.uniform(0.02, 0.3), 2)):
        yield count


def _cut(scene: Scene) -> int:
    count = _counted(scene)
    scene.proxy.cut()
    return count()


def _crash(scene: Scene) -> int:
    """A server's process killed with -9 takes all of PostgreSQL down; it recovers by itself."""
    killed = 0
    with suppress(psycopg2.Error, ProcessLookupError):
        for (pid,) in scene.ask(_SESSIONS):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


@contextmanager
def _hangs(scene: Scene) -> Iterator[Count]:
    """Every process of the server, as on a machine that hangs."""
    server = _server(scene)
    sessions, came = len(scene.ask(_SESSIONS)), scene.proxy.accepted
    everyone = [server, *server.children(recursive=True)]
    for process in everyone:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield lambda: sessions + scene.proxy.accepted - came
    finally:
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def _server(scene: Scene) -> psutil.Process:
    port = scene.hurt.stack.database["port"]
    return next(
        process for process in psutil.process_iter(["cmdline"])
        if {"-p", str(port)} <= set(process.info["cmdline"] or ())
    )  # fmt: skip


@contextmanager
def _lock(scene: Scene) -> Iterator[Count]:
    """Counted are those who wait for it now."""
    connection = psycopg2.connect(scene.hurt.stack.base_database_url)
    connection.cursor().execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
    try:
        yield lambda: len(scene.ask("select 1 from pg_locks where not granted"))
    finally:
        connection.close()


@contextmanager
def _locked(scene: Scene) -> Iterator[None]:
    """The run is started by hand, and waits for two seconds instead of half a minute."""
    scene.given["query_timeout_s"], scene.is_event = 2, False
    with _lock(scene):
        yield


@contextmanager
def _locked_a_moment(scene: Scene) -> Iterator[Count]:
    """Until somebody has waited for it for a second."""
    waited: list[int] = []
    over = threading.Event()

    def let_go() -> None:
        while not waited and not over.wait(0.05):
            if count():
                time.sleep(1)
                waited.append(count())
        lock.close()

    with ExitStack() as lock:
        count = lock.enter_context(_lock(scene))
        thread = threading.Thread(target=let_go, name="lock", daemon=True)
        thread.start()
        try:
            yield lambda: sum(waited)
        finally:
            over.set()
            thread.join()


@contextmanager
def _wrong_password(scene: Scene) -> Iterator[None]:
    with secret(scene.hurt, password="outra"):
        yield


def _rotate(scene: Scene) -> int:
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
    return int(secrets.get_secret_value(SecretId=name)["VersionId"] != version)


def _change_the_base(scene: Scene) -> int:
    """A commit while somebody may read: either base is right, a mixture is not."""
    with suppress(psycopg2.Error):
        scene.ask("UPDATE transacoes SET valor = valor + 1 WHERE right(ordem_id, 1) = '7'")
        scene.note_base()
        return 1
    return 0


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
    Fault("the database lets nobody in for a second", _in_the_read(for_seconds(_refuses, 1)), _BEFORE, _AWAY),
    Fault("the database's connections break", _in_the_read(once(_cut)), _BEFORE, _AWAY),
    Fault("the database's connections are silent for two seconds", _in_the_read(for_seconds(_silent, 2)),
          _BEFORE),
    Fault("the database is slow", _slow, (START, *_READ)),
    Fault("the database crashes", _in_the_read(once(_crash)), _BEFORE, _AWAY),
    Fault("the database's machine hangs for two seconds", _in_the_read(for_seconds(_hangs, 2)), _BEFORE),
    Fault("the table is locked", _locked, (START,), codes("RDS_QUERY_TIMEOUT"), by_person=True),
    Fault("the table is locked for a second", _locked_a_moment, _BEFORE),
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
