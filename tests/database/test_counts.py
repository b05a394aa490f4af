"""What the database itself counts and sums must be what was read, however a reading is cut short."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.adapters.database.connecting import ENGINES, engine_of
from reconciliation.adapters.database.copy import Copied
from reconciliation.adapters.database.counted import DayTotals, uncounted
from reconciliation.adapters.database.session import Session
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
ELSEWHERE = date(2026, 2, 1)
AMOUNTS = ["9999999999999999.99", "0.01", None, "-0.02", "9999999999999999.99"]


def fill(server: Server) -> None:
    server.insert(*(("F", f"O{n}", "a", "A", DAY, valor) for n, valor in enumerate(AMOUNTS)))
    server.insert(("F", "else", "a", "A", ELSEWHERE, 7), ("F", "null", "a", "A", None, 7))


def test_the_day_is_counted_and_summed_exactly(server: Server) -> None:
    fill(server)
    with snapshot(server.secret, 60) as base:
        assert base.day_totals(DAY) == DayTotals(5, Decimal("1999999999999999997"))
        assert base.day_totals(date(2020, 1, 1)) == DayTotals(0, Decimal(0))
        assert len(keys(base.day_rows(DAY))) == 5


@pytest.mark.parametrize("lost", [slice(1, None), slice(0, 0)])
def test_a_reading_that_is_cut_short_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch, lost: slice
) -> None:
    fill(server)

    class Cut(engine_of(server.secret)):  # type: ignore[misc]  # whichever it is
        def day_texts(self, *asked: Any) -> Iterator[Any]:
            for texts in super().day_texts(*asked):
                if isinstance(texts, Copied):
                    yield Copied(b"".join(texts.rows.splitlines(keepends=True)[lost]))
                else:
                    yield texts[lost]

    with pytest.raises(ReconciliationError, match="o banco conta 5 linhas") as refused:
        read_day(server, Cut, monkeypatch)
    assert refused.value.code == "UNBALANCED_TOTALS"


def test_an_amount_that_changes_on_the_way_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server)

    class Changed(engine_of(server.secret)):  # type: ignore[misc]  # as above
        def counted_day(self, bounds: Any) -> tuple[int, str]:
            height, valor = super().counted_day(bounds)
            return height, str(Decimal(valor) + Decimal("0.01"))

    with pytest.raises(ReconciliationError, match="somam 1999999999999999998 centavos") as refused:
        read_day(server, Changed, monkeypatch)
    assert refused.value.code == "UNBALANCED_TOTALS"


def read_day(server: Server, engine: type[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENGINES, server.engine, engine)
    with snapshot(server.secret, 60) as base:
        list(base.day_rows(DAY))


@MYSQL
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_a_row_limit_is_seen_where_it_would_hide_rows(server: Server, limit: int) -> None:
    """As if it came after the session was read back."""
    fill(server)
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(["O0"])) == ["O0"]
        with base.session._connection.cursor() as cursor:
            cursor.execute(f"SET SESSION sql_select_limit = {limit}")
        for wanted in (
            (["O0", "O1", "O2", "else"], ["absent"]) if limit == 0 else (["O0", "O1", "O2", "else"],)
        ):
            with pytest.raises(ReconciliationError) as refused:
                list(base.rows_of(wanted))
            assert refused.value.code == "UNBALANCED_TOTALS"
        with pytest.raises(ReconciliationError) as refused:
            list(base.day_rows(DAY))
        assert refused.value.code == "UNBALANCED_TOTALS"


def test_a_look_up_that_finds_nothing_says_so(server: Server) -> None:
    fill(server)
    with snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(["absent"])) == []
        assert keys(base.rows_of(["else", "absent", "null"])) == ["else", "null"]


@pytest.mark.parametrize("rows", [[], [("a", 2)], [("a", 1), ("b", 1)], [(None, None), (None, None)]])
def test_a_look_up_without_its_own_count_is_refused(rows: list[tuple[Any, ...]]) -> None:
    with pytest.raises(ReconciliationError, match="chegaram") as refused:
        uncounted(rows)
    assert refused.value.code == "UNBALANCED_TOTALS"


@POSTGRES
def test_slices_are_counted_as_one(server: Server) -> None:
    fill(server)
    with snapshot(server.secret, 60) as base:
        slices = base.share(3)
        server.execute("DELETE FROM transacoes")
        read = 0
        for of in slices:
            with of.open() as reader:
                read += len(keys(reader.day_rows(DAY)))
        assert base.day_totals(DAY).rows == read == 5
