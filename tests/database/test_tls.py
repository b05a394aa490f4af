"""TLS is taken where it is offered, and without it no password is given away."""

from typing import Any

import psycopg2
import pymysql
import pytest

from local.place import HOST
from reconciliation.adapters.database import connecting
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.errors import ReconciliationError
from tests.database.bases import snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Pooled, Server
from tests.database.fake_mysql import asking
from tests.database.tls import front, watched, without

pytestmark = pytest.mark.stack
ORACLES = pytest.mark.parametrize("started", ["mysql"], indirect=True)
MARIADBS = pytest.mark.parametrize("started", ["mariadb"], indirect=True)
CIPHER = "SHOW SESSION STATUS LIKE 'Ssl_cipher'"
FULL = b"\x01\x04"
"""caching_sha2_password wants the password itself."""
KEY = b"\x01-----BEGIN PUBLIC KEY-----\n"


def refused(secret: dict[str, Any], ca: str = "") -> ReconciliationError:
    with pytest.raises(ReconciliationError) as failed, snapshot(secret, 60, ca):
        pass
    assert str(secret["password"]) not in str(failed.value)
    return failed.value


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting.time, "sleep", lambda _: None)


@MYSQL
@pytest.mark.parametrize("with_ca", [False, True])
def test_tls_is_used_where_it_is_offered(server: Server, with_ca: bool) -> None:
    with snapshot(server.secret, 60, str(server.certificates.ca) if with_ca else "") as base:
        with base.session._connection.cursor() as cursor:
            cursor.execute(CIPHER)
            assert cursor.fetchone()[1]
            cursor.fetchall()
        assert list(base.day_rows(DAY)) == []


@MARIADBS
def test_a_password_that_is_only_proved_needs_no_tls(server: Server) -> None:
    with without(server.secret["port"]) as (port, sent):
        with snapshot({**server.secret, "port": port}, 60) as base:
            assert list(base.day_rows(DAY)) == []
        assert server.secret["username"].encode() in sent, "in plain text, indeed"
        assert server.secret["password"].encode() not in sent


@MARIADBS
def test_a_new_password_needs_tls(server: Server) -> None:
    """The statement has it as it is."""
    with without(server.secret["port"]) as (port, sent):
        plain = session(engine_of(server.secret), {**server.secret, "port": port}, Limits(60))
        with pytest.raises(ReconciliationError) as failed, plain as connected:
            connected.change_password(server.secret["username"], "n3w-p4ssw0rd")
    assert failed.value.code == "RDS_AUTH"
    assert b"n3w-p4ssw0rd" not in sent


@POSTGRES
def test_a_password_that_postgresql_asks_for_needs_tls(server: Server, pooler: Pooled) -> None:
    """As a pooler does, or somebody who takes its place; SCRAM and MD5 only prove it."""
    secret = pooler("session", auth="plain")
    with watched(secret["port"]) as (port, sent):
        failure = refused({**secret, "port": port})
        assert (failure.code, "sem TLS" in str(failure)) == ("RDS_AUTH", True)
        assert secret["password"].encode() not in sent
    with front(secret["port"], server.certificates) as port:
        for ca in ("", str(server.certificates.ca)):
            with snapshot({**secret, "port": port}, 60, ca) as base:
                assert list(base.day_rows(DAY)) == []


@POSTGRES
@pytest.mark.parametrize("own", ["prefer", "require", "verify-ca", "verify-full"])
def test_the_second_connection_wants_no_less_proof(
    server: Server, pooler: Pooled, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is asked for the password by the true server, the next by one of another name."""
    secret = {**pooler("session", auth="plain"), "sslmode": own}
    connect, hosts = psycopg2.connect, [HOST, "localhost"]
    monkeypatch.setenv("PGSSLROOTCERT", str(server.certificates.ca))
    monkeypatch.setattr(psycopg2, "connect", lambda **given: connect(**given | {"host": hosts.pop(0)}))
    with front(secret["port"], server.certificates) as port:
        connecting_again = session(engine_of(secret), {**secret, "port": port}, Limits(60))
        if own == "verify-full":
            with pytest.raises(ReconciliationError, match="certificado"), connecting_again:
                pass
        else:
            with connecting_again:
                pass
    assert hosts == []


@ORACLES
@pytest.mark.parametrize("plugin", ["caching_sha2_password", "sha256_password"])
def test_a_password_that_the_server_learns_is_not_sent_without_tls(server: Server, plugin: str) -> None:
    """Also where the server has it in its cache by now: a run would fail by when that was emptied."""
    secret = {**server.secret, "username": "learned", "password": "s3cr3t-of-its-own"}
    server.execute(
        "DROP USER IF EXISTS learned",
        f"CREATE USER learned IDENTIFIED WITH {plugin} BY '{secret['password']}'",
        "GRANT SELECT ON conciliacao.* TO learned",
    )
    with without(server.secret["port"]) as (port, sent):
        for _ in range(2):
            failure = refused({**secret, "port": port})
            assert (failure.code, "TLS" in str(failure)) == ("RDS_AUTH", True)
            with snapshot(secret, 60) as base:
                assert list(base.day_rows(DAY)) == []
        assert secret["password"].encode() not in sent


@MYSQL
def test_a_server_without_tls_is_no_server_with_a_ca(server: Server) -> None:
    with without(server.secret["port"]) as (port, _):
        failure = refused({**server.secret, "port": port}, str(server.certificates.ca))
    assert failure.code == "RDS_UNREACHABLE"
    assert "database_ca exige" in str(failure)


@MARIADBS
def test_a_driver_that_does_not_take_what_is_offered_is_found_out(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pymysql.connections, "SSL_ENABLED", False)  # as where Python has no `ssl`
    assert refused(server.secret).code == "RDS_AUTH"


SECRET = {"engine": "mysql", "host": HOST, "dbname": "d", "username": "u", "password": "c4n4ry-in-a-mine"}


@pytest.mark.parametrize(
    ("plugin", "more"),
    [
        ("mysql_clear_password", b""),
        ("caching_sha2_password", FULL),
        ("sha256_password", KEY),
        ("dialog", b""),
        ("mysql_old_password", b""),
    ],
)
def test_whoever_asks_for_the_password_gets_none(plugin: str, more: bytes) -> None:
    with asking(plugin, more) as (port, packets):
        failure = refused({**SECRET, "port": port})
    assert (failure.code, "sem TLS" in str(failure)) == ("RDS_AUTH", True)
    assert len(packets) == 1, "nothing was said to what it asked for"
    assert SECRET["password"].encode() not in b"".join(packets)


@pytest.mark.parametrize("plugin", ["auth_gssapi_client", "client_ed25519"])
def test_a_plugin_that_we_lack_is_named(plugin: str) -> None:
    with asking(plugin) as (port, _):
        failure = refused({**SECRET, "port": port})
    assert (failure.code, plugin in str(failure)) == ("RDS_AUTH", True)


def test_a_handshake_that_fails_is_no_silence() -> None:
    with asking("mysql_native_password", tls=True) as (port, packets):  # it knows no TLS after all
        failure = refused({**SECRET, "port": port})
    assert (failure.code, "TLS 1.2" in str(failure)) == ("RDS_UNREACHABLE", True)
    assert SECRET["password"].encode() not in b"".join(packets)
