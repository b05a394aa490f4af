"""An index in an order that PostgreSQL no longer has proves nothing, and is not looked up."""

from contextlib import closing
from datetime import timedelta

import pytest

from reconciliation.access import checking
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres import collations
from reconciliation.config import Rules
from tests.database.asking import ask
from tests.database.awkward import offered, run
from tests.database.bases import refused, snapshot
from tests.database.collations.conftest import KEYS, OF_COLLATION, OF_DATABASE, OWN, refusal
from tests.database.conftest import DAY, POSTGRES, Server
from tests.jobs.whole_day import run_day

pytestmark = [pytest.mark.stack, POSTGRES]


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


def test_of_several_all_are_told_and_mended_at_once(moved: Server) -> None:
    moved.execute(
        f"CREATE UNIQUE INDEX second ON transacoes(ordem_id COLLATE {OWN})", OF_COLLATION.format("'0.9'")
    )
    text = refusal(moved)
    assert "idx_ordem_id (collation do banco, versão 0.9, agora 1)" in text
    assert "second (collation pg_catalog.pg_c_utf8, versão 0.9, agora 1)" in text
    for statement in ("postgres.reindex", "postgres.refresh_collation", "postgres.refresh_database"):
        run(moved, offered(statement, text))
    assert refused(moved) is None


@pytest.mark.parametrize("found", ["NULL", "'1'"])
def test_an_order_of_which_nothing_is_recorded_is_not_judged(moved: Server, found: str) -> None:
    moved.execute(OF_DATABASE.format(found))
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
    server.execute(OF_DATABASE.format("'2.36'"))
    try:
        text = refusal(server)
        assert "idx_ordem_id (collation do banco, versão 2.36, agora sem versão)" in text
        assert ":" not in text
        with pytest.raises(Exception, match="invalid collation version change"):
            server.execute("ALTER DATABASE conciliacao REFRESH COLLATION VERSION")
    finally:
        server.execute(OF_DATABASE.format("NULL"))


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
