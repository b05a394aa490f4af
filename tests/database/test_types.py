"""Each type of each server: whether it can hold a column of the contract, and is read as it is stored.

A type can hold the contract where its values can. Refused is what reads differently from what is stored
(floats, money by locale, binary), what holds more than the contract's amounts, what is no text or date.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.postgres.engine import PostgresSession
from reconciliation.adapters.database.postgres.reading import is_one_of
from reconciliation.errors import ReconciliationError
from tests.database.bases import advised, rows, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server
from tests.database.kinds import AMOUNTS, CASES, DATES, KEYS, MADE, NAMES, PLACES, Kind

pytestmark = pytest.mark.stack
MOMENT = {"postgres": "SET TimeZone = 'UTC'", "mysql": "SET time_zone = '-03:00'"}


@contextmanager
def column_of(server: Server, column: str, written: str) -> Iterator[SqlBase]:
    """A base with one row of the day, in whose column this is written."""
    values = {"fornecedor_id": "'F'", "ordem_id": "'K'", "data": f"'{DAY}'", "valor": "1", column: written}
    if column == "ordem_id":
        server.execute("CREATE UNIQUE INDEX k ON transacoes(ordem_id)")
    server.execute(
        MOMENT[server.engine],
        f"INSERT INTO transacoes ({', '.join(values)}) VALUES ({', '.join(values.values())})",
    )
    with snapshot(server.secret, 60) as base:
        yield base


def outcome(server: Server, column: str, kind: Kind) -> Any:
    """What is read by the day and by the key; the refusal's text otherwise."""
    server.execute(
        "TRUNCATE TABLE transacoes",
        f"ALTER TABLE transacoes DROP COLUMN {column}",
        f"ALTER TABLE transacoes ADD COLUMN {column} {kind.sql.replace('%%', '%')}",
    )
    try:
        if kind.read is None:
            with snapshot(server.secret, 60):
                return None
        with column_of(server, column, kind.written) as base:
            (of_day,) = rows(base.day_rows(DAY))
            (looked_up,) = rows(base.rows_of([of_day[1], "absent", "Ω", "1", f"{of_day[1]} "]))
    except ReconciliationError as exc:
        assert exc.code in ("E_BASE_SCHEMA", "E_BASE_NO_UNIQUE_INDEX")
        return str(exc)
    assert of_day == looked_up
    return of_day[PLACES[column]]


@pytest.mark.parametrize("column", [NAMES, KEYS, DATES, AMOUNTS])
def test_each_type_is_read_as_it_is_stored_or_refused(server: Server, column: str) -> None:
    if server.engine == "postgres":
        server.execute(*MADE, 'GRANT USAGE ON SCHEMA "Odd Schema" TO PUBLIC')
    wrong = {}
    for kind in CASES[server.name][column]:
        got = outcome(server, column, kind)
        refused = isinstance(got, str) and got.startswith(f"transacoes.{column} é ")
        if not (refused if kind.read is None else got == kind.read):
            wrong[kind.sql] = got
    assert wrong == {}


@pytest.mark.parametrize("column", ["nome", "ativo_id"])
def test_the_other_names_are_like_the_first(server: Server, column: str) -> None:
    enum = {"postgres": "colour", "mysql": "enum('A','Ação')"}[server.engine]
    if server.engine == "postgres":
        server.execute(*MADE)
    assert outcome(server, column, Kind(enum, "'Ação'", "Ação")) == "Ação"


@POSTGRES
@pytest.mark.parametrize(
    "kind",
    ["text", "varchar(255)", "char(12)", "bpchar", "citext", "name", "keys", "domain_text", "domain_char",
     "domain_citext", "domain_keys"],
)  # fmt: skip
def test_a_look_up_uses_the_index_of_the_columns_own_type(server: Server, kind: str) -> None:
    labels = ", ".join(f"'K{n}'" for n in range(3_000))
    server.execute(
        *MADE,
        "DROP TYPE IF EXISTS keys CASCADE",
        f"CREATE TYPE keys AS ENUM ({labels})",
        "CREATE DOMAIN domain_keys AS keys",
        "ALTER TABLE transacoes DROP COLUMN ordem_id",
        f"ALTER TABLE transacoes ADD COLUMN ordem_id {kind}",
        f"INSERT INTO transacoes SELECT 'F', 'n', 'A', '{DAY}', 1, ('K' || n)::keys::text::{kind}"
        " FROM generate_series(0, 2999) AS n",
        "CREATE UNIQUE INDEX k ON transacoes(ordem_id)",
        "ANALYZE transacoes",
    )
    with snapshot(server.secret, 60) as base:
        assert isinstance(base.session, PostgresSession)
        key = is_one_of(base.table.columns["ordem_id"])
        with base.session._connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN SELECT valor FROM transacoes WHERE {key}", (["K7", "K8"],))
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "using k" in plan or "on k " in plan, plan
        found = rows(base.rows_of(["K7", "k8", "K2999", "K3000", "absent"]))
    assert [row[1] for row in found] == ["K2999", "K7"]


@MYSQL
def test_a_look_up_of_an_enumeration_uses_its_index(server: Server) -> None:
    labels = ",".join(f"'K{n}'" for n in range(3_000))
    server.fill(2_999)
    server.execute(
        f"ALTER TABLE transacoes MODIFY ordem_id enum({labels}) NOT NULL",
        "ANALYZE TABLE transacoes",
    )
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN FORMAT=TRADITIONAL SELECT valor FROM transacoes WHERE ordem_id IN ('K7', 'K8', 'absent')"
        )
        names = [column[0] for column in cursor.description]
        plan = dict(zip(names, cursor.fetchone(), strict=True))
    connection.close()
    assert (plan["type"], plan["key"]) == ("range", "idx_ordem_id")
    with snapshot(server.secret, 60) as base:
        found = rows(base.rows_of(["K7", "k8", "7", "K2999", "K3000"]))
    assert [row[1] for row in found] == ["K2999", "K7"]


def test_an_unfit_amount_is_looked_at_before_anything_is_changed(server: Server) -> None:
    """Nobody's cent is rounded: the query names the rows that the contract's type would change."""
    server.execute("ALTER TABLE transacoes MODIFY valor numeric(24,4)") if server.engine == "mysql" else (
        server.execute("ALTER TABLE transacoes ALTER COLUMN valor TYPE numeric(24,4)")
    )
    server.insert(
        ("F", "fits", "a", "A", DAY, "10.50"),
        ("F", "would round", "a", "A", DAY, "10.505"),
        ("F", "greatest", "a", "A", DAY, "9999999999999999.99"),
        ("F", "too great", "a", "A", DAY, "10000000000000000"),
    )
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60):
        pass
    (query,) = advised(failed.value)
    assert sorted(asked(server, query)) == ["too great", "would round"]
    assert "ALTER" not in str(failed.value)


@pytest.mark.parametrize(
    ("column", "fitting", "unfit"),
    [
        ("valor", "10.50", "10,50"),
        ("valor", "-9999999999999999.9", "10.505"),
        ("data", str(DAY), "16/02/2026"),
        ("data", str(date(2000, 1, 1)), "2026-2-16"),
    ],
)
def test_an_unfit_text_is_looked_at(server: Server, column: str, fitting: str, unfit: str) -> None:
    server.execute(
        f"ALTER TABLE transacoes DROP COLUMN {column}",
        f"ALTER TABLE transacoes ADD COLUMN {column} varchar(30)",
    )
    for key, value in (("fits", fitting), ("unfit", unfit)):
        server.execute(f"INSERT INTO transacoes (ordem_id, {column}) VALUES ('{key}', '{value}')")
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60):
        pass
    (query,) = advised(failed.value)
    assert asked(server, query) == ["unfit"]


def asked(server: Server, query: str) -> list[Any]:
    """The first column of what a query answers."""
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = [row[0] for row in cursor.fetchall()]
    connection.close()
    return found
