"""A VIRTUAL column is computed by whoever reads: refused where sessions may compute different values."""

from contextlib import closing

import pymysql
import pytest

from reconciliation.adapters.database.rows import of_day
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, refused, rows, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
ALIKE = {
    "data": [
        "criado_em", "DATE(criado_em)", "CAST(criado_em AS DATE)", "DATE_ADD(criado_em, INTERVAL 1 SECOND)",
        "DATE(CONVERT_TZ(criado_em, '+00:00', '+00:00'))", "STR_TO_DATE(texto, '%Y-%m-%d')",
        "MAKEDATE(ano, 47)", "STR_TO_DATE('16 February 2026', '%d %M %Y')",
        "criado_em - INTERVAL taxa SECOND",
        "DATE(guardada)", "DATE '2026-02-16'", "CASE WHEN ano > 1 THEN criado_em ELSE NULL END",
    ],
    "valor": [
        "ROUND(centavos * 0.01, 2)", "IF(centavos IS NULL, 0, centavos * 0.01)", "taxa * 0.01 + 10.45",
        "(CAST(bruto AS SIGNED) - CAST(taxa AS SIGNED)) * 0.01", "(centavos - 1) * 0.01 + 0.01",
    ],
    "nome": ["CONCAT(texto, '-', ano)", "UPPER(texto)", "DATE_FORMAT(criado_em, '%Y%m')", "LEFT(texto, 4)"],
}  # fmt: skip
DIFFERING = {
    "data": [
        "gravado_em", "DATE(gravado_em)", "DATE(CONVERT_TZ(gravado_em, '+00:00', '-03:00'))",
        "DATE(FROM_UNIXTIME(segundos))", "texto", "DATE(texto)", "CAST(CONCAT(texto) AS DATETIME)",
        "DATE(outra)",
    ],
    "nome": ["gravado_em", "DATE_FORMAT(gravado_em, '%Y')", "CONCAT(outra, '`')", "FROM_UNIXTIME(segundos)",
             "DATE_FORMAT(criado_em, '%d %M')", "DATE_FORMAT(criado_em, '%W')", "CONCAT(centavos / 7)"],
    "valor": [
        "YEAR(gravado_em)", "DAYOFMONTH(texto)", "centavos / 100", "ROUND(centavos / 100, 2)", "liquido",
        "bruto - taxa", "taxa - 1", "ABS(taxa) - 1", "ano - 3000", "CAST(centavos AS UNSIGNED) - 9",
        "(centavos & 1) - 9", "(taxa << 1) - 9", "YEAR(criado_em) - 3000",
    ],
}  # fmt: skip
OF_MARIADB = ["CURDATE()", "NOW()", "DATE(FROM_UNIXTIME(UNIX_TIMESTAMP(criado_em)))", "@x", "@@timestamp"]
TYPES = {"data": "date", "valor": "decimal(18,2)", "nome": "varchar(40)"}


def cause(server: Server) -> str:
    """The refusal's sentence. E_BASE_SCHEMA."""
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    return str(failure)


def made(server: Server, column: str, expression: str, how: str = "VIRTUAL") -> None:
    """With a row of 22:00 in São Paulo, as its writer's session has the time."""
    server.execute(
        "DROP TABLE transacoes",
        "CREATE TABLE transacoes (ordem_id varchar(99) NOT NULL UNIQUE, fornecedor_id varchar(9), ativo_id"
        " varchar(9), gravado_em timestamp NULL, criado_em datetime, texto varchar(40), segundos bigint,"
        " ano year, centavos int, bruto int unsigned, taxa int unsigned,"
        " liquido decimal(18,2) AS (centavos / 100) VIRTUAL, outra datetime AS (gravado_em) VIRTUAL,"
        " guardada datetime AS (gravado_em) STORED,"
        + "".join(f"{name} {kind}," for name, kind in TYPES.items() if name != column)
        + f"{column} {TYPES[column]} AS ({expression}) {how})",
        "SET time_zone = '-03:00', sql_mode = 'NO_UNSIGNED_SUBTRACTION'",
        "INSERT INTO transacoes"
        " (ordem_id, gravado_em, criado_em, texto, segundos, ano, centavos, bruto, taxa)"
        f" VALUES ('O1', '{DAY} 22:00:00', '{DAY} 22:00:00', '{DAY}', 1771290000, 2026, 1050, 1055, 5)",
    )


@MYSQL
@pytest.mark.parametrize("column", ALIKE)
def test_what_no_session_computes_otherwise_is_read(server: Server, column: str) -> None:
    for expression in ALIKE[column]:
        made(server, column, expression)
        with snapshot(server.secret, 60) as base:
            (row,) = rows(base.rows_of(["O1"]))
            assert row[4] == (DAY if column == "data" else None), expression
            assert row[5] == (1050 if column == "valor" else None), expression
            assert keys(base.day_rows(DAY)) == (["O1"] if column == "data" else [])


@MYSQL
@pytest.mark.parametrize("column", DIFFERING)
def test_what_a_session_may_compute_otherwise_is_refused(server: Server, column: str) -> None:
    for expression in DIFFERING[column] + (
        OF_MARIADB if (server.name, column) == ("mariadb", "data") else []
    ):
        made(server, column, expression)
        told = cause(server)
        assert told.startswith(f"transacoes.{column} é VIRTUAL, calculada a cada leitura por "), expression
        assert "STORED" in told


@MYSQL
@pytest.mark.parametrize(
    ("setting", "named", "column", "expression"),
    [
        ("div_precision_increment = 0", "div_precision_increment", "valor", "centavos / 100"),
        ("lc_time_names = 'pt_BR'", "lc_time_names", "nome", "DATE_FORMAT(criado_em, '%M')"),
        ("sql_mode = 'NO_UNSIGNED_SUBTRACTION'", "NO_UNSIGNED_SUBTRACTION", "valor", "taxa - 9"),
    ],
)
def test_sessions_do_compute_these_otherwise(
    server: Server, setting: str, named: str, column: str, expression: str
) -> None:
    """And the refusal names the setting."""
    made(server, column, expression)
    assert seen(server, column, "sql_mode = ''") != seen(server, column, setting)
    assert named in cause(server)


def seen(server: Server, column: str, setting: str) -> str | None:
    """By a session with that setting, the first to open the table; None where it is an error."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("FLUSH TABLES")
        cursor.execute(f"SET {setting}")
        try:
            cursor.execute(f"SELECT CAST({column} AS CHAR) FROM transacoes")
        except pymysql.MySQLError:
            return None
        return str(cursor.fetchone()[0])


@MYSQL
def test_what_its_writer_stored_is_read(server: Server) -> None:
    """In its own time zone: the same for whoever reads."""
    made(server, "data", "DATE(gravado_em)", "STORED")
    with snapshot(server.secret, 60) as base:
        assert keys(base.day_rows(DAY)) == ["O1"]
        assert [row[4] for row in rows(base.rows_of(["O1"]))] == [DAY]


@pytest.mark.parametrize("data", ["2026-02-17", None])
def test_a_row_that_is_read_with_another_date_is_none_of_the_day(data: str | None) -> None:
    """Whatever the server sought it by."""
    row = ("F", "O1", "a", "A", data, "1")
    assert of_day([(*row[:4], str(DAY), "1")], has_moments=False, day=DAY).height == 1
    with pytest.raises(ReconciliationError, match=f"1 linha.* de outra data, como {data}") as failed:
        of_day([row], has_moments=False, day=DAY)
    assert failed.value.code == "UNBALANCED_TOTALS"


@MYSQL
def test_the_column_and_what_it_is_made_of_are_named(server: Server) -> None:
    made(server, "data", "DATE(outra)")
    assert "por cast(`outra` as date), e gravado_em é timestamp" in cause(server)


@MYSQL
def test_a_column_that_the_reader_may_not_see_is_not_trusted(server: Server) -> None:
    made(server, "data", "DATE(criado_em)")
    reader = server.secret["username"]
    contract = "fornecedor_id, ordem_id, nome, ativo_id, data, valor"
    server.execute(
        f"REVOKE SELECT ON conciliacao.* FROM {reader}",
        f"GRANT SELECT ({contract}) ON transacoes TO {reader}",
    )
    try:
        assert "o usuário não vê criado_em" in cause(server)
    finally:
        server.execute(
            f"REVOKE SELECT ({contract}) ON transacoes FROM {reader}",
            f"GRANT SELECT ON conciliacao.* TO {reader}",
        )


@POSTGRES
def test_postgres_takes_no_generated_column_that_sessions_compute_differently(server: Server) -> None:
    with pytest.raises(Exception, match="generation expression is not immutable"):
        server.execute(
            "ALTER TABLE transacoes ADD gravado_em timestamptz, DROP COLUMN data,"
            " ADD data date GENERATED ALWAYS AS (gravado_em::date) STORED"
        )
    assert refused(server) is None
