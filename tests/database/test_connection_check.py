"""`test-rds-connection` on real servers: each stage fails as itself, and no answer tells a secret."""

import logging
import socket
import sys
from contextlib import nullcontext
from typing import Any

import pytest

from lambdas import connection_check
from local.place import HOST
from local.postgres import READER, free_port
from reconciliation.access import checking
from reconciliation.adapters.database.limits import Limits
from tests.database.conftest import Server
from tests.database.tls import front

pytestmark = pytest.mark.stack


@pytest.fixture
def secret(server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Secrets Manager answers."""
    known = dict(server.secret)

    def read_secret(_: str, endpoint: str) -> dict[str, Any]:
        host, _, port = endpoint.partition(":")
        return {**known, "host": host or known["host"], "port": port or known["port"]}

    monkeypatch.setattr(checking, "read_secret", read_secret)
    told = {"SECRET_ID": "credentials", "DATABASE_CA": "", "READ_ENDPOINT": "", "RULES": "{}"}
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return known


def check(**given: Any) -> dict[str, Any]:
    """The answer but for its milliseconds."""
    answer = connection_check.handler(given, None)
    assert isinstance(answer.pop("ms"), int)
    return answer


def failed(engine: str, etapa: str, code: str, *, unique: bool | None = None) -> dict[str, Any]:
    return {"ok": False, "etapa": etapa, "codigo": code, "engine": engine, "indice_unico": unique}


def test_a_base_that_a_run_would_read(server: Server, secret: dict[str, Any]) -> None:
    good = {
        "ok": True, "etapa": "select", "codigo": None, "engine": server.engine, "indice_unico": True,
    }  # fmt: skip
    assert check() == good
    assert check(host=secret["host"], port=str(secret["port"])) == good


def test_a_base_of_moments_is_checked_without_polars(
    server: Server, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function's package has none."""
    kind = {"postgres": "ALTER data TYPE timestamptz", "mysql": "MODIFY data timestamp NULL"}[server.engine]
    server.execute(f"ALTER TABLE transacoes {kind}")
    server.execute("INSERT INTO transacoes (ordem_id, data) VALUES ('O1', '2018-12-10 02:30:00')")
    monkeypatch.setitem(sys.modules, "polars", None)
    for name in [name for name in sys.modules if name.endswith(("database.moments", "database.rows"))]:
        monkeypatch.setitem(sys.modules, name, None)
    assert secret["engine"] == server.engine
    assert check()["ok"]


def test_the_replica_is_where_the_jobs_read(
    server: Server, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = free_port()
    monkeypatch.setenv("READ_ENDPOINT", f"{HOST}:{replica}")
    assert check() == failed(server.engine, "tcp", "RDS_UNREACHABLE")
    assert check(port=replica) == failed(server.engine, "tcp", "RDS_UNREACHABLE")
    assert check(port=secret["port"])["ok"]


def test_another_endpoint_is_refused_without_a_connection(server: Server, secret: dict[str, Any]) -> None:
    with socket.create_server((HOST, 0)) as other:
        other.settimeout(0.2)
        refusal = failed(server.engine, "dns", "INVALID_INPUT")
        assert check(port=other.getsockname()[1]) == refusal
        assert check(host="localhost", port=secret["port"]) == refusal
        with pytest.raises(TimeoutError):
            other.accept()


def test_each_stage_fails_as_itself(
    server: Server, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret["host"] = "banco.invalid"
    assert check() == failed(server.engine, "dns", "RDS_UNREACHABLE")
    secret |= {"host": HOST, "port": free_port()}
    assert check() == failed(server.engine, "tcp", "RDS_UNREACHABLE")
    with socket.create_server((HOST, 0)) as silent:
        secret["port"] = silent.getsockname()[1]
        hasty = checking.Check(
            secret_id="credentials", read_endpoint="", database_ca="", window_days=None,
            limits=Limits(10, connect_timeout_s=2),
        )  # fmt: skip
        reached = hasty.run({})
        assert (reached.etapa, reached.codigo) == ("tls", "RDS_UNREACHABLE")
    secret |= server.secret
    server.execute("DROP TABLE transacoes")
    assert check() == failed(server.engine, "select", "E_BASE_SCHEMA")


def test_a_server_that_does_not_prove_its_name(
    server: Server, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, is_postgres = server.certificates, server.engine == "postgres"
    with front(secret["port"], tls) if is_postgres else nullcontext(secret["port"]) as port:
        secret["port"] = port
        monkeypatch.setenv("DATABASE_CA", str(tls.ca))
        assert check()["ok"]
        monkeypatch.setenv("DATABASE_CA", str(tls.wrong_ca))
        assert check() == failed(server.engine, "tls", "RDS_UNREACHABLE")


def test_a_refused_password_is_told_nowhere(
    server: Server, secret: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    secret["password"] = "c4n4ry"
    with caplog.at_level(logging.DEBUG):
        answer = check()
    assert answer == failed(server.engine, "auth", "RDS_AUTH")
    assert "recusados" in caplog.text
    assert "c4n4ry" not in caplog.text + str(answer)


def test_a_base_that_a_run_would_refuse(
    server: Server, secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = {"postgres": "DROP INDEX idx_ordem_id", "mysql": "DROP INDEX idx_ordem_id ON transacoes"}
    server.execute(drop[server.engine])
    assert check() == failed(server.engine, "select", "E_BASE_NO_UNIQUE_INDEX", unique=False)
    with monkeypatch.context() as deployed:
        deployed.setenv("RULES", '{"base_unique": "in_scope"}')
        answer = check()
        assert (answer["ok"], answer["indice_unico"]) == (True, False)
    if server.engine == "postgres":  # the reader of MariaDB has its right on the whole database
        server.execute(f"REVOKE SELECT ON transacoes FROM {READER}")
        assert check() == failed(server.engine, "select", "RDS_AUTH")
