"""What has the table's name, and where: a refusal names the real cause, and never advises a twin."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.postgres import READER
from reconciliation.errors import ReconciliationError
from tests.database.bases import advised, refused, rows, snapshot
from tests.database.conftest import ALTER, DAY, MARIADB, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
COLUMNS = "fornecedor_id varchar(9), ordem_id varchar(9), nome varchar(9), ativo_id varchar(9), data date"
CREATE = f"({COLUMNS}, valor numeric(18,2))"
CHANGES = re.compile(r"\b(CREATE TABLE|ALTER TABLE|DROP|RENAME|MODIFY|ENGINE=)")


@pytest.fixture
def bare(server: Server) -> Iterator[Server]:
    """Without the table; what a test made in its place is gone afterwards."""
    server.execute("DROP TABLE transacoes")
    yield server
    if server.engine == "postgres":
        server.execute(
            "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC",
            'DROP SCHEMA IF EXISTS outro, "Outro", copia CASCADE',
        )  # fmt: skip
    else:
        server.execute(
            "DROP VIEW IF EXISTS transacoes",
            "DROP TABLE IF EXISTS transacoes, t_real, Transacoes, TRANSACOES",
            "DROP DATABASE IF EXISTS outro",
        )  # fmt: skip


def cause(server: Server) -> str:
    """The refusal's sentence, which has no statement that changes a table. E_BASE_SCHEMA."""
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    assert not CHANGES.search(str(failure))
    return str(failure)


def test_a_view(bare: Server) -> None:
    bare.execute(f"CREATE TABLE t_real {CREATE}", "CREATE VIEW transacoes AS SELECT * FROM t_real")
    if bare.engine == "postgres":
        assert "não pode ler" not in cause(bare), "no right to read it would be another trouble"
        assert cause(bare).startswith("transacoes é uma view sobre t_real, e não uma tabela")
        bare.execute(f"GRANT SELECT ON transacoes, t_real TO {READER}")
    assert cause(bare).startswith("transacoes é uma view")
    if bare.engine == "mysql":
        bare.execute("DROP TABLE t_real")
        assert cause(bare).startswith("transacoes é uma view, que já não se pode ler")


@POSTGRES
@pytest.mark.parametrize(
    ("made", "named"),
    [
        (
            "CREATE MATERIALIZED VIEW transacoes AS SELECT * FROM t_real",
            "uma view materializada sobre t_real",
        ),
        ("CREATE SEQUENCE transacoes", "uma sequência"),
        ("CREATE INDEX transacoes ON t_real(data)", "um índice"),
        ("CREATE TYPE transacoes AS (a int)", "um tipo composto"),
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
            f" CREATE FOREIGN TABLE transacoes {CREATE} SERVER s",
            "uma foreign table, cujos dados estão em outro servidor",
        ),
    ],
)
@pytest.mark.parametrize("granted", [False, True])
def test_what_is_no_table(bare: Server, made: str, named: str, granted: bool) -> None:
    try:
        bare.execute(f"CREATE TABLE t_real {CREATE}", *made.split("; "))
        if granted and not re.search("INDEX|TYPE|SEQUENCE", made):
            bare.execute(f"GRANT SELECT ON transacoes TO {READER}")
        assert cause(bare).startswith(f"transacoes é {named}, e não uma tabela")
    finally:
        bare.execute("DROP FOREIGN DATA WRAPPER IF EXISTS w CASCADE")


@POSTGRES
@pytest.mark.parametrize("letters", ['"Transacoes"', '"TRANSACOES"'])
def test_capitals_are_another_name(bare: Server, letters: str) -> None:
    bare.execute(f"CREATE TABLE {letters} {CREATE}", f"GRANT SELECT ON {letters} TO {READER}")
    assert f"há public.{letters}, com outras letras, que é outro nome" in cause(bare)
    assert advised(refused(bare)) == []


@MYSQL
@pytest.mark.parametrize("letters", ["Transacoes", "TRANSACOES"])
def test_capitals_are_another_name_there_too(bare: Server, letters: str) -> None:
    bare.execute(f"CREATE TABLE {letters} {CREATE}")
    assert f"há conciliacao.{letters}, com outras letras, que é outro nome" in cause(bare)
    bare.execute(f"CREATE TABLE transacoes {CREATE}", "CREATE UNIQUE INDEX i ON transacoes(ordem_id)")
    assert refused(bare) is None, "a twin in other letters is no concern of the table's"


@POSTGRES
def test_a_column_with_capitals(server: Server) -> None:
    server.execute(f'{ALTER} RENAME COLUMN data TO "Data"')
    assert 'não tem a coluna data; há "Data", com maiúsculas, que é outro nome' in cause(server)


@MYSQL
def test_a_column_with_capitals_is_the_same_there(server: Server) -> None:
    server.execute(f"{ALTER} RENAME COLUMN data TO Data", f"{ALTER} RENAME COLUMN ordem_id TO ORDEM_ID")
    server.insert(("F", "O1", "a", "A", DAY, 1))
    with snapshot(server.secret, 60) as base:
        assert [row[1] for row in rows(base.day_rows(DAY))] == ["O1"]


@POSTGRES
@pytest.mark.parametrize("usage", [False, True])
def test_a_table_in_another_schema(bare: Server, usage: bool) -> None:
    bare.execute("CREATE SCHEMA outro", f"CREATE TABLE outro.transacoes {CREATE}")
    if usage:
        bare.execute(
            f"GRANT USAGE ON SCHEMA outro TO {READER}", f"GRANT SELECT ON outro.transacoes TO {READER}"
        )
    assert f"há outro.transacoes{'' if usage else ', em um esquema sem o direito USAGE'}." in cause(bare)
    assert len(advised(refused(bare))) == (1 if usage else 3)


@POSTGRES
def test_of_two_schemas_none_is_chosen(bare: Server) -> None:
    for schema in ("outro", "copia"):
        bare.execute(f"CREATE SCHEMA {schema}", f"CREATE TABLE {schema}.transacoes {CREATE}")
    assert "há copia.transacoes, em um esquema sem o direito USAGE, outro.transacoes, em" in cause(bare)
    assert advised(refused(bare)) == []


@POSTGRES
def test_a_schema_that_is_sought_and_closed(bare: Server) -> None:
    bare.execute(
        "CREATE SCHEMA outro", f"CREATE TABLE outro.transacoes {CREATE}",
        f"ALTER ROLE {READER} SET search_path = outro, public",
    )  # fmt: skip
    try:
        assert advised(refused(bare)) == [
            f"GRANT USAGE ON SCHEMA outro TO {READER}",
            f"GRANT SELECT ON outro.transacoes TO {READER}",
        ]
    finally:
        bare.execute(f"ALTER ROLE {READER} RESET search_path")


@MYSQL
def test_a_table_in_another_database(bare: Server) -> None:
    bare.execute("CREATE DATABASE outro", f"CREATE TABLE outro.transacoes {CREATE}")
    assert "outro" not in cause(bare), "the reader may not see it"
    bare.execute(f"GRANT SELECT ON outro.* TO {READER}@'%'")
    try:
        assert "há outro.transacoes. Confira dbname" in cause(bare)
    finally:
        bare.execute(f"REVOKE SELECT ON outro.* FROM {READER}@'%'")


@contextmanager
def only_columns(server: Server, columns: str) -> Iterator[None]:
    """The reader's right is on these columns, and not on the table."""
    everything = "transacoes" if server.engine == "postgres" else "conciliacao.*"
    reader = READER if server.engine == "postgres" else f"{READER}@'%'"
    server.execute(
        f"REVOKE SELECT ON {everything} FROM {reader}", f"GRANT SELECT ({columns}) ON transacoes TO {reader}"
    )
    try:
        yield
    finally:
        server.execute(f"REVOKE SELECT ({columns}) ON transacoes FROM {reader}")
        if server.engine == "mysql":
            server.execute(f"GRANT SELECT ON {everything} TO {reader}")


def test_rights_on_some_columns_are_no_missing_columns(server: Server) -> None:
    with only_columns(server, "fornecedor_id, ordem_id, nome"):
        failure = refused(server)
    assert failure is not None
    assert (failure.code, "GRANT SELECT ON" in str(failure)) == ("RDS_AUTH", True)
    assert "só algumas colunas" in str(failure)


@MYSQL
def test_rights_on_all_six_columns_do_there(server: Server) -> None:
    server.execute(f"{ALTER} ADD COLUMN mais int", f"{ALTER} DROP INDEX idx_ordem_id")
    server.execute("CREATE UNIQUE INDEX wide ON transacoes(ordem_id, mais)")
    with only_columns(server, "fornecedor_id, ordem_id, nome, ativo_id, data, valor"):
        failure = refused(server)
        assert (failure and failure.code) == "E_BASE_NO_UNIQUE_INDEX", "a column unseen is one of the index"
        server.execute("CREATE UNIQUE INDEX one ON transacoes(ordem_id)")
        assert refused(server) is None


@POSTGRES
def test_children_are_under_no_unique_index(server: Server) -> None:
    server.execute("CREATE TABLE filha () INHERITS (transacoes)")
    try:
        server.execute(f"INSERT INTO filha VALUES ('F', 'O1', 'a', 'A', '{DAY}', 1)")
        failure = refused(server)
        assert isinstance(failure, ReconciliationError)
        assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
        assert str(failure).startswith("transacoes tem tabelas que a herdam (filha), e nenhum índice")
    finally:
        server.execute("DROP TABLE filha")


@POSTGRES
def test_a_partition_is_not_the_whole_table(bare: Server) -> None:
    bare.execute(
        f"CREATE TABLE todas {CREATE} PARTITION BY RANGE (data)",
        "CREATE TABLE transacoes PARTITION OF todas DEFAULT", f"GRANT SELECT ON transacoes TO {READER}",
    )  # fmt: skip
    assert cause(bare).startswith("transacoes é uma partição de todas, e as demais linhas")


@POSTGRES
def test_what_is_readable_though_unusual(bare: Server) -> None:
    """Partitioned by its key, without a write-ahead log, or made after another: a whole table."""
    for made in (
        (f"CREATE TABLE transacoes {CREATE} PARTITION BY HASH (ordem_id)",
         "CREATE TABLE p PARTITION OF transacoes FOR VALUES WITH (MODULUS 1, REMAINDER 0)"),
        (f"CREATE UNLOGGED TABLE transacoes {CREATE}",),
        (f"CREATE TABLE modelo {CREATE}", "CREATE TABLE transacoes () INHERITS (modelo)"),
    ):  # fmt: skip
        bare.execute(
            *made, "CREATE UNIQUE INDEX k ON transacoes(ordem_id)",
            f"INSERT INTO transacoes VALUES ('F', 'O1', 'a', 'A', '{DAY}', 1)",
            f"GRANT SELECT ON transacoes TO {READER}",
        )  # fmt: skip
        with snapshot(bare.secret, 60) as base:
            assert [row[1] for row in rows(base.day_rows(DAY))] == ["O1"]
            assert [row[1] for row in rows(base.rows_of(["O1", "O2"]))] == ["O1"]
        bare.execute("DROP TABLE transacoes")


@MYSQL
def test_partitioned_by_its_key_a_table_is_whole_there_too(bare: Server) -> None:
    bare.execute(
        f"CREATE TABLE transacoes {CREATE} PARTITION BY KEY (ordem_id) PARTITIONS 3",
        "CREATE UNIQUE INDEX k ON transacoes(ordem_id)",
    )
    assert refused(bare) is None


@MYSQL
@pytest.mark.parametrize("stored_by", ["MyISAM", "MEMORY", "CSV"])
def test_a_storage_without_snapshots(bare: Server, stored_by: str) -> None:
    not_null = re.sub(r"(\)|date)(?=,|\)$)", r"\1 NOT NULL", CREATE)  # as CSV needs
    bare.execute(f"CREATE TABLE transacoes {not_null} ENGINE={stored_by}")
    assert cause(bare).startswith(f"transacoes está em {stored_by}, que não dá um instante só")


@MARIADB
def test_a_sequence_or_an_old_version(bare: Server) -> None:
    bare.execute(f"CREATE TABLE transacoes {CREATE} WITH SYSTEM VERSIONING")
    failure = refused(bare)
    assert (failure and failure.code) == "E_BASE_NO_UNIQUE_INDEX"
    bare.execute("DROP TABLE transacoes", "CREATE SEQUENCE transacoes")
    assert cause(bare).startswith("transacoes é uma sequência, e não uma tabela")
    bare.execute("DROP SEQUENCE transacoes")
