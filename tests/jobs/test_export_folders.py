"""Where the table's objects are in an RDS export: `DATABASE/SCHEMA.TABLE/`; MySQL has no schema."""

import pytest

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.jobs.exports import DAY, ROW, as_text, of_rds, read_day

OF_MYSQL = {"target": "db.transacoes"}


@pytest.mark.parametrize("folder", ["db/db.transacoes", "db/transacoes"])
def test_a_table_of_mysql_is_found(folder: str) -> None:
    assert read_day(of_rds(as_text([ROW]), told=OF_MYSQL, folder=folder)) == 1


def refusal(store: Store) -> ReconciliationError:
    with pytest.raises(ReconciliationError) as refused:
        read_day(store)
    return refused.value


def test_objects_in_two_places_are_no_one_table() -> None:
    store = of_rds(as_text([ROW]), told=OF_MYSQL, folder="db/db.transacoes")
    store.put(layout.base_export("b", str(DAY)) / "export-1/db/transacoes/1/part-0.gz.parquet", b"?")
    refused = refusal(store)
    assert refused.code == "E_BASE_SCHEMA"
    assert "db/db.transacoes/, db/transacoes/" in str(refused)


@pytest.mark.parametrize("target", ["db.transacoes", "db.public.transacoes"])
def test_where_they_are_nowhere_the_folders_that_are_there_are_named(target: str) -> None:
    refused = refusal(of_rds(as_text([ROW]), told={"target": target}, folder="db/other.transacoes"))
    assert refused.code == "BASE_EMPTY"
    assert "tem: db/other.transacoes/, db/public.clientes/" in str(refused)


def test_a_database_of_the_table_s_name_is_no_table() -> None:
    """RDS has an entry for a database, too, whose target is its name alone."""
    assert read_day(of_rds(as_text([ROW]), database="transacoes")) == 1
