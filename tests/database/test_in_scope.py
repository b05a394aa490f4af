"""Tables that can have no unique index on the key, read by the rule `base_unique = in_scope`.

What lies within the window is found, two rows of one key refuse the base, no other partition is read.
"""

import re
from datetime import date, timedelta

import polars as pl
import pytest

from glue_jobs.options import ReconciliationOptions
from glue_jobs.reconciliation_job import _base_of
from reconciliation.adapters.database import base as database_base
from reconciliation.adapters.database.session import Bounds
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.cases.case import DAY, HEADER
from tests.database.bases import keys, snapshot
from tests.database.conftest import MYSQL, POSTGRES, Server
from tests.database.partitioned import (
    FAR,
    IN_SCOPE,
    KEYED,
    LAST_DAYS,
    NEAR,
    ON_MYSQL,
    ON_POSTGRES,
    SHAPES,
    TABLES,
    WINDOW_DAYS,
    code_of_day,
    filled,
    made,
    opened,
)
from tests.jobs.whole_day import plan_of, run_day
from tests.oracle import BaseRow
from tests.oracle_row import trimmed

pytestmark = pytest.mark.stack
WITHOUT = {"postgres": "DROP INDEX {}", "mysql": "DROP INDEX {} ON transacoes"}


def keys_of(*orders: str) -> pl.DataFrame:
    return pl.DataFrame({"ordem_id": orders}, schema={"ordem_id": pl.String})


def of_file(*orders: str) -> bytes:
    return "\n".join((HEADER, *(f"F1;{key};Ana;PETR4;{DAY};1.00" for key in orders))).encode()


def of_base(*orders: tuple[str, date]) -> list[BaseRow]:
    return [BaseRow("F1", key, "Ana", "PETR4", data, 1) for key, data in orders]  # type: ignore[arg-type]


def refused(server: Server, window_days: int | None = WINDOW_DAYS) -> ReconciliationError:
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60, window_days=window_days):
        pass
    return failed.value


def test_what_lies_within_the_window_is_found_and_the_summary_says_which_it_was(server: Server) -> None:
    made(server, ON_POSTGRES["dates"] if server.engine == "postgres" else KEYED)
    dates = {
        "SAME": DAY, "BEFORE": DAY - NEAR, "AFTER": DAY + NEAR, "LONG AGO": DAY - FAR, "LATER": DAY + FAR,
        " PADDED\t": DAY + NEAR,
    }  # fmt: skip
    filled(server, of_base(*dates.items()))
    file = of_file(*map(trimmed, dates))
    found = run_day(file, [], Rules(**IN_SCOPE), base_readers=3, open_base=opened(server))
    assert [(row["tipo_divergencia"], row["ordem_id"]) for row in found.divergences] == [
        ("TIPO_1", "LATER"), ("TIPO_1", "LONG AGO"), ("TIPO_3", "AFTER"), ("TIPO_3", "BEFORE"),
        ("TIPO_3", "PADDED"),
    ]  # fmt: skip
    told = found.summary["base"]
    assert (told["unique_proof"], told["padded_keys"], told["readers"]) == ("in_scope", "in_scope", 1)
    assert told["window"] == {"first": str(DAY - NEAR), "last": str(DAY + NEAR)}
    assert "BASE_NO_DATE_INDEX" not in found.summary["warnings"], "other partitions are left out"


@pytest.mark.parametrize(
    "base",
    [
        of_base(("O1", DAY), ("O1", DAY - NEAR)),
        of_base(("O1", DAY), ("O1 ", DAY + NEAR)),
        of_base(("X", DAY), ("O1", DAY - NEAR), ("O1", DAY + NEAR)),
        of_base(("X", DAY), ("\tO1", DAY - NEAR), ("O1 ", DAY - NEAR)),
        of_base(("NOT IN THE FILE", DAY), ("NOT IN THE FILE", DAY + NEAR)),
        of_base(("NOT IN THE FILE", DAY), (" NOT IN THE FILE", DAY + NEAR)),
    ],
)
def test_a_key_on_two_dates_refuses_the_base(server: Server, base: list[BaseRow]) -> None:
    made(server, TABLES[server.engine]["dates"])
    filled(server, base)
    assert code_of_day(server, of_file("O1")) == "E_BASE_DUP_OR_NULL_KEY"


def test_a_key_out_of_scope_may_be_there_twice(server: Server) -> None:
    made(server, TABLES[server.engine]["dates"])
    filled(server, of_base(("O1", DAY), ("Z", DAY - NEAR), ("Z", DAY + NEAR), ("O1", DAY - FAR)))
    assert not run_day(of_file("O1"), [], Rules(**IN_SCOPE), open_base=opened(server)).divergences


def test_an_index_is_the_proof_whatever_the_rule_says(server: Server) -> None:
    server.insert(*of_base(("O1", DAY), ("O2", DAY - FAR)))
    found = run_day(of_file("O1", "O2"), [], Rules(**IN_SCOPE), open_base=opened(server))
    assert [row["tipo_divergencia"] for row in found.divergences] == ["TIPO_3"]
    assert (found.summary["base"]["unique_proof"], "window" in found.summary["base"]) == ("index", False)


def test_without_the_rule_the_refusal_names_it_and_its_price(server: Server) -> None:
    made(server, TABLES[server.engine]["dates"])
    failure = refused(server, window_days=None)
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    assert "base_unique = in_scope" in str(failure)
    assert "conta como ausente (TIPO_1)" in str(failure)
    assert ":" not in str(failure), "nothing to paste"


def test_a_whole_table_without_its_index_is_read_so_too(server: Server) -> None:
    server.execute(*(WITHOUT[server.engine].format(index) for index in ("idx_ordem_id", "idx_data")))
    filled(server, of_base(("O1", DAY), ("O2", DAY - NEAR), ("O3", DAY - FAR)))
    with opened(server)() as base:
        assert keys(base.rows_in_scope(keys_of("O1", "O2", "O3"), keys_of(), DAY)) == ["O2"]
        assert base.warnings == {"BASE_NO_DATE_INDEX": 1}


@POSTGRES
def test_tables_that_inherit_are_refused_with_the_rule_too(server: Server) -> None:
    server.execute("CREATE TABLE filha () INHERITS (transacoes)")
    try:
        failure = refused(server)
        assert (failure.code, "base_unique" in str(failure)) == ("E_BASE_NO_UNIQUE_INDEX", False)
    finally:
        server.execute("DROP TABLE filha")


@POSTGRES
@pytest.mark.parametrize("window_days", [None, WINDOW_DAYS])
def test_partitions_on_another_server_are_refused_by_their_names(
    server: Server, window_days: int | None
) -> None:
    """Whatever answers there does so at a moment of its own, and shows the rows that it likes."""
    made(server, ON_POSTGRES["dates"])
    server.execute(
        "DROP TABLE elsewhere", "CREATE FOREIGN DATA WRAPPER w", "CREATE SERVER s FOREIGN DATA WRAPPER w"
    )
    try:
        server.execute(
            "CREATE TABLE far PARTITION OF transacoes DEFAULT PARTITION BY LIST (ordem_id)",
            "CREATE TABLE far_here PARTITION OF far DEFAULT",
            "CREATE FOREIGN TABLE far_away PARTITION OF far FOR VALUES IN ('O1') SERVER s",
            'CREATE FOREIGN TABLE "Away" PARTITION OF transacoes'
            " FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') SERVER s",
        )
        failure = refused(server, window_days)
        assert failure.code == "E_BASE_SCHEMA"
        assert str(failure).startswith(
            'transacoes tem partições que são foreign tables ("Away", far_away), cujos'
        )
        assert ":" not in str(failure), "nothing to paste"
        server.execute("DROP FOREIGN TABLE far_away", 'DROP FOREIGN TABLE "Away"')
        with opened(server)() as base:
            assert base.facts["unique_proof"] == "in_scope"
    finally:
        server.execute("DROP FOREIGN DATA WRAPPER w CASCADE")


@SHAPES
def test_partitions_outside_the_window_are_not_read(
    server: Server, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(server, TABLES[server.engine][shape])
    with opened(server)() as base:
        bounds = list[Bounds]()
        monkeypatch.setattr(base.session, "day_texts", lambda _, some: (bounds.append(some), [])[1])
        assert not list(base.rows_in_scope(keys_of("O1"), keys_of(), DAY))
    before, after = (last_days_read(server, some) for some in bounds)
    besides = {DAY - timedelta(days=1), DAY, DAY + NEAR, DAY + FAR} if shape == "moments" else set()  # of UTC
    if shape in ("days", "in two") and server.engine == "mysql":
        besides = {LAST_DAYS[0]}  # where TO_DAYS puts what is no date
    assert {DAY - NEAR} <= before <= {day for day in LAST_DAYS if DAY - NEAR <= day < DAY} | besides
    assert {DAY + NEAR} <= after <= {day for day in LAST_DAYS if DAY < day <= DAY + NEAR} | besides


def last_days_read(server: Server, bounds: Bounds) -> set[date]:
    """Of the partitions that the server would read, but for PostgreSQL's for rows of no other."""
    where = f"WHERE data >= '{bounds.first}' AND data < '{bounds.end}'"
    explain = {"postgres": "EXPLAIN", "mariadb": "EXPLAIN PARTITIONS", "mysql": "EXPLAIN FORMAT=TRADITIONAL"}
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(f"{explain[server.name]} SELECT ordem_id FROM transacoes {where}")
        plan = str(cursor.fetchall())
    connection.close()
    first = 1 if server.engine == "postgres" else 0
    return {LAST_DAYS[int(n) + first] for n in re.findall(r"\bp(\d+)(?:_|\b)", plan)}


@MYSQL
def test_an_impossible_date_of_the_window_is_a_difference(server: Server) -> None:
    made(server, ON_MYSQL["dates"])
    filled(server, of_base(("O1", DAY)))
    values = "('F1', 'O2', 'Ana', 'PETR4', '2026-02-00', 1)"
    server.execute("SET sql_mode = ''", f"INSERT INTO transacoes VALUES {values}")
    found = run_day(of_file("O1", "O2"), [], Rules(**IN_SCOPE), open_base=opened(server))
    assert [(row["ordem_id"], row["campos_divergentes"]) for row in found.divergences] == [("O2", "data")]
    assert found.summary["warnings"]["BASE_ABSURD_DATE"] == 1


def test_a_window_that_something_cuts_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made(server, TABLES[server.engine]["dates"])
    filled(server, of_base(("O1", DAY), ("O2", DAY - NEAR), ("O3", DAY - NEAR)))
    with opened(server)() as base:
        monkeypatch.setattr(base.session, "day_texts", lambda *_: iter(()))
        with pytest.raises(
            ReconciliationError, match="o banco conta 2 linhas nas datas procuradas"
        ) as failed:
            list(base.rows_in_scope(keys_of("O1"), keys_of(), DAY))
        assert failed.value.code == "UNBALANCED_TOTALS"


def test_the_rule_reaches_the_job(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made(server, TABLES[server.engine]["dates"])
    monkeypatch.setattr(database_base, "read_secret", lambda *_: server.secret)
    options = ReconciliationOptions(
        aws_region="r", job_id="j", attempt=1, epoch=1, plan="p", query_timeout_s=60, base_readers=1,
        secret_id="s", checkpoints_bucket="c", output_bucket="o",
    )  # fmt: skip
    plan = plan_of(of_file("O1"), Rules(**IN_SCOPE, in_scope_days=7), 1, 100)
    with _base_of(plan, options)() as base:
        assert (base.by_key, base.facts["unique_proof"]) == (None, "in_scope")
        assert not list(base.rows_in_scope(keys_of(), keys_of(), DAY))
        assert base.facts["window"] == {"first": "2026-02-09", "last": "2026-02-23"}
