"""local/postgres.py: as empty as RDS's, and a cluster that is kept."""

import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from local import postgres
from local.place import CHECKOUT
from tests.local.conftest import Account
from tests.machines.mounting import CAN_MOUNT, IN_ITS_OWN_NAMESPACE


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


@pytest.mark.skipif(not CAN_MOUNT, reason="only root mounts a disk")
@pytest.mark.parametrize("size_mb", [1, 30, 40])
def test_a_full_disk_is_one_sentence_that_names_the_place(tmp_path: Path, size_mb: int) -> None:
    """Before, in and after `initdb`, whose own words are in English and about its own folders."""
    script = f'mount -t tmpfs -o size={size_mb}m tmpfs "$1"; shift; exec "$@"'
    serving = (sys.executable, "-m", "local.server", str(tmp_path), "0", "--attached")
    done = subprocess.run(
        [*IN_ITS_OWN_NAMESPACE, "sh", "-ec", script, "sh", tmp_path, *serving],
        cwd=CHECKOUT, input="", capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode
    *_, told = done.stderr.splitlines()
    assert told.startswith(f"Não há mais espaço ({tmp_path}"), done.stderr
    assert told.endswith("libere algum, e repita o comando.")
