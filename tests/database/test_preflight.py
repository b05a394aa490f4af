"""Which bases are trusted, on real servers; and each refusal's own statement mends it."""

import pytest

from local.postgres import READER
from reconciliation.adapters.database import snapshot
from reconciliation.errors import ReconciliationError
from tests.database.conftest import Server
from tests.database.test_reads import MYSQL, POSTGRES

pytestmark = pytest.mark.stack
ALTER = "ALTER TABLE transacoes"
DROP = {"postgres": "DROP INDEX {}", "mysql": "DROP INDEX {} ON transacoes"}


def drop(server: Server, index: str) -> None:
    server.execute(DROP[server.engine].format(index))


def refused(server: Server) -> ReconciliationError | None:
    try:
        with snapshot(server.secret, 60):
            return None
    except ReconciliationError as exc:
        return exc


def mend(server: Server) -> None:
    """Does what the refusals say, until there is none."""
    for _ in range(4):
        failure = refused(server)
        if failure is None:
            return
        statements = str(failure).split(": ", 1)[1].replace("usuário", READER)
        server.execute(*filter(None, (statement.strip() for statement in statements.split(";"))))
    raise AssertionError(failure)


def test_a_base_as_the_contract_wants_it(server: Server) -> None:
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {}


@pytest.mark.parametrize(
    "instead",
    [
        f"{ALTER} ADD PRIMARY KEY (ordem_id)",
        "CREATE UNIQUE INDEX another_name ON transacoes(ordem_id)",
        f"{ALTER} ADD CONSTRAINT one_each UNIQUE (ordem_id)",
    ],
)
def test_any_unique_index_on_the_key_will_do(server: Server, instead: str) -> None:
    drop(server, "idx_ordem_id")
    server.execute(instead)
    assert refused(server) is None


def require_index(server: Server, instead: str | None) -> None:
    drop(server, "idx_ordem_id")
    if instead:
        server.execute(instead)
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    assert "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id);" in str(failure)
    mend(server)


@pytest.mark.parametrize(
    "instead",
    [
        None,
        "CREATE INDEX idx_ordem_id ON transacoes(ordem_id)",
        "CREATE UNIQUE INDEX both_columns ON transacoes(ordem_id, fornecedor_id)",
        "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(fornecedor_id, ordem_id)",
        "CREATE UNIQUE INDEX other ON transacoes(fornecedor_id)",
    ],
)
def test_no_unique_index_on_exactly_the_key(server: Server, instead: str | None) -> None:
    require_index(server, instead)


@POSTGRES
@pytest.mark.parametrize(
    "instead",
    [
        "CREATE UNIQUE INDEX part ON transacoes(ordem_id) WHERE data > '2026-01-01'",
        "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(lower(ordem_id))",
    ],
)
def test_partial_and_expression_indexes_do_not_count(server: Server, instead: str) -> None:
    require_index(server, instead)


@POSTGRES
def test_an_index_that_was_not_finished_does_not_count(server: Server) -> None:
    server.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_ordem_id'::regclass")
    failure = refused(server)
    assert (failure and failure.code) == "E_BASE_NO_UNIQUE_INDEX"
    mend(server)


@MYSQL
def test_a_prefix_does_not_count(server: Server) -> None:
    require_index(server, "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id(10))")


@MYSQL
def test_a_storage_without_snapshots_is_refused(server: Server) -> None:
    server.execute(f"{ALTER} MODIFY ordem_id varchar(100) NOT NULL")  # its indexes hold no more bytes
    server.execute(f"{ALTER} ENGINE=MyISAM")
    failure = refused(server)
    assert failure is not None
    assert (failure.code, "MyISAM" in str(failure)) == ("E_BASE_SCHEMA", True)
    mend(server)


@pytest.mark.parametrize("column", ["fornecedor_id", "ordem_id", "nome", "ativo_id", "data", "valor"])
def test_a_missing_column(server: Server, column: str) -> None:
    server.execute(f"{ALTER} RENAME COLUMN {column} TO outra")
    failure = refused(server)
    assert failure is not None
    assert (failure.code, f"ADD COLUMN {column} " in str(failure)) == ("E_BASE_SCHEMA", True)
    mend(server)


def test_a_missing_table(server: Server) -> None:
    server.execute("DROP TABLE transacoes")
    failure = refused(server)
    assert failure is not None
    assert (failure.code, "não existe" in str(failure)) == ("E_BASE_SCHEMA", True)
    mend(server)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("valor", "numeric(18,4)"),
        ("valor", "numeric(20,2)"),
        ("valor", "double precision"),
        ("valor", "bigint"),
        ("valor", "varchar(30)"),
        ("data", "varchar(10)"),
        ("data", "time"),
        ("ordem_id", "bigint"),
        ("nome", "double precision"),
    ],
)
def test_a_type_that_cannot_hold_the_contract(server: Server, column: str, kind: str) -> None:
    server.execute(f"{ALTER} DROP COLUMN {column}", f"{ALTER} ADD COLUMN {column} {kind}")
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    assert str(failure).startswith(f"transacoes.{column} é ")
    if kind != "time":  # no statement makes a day of an hour
        mend(server)


@POSTGRES
@pytest.mark.parametrize("kind", ["numeric", "money", "real", "numeric(18,-2)"])
def test_types_of_money_that_only_postgresql_has(server: Server, kind: str) -> None:
    server.execute(f"{ALTER} DROP COLUMN valor", f"{ALTER} ADD COLUMN valor {kind}")
    assert str(refused(server)).startswith("transacoes.valor é ")


@pytest.mark.parametrize("kind", ["varchar(10)", "text", "char(8)", "integer", "bigint"])
def test_names_may_be_any_text_or_whole_number(server: Server, kind: str) -> None:
    server.execute(f"{ALTER} DROP COLUMN fornecedor_id", f"{ALTER} ADD COLUMN fornecedor_id {kind}")
    assert refused(server) is None


@pytest.mark.parametrize("instead", [None, "CREATE INDEX second ON transacoes(nome, data)"])
def test_without_an_index_on_the_date_the_run_is_warned(server: Server, instead: str | None) -> None:
    drop(server, "idx_data")
    if instead:
        server.execute(instead)
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {"BASE_NO_DATE_INDEX": 1}
        assert base.facts["newest_date"] is None, "it would cost a whole reading"
    server.execute("CREATE INDEX wide ON transacoes(data, nome)")
    with snapshot(server.secret, 60) as base:
        assert (base.warnings, base.facts["newest_date"]) == ({}, None)
    server.insert(*(("F", f"O{day}", "a", "A", f"2026-02-{day}", 1) for day in (16, 19, 17)))
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] == "2026-02-19"


@POSTGRES
def test_rows_hidden_by_a_policy_are_an_error(server: Server) -> None:
    server.execute(f"{ALTER} ENABLE ROW LEVEL SECURITY")
    with pytest.raises(ReconciliationError) as denied, snapshot(server.secret, 60) as base:
        list(base.rows_of(["O1"]))
    assert denied.value.code == "RDS_AUTH"


@POSTGRES
def test_a_user_that_may_not_read(server: Server) -> None:
    server.execute(f"REVOKE SELECT ON transacoes FROM {READER}")
    failure = refused(server)
    assert (failure and failure.code) == "RDS_AUTH"
    mend(server)
