"""The indexes: keys there twice, one left unfinished, one that others make, a name that is taken."""

import threading
from contextlib import closing, suppress

import psycopg2
import pytest

from reconciliation import advice
from reconciliation.adapters.database.limits import Limits
from tests.database.awkward import run, seen
from tests.database.conftest import DAY, POSTGRES
from tests.database.emptied import Empty
from tests.waiting import eventually

pytestmark = pytest.mark.stack


def test_keys_that_are_there_twice_are_found_by_the_statement(empty: Empty) -> None:
    empty.prepare("criar_tabela")
    empty.server.insert(*(("F", "O1", "a", "A", DAY, amount) for amount in ("1.00", "2.00")))
    before = seen(empty.server)
    refusal = empty.refused("criar_indices")
    assert (refusal.passo, refusal.codigo) == ("indice_unico", "E_BASE_DUP_OR_NULL_KEY")
    statement = refusal.detalhe.partition(": ")[2]
    assert statement == advice.statement("find_repeated")
    assert run(empty.server, statement) == [("O1", 2)]
    assert seen(empty.server) == before, "nothing unfinished stays behind"
    empty.server.execute("DELETE FROM transacoes WHERE valor = 2")
    assert set(empty.states("criar_indices").values()) == {"feito"}


@POSTGRES
def test_an_index_that_was_left_unfinished_is_made_anew(empty: Empty) -> None:
    empty.prepare("criar_tabela")
    empty.server.insert(*(("F", "O1", "a", "A", DAY, amount) for amount in ("1.00", "2.00")))
    with suppress(psycopg2.errors.UniqueViolation):
        empty.server.execute(advice.statement("postgres.unique_index", index="idx_ordem_id"))
    assert "INVALID" in str(seen(empty.server))
    empty.server.execute("DELETE FROM transacoes WHERE valor = 2")
    assert empty.states("criar_indices") == {"indice_unico": "feito", "indice_data": "feito"}
    assert "INVALID" not in str(seen(empty.server))


@POSTGRES
@pytest.mark.parametrize("is_mended", [True, False], ids=["taken away", "left"])
def test_an_index_that_takes_too_long_refuses_no_keys(empty: Empty, is_mended: bool) -> None:
    """It waits for an older snapshot, unique by then; whoever reads the table holds up its removal, too."""
    empty.prepare("criar_tabela")
    with closing(empty.server.connect()) as old, old.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT 1" if is_mended else "SELECT count(*) FROM transacoes")
        refusal = empty.refused("criar_indices", Limits(1, lock_timeout_s=1))
        looked = {outcome.passo: outcome for outcome in empty.prepare("verificar")}["indice_unico"]
        if is_mended:
            empty.server.insert(*(("F", "O1", "a", "A", DAY, amount) for amount in ("1.00", "2.00")))
    assert (refusal.codigo, "query_timeout_s" in refusal.detalhe) == ("RDS_QUERY_TIMEOUT", False)
    assert looked.estado == "falta"
    for told in (refusal.detalhe, looked.detalhe):
        assert ("inacabado" in told) is not is_mended
    empty.server.execute("DELETE FROM transacoes")
    assert empty.states("criar_indices")["indice_unico"] == "feito"
    assert "INVALID" not in str(seen(empty.server))


@POSTGRES
def test_an_index_that_somebody_is_making_is_left_to_them(empty: Empty) -> None:
    """It is as invalid as one that was left unfinished, until an old snapshot ends."""
    empty.prepare("criar_tabela")
    making = threading.Thread(
        target=empty.server.execute, args=(advice.statement("postgres.unique_index", index="idx_ordem_id"),)
    )
    with closing(empty.server.connect()) as old, old.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM transacoes")
        making.start()
        eventually(lambda: empty.server.ask("SELECT count(*) FROM pg_stat_progress_create_index"))
        refusal = empty.refused("criar_indices")
    making.join()
    assert (refusal.codigo, "outra sessão" in refusal.detalhe) == ("RDS_QUERY_TIMEOUT", True)
    assert empty.states("criar_indices")["indice_unico"] == "nada_a_fazer"


def test_another_index_of_that_name_stays_and_the_statement_makes_one_beside(empty: Empty) -> None:
    empty.prepare("criar_tabela")
    empty.server.execute("CREATE INDEX idx_ordem_id ON transacoes(nome)")
    before = seen(empty.server)
    refusal = empty.refused("criar_indices")
    assert seen(empty.server) == before
    run(empty.server, refusal.detalhe.partition(": ")[2])
    assert before.definition < seen(empty.server).definition
    assert empty.states("criar_indices") == {"indice_unico": "nada_a_fazer", "indice_data": "feito"}


@POSTGRES
def test_an_index_in_an_order_of_before_is_none(empty: Empty) -> None:
    """See `tests/database/collations/`."""
    assert set(empty.states("criar_tabela").values()) == {"feito"}
    assert set(empty.states("criar_indices").values()) == {"feito"}
    recorded = "UPDATE pg_database SET datcollversion = {} WHERE datname = current_database()"
    empty.server.execute(recorded.format("'2.36'"))
    try:
        for action in ("verificar", "criar_indices"):
            looked = {outcome.passo: outcome for outcome in empty.prepare(action)}["indice_unico"]
            assert (looked.estado, looked.codigo) == ("recusado", "E_BASE_NO_UNIQUE_INDEX")
            assert "idx_ordem_id (collation do banco, versão 2.36" in (looked.detalhe or "")
    finally:
        empty.server.execute(recorded.format("NULL"))
