"""The statements of a message that find rows: they find them all, and change nothing."""

import re

import pytest

from reconciliation import advice
from reconciliation.errors import ReconciliationError
from tests.database import citext
from tests.database.awkward import make, message, offered, run, seen
from tests.database.bases import snapshot
from tests.database.conftest import DAY, POSTGRES, Server

pytestmark = pytest.mark.stack


def test_the_keys_that_stand_in_an_indexs_way_are_found(server: Server) -> None:
    keys = "('O1'), ('D'), (' D'), ('d\t '), ('E'), ('é'), ('e '), (NULL), ('')"
    make(server, "transacoes", "numeric(18,2)", f"INSERT INTO {{table}} (ordem_id) VALUES {keys}")
    before = seen(server)
    found = dict(run(server, offered("find_repeated", message(server))))
    by_key = {key: count for key, count in found.items() if key}
    if server.engine == "postgres":  # byte for byte, as its index
        assert by_key == {"O1": 2, "D": 2}
    else:  # as the column's collation, by which its index goes
        assert {key.lower(): count for key, count in by_key.items()} in (
            {"o1": 2, "d": 3, "e": 3},
            {"o1": 2, "d": 3, "é": 3},
        )
    assert seen(server) == before


@POSTGRES
def test_keys_that_citext_takes_for_one_are_found(server: Server) -> None:
    server.execute(*citext.MADE)
    server.execute(
        "DROP INDEX idx_ordem_id",
        "ALTER TABLE transacoes ALTER COLUMN ordem_id TYPE citext",
        "INSERT INTO transacoes (ordem_id) VALUES ('D'), ('d '), ('E')",
    )
    assert [
        (key.lower(), count) for key, count in run(server, offered("find_repeated", message(server)))
    ] == [("d", 2)]


def test_rows_without_a_key_are_found_on_either_engine(server: Server) -> None:
    """A run that refuses a key does not know the engine any more."""
    make(
        server,
        "transacoes",
        "numeric(18,2)",
        "INSERT INTO {table} (ordem_id) VALUES (NULL), (' \t'), ('\\t')",
    )
    before = seen(server)
    missing = len(run(server, advice.statement("find_without_key")))
    assert missing == (2 if server.engine == "postgres" else 3), "there, the last is a tab"
    assert seen(server) == before


@pytest.mark.parametrize("amount", ["numeric(24,4)", "numeric(20,2)"])
def test_the_amounts_that_another_type_would_change_are_found(server: Server, amount: str) -> None:
    make(
        server,
        "transacoes",
        amount,
        "INSERT INTO {table} (ordem_id, valor) VALUES ('great', 1e16), ('r', 10.505)",
    )
    before = seen(server)
    text = message(server)
    found = {row[0] for row in run(server, offered(f"{server.engine}.find_amounts", text))}
    rounds = {"r"} if amount == "numeric(24,4)" else set()
    nan = {"\tO3"} if server.engine == "postgres" else set()
    assert found == {"great"} | rounds | nan
    assert seen(server) == before
    assert not re.search("ALTER|UPDATE|MODIFY", text)


@pytest.mark.parametrize(("column", "wrong"), [("valor", "1,5"), ("data", "16/02/2026")])
def test_the_texts_that_are_no_amounts_or_dates_are_found(server: Server, column: str, wrong: str) -> None:
    server.execute(
        f"ALTER TABLE transacoes DROP COLUMN {column}",
        f"ALTER TABLE transacoes ADD COLUMN {column} varchar(30)",
        f"INSERT INTO transacoes (ordem_id, {column}) VALUES ('wrong', '{wrong}')",
    )
    before = seen(server)
    text = message(server)
    assert [row[0] for row in run(server, offered(f"{server.engine}.find_texts_of_{column}", text))] == [
        "wrong"
    ]
    assert seen(server) == before


def test_a_value_that_is_no_amount_is_found(server: Server) -> None:
    amount = "numeric(18,0)"
    more = "INSERT INTO {table} (ordem_id, valor) VALUES ('great', 99999999999999999)"
    make(server, "transacoes", amount, more)
    run(server, offered(f"{server.engine}.unique_index", message(server)))
    before = seen(server)
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60) as base:
        list(base.day_rows(DAY))
    assert [row[0] for row in run(server, offered("find_value", str(failed.value)))] == ["great"]
    assert seen(server) == before
