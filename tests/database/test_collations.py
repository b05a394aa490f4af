"""An index in an order that PostgreSQL no longer has proves nothing, and is not looked up.

The version that is recorded is changed by hand, as another operating system changes it: the server itself
warns of it then. Its own provider's collations have a version, too; the tests' binaries have no ICU, and of
the system's collations only C, which has none.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest

from local.postgres import READER
from reconciliation.access import checking
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres import collations
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.database.asking import ask
from tests.database.awkward import offered, run
from tests.database.bases import refused, snapshot
from tests.database.conftest import ALTER, DAY, EMPTY, POSTGRES, Server
from tests.jobs.whole_day import run_day

pytestmark = [pytest.mark.stack, POSTGRES]
DATABASE = "de outro sistema"
OWN = "pg_catalog.pg_c_utf8"
KEYS = 2_000
STATEMENTS = {"own": "postgres.refresh_collation", "moved": "postgres.refresh_database"}
_OF_COLLATION = "UPDATE pg_collation SET collversion = {} WHERE collname = 'pg_c_utf8'"
_OF_DATABASE = "UPDATE pg_database SET datcollversion = {} WHERE datname = current_database()"


@pytest.fixture
def own(server: Server) -> Iterator[Server]:
    """Its keys have a collation of their own, which is recorded in another version."""
    server.execute(f"{ALTER} ALTER ordem_id TYPE text COLLATE {OWN}", _OF_COLLATION.format("'0.9'"))
    yield server
    server.execute(_OF_COLLATION.format("'1'"))


@pytest.fixture
def moved(server: Server) -> Iterator[Server]:
    """A database whose default collation is recorded in another version."""
    server.execute(
        f'DROP DATABASE IF EXISTS "{DATABASE}"',
        f'CREATE DATABASE "{DATABASE}" TEMPLATE template0'
        " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    )
    there = partial(server.connect, dbname=DATABASE)
    found = Server("postgres", {**server.secret, "dbname": DATABASE}, server.certificates, there)
    found.execute(*EMPTY, f"GRANT SELECT ON transacoes TO {READER}", _OF_DATABASE.format("'0.9'"))
    yield found
    server.execute(f'DROP DATABASE "{DATABASE}"')


@pytest.fixture(params=["own", "moved"])
def outdated(request: pytest.FixtureRequest, server: Server) -> tuple[Server, str]:
    """And the statement that records the version anew."""
    assert server.name == "postgres"
    return request.getfixturevalue(request.param), STATEMENTS[request.param]


def refusal(server: Server) -> str:
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    return str(failure)


def day_of_old_orders(server: Server) -> list[str]:
    """Types of the divergences of a file whose orders the base has, all with the date before."""
    file = "\n".join(
        ["fornecedor_id;ordem_id;nome;ativo_id;data;valor"]
        + [f"F;O{n};Ana;A;{DAY};1.00" for n in range(0, KEYS, 100)]
    )
    found = run_day(file.encode(), [], Rules(), open_base=lambda: snapshot(server.secret, 60))
    return [row["tipo_divergencia"] for row in found.divergences]


def test_an_index_in_another_order_is_refused_until_it_is_made_anew(
    outdated: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its order is broken in earnest: without the refusal, rows that are there would be TIPO_1."""
    server, refresh = outdated
    server.execute(
        f"INSERT INTO transacoes SELECT 'F', 'O' || n, 'Ana', 'A', date '{DAY - timedelta(days=1)}', 1"
        f" FROM generate_series(0, {KEYS - 1}) n",
        f"INSERT INTO transacoes VALUES ('F', 'DO DIA', 'Ana', 'A', '{DAY}', 1)",
        "UPDATE pg_index SET indoption = '3' WHERE indexrelid = 'idx_ordem_id'::regclass",  # as if DESC
        "ANALYZE transacoes",
    )
    with monkeypatch.context() as trusting:
        trusting.setattr(collations, "outdated", lambda _: "NULL")
        assert day_of_old_orders(server) == ["TIPO_1"] * (KEYS // 100) + ["TIPO_2"]
    text = refusal(server)
    assert "índice idx_ordem_id (collation" in text
    assert "versão 0.9, agora 1)" in text
    for statement in ("find_repeated", "postgres.reindex", refresh):
        run(server, offered(statement, text))
    assert refused(server) is None
    assert day_of_old_orders(server) == ["TIPO_2"] + ["TIPO_3"] * (KEYS // 100)


def test_the_server_warns_of_it_itself(
    outdated: tuple[Server, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Of the database while the driver connects, which then passes it to nobody but stderr."""
    server, _ = outdated
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT 'a' < 'b' COLLATE {OWN}")
        assert "version mismatch" in str(connection.notices) + capfd.readouterr().err


def test_what_was_not_mended_is_refused_again(outdated: tuple[Server, str]) -> None:
    server, _ = outdated
    server.execute("REINDEX TABLE transacoes")
    assert refused(server) is not None, "nobody has said that the other tables were looked at"


def test_a_good_index_besides_does_not_help(own: Server) -> None:
    """A look-up goes by the order of the column, and so through the other one."""
    own.execute('CREATE UNIQUE INDEX good ON transacoes(ordem_id COLLATE "C")')
    assert "índice idx_ordem_id (" in refusal(own)
    own.execute("DROP INDEX idx_ordem_id")
    assert refused(own) is None, "nothing is read by the order that has changed"


@pytest.fixture
def beside(server: Server) -> Iterator[Server]:
    """Only the names have an order that changes; each name has a hundred rows, each date two hundred."""
    server.execute(
        f"{ALTER} ALTER nome TYPE text COLLATE {OWN}",
        f"INSERT INTO transacoes SELECT 'F', 'O' || n, 'n' || n % 20, 'A', date '{DAY}' + n / 200, n"
        f" FROM generate_series(0, {KEYS - 1}) n",
    )
    yield server
    server.execute(_OF_COLLATION.format("'1'"))


def is_refused_when_outdated(server: Server) -> bool:
    """Whether the index `besides` is refused, which must be good before; no other one ever is."""
    assert refused(server) is None
    server.execute(_OF_COLLATION.format("'0.9'"))
    failure = refused(server)
    assert failure is None or "idx_ordem_id (" not in str(failure), "in the order of C"
    assert failure is None or "índice besides (collation pg_catalog.pg_c_utf8, " in str(failure)
    return failure is not None


def finds_all_when_broken(server: Server, names_at: int, columns: int) -> bool:
    """Whether keys and a day are found whole by `besides` alone, in whose order the names now are wrong."""
    options = " ".join("3" if place == names_at else "0" for place in range(columns))
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "DROP INDEX idx_ordem_id, idx_data; ANALYZE transacoes;"
            f" UPDATE pg_index SET indoption = '{options}' WHERE indexrelid = 'besides'::regclass"
        )
    found = []
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        for sought in (
            "ordem_id = ANY('{O5,O6,O777}'::text[])",
            f"data >= '{DAY}' AND data < '{DAY}'::date + 1",
        ):
            cursor.execute(f"EXPLAIN SELECT * FROM transacoes WHERE {sought}")
            plan = str(cursor.fetchall())
            cursor.execute(
                f"SELECT count(*) FROM (SELECT valor + 1 FROM transacoes WHERE {sought} OFFSET 0) s"
            )
            found.append(("using besides" in plan, cursor.fetchone()))
    assert any(by_it for by_it, _ in found)
    return [count for _, count in found] == [(3,), (200,)]


@pytest.mark.parametrize(
    ("index", "misses"),
    [
        ("(nome, ordem_id)", True),
        ("(nome, data)", True),
        ("(data, nome, ordem_id)", True),
        ("(fornecedor_id, nome, data)", True),
        ("(data, nome)", False),
        ("(ordem_id, nome)", False),
        ("(data, valor, nome)", False),
        ("(data, ordem_id, nome)", False),
    ],
)
def test_a_tree_is_refused_where_a_search_goes_through_the_order_that_changed(
    beside: Server, index: str, *, misses: bool
) -> None:
    """It is, where the tree is broken in earnest: the server's own answers, beside what is refused."""
    beside.execute(f"CREATE INDEX besides ON transacoes {index}")
    assert is_refused_when_outdated(beside) is misses
    columns = index.strip("()").split(", ")
    assert finds_all_when_broken(beside, columns.index("nome"), len(columns)) is not misses


@pytest.mark.parametrize(
    ("index", "is_refused"),
    [
        ("(nome)", False),
        ("(lower(nome))", False),
        ("(valor, nome)", False),
        ("(nome) INCLUDE (ordem_id, data)", False),
        ("UNIQUE (nome)", False),
        ("USING hash (ordem_id COLLATE pg_c_utf8)", False),
        ("USING brin (nome, ordem_id, data)", False),
        ("(nome text_pattern_ops, ordem_id)", False),
        ("(ordem_id COLLATE pg_c_utf8)", False),
        ("((btrim(ordem_id, E' \t') COLLATE pg_c_utf8))", False),
        ("(nome) WHERE ordem_id > 'a'", False),
        ("(nome, ordem_id) WHERE nome > 'a'", False),
        ("(lower(nome), ordem_id)", True),
        ("(nome, ordem_id) WHERE ordem_id > 'a'", True),
        ("(nome, ordem_id) WHERE true", True),
        ("UNIQUE (ordem_id COLLATE pg_c_utf8)", True),
        ("UNIQUE ((btrim(ordem_id, E' \t') COLLATE pg_c_utf8))", True),
    ],
)
def test_an_index_counts_where_keys_or_dates_are_sought_in_it(
    beside: Server, index: str, *, is_refused: bool
) -> None:
    """Or where it says that keys are unique."""
    _, unique, of = index.rpartition("UNIQUE")
    beside.execute(
        "DELETE FROM transacoes WHERE valor >= 20", f"CREATE {unique} INDEX besides ON transacoes {of}"
    )
    assert is_refused_when_outdated(beside) is is_refused


@pytest.mark.parametrize(
    ("index", "is_refused"),
    [
        ("(ordem_id)", True),
        ("(data, ordem_id)", True),
        ("((ordem_id::text))", True),
        ("USING brin (valor, ordem_id)", True),
        ("(valor) WHERE ordem_id > 'a'", True),
        ("USING hash (ordem_id)", False),
        ("(ordem_id text_pattern_ops)", False),
        ('(ordem_id COLLATE "C")', False),
        ("(valor) WHERE ordem_id IS NOT NULL", False),
        ("(data, valor) INCLUDE (ordem_id)", False),
    ],
)
def test_of_a_key_whose_order_changed(own: Server, index: str, *, is_refused: bool) -> None:
    """What proves it unique is in the order of C, which does not change."""
    own.execute(
        "DROP INDEX idx_ordem_id", 'CREATE UNIQUE INDEX good ON transacoes(ordem_id COLLATE "C")',
        f"CREATE INDEX besides ON transacoes {index}",
    )  # fmt: skip
    failure = refused(own)
    assert (failure is not None) is is_refused
    assert failure is None or "índice besides (" in str(failure)


def test_before_version_18_no_search_skips_a_column(beside: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its statement, on this server."""
    monkeypatch.setattr(collations, "_SKIPS", 190_000)
    beside.execute("CREATE INDEX besides ON transacoes(nome, ordem_id)")
    assert not is_refused_when_outdated(beside)


def test_of_several_all_are_told_and_mended_at_once(moved: Server) -> None:
    moved.execute(
        f"CREATE UNIQUE INDEX second ON transacoes(ordem_id COLLATE {OWN})", _OF_COLLATION.format("'0.9'")
    )
    text = refusal(moved)
    assert "idx_ordem_id (collation do banco, versão 0.9, agora 1)" in text
    assert "second (collation pg_catalog.pg_c_utf8, versão 0.9, agora 1)" in text
    for statement in ("postgres.reindex", "postgres.refresh_collation", "postgres.refresh_database"):
        run(moved, offered(statement, text))
    assert refused(moved) is None


@pytest.mark.parametrize("found", ["NULL", "'1'"])
def test_an_order_of_which_nothing_is_recorded_is_not_judged(moved: Server, found: str) -> None:
    moved.execute(_OF_DATABASE.format(found))
    assert refused(moved) is None


def test_an_older_server_is_not_asked_of_the_database(
    outdated: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its statement, on this server: before 15 that one has no such column, nor function."""
    server, refresh = outdated
    monkeypatch.setattr(collations, "_KNOWS_THE_DATABASES", 190_000)
    assert (refused(server) is None) is (refresh == "postgres.refresh_database")


def test_a_system_that_gives_no_version_is_another_one(server: Server) -> None:
    """As where the data were moved to Alpine: the version cannot be recorded anew, and nothing is offered."""
    server.execute(_OF_DATABASE.format("'2.36'"))
    try:
        text = refusal(server)
        assert "idx_ordem_id (collation do banco, versão 2.36, agora sem versão)" in text
        assert ":" not in text
        with pytest.raises(Exception, match="invalid collation version change"):
            server.execute("ALTER DATABASE conciliacao REFRESH COLLATION VERSION")
    finally:
        server.execute(_OF_DATABASE.format("NULL"))


PARTITIONED = (
    "DROP TABLE transacoes",
    "CREATE TABLE transacoes (fornecedor_id text, ordem_id text, nome text, ativo_id text, data date,"
    " valor numeric(18,2)) PARTITION BY {}",
    "CREATE TABLE part PARTITION OF transacoes {} PARTITION BY HASH (ordem_id)",
    "CREATE TABLE deep PARTITION OF part FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    f"GRANT SELECT ON transacoes TO {READER}",
)


def parted(server: Server, by: str, values: str, index: str) -> None:
    server.execute(*(text.format(by if "BY {}" in text else values) for text in PARTITIONED), index)


def test_of_a_table_in_parts_the_whole_index_is_told_once(moved: Server) -> None:
    parted(
        moved, "HASH (ordem_id)", "FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "CREATE UNIQUE INDEX whole ON transacoes(ordem_id)",
    )  # fmt: skip
    text = refusal(moved)
    assert text.count("agora 1") == 1
    run(moved, offered("postgres.reindex", text))
    run(moved, offered("postgres.refresh_database", text))
    assert refused(moved) is None


def test_where_rows_stand_in_ranges_of_the_key_nothing_is_offered(moved: Server) -> None:
    """Made anew, the index would be right, and a look-up would seek some rows in another partition."""
    parted(
        moved, "RANGE (ordem_id)", "FOR VALUES FROM (MINVALUE) TO (MAXVALUE)",
        "CREATE UNIQUE INDEX whole ON transacoes(ordem_id)",
    )  # fmt: skip
    text = refusal(moved)
    assert "por faixas de texto" in text
    assert ":" not in text


@pytest.mark.parametrize("by", ['ordem_id COLLATE "C"', "nome"])
def test_by_ranges_in_another_order_or_of_another_column_an_index_is_mended(moved: Server, by: str) -> None:
    parted(moved, f"RANGE ({by})", "DEFAULT", "CREATE INDEX besides ON transacoes(ordem_id)")
    text = refusal(moved)
    assert "besides (" in text
    for statement in ("postgres.reindex", "postgres.refresh_database"):
        run(moved, offered(statement, text))
    with snapshot(moved.secret, 60, window_days=9) as base:
        assert base.facts["unique_proof"] == "in_scope"


def test_an_index_of_one_part_counts_where_only_dates_are_read(moved: Server) -> None:
    parted(moved, "RANGE (data)", "DEFAULT", "CREATE INDEX deepest ON deep(nome, data)")
    with (
        pytest.raises(ReconciliationError, match="índice deepest"),
        snapshot(moved.secret, 60, window_days=9),
    ):
        pass
    moved.execute(_OF_DATABASE.format("'1'"))
    with snapshot(moved.secret, 60, window_days=9) as base:
        assert base.facts["unique_proof"] == "in_scope"


def test_an_order_is_not_said_to_be_absent(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks into a day asks by name; what is read from end to end answers, as the refusal's query."""
    by_key = ask(own, monkeypatch, {"consulta": "ordem", "ordem_id": "O1"})
    assert (by_key["ok"], by_key["codigo"]) == (False, "E_BASE_NO_UNIQUE_INDEX")
    assert ask(own, monkeypatch, {"consulta": "chaves_repetidas"})["ok"]


def test_whoever_asks_before_a_day_is_told(own: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "read_secret", lambda *_: own.secret)
    check = checking.Check(
        secret_id="s", read_endpoint="", database_ca="", window_days=None, limits=Limits(60)
    )
    reached = check.run({})
    assert (reached.etapa, reached.codigo) == ("select", "E_BASE_NO_UNIQUE_INDEX")
    assert (reached.indice_unico, reached.indice_desatualizado) == (False, True)
