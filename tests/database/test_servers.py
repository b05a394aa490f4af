"""The servers that the other tests run on are what they claim to be."""

from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.database.conftest import POSTGRES, Pooled, Server
from tests.servers import mysql

pytestmark = pytest.mark.stack
SETTING = "SELECT current_setting('statement_timeout')"
OPTIONS = "-c statement_timeout=4321"


def asked(secret: dict[str, Any], statement: str, options: str = OPTIONS) -> Any:
    connection = psycopg2.connect(
        host=secret["host"], port=secret["port"], user=secret["username"], password=secret["password"],
        dbname=secret["dbname"], options=options,
    )  # fmt: skip
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


@POSTGRES
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_a_pooler_drops_what_it_ignores_without_a_word(server: Server, pooler: Pooled, mode: str) -> None:
    assert asked(server.secret, SETTING) == "4321ms"
    assert asked(pooler(mode, "options"), SETTING) == "0"


@POSTGRES
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_a_pooler_refuses_what_it_does_not_know(server: Server, pooler: Pooled, mode: str) -> None:
    secret = pooler(mode)
    with pytest.raises(psycopg2.OperationalError, match="unsupported startup parameter"):
        asked(secret, SETTING)
    assert asked(secret, SETTING, options="") == "0"
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        asked({**secret, "password": "wrong"}, SETTING, options="")


@pytest.mark.parametrize("started", ["mysql"], indirect=True)
def test_mysql_is_oracles_with_its_own_defaults(server: Server) -> None:
    assert server.ask("SELECT version()").startswith("9.")
    assert server.ask("SELECT @@version_comment") == "(Debian)"
    assert (
        server.ask("SELECT plugin FROM mysql.user WHERE user = 'reconciliation_ro'")
        == "caching_sha2_password"
    )
    assert server.ask("SELECT @@collation_database") == "utf8mb4_0900_ai_ci"
    assert "NO_ZERO_DATE" in server.ask("SELECT @@global.sql_mode")
    assert server.ask("SELECT @@lower_case_table_names") == 0


def test_mysql_may_take_names_without_their_case(tmp_path: Path) -> None:
    database = mysql.start(tmp_path, lower_case_table_names=1)
    try:
        with database.owner() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE Transacoes (n int)")
            cursor.execute("SELECT count(*) FROM TRANSACOES")
            assert cursor.fetchone() == (0,)
    finally:
        database.stop()
