"""PgBouncer before PostgreSQL: what it drops or refuses changes no row, and each refusal has its cause."""

from types import SimpleNamespace
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from reconciliation.adapters.database.connecting import ONCE, Tries, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql import meaning as mysql_meaning
from reconciliation.adapters.database.postgres import meaning, settings
from reconciliation.adapters.database.postgres.engine import PostgresSession
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, snapshot
from tests.database.conftest import DAY, POSTGRES, Pooled, Server

NAME = "conciliacao"
_AT = 'connection to server at "h", port 5432 failed: '


@pytest.mark.stack
@POSTGRES
@pytest.mark.parametrize("mode", ["session", "transaction"])
@pytest.mark.parametrize("ignore", ["", "options", "options, extra_float_digits"])
def test_a_pooler_changes_nothing_of_what_is_read(
    server: Server, pooler: Pooled, mode: Any, ignore: str
) -> None:
    server.execute("ALTER TABLE transacoes ALTER data TYPE timestamptz", "SET timezone = 'UTC'")
    server.execute(f"ALTER DATABASE {NAME} SET timezone = 'Asia/Tokyo'")
    try:
        server.insert(
            ("F", "O1", "a", "A", "2026-02-17 01:30+00", 1), ("F", "O2", "a", "A", "2026-02-17 03:00+00", 1)
        )
        secret = pooler(mode, ignore)
        with snapshot(secret, 60) as base:
            assert keys(base.day_rows(DAY)) == ["O1"]
            assert keys(base.rows_of(["O2"])) == ["O2"]
            for of in base.share(2):
                with of.open() as reader:
                    assert set(keys(reader.day_rows(DAY))) <= {"O1"}
        server.execute("ALTER TABLE transacoes ENABLE ROW LEVEL SECURITY")
        with pytest.raises(ReconciliationError, match="row security") as refused, snapshot(secret, 60):
            pass
        assert refused.value.code == "E_BASE_SESSION"
    finally:
        server.execute(f"ALTER DATABASE {NAME} RESET timezone")


@pytest.mark.stack
@POSTGRES
def test_what_a_pooler_refuses_is_told_by_its_cause(server: Server, pooler: Pooled) -> None:
    secret = pooler("transaction")
    for wrong, code in (({"password": "wrong"}, "RDS_AUTH"), ({"username": "ninguem"}, "RDS_AUTH"),
                        ({"dbname": "absent"}, "RDS_AUTH")):  # fmt: skip
        with pytest.raises(ReconciliationError) as refused, snapshot({**secret, **wrong}, 60):
            pass
        assert refused.value.code == code, refused.value


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ("FATAL:  no such database: conciliacao", "RDS_AUTH", "dbname"),
        ("FATAL:  no more connections allowed (max_client_conn)", "RDS_UNREACHABLE", "max_client_conn"),
        ("FATAL:  sorry, too many clients already", "RDS_UNREACHABLE", "não aceita mais conexões"),
        ("FATAL:  query_wait_timeout", "RDS_UNREACHABLE", "pooler"),
        ("FATAL:  Timed-out waiting to acquire database connection", "RDS_UNREACHABLE", "RDS Proxy"),
        ("FATAL:  server login has been failing, try again later", "RDS_UNREACHABLE", "entrar"),
        ("FATAL:  unsupported startup parameter: options", "E_BASE_SESSION", "ignore_startup_parameters"),
        ("FATAL:  feature not supported: RDS Proxy currently doesn't support command-line options.",
         "E_BASE_SESSION", "recusou um parâmetro"),
        ("FATAL:  This RDS proxy has no credentials for the role reader.", "RDS_AUTH", "senha"),
        ("FATAL:  The password that was provided for the role reader is wrong.", "RDS_AUTH", "senha"),
        ("FATAL:  This RDS Proxy requires TLS connections", "RDS_UNREACHABLE", "só aceita conexões com TLS"),
        ("server does not support SSL, but SSL was required", "RDS_UNREACHABLE", "não oferece TLS"),
        ("SSL error: certificate verify failed", "RDS_UNREACHABLE", "certificado"),
        ('FATAL:  no pg_hba.conf entry for host "h", user "u", no encryption', "RDS_AUTH", "pg_hba"),
        ("FATAL:  the database system is starting up", "RDS_UNREACHABLE", "reiniciando"),
        ("FATAL:  transaction blocks not allowed in statement pooling mode", "E_BASE_SESSION", "statement"),
        ("could not connect to server: Connection refused", "RDS_UNREACHABLE", "não responde"),
        ('connection to server at "h", port 1 failed: timeout expired', "RDS_UNREACHABLE", "não responde"),
        (f"{_AT}FATAL:  server conn crashed?", "RDS_UNREACHABLE", "não responde"),
        (f"{_AT}ERROR:  server conn crashed?", "RDS_UNREACHABLE", "não responde"),
        (f"{_AT}FATALE:  autenticazione con password fallita per l'utente", "RDS_AUTH", "lc_messages"),
        # as PostgreSQL 15 says it where `lc_messages` is Spanish, or Russian
        (f"{_AT}FATAL:  la autentificación password falló para el usuario «u»", "RDS_AUTH", "lc_messages"),
        (f"{_AT}ВАЖНО:  пользователь \"u\" не прошёл проверку подлинности", "RDS_AUTH", "lc_messages"),
        (f"{_AT}FATAL:  no hay una línea en pg_hba.conf para «h»", "RDS_AUTH", "pg_hba"),
    ],
)  # fmt: skip
def test_words_of_a_refused_connection(said: str, code: str, words: str) -> None:
    failure = meaning.failure(psycopg2.OperationalError(said))
    assert (failure.code, words in str(failure)) == (code, True), failure


def test_a_refusal_in_the_server_s_own_encoding_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """psycopg2 reads it as UTF-8, and raises what is no error of the driver's."""
    said = f"{_AT}FATAL:  autenticação do tipo senha falhou".encode("latin-1")

    def refuse(**_: object) -> None:
        said.decode()

    monkeypatch.setattr(psycopg2, "connect", refuse)
    secret = {"engine": "postgres", "host": "h", "port": 1, "dbname": "d", "username": "u", "password": "p"}
    with pytest.raises(ReconciliationError) as refused, snapshot(secret, 60, tries=ONCE):
        pass
    assert refused.value.code == "RDS_AUTH"


def test_a_server_that_starts_in_another_language_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its password is read anew first: nobody can tell which of the two it is."""
    refusals = [f"{_AT}FATAL:  o sistema de banco de dados está iniciando"] * 3
    fresh: list[int] = []

    def connect(**_: object) -> object:
        if refusals:
            raise psycopg2.OperationalError(refusals.pop())
        raise psycopg2.OperationalError(f"{_AT}FATAL:  no such database: d")  # it has started

    monkeypatch.setattr(psycopg2, "connect", connect)
    secret = {"engine": "postgres", "host": "h", "port": 1, "dbname": "d", "username": "u", "password": "p"}
    with (
        pytest.raises(ReconciliationError, match="dbname"),
        session(PostgresSession, secret, Limits(60), "", lambda: fresh.append(1) or secret, Tries(3, 0.01)),
    ):
        pass
    assert (refusals, fresh) == ([], [1])


def test_a_pooler_that_does_not_tell_how_strings_are_read_is_asked_for_what_the_driver_quotes_by() -> None:
    info = SimpleNamespace(parameter_status=lambda _name: None)
    silent = SimpleNamespace(info=info, server_version=160_000)
    assert settings.asked(Limits(60), silent)["standard_conforming_strings"] == "on"


def test_a_replica_that_cancels_in_any_language_is_named() -> None:
    failure = meaning.failure(psycopg2.errors.SerializationFailure("cancelando comando"))
    assert (failure.code, "a réplica cancelou" in str(failure)) == ("RDS_QUERY_TIMEOUT", True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (psycopg2.errors.DiskFull, "memória ou disco"),
        (psycopg2.errors.OutOfMemory, "memória ou disco"),
        (psycopg2.errors.TooManyConnections, "não aceita mais conexões"),
        (psycopg2.errors.AdminShutdown, "reiniciando"),
        (psycopg2.errors.CrashShutdown, "reiniciando"),
    ],
)
def test_kinds_of_a_session_that_ends(kind: type[Exception], words: str) -> None:
    failure = meaning.failure(kind("whatever the server's language says"))
    assert (failure.code, words in str(failure)) == ("RDS_UNREACHABLE", True), failure


@pytest.mark.parametrize(
    ("number", "said", "code", "words"),
    [
        (1040, "Too many connections", "RDS_UNREACHABLE", "não aceita mais"),
        (1203, "User already has more than 'max_user_connections'", "RDS_UNREACHABLE", "não aceita mais"),
        (1130, "Host '10.0.0.1' is not allowed to connect", "RDS_AUTH", "não admitem"),
        (9501, "Timed-out waiting to acquire database connection", "RDS_UNREACHABLE", "pooler"),
        (1021, "Disk full", "RDS_UNREACHABLE", "memória ou disco"),
        (1135, "Can't create a new thread", "RDS_UNREACHABLE", "memória ou disco"),
        (3159, "This RDS Proxy requires TLS connections", "RDS_UNREACHABLE", "só aceita conexões com TLS"),
        (1053, "Server shutdown in progress", "RDS_UNREACHABLE", "reiniciando"),
    ],
)
def test_numbers_of_a_refused_connection(number: int, said: str, code: str, words: str) -> None:
    import pymysql  # noqa: PLC0415 - for this test alone

    failure = mysql_meaning.failure(pymysql.err.OperationalError(number, said))
    assert (failure.code, words in str(failure)) == (code, True), failure
