"""Each type of each server: whether it can hold a column of the contract, and is read as it is stored.

A type can hold the contract where its values can. Refused is what reads differently from what is stored
(floats, money by locale, binary), what holds more than the contract's amounts, what is no text or date.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import pytest

from reconciliation.adapters.database import snapshot
from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.postgres import PostgresBase
from reconciliation.adapters.database.postgres.reading import is_one_of
from reconciliation.errors import ReconciliationError
from tests.database import citext
from tests.database.conftest import DAY, Server
from tests.database.test_preflight import advised
from tests.database.test_reads import MYSQL, POSTGRES, rows

pytestmark = pytest.mark.stack


class Kind(NamedTuple):
    """A type; what is written into it as SQL, and what must be read: without that, it is refused."""

    sql: str
    written: str = "NULL"
    read: Any = None


PLACES = {"fornecedor_id": 0, "ordem_id": 1, "nome": 2, "ativo_id": 3, "data": 4, "valor": 5}
NAMES, KEYS, DATES, AMOUNTS = "fornecedor_id", "ordem_id", "data", "valor"
TEXTS = [
    Kind("varchar(10)", "'Ação'", "Ação"),
    Kind("text", "'Ação'", "Ação"),
    Kind("char(8)", "'Ação'", "Ação"),
]
NUMBERS = [
    Kind("smallint", "-7", "-7"),
    Kind("integer", "7", "7"),
    Kind("bigint", "9007199254740993", "9007199254740993"),
    Kind("numeric(20,0)", "90071992547409931", "90071992547409931"),
]
NO_NAMES = [Kind("double precision"), Kind("real"), Kind("numeric(10,2)"), Kind("date")]
MONEY = [
    Kind("numeric(18,2)", "9999999999999999.99", 999999999999999999),
    Kind("numeric(17,1)", "-0.1", -10),
    Kind("numeric(5,0)", "12345", 1234500),
    Kind("smallint", "-7", -700),
    Kind("integer", "2147483647", 214748364700),
    Kind("numeric(19,2)"),
    Kind("numeric(20,2)"),
    Kind("numeric(18,3)"),
    Kind("numeric(18,4)"),
    Kind("bigint"),
    Kind("double precision"),
    Kind("real"),
    Kind("varchar(30)"),
    Kind("date"),
]

POSTGRES_TYPES = {
    NAMES: [
        *TEXTS, *NUMBERS, *NO_NAMES,
        Kind("bpchar", "'Ação  '", "Ação"),
        Kind("citext", "'Ação'", "Ação"),
        Kind("name", "'Ação'", "Ação"),
        Kind("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        Kind("colour", "'Ação'", "Ação"),
        Kind('"Odd Schema"."50%% off"', "'F1'", "F1"),
        Kind("nested_text", "'F1'", "F1"),
        Kind("domain_enum", "'F1'", "F1"),
        Kind("domain_int", "12", "12"),
        Kind("text GENERATED ALWAYS AS ('F' || 1) STORED", "DEFAULT", "F1"),
        Kind('"char"'), Kind("numeric"), Kind("numeric(10,-2)"), Kind("xml"), Kind("json"), Kind("jsonb"),
        Kind("bytea"), Kind("text[]"), Kind("domain_array"), Kind("money"), Kind("boolean"), Kind("oid"),
        Kind("inet"), Kind("pair"), Kind("int4range"), Kind("bit(3)"), Kind("interval"), Kind("timestamp"),
    ],
    KEYS: [
        *TEXTS,
        Kind("bpchar", "'Ação  '", "Ação"),
        Kind("citext", "'Ação'", "Ação"),
        Kind("name", "'Ação'", "Ação"),
        Kind("colour", "'Ação'", "Ação"),
        Kind('"Odd Schema"."50%% off"', "'F1'", "F1"),
        Kind("nested_text", "'F1'", "F1"),
        Kind("domain_char", "'F1'", "F1"),
        Kind("domain_enum", "'F1'", "F1"),
        Kind("domain_citext", "'F1'", "F1"),
        *(Kind(kind.sql) for kind in NUMBERS),
        Kind("uuid"), Kind("bytea"), Kind('"char"'), Kind("domain_int"),
    ],
    DATES: [
        Kind("date", f"'{DAY}'", DAY),
        Kind("domain_date", f"'{DAY}'", DAY),
        *(Kind(f"timestamp({digits})", f"'{DAY} 23:59:59.4'", DAY) for digits in range(7)),
        Kind("timestamp", f"'{DAY} 23:59:59.999999'", DAY),
        *(Kind(f"timestamptz({digits})", "'2026-02-17 02:59:59.4+00'", DAY) for digits in range(7)),
        Kind("domain_moment", "'2026-02-17 02:59:59+00'", DAY),
        Kind("varchar(10)"), Kind("text"), Kind("time"), Kind("integer"), Kind("daterange"), Kind("colour"),
        Kind("domain_text"), Kind("interval"),
    ],
    AMOUNTS: [
        *MONEY,
        Kind("numeric(5,-2)", "1234500", 123450000),
        Kind("domain_money", "10.50", 1050),
        Kind("nested_money", "10.50", 1050),
        Kind("domain_int", "12", 1200),
        Kind("numeric(18,2) GENERATED ALWAYS AS (10.5) STORED", "DEFAULT", 1050),
        Kind("numeric"), Kind("numeric(18,-2)"), Kind("numeric(2,3)"), Kind("money"), Kind("domain_fine"),
        Kind("domain_open"), Kind("numeric(18,2)[]"), Kind("colour"),
    ],
}  # fmt: skip
FAMILY_TYPES = {
    NAMES: [
        *TEXTS, *NUMBERS, *NO_NAMES,
        *(Kind(f"{size}text", "'Ação'", "Ação") for size in ("tiny", "medium", "long")),
        Kind("varchar(10) CHARACTER SET latin1", "'Ação'", "Ação"),
        Kind("varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "'Ação'", "Ação"),
        Kind("tinyint", "-7", "-7"), Kind("mediumint", "7", "7"), Kind("tinyint(1)", "1", "1"),
        Kind("bigint unsigned", "18446744073709551615", "18446744073709551615"),
        Kind("int(5) unsigned zerofill", "7", "00007"),
        Kind("decimal(20,0) unsigned", "7", "7"),
        Kind("enum('A','Ação','it''s')", "'Ação'", "Ação"),
        Kind("enum('7','8')", "'8'", "8"),
        Kind("set('A','Ação')", "'Ação'", "Ação"),
        Kind("varchar(10) AS ('F1') STORED", "DEFAULT", "F1"),
        Kind("varchar(10) AS ('F1') VIRTUAL", "DEFAULT", "F1"),
        Kind("varchar(10) INVISIBLE", "'F1'", "F1"),
        Kind("binary(4)"), Kind("varbinary(10)"), Kind("blob"), Kind("year"), Kind("bit(3)"), Kind("time"),
        Kind("datetime"), Kind("point"), Kind("char(4) CHARACTER SET binary"),
    ],
    KEYS: [
        *(kind for kind in TEXTS if kind.sql != "text"),
        Kind("enum('A','Ação','7')", "'Ação'", "Ação"),
        Kind("enum('8','7')", "'7'", "7"),
        Kind("set('A','Ação')", "'Ação'", "Ação"),
        *(Kind(kind.sql) for kind in NUMBERS),
        Kind("varbinary(10)"), Kind("binary(4)"),
    ],
    DATES: [
        Kind("date", f"'{DAY}'", DAY),
        *(Kind(f"datetime({digits})", f"'{DAY} 23:59:59.4'", DAY) for digits in range(7)),
        Kind("datetime", f"'{DAY} 23:59:59'", DAY),
        *(Kind(f"timestamp({digits}) NULL", f"'{DAY} 12:00:00'", DAY) for digits in range(7)),
        Kind("date AS (DATE '2026-02-16') STORED", "DEFAULT", DAY),
        Kind("varchar(10)"), Kind("time"), Kind("year"), Kind("int"), Kind("enum('2026-02-16')"),
    ],
    AMOUNTS: [
        *(kind for kind in MONEY if kind.sql != "numeric(19,2)"),
        Kind("decimal(19,2)"),
        Kind("decimal", "12", 1200),
        Kind("decimal(18,2) unsigned", "10.50", 1050),
        Kind("decimal(18,2) unsigned zerofill", "10.50", 1050),
        Kind("int(5) unsigned zerofill", "7", 700),
        Kind("tinyint", "-7", -700), Kind("mediumint", "7", 700), Kind("int unsigned", "7", 700),
        Kind("decimal(18,2) AS (10.5) STORED", "DEFAULT", 1050),
        Kind("decimal(18,2) AS (10.5) VIRTUAL", "DEFAULT", 1050),
        Kind("bit(3)"), Kind("year"), Kind("enum('10.50')"), Kind("bigint unsigned"), Kind("varbinary(10)"),
    ],
}  # fmt: skip
MARIADB_TYPES = {
    NAMES: [
        Kind("uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        Kind("varchar(300) COMPRESSED", "'F1'", "F1"),
        Kind("json", "'\"F1\"'", '"F1"'),  # there, a text with a check
        Kind("inet6"), Kind("inet4"),
    ],
    KEYS: [Kind("uuid")],
}  # fmt: skip
MADE = (
    *citext.MADE,
    'DROP SCHEMA IF EXISTS "Odd Schema" CASCADE',
    'CREATE SCHEMA "Odd Schema"',
    "DROP TYPE IF EXISTS colour, pair CASCADE",
    "DROP DOMAIN IF EXISTS domain_text, domain_char, domain_citext, domain_int, domain_date, domain_moment,"
    " domain_money, domain_fine, domain_open, domain_array CASCADE",
    "CREATE TYPE colour AS ENUM ('A', 'Ação', 'it''s')",
    "CREATE TYPE \"Odd Schema\".\"50% off\" AS ENUM ('A', 'F1')",
    "CREATE TYPE pair AS (a int, b int)",
    "CREATE TYPE \"Odd Schema\".labels AS ENUM ('A', 'F1')",
    'CREATE DOMAIN domain_enum AS "Odd Schema".labels',
    "CREATE DOMAIN domain_text AS varchar(20) CHECK (VALUE <> '')",
    "CREATE DOMAIN nested_text AS domain_text CHECK (length(VALUE) < 9)",
    "CREATE DOMAIN domain_char AS char(9)",
    "CREATE DOMAIN domain_citext AS citext",
    "CREATE DOMAIN domain_int AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN domain_date AS date",
    "CREATE DOMAIN domain_moment AS timestamptz(3)",
    "CREATE DOMAIN domain_money AS numeric(18,2)",
    "CREATE DOMAIN nested_money AS domain_money CHECK (VALUE > 0)",
    "CREATE DOMAIN domain_fine AS numeric(18,4)",
    "CREATE DOMAIN domain_open AS numeric",
    "CREATE DOMAIN domain_array AS text[]",
)
MYSQL_TYPES = {NAMES: [Kind("json")]}
CASES = {
    "postgres": POSTGRES_TYPES,
    **{
        name: {column: [*kinds, *own.get(column, [])] for column, kinds in FAMILY_TYPES.items()}
        for name, own in (("mariadb", MARIADB_TYPES), ("mysql", MYSQL_TYPES))
    },
}
MOMENT = {"postgres": "SET TimeZone = 'UTC'", "mysql": "SET time_zone = '-03:00'"}


@contextmanager
def column_of(server: Server, column: str, kind: str, written: str = "NULL") -> Iterator[SqlBase]:
    """A base whose column has that type, with one row of the day."""
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
        with column_of(server, column, kind.sql, kind.written) as base:
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
        assert isinstance(base, PostgresBase)
        key = is_one_of(base.table().columns["ordem_id"])
        with base._connection.cursor() as cursor:
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
