"""Tables that can have no unique index on the key, read by the rule `base_unique = in_scope`.

What is published is what the oracle says of the rows within the window, and two rows of one key refuse it.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from glue_jobs.options import ReconciliationOptions
from glue_jobs.reconciliation_job import _base_of
from local.postgres import READER
from reconciliation.adapters import database
from reconciliation.adapters.database import snapshot
from reconciliation.adapters.database.base import Bounds
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.cases import DAY, HEADER
from tests.database.conftest import Server
from tests.database.test_reads import MYSQL, POSTGRES, keys
from tests.depth import at_depth
from tests.jobs.against_oracle import check_day
from tests.jobs.whole_day import plan_of, run_day
from tests.oracle import BaseRow
from tests.oracle_file import trimmed
from tests.small_orders import ANCHOR
from tests.strategies import SmallDay, days, twin_days

pytestmark = pytest.mark.stack
SOME = settings(
    max_examples=at_depth(10), deadline=None, phases=[Phase.explicit, Phase.generate],  # each fills a table
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip

WINDOW_DAYS = 31
NEAR, FAR = (timedelta(days=n) for n in (WINDOW_DAYS, WINDOW_DAYS + 1))
FOUR = "fornecedor_id varchar(255), ordem_id varchar(255), nome varchar(255), ativo_id varchar(255)"
CREATE = f"CREATE TABLE transacoes ({FOUR}, data {{}}, valor numeric(18,2){{}})"
LAST_DAYS = [DAY + timedelta(days=n) for n in (-40, -32, -31, -2, -1, 0, 1, 30, 31, 32)]
"""Of the partitions, each of which ends with one of these."""
WITHOUT = {"postgres": "DROP INDEX {}", "mysql": "DROP INDEX {} ON transacoes"}
IN_SCOPE: dict[str, Any] = {"max_rejected_share": 1, "base_unique": "in_scope"}


def of_postgres(data: str, *, sub: str = "") -> list[str]:
    """A partition for rows of no other, one for each range, and where wanted the first of them in two."""
    ends = [day + timedelta(days=1) for day in LAST_DAYS]
    return [
        CREATE.format(data, "") + " PARTITION BY RANGE (data)",
        "CREATE TABLE elsewhere PARTITION OF transacoes DEFAULT",
        *(
            f"CREATE TABLE p{n} PARTITION OF transacoes FOR VALUES FROM ('{first}') TO ('{end}')"
            f"{sub and f' PARTITION BY {sub}'}"
            for n, (first, end) in enumerate(pairwise(ends))
        ),
        *(
            f"CREATE TABLE p{n}_{half} PARTITION OF p{n} FOR VALUES WITH (MODULUS 2, REMAINDER {half})"
            for n in range(len(ends) - 1)
            for half in range(2)
            if sub
        ),
        f"GRANT SELECT ON transacoes TO {READER}",
    ]


def of_mysql(data: str, by: str, values: str = "'{}'", *, more: str = "", sub: str = "") -> list[str]:
    parts = ", ".join(
        f"PARTITION p{n} VALUES LESS THAN ({values.format(day + timedelta(days=1))})"
        for n, day in enumerate(LAST_DAYS)
    )
    everything = "(MAXVALUE)" if "COLUMNS" in by else "MAXVALUE"
    return [
        f"{CREATE.format(data, more)} PARTITION BY RANGE {by} {sub}"
        f" ({parts}, PARTITION elsewhere VALUES LESS THAN {everything})"
    ]


ON_POSTGRES = {
    "dates": of_postgres("date"),
    "moments": of_postgres("timestamptz"),
    "clock times": of_postgres("timestamp"),
    "in two": of_postgres("date", sub="HASH (ordem_id)"),
}
ON_MYSQL = {
    "dates": of_mysql("date", "COLUMNS (data)"),
    "clock times": of_mysql("datetime", "COLUMNS (data)"),
    "days": of_mysql("date", "(TO_DAYS(data))", "TO_DAYS('{}')"),
    "in two": of_mysql(
        "date", "(TO_DAYS(data))", "TO_DAYS('{}')", sub="SUBPARTITION BY HASH (YEAR(data)) SUBPARTITIONS 2"
    ),
    "moments": of_mysql("timestamp NULL", "(UNIX_TIMESTAMP(data))", "UNIX_TIMESTAMP('{} 00:00:00')"),
}
TABLES = {"postgres": ON_POSTGRES, "mysql": ON_MYSQL}
KEYED = of_mysql("date NOT NULL", "COLUMNS (data)", more=", PRIMARY KEY (ordem_id, data)")


def made(server: Server, table: Sequence[str]) -> None:
    server.execute("DROP TABLE IF EXISTS transacoes", *table)


def opened(server: Server) -> Callable[..., AbstractContextManager[Any]]:
    return lambda of=None: snapshot(server.secret, 60, window_days=WINDOW_DAYS, of=of)


def refused(server: Server, window_days: int | None = WINDOW_DAYS) -> ReconciliationError:
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60, window_days=window_days):
        pass
    return failed.value


@st.composite
def scattered_days(draw: st.DrawFn) -> SmallDay:
    """Days whose base rows are of dates about both ends of the window, some keys on two dates."""
    day = draw(st.one_of(days(), twin_days()))
    dates = [DAY, DAY + NEAR, DAY - NEAR, DAY + FAR, DAY - FAR, DAY - timedelta(days=400), None]
    base = [
        row if row.ordem_id == ANCHOR else row._replace(data=draw(st.sampled_from((row.data, *dates))))
        for row in day.base
    ]
    again = draw(st.lists(st.sampled_from(base), max_size=2))
    return SmallDay(day.file, base + [row._replace(data=draw(st.sampled_from(dates))) for row in again])


def within(base: Sequence[BaseRow]) -> list[BaseRow]:
    return [row for row in base if isinstance(row.data, date) and abs(row.data - DAY) <= NEAR]


def has_twin_of_the_day(base: Sequence[BaseRow]) -> bool:
    """Whether a key of the day is there once more, be it in the file or not: no index says that it is not."""
    counted = Counter(trimmed(row.ordem_id or "") for row in base)
    return any(counted[trimmed(row.ordem_id or "")] > 1 for row in base if row.data == DAY)


def code_of_day(server: Server, file: bytes) -> str | None:
    try:
        run_day(file, [], Rules(**IN_SCOPE), open_base=opened(server))
    except ReconciliationError as exc:
        return exc.code
    return None


def filled(server: Server, base: Sequence[BaseRow]) -> list[BaseRow]:
    """The rows that the table took; a date becomes the first moment of that day in São Paulo."""
    zone = {"postgres": "SET TimeZone = 'America/Sao_Paulo'", "mysql": "SET time_zone = '-03:00'"}
    taken = []
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(zone[server.engine])
        cursor.execute("DELETE FROM transacoes")
        for row in base:
            try:
                cursor.execute("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", row)
            except Exception as exc:  # the driver's own: a key too long, a moment that no timestamp holds
                assert re.search("too long|Incorrect datetime", str(exc)), exc
            else:
                taken.append(row)
    connection.close()
    return taken


@pytest.mark.deep
@pytest.mark.parametrize("shape", ["dates", "moments", "clock times", "days", "in two"])
def test_a_day_is_what_the_oracle_says_of_the_window(server: Server, shape: str) -> None:
    if shape not in TABLES[server.engine]:
        pytest.skip("MySQL's own")
    made(server, TABLES[server.engine][shape])
    seen: set[bool | str] = set()

    @SOME
    @given(day=scattered_days(), readers=st.integers(1, 2))
    def run(day: SmallDay, readers: int) -> None:
        base = within(filled(server, day.base))
        seen.add(len(base) < len(day.base))
        if has_twin_of_the_day(base):
            assert code_of_day(server, day.file) == "E_BASE_DUP_OR_NULL_KEY"
            seen.add("twin")
            return
        check_day(
            day.file, base, Fraction(1), partitions=3, cut_bytes=200, base_readers=readers,
            open_base=opened(server),
        )  # fmt: skip

    run()
    assert seen == {True, False, "twin"}


def keys_of(*orders: str) -> pl.DataFrame:
    return pl.DataFrame({"ordem_id": orders}, schema={"ordem_id": pl.String})


def of_file(*orders: str) -> bytes:
    return "\n".join((HEADER, *(f"F1;{key};Ana;PETR4;{DAY};1.00" for key in orders))).encode()


def of_base(*orders: tuple[str, date]) -> list[BaseRow]:
    return [BaseRow("F1", key, "Ana", "PETR4", data, 1) for key, data in orders]  # type: ignore[arg-type]


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


@pytest.mark.parametrize("shape", ["dates", "moments", "clock times", "days", "in two"])
def test_partitions_outside_the_window_are_not_read(
    server: Server, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shape not in TABLES[server.engine]:
        pytest.skip("MySQL's own")
    made(server, TABLES[server.engine][shape])
    with opened(server)() as base:
        bounds = list[Bounds]()
        monkeypatch.setattr(base, "day_texts", lambda some: (bounds.append(some), [])[1])
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
        monkeypatch.setattr(base, "day_texts", lambda _: iter(()))
        with pytest.raises(
            ReconciliationError, match="o banco conta 2 linhas nas datas procuradas"
        ) as failed:
            list(base.rows_in_scope(keys_of("O1"), keys_of(), DAY))
        assert failed.value.code == "UNBALANCED_TOTALS"


def test_the_rule_reaches_the_job(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made(server, TABLES[server.engine]["dates"])
    monkeypatch.setattr(database, "read_secret", lambda *_: server.secret)
    options = ReconciliationOptions(
        job_id="j", attempt=1, epoch=1, plan="p", query_timeout_s=60, base_readers=1, secret_id="s",
        checkpoints_bucket="c",
    )  # fmt: skip
    plan = plan_of(of_file("O1"), Rules(**IN_SCOPE, in_scope_days=7), 1, 100)
    with _base_of(plan, options)() as base:
        assert (base.by_key, base.facts["unique_proof"]) == (None, "in_scope")
        assert not list(base.rows_in_scope(keys_of(), keys_of(), DAY))
        assert base.facts["window"] == {"first": "2026-02-09", "last": "2026-02-23"}
