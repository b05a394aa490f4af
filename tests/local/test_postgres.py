"""local/postgres.py: as empty as RDS's, and a cluster that is kept."""

from pathlib import Path

import psycopg2
import pytest

from local import postgres
from tests.local.conftest import Account


def test_there_is_nothing_but_the_owner(account: Account) -> None:
    """Table and reader are the function's to make, as in an account (docs/deploy.md)."""
    with psycopg2.connect(account.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace")
        assert cursor.fetchone() == (0,)
        cursor.execute("select rolname from pg_roles where rolcanlogin")
        assert cursor.fetchall() == [(account.stack.owner["username"],)]


def test_a_wrong_password_is_refused(account: Account) -> None:
    given = account.stack.database
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=given["host"], port=given["port"], user=account.stack.owner["username"], password="x",
            dbname="conciliacao",
        )  # fmt: skip


def test_a_second_start_finds_what_the_first_left(tmp_path: Path) -> None:
    database = postgres.start(tmp_path / "postgres")
    with psycopg2.connect(database.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute("create table theirs as select 'kept' as what")
    database.stop()
    again = postgres.start(tmp_path / "postgres")
    try:
        with psycopg2.connect(again.owner_url) as connection, connection.cursor() as cursor:
            cursor.execute("select what from theirs")
            assert cursor.fetchall() == [("kept",)]
    finally:
        again.stop()
