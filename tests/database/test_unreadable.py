"""Bytes that are no text in UTF-8: told by column and key, under the same settings."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.session import ScanStopped
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, snapshot
from tests.database.conftest import DAY, POSTGRES, Server

pytestmark = [pytest.mark.stack, POSTGRES]
NAME = "outra_codificacao"
Made = Callable[..., dict[str, Any]]


@pytest.fixture
def made(server: Server) -> Iterator[Made]:
    """A table in a database of this encoding, `data` of this type, with these rows; answers the secret."""

    def make(encoding: str, kind: str, rows: str, *besides: str) -> dict[str, Any]:
        server.execute(
            f"DROP DATABASE IF EXISTS {NAME}",
            f"CREATE DATABASE {NAME} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
        )
        secret = {**server.secret, "dbname": NAME}
        connection = server.connect(dbname=NAME)
        with connection.cursor() as cursor:
            for statement in (
                f"SET client_encoding = '{encoding}'",
                "CREATE TABLE transacoes (fornecedor_id text, ordem_id text NOT NULL, nome text,"
                f" ativo_id text, data {kind}, valor numeric(18,2))",
                "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
                f"INSERT INTO transacoes VALUES {rows}",
                f"GRANT SELECT ON transacoes TO {secret['username']}",
                *besides,
            ):
                cursor.execute(statement)
        connection.close()
        return secret

    yield make
    server.execute(f"DROP DATABASE {NAME}")


def refused(read: Iterator[Any]) -> str:
    with pytest.raises(ReconciliationError) as failed:
        list(read)
    assert failed.value.code == "E_BASE_SCHEMA"
    return str(failed.value)


def test_they_are_told_by_column_and_key(made: Made) -> None:
    """A database that knows no encoding gives back whatever was put in."""
    secret = made(
        "SQL_ASCII",
        "date",
        r"('F', 'O1', 'a', 'A', '2026-02-16', 1), ('F', 'O2', E'Jo\xe3o', 'A', '2026-02-16', 1),"
        r" ('F', 'O3', E'Jo\xe3o', 'A', '2026-02-01', 1)",
    )
    with snapshot(secret, 60) as base:
        told = refused(base.day_rows(DAY))
        assert "transacoes.nome " in told
        assert "(ordem_id O2)" in told
    with pytest.raises(ReconciliationError, match="não é UTF-8") as failed:
        read(secret, lambda base: base.rows_of(["O1", "O3"]))
    assert failed.value.code == "E_BASE_SCHEMA"


def test_a_text_of_the_databases_own_encoding_is_not_blamed(made: Made) -> None:
    secret = made(
        "WIN1252",
        "date",
        r"('F', 'O1', E'Jo\xe3o', 'A', '2026-02-16', 1), ('F', E'\xe3', E'\x81', 'A', '2026-02-16', 1)",
    )
    with snapshot(secret, 60) as base:
        assert "(ordem_id ã)" in refused(base.day_rows(DAY))


def test_the_row_that_is_named_is_of_the_day(made: Made) -> None:
    """By the transaction's own time zone: the database's would take in a row of the day before."""
    secret = made(
        "SQL_ASCII",
        "timestamptz",
        r"('F', 'O0', E'\xe3', 'A', '2026-02-16 01:00+00', 1),"
        r" ('F', 'O1', 'a', 'A', '2026-02-16 12:00+00', 1),"
        r" ('F', 'O2', E'\xe3', 'A', '2026-02-16 12:00+00', 1)",
        f"ALTER DATABASE {NAME} SET timezone = 'Pacific/Kiritimati'",
    )
    with snapshot(secret, 60) as base:
        assert "(ordem_id O2)" in refused(base.day_rows(DAY))
        (whole,) = base.share(1)
        with whole.open() as reader:
            assert "(ordem_id O2)" in refused(reader.day_rows(DAY))


def test_a_padded_key_of_another_date_ends_the_scan_and_not_the_day(made: Made) -> None:
    secret = made(
        "SQL_ASCII",
        "date",
        r"('F', 'O1', 'a', 'A', '2026-02-16', 1), ('F', E' O\xe3', 'a', 'A', '2026-02-01', 1)",
    )
    with snapshot(secret, 60) as base:
        with pytest.raises(ScanStopped):
            list(base.padded_keys(60))
        assert keys(base.day_rows(DAY)) == ["O1"]


def read(secret: dict[str, Any], asked: Callable[[SqlBase], Iterator[Any]]) -> None:
    with snapshot(secret, 60) as base:
        list(asked(base))
