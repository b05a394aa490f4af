"""The jobs' functions against the oracle: every day, row for row."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glue_jobs.executor import Executor, PlainExecutor
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.cases.case import DAY, Case
from tests.cases.contract import cases
from tests.depth import at_depth
from tests.jobs.against_oracle import check_day
from tests.jobs.retries import LateExecutor, TwiceExecutor
from tests.jobs.whole_day import Found, listed, run_day
from tests.oracle import BaseRow
from tests.strategies import ABSURD_ON_POSTGRES, SmallDay, days, twin_days

ALL_MAY_BE_REFUSED = Rules(max_rejected_share=1)
LOOKED_UP: tuple[Found, ...] = ("scanned", "trimmed")


@pytest.mark.deep
@given(
    day=st.one_of(days(absurd=ABSURD_ON_POSTGRES), twin_days()),
    partitions=st.integers(1, 5),
    cut_bytes=st.integers(1, 2000),
    base_readers=st.integers(1, 3),
    found=st.sampled_from(LOOKED_UP),
    executor=st.sampled_from([PlainExecutor, TwiceExecutor, LateExecutor]),
)
def test_any_day_is_what_the_oracle_says(
    day: SmallDay,
    partitions: int,
    cut_bytes: int,
    base_readers: int,
    found: Found,
    executor: Callable[[], Executor],
) -> None:
    keys = [row.ordem_id.strip(" \t") for row in day.base if row.ordem_id]
    if found == "trimmed" and len(set(keys)) != len(day.base):
        found = "scanned"  # no unique index on the trimmed key can stand there
    check_day(
        day.file,
        day.base,
        Fraction(1),
        partitions=partitions,
        cut_bytes=cut_bytes,
        base_readers=base_readers,
        open_base=listed(day.base, found),
        executor=executor,
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_case_of_the_contract(case: Case) -> None:
    base = [BaseRow("F1", "O1", "Ana", "PETR4", DAY, None)]
    check_day(case.file, base, case.max_rejected_share, partitions=2, cut_bytes=64)


@pytest.mark.deep
@settings(max_examples=at_depth(40), deadline=None)
@given(day=days(), partitions=st.integers(2, 7))
def test_the_published_bytes_do_not_know_the_partitions(day: SmallDay, partitions: int) -> None:
    try:
        one = run_day(day.file, day.base, ALL_MAY_BE_REFUSED, partitions=1)
    except ReconciliationError:
        return
    many = run_day(day.file, day.base, ALL_MAY_BE_REFUSED, partitions=partitions, cut_bytes=50)
    assert many.published_bytes == one.published_bytes
