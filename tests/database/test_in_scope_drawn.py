"""Days drawn on tables that can have no unique index: published is what the oracle says of the window."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cases.case import DAY
from tests.database.conftest import Server
from tests.database.partitioned import FAR, NEAR, SHAPES, TABLES, code_of_day, filled, made, opened
from tests.depth import at_depth
from tests.jobs.against_oracle import check_day
from tests.oracle import BaseRow
from tests.oracle_row import trimmed
from tests.small_orders import ANCHOR
from tests.strategies import SmallDay, days, twin_days

pytestmark = [pytest.mark.stack, pytest.mark.deep]
SOME = settings(
    max_examples=at_depth(10), deadline=None, phases=[Phase.explicit, Phase.generate],  # each fills a table
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


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


@SHAPES
def test_a_day_is_what_the_oracle_says_of_the_window(server: Server, shape: str) -> None:
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
