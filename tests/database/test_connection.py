"""Connecting to real servers, and what can go wrong while connected."""

import socket
import time
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from local.place import HOST
from local.postgres import READER, free_port
from reconciliation.adapters.database import base, connecting
from reconciliation.adapters.database.base import open_base
from reconciliation.adapters.database.connecting import ONCE, PATIENTLY
from reconciliation.adapters.database.limits import Limits
from reconciliation.errors import ReconciliationError
from tests.database.bases import snapshot
from tests.database.conftest import DAY, Server
from tests.database.tls import front

pytestmark = pytest.mark.stack
LITTLE_BYTES = 65_536
SESSIONS = {
    "postgres": "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reconciliation-job'",
    "mysql": f"SELECT count(*) FROM information_schema.processlist WHERE user = '{READER}'",
}


def code(secret: dict[str, Any], **options: Any) -> str:
    with pytest.raises(ReconciliationError) as failed, snapshot(secret, 60, **options):
        pass
    assert str(secret["password"]) not in str(failed.value)
    return failed.value.code


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, not made."""
    made: list[float] = []
    monkeypatch.setattr(connecting.time, "sleep", made.append)
    return made


@pytest.fixture
def fetched(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Secrets Manager answers, one after the other."""
    answers: list[dict[str, Any]] = []
    monkeypatch.setattr(base, "read_secret", lambda *_: answers.pop(0))
    return answers


def test_a_rotated_password_is_fetched_again_once(server: Server, fetched: list[dict[str, Any]]) -> None:
    fetched += [{**server.secret, "password": "old"}, server.secret]
    with open_base("secret", Limits(60)) as base:
        assert list(base.day_rows(DAY)) == []
    assert fetched == []


def test_a_password_refused_twice_is_wrong(server: Server, fetched: list[dict[str, Any]]) -> None:
    fetched += [{**server.secret, "password": "old"}, {**server.secret, "password": "older"}, server.secret]
    with pytest.raises(ReconciliationError) as failed, open_base("secret", Limits(60)):
        pass
    assert failed.value.code == "RDS_AUTH"
    assert fetched == [server.secret]


def test_a_wrong_user_or_database(server: Server, pauses: list[float]) -> None:
    assert code({**server.secret, "password": "wrong"}) == "RDS_AUTH"
    assert code({**server.secret, "username": "nobody"}) == "RDS_AUTH"
    assert code({**server.secret, "dbname": "absent"}) == "RDS_AUTH"
    assert pauses == []


def test_an_engine_that_nobody_knows(server: Server) -> None:
    assert code({**server.secret, "engine": "oracle"}) == "E_BASE_SCHEMA"


def test_a_server_that_is_down_is_tried_three_times(server: Server, pauses: list[float]) -> None:
    assert code({**server.secret, "port": free_port()}) == "RDS_UNREACHABLE"
    assert len(pauses) == 2
    assert 3 * Limits(60).connect_timeout_s + sum(pauses) <= 90


def test_a_server_that_comes_back_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {**server.secret, "port": free_port()}
    monkeypatch.setattr(connecting.time, "sleep", lambda _: secret.update(port=server.secret["port"]))
    with snapshot(secret, 60) as base:
        assert list(base.day_rows(DAY)) == []


def test_a_host_that_swallows_everything_is_not_waited_for(server: Server, pauses: list[float]) -> None:
    with socket.create_server((HOST, 0)) as silent:
        start = time.monotonic()
        there = {**server.secret, "port": silent.getsockname()[1]}
        assert code(there, tries=ONCE, connect_timeout_s=2) == "RDS_UNREACHABLE"
        assert time.monotonic() - start < 4


def test_slow_tries_end_within_the_limit(server: Server, pauses: list[float]) -> None:
    used_up = replace(PATIENTLY, give_up_s=0)  # as by a name with many addresses
    assert code({**server.secret, "port": free_port()}, tries=used_up) == "RDS_UNREACHABLE"
    assert pauses == []


LOCK = {
    "postgres": ("BEGIN", "LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE"),
    "mysql": ("LOCK TABLES transacoes WRITE",),
}


def test_a_lock_is_waited_for_by_its_own_limit(server: Server) -> None:
    holder = server.connect()
    with holder.cursor() as cursor:
        for statement in LOCK[server.engine]:
            cursor.execute(statement)
        start = time.monotonic()
        assert code(server.secret, lock_timeout_s=1) == "RDS_QUERY_TIMEOUT"
        assert 0.9 < time.monotonic() - start < 5
    holder.close()


def read_slowly(secret: dict[str, Any]) -> None:
    with snapshot(secret, 1, copied_bytes=LITTLE_BYTES) as base:
        frames = base.day_rows(DAY)
        next(frames)
        time.sleep(1.5)
        list(frames)


def test_a_query_ends_by_its_limit_and_a_reader_may_leave_early(server: Server) -> None:
    server.fill(100_000)
    with snapshot(server.secret, 60, copied_bytes=LITTLE_BYTES) as base:
        frames = base.day_rows(DAY)  # kept: nobody but the block's end may stop it
        assert next(frames).height
        assert server.ask(SESSIONS[server.engine]) == 1
    time.sleep(0.5)
    assert server.ask(SESSIONS[server.engine]) == 0
    with pytest.raises(ReconciliationError) as failed:
        read_slowly(server.secret)
    assert failed.value.code == "RDS_QUERY_TIMEOUT"


def test_the_session_names_itself_and_cannot_write(server: Server) -> None:
    names = {
        "postgres": SESSIONS["postgres"],
        "mysql": "SELECT count(*) FROM performance_schema.session_connect_attrs"
        " WHERE attr_name = 'program_name' AND attr_value = 'reconciliation-job'",
    }
    server.execute(f"GRANT DELETE ON transacoes TO {READER}")
    with snapshot(server.secret, 60) as base:
        assert server.ask(names[server.engine]) == 1
        with (
            base.session._connection.cursor() as cursor,
            pytest.raises(base.session.errors, match=r"(?i)read.only"),
        ):
            cursor.execute("DELETE FROM transacoes")


def test_only_a_server_that_proves_its_name_is_read(server: Server, pauses: list[float]) -> None:
    tls = server.certificates
    proxied = (
        front(server.secret["port"], tls)
        if server.engine == "postgres"
        else nullcontext(server.secret["port"])
    )
    with proxied as port:
        secret = {**server.secret, "port": port}
        with snapshot(secret, 60, str(tls.ca)) as base:
            assert list(base.day_rows(DAY)) == []
        with (
            pytest.raises(ReconciliationError, match="certificado") as failed,
            snapshot(secret, 60, str(tls.wrong_ca)),
        ):
            pass
        assert failed.value.code == "RDS_UNREACHABLE"
        with (
            pytest.raises(ReconciliationError, match="certificado"),
            snapshot({**secret, "host": "localhost"}, 60, str(tls.ca)),
        ):
            pass
    if server.engine == "postgres":  # the one behind has no TLS at all
        assert code(server.secret, ca=str(tls.ca)) == "RDS_UNREACHABLE"


def test_an_authority_that_is_not_there(server: Server, fetched: list[dict[str, Any]]) -> None:
    fetched.append(server.secret)
    with pytest.raises(ReconciliationError) as failed, open_base("secret", Limits(60), "/absent.pem"):
        pass
    assert failed.value.code == "INVALID_INPUT"
