"""The base's reader on a real PostgreSQL."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import psycopg2
import pytest

from local import postgres
from reconciliation.adapters.database import snapshot
from reconciliation.errors import ReconciliationError

pytestmark = pytest.mark.stack
DAY = date(2026, 2, 16)
NASTY = "O'; DROP TABLE transacoes; --"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Database]:
    started = postgres.start(tmp_path_factory.mktemp("postgres"))
    yield started
    started.stop()


@pytest.fixture
def secret(database: postgres.Database) -> dict[str, Any]:
    execute(database, "TRUNCATE transacoes")
    return {"engine": "postgres", **database.reader}


def execute(database: postgres.Database, statement: str, *values: Any) -> None:
    with psycopg2.connect(database.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(database: postgres.Database, *row: Any) -> None:
    execute(database, "INSERT INTO transacoes (fornecedor_id, ordem_id, nome, ativo_id, data, valor)"
            " VALUES (%s, %s, %s, %s, %s, %s)", *row)  # fmt: skip


def rows(frames: Iterator[pl.DataFrame]) -> list[tuple[Any, ...]]:
    return sorted(row for frame in frames for row in frame.rows())


def test_rows_and_keys_travel_as_data(database: postgres.Database, secret: dict[str, Any]) -> None:
    insert(database, " F1 ", "O1", 'a "quoted",\nname', None, DAY, "10.50")
    insert(database, "F1", NASTY, "", "A", date(2026, 2, 1), "-0.01")
    insert(database, "F1", "o1", None, "A", None, None)
    with snapshot(secret, 60) as base:
        assert rows(base.day_rows(DAY)) == [("F1", "O1", 'a "quoted",\nname', "", DAY, 1050)]
        assert rows(base.rows_of([NASTY, "o1", "absent"])) == [
            ("F1", NASTY, "", "A", date(2026, 2, 1), -1),
            ("F1", "o1", "", "A", None, None),
        ]
        assert rows(base.day_rows(date(2020, 1, 1))) == []


def test_a_reader_that_is_left_early_ends_its_copy(
    database: postgres.Database, secret: dict[str, Any]
) -> None:
    execute(
        database,
        "INSERT INTO transacoes SELECT 'F', 'K' || n, repeat('x', 200), 'A', %s, 1"
        " FROM generate_series(1, 300000) n",
        DAY,
    )
    with snapshot(secret, 60) as base:
        frames = base.day_rows(DAY)  # kept: nobody but the block's end may stop it
        assert next(frames).height
    with psycopg2.connect(database.owner_url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_sleep(0.5), (SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'reconciliation-job')"
        )
        assert cursor.fetchone()[1] == 0


def test_a_writer_during_the_read_changes_nothing(
    database: postgres.Database, secret: dict[str, Any]
) -> None:
    insert(database, "F1", "O1", "a", "A", DAY, 1)
    with snapshot(secret, 60) as base:
        before = rows(base.day_rows(DAY))
        insert(database, "F1", "O2", "a", "A", DAY, 2)
        execute(database, "UPDATE transacoes SET valor = 99")
        assert rows(base.day_rows(DAY)) == before
        assert rows(base.rows_of(["O1", "O2"])) == before


ALTER = "ALTER TABLE transacoes"


@pytest.mark.parametrize(
    ("change", "back", "code"),
    [
        (
            "DROP INDEX idx_ordem_id",
            "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
            "E_BASE_NO_UNIQUE_INDEX",
        ),
        (f"{ALTER} RENAME nome TO nombre", f"{ALTER} RENAME nombre TO nome", "E_BASE_SCHEMA"),
        (
            f"{ALTER} ALTER valor TYPE numeric(18,4)",
            f"{ALTER} ALTER valor TYPE numeric(18,2)",
            "E_BASE_SCHEMA",
        ),
        (f"{ALTER} RENAME TO outra", "ALTER TABLE outra RENAME TO transacoes", "E_BASE_SCHEMA"),
    ],
)
def test_a_base_that_cannot_be_trusted(
    database: postgres.Database, secret: dict[str, Any], change: str, back: str, code: str
) -> None:
    execute(database, change)
    try:
        with pytest.raises(ReconciliationError) as refused, snapshot(secret, 60):
            pass
    finally:
        execute(database, back)
    assert refused.value.code == code


def test_the_reader_cannot_write_and_a_wrong_password_is_told(
    database: postgres.Database, secret: dict[str, Any]
) -> None:
    with pytest.raises(ReconciliationError) as refused, snapshot({**secret, "password": "wrong"}, 60):
        pass
    assert refused.value.code == "RDS_AUTH"
    assert "wrong" not in str(refused.value)


def test_a_locked_table_ends_as_a_timeout(database: postgres.Database, secret: dict[str, Any]) -> None:
    with psycopg2.connect(database.owner_url) as holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(ReconciliationError) as refused, snapshot(secret, 1) as base:
            list(base.day_rows(DAY))
    assert refused.value.code == "RDS_QUERY_TIMEOUT"
