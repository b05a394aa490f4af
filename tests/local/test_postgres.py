"""local/postgres.py: the table, its two users, and a cluster that is kept."""

from pathlib import Path

import psycopg2
import pytest

from local import postgres
from tests.local.conftest import Account


def test_the_owner_loads_and_the_reader_only_reads(account: Account) -> None:
    owner = psycopg2.connect(account.stack.base_database_url)
    with owner, owner.cursor() as cursor:
        cursor.execute("truncate transacoes")
        cursor.execute("insert into transacoes values ('f', 'o', null, 'a', '2026-02-16', 1.10)")
    known = {
        name: value for name, value in account.stack.database.items() if name not in ("engine", "username")
    }
    reader = psycopg2.connect(**known, user=account.stack.database["username"])
    with reader.cursor() as cursor:
        cursor.execute("select valor::text from transacoes")
        assert cursor.fetchall() == [("1.10",)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("delete from transacoes")
    owner.close()
    reader.close()


def test_the_key_is_unique_and_found_as_the_runbook_looks_for_it(account: Account) -> None:
    connection = psycopg2.connect(account.stack.base_database_url)
    with connection.cursor() as cursor:
        cursor.execute(
            "select indexdef from pg_indexes where tablename = 'transacoes' and indexname = 'idx_ordem_id'"
        )
        ((definition,),) = cursor.fetchall()
    connection.close()
    assert definition.startswith("CREATE UNIQUE INDEX")


def test_a_wrong_password_is_refused(account: Account) -> None:
    given = account.stack.database
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=given["host"], port=given["port"], user=given["username"], password="x", dbname="conciliacao"
        )


def test_a_second_start_finds_what_the_first_left(tmp_path: Path) -> None:
    database = postgres.start(tmp_path / "postgres")
    with psycopg2.connect(database.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute("insert into transacoes (ordem_id) values ('kept')")
    database.stop()
    again = postgres.start(tmp_path / "postgres")
    try:
        with psycopg2.connect(again.owner_url) as connection, connection.cursor() as cursor:
            cursor.execute("select ordem_id from transacoes")
            assert cursor.fetchall() == [("kept",)]
    finally:
        again.stop()
