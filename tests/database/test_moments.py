"""A moment is a date in São Paulo with the offset that held then, on each server, to the microsecond."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciliation.adapters.database import moments
from tests.database.bases import keys, rows, snapshot
from tests.database.conftest import POSTGRES, Server
from tests.depth import at_depth

ZONE = ZoneInfo("America/Sao_Paulo")  # another copy of the rules than the one that is tested
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = EPOCH + timedelta(seconds=1)  # of a TIMESTAMP of MySQL
WHOLE = 2**31 - 1


def changes(first: int, last: int) -> Iterator[datetime]:
    """When the offset changed, to the second before which it did."""

    def offset(moment: datetime) -> timedelta | None:
        return moment.astimezone(ZONE).utcoffset()

    day = datetime(first, 1, 1, tzinfo=UTC)
    while day.year <= last:
        next_day = day + timedelta(days=1)
        if offset(day) != offset(next_day):
            hours = [day + timedelta(hours=hour) for hour in range(25)]
            yield from (after for before, after in pairwise(hours) if offset(before) != offset(after))
        day = next_day


CHANGES = list(changes(1971, 2037))
MOMENTS = st.one_of(
    st.integers(1, WHOLE).map(lambda second: EPOCH + timedelta(seconds=second)),
    st.tuples(st.sampled_from(CHANGES), st.integers(-7200, 7200)).map(
        lambda it: it[0] + timedelta(seconds=it[1])
    ),
    # midnights, by a microsecond
    st.dates(date(1971, 1, 1), date(2037, 12, 31)).map(
        lambda day: datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
    ),
).flatmap(lambda moment: st.sampled_from([-1, 0, 1]).map(lambda tick: moment + timedelta(microseconds=tick)))


def test_summer_time_is_among_what_is_drawn() -> None:
    assert len(CHANGES) > 60
    assert {change.astimezone(ZONE).hour for change in CHANGES} >= {1, 23}, "no midnight, or two"


@given(st.lists(MOMENTS, min_size=1, max_size=50))
def test_a_moment_is_the_date_that_the_rules_say(drawn: list[datetime]) -> None:
    texts = pl.Series([f"{moment:%Y-%m-%d %H:%M:%S.%f}+00" for moment in drawn]).to_frame("data")
    assert texts.select(moments.day_of(pl.col("data")))["data"].to_list() == [
        moment.astimezone(ZONE).date() for moment in drawn
    ]


@given(st.dates(date(1900, 1, 1), date(2099, 12, 30)))
def test_a_day_starts_when_its_date_does(day: date) -> None:
    start = datetime.fromisoformat(moments.start_of(day)).replace(tzinfo=UTC)
    assert start.astimezone(ZONE).date() == day
    assert (start - timedelta(microseconds=1)).astimezone(ZONE).date() == day - timedelta(days=1)


@pytest.mark.stack
@pytest.mark.deep
@settings(max_examples=at_depth(4), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(MOMENTS, min_size=40, max_size=40))
def test_servers_have_each_moment_on_its_day(server: Server, drawn: list[datetime]) -> None:
    """The condition and the value agree: each row is read on its date, and on no other."""
    moment = {"postgres": "timestamptz", "mysql": "timestamp(6) NULL"}[server.engine]
    in_utc = {"postgres": "SET TimeZone = 'UTC'", "mysql": "SET time_zone = '+00:00'"}[server.engine]
    drawn = [max(moment, FIRST) for moment in drawn]
    days = {f"O{n}": moment.astimezone(ZONE).date() for n, moment in enumerate(drawn)}
    values = ", ".join(f"('O{n}', '{moment:%Y-%m-%d %H:%M:%S.%f}')" for n, moment in enumerate(drawn))
    server.execute(
        "DELETE FROM transacoes", "ALTER TABLE transacoes DROP COLUMN data",
        f"ALTER TABLE transacoes ADD COLUMN data {moment}", "CREATE INDEX idx_data ON transacoes(data)",
        in_utc,
        f"INSERT INTO transacoes (ordem_id, data) VALUES {values}",
    )  # fmt: skip
    with snapshot(server.secret, 60) as base:
        assert {row[1]: row[4] for row in rows(base.rows_of(list(days)))} == days
        for day in set(days.values()):
            assert keys(base.day_rows(day)) == sorted(key for key, its in days.items() if its == day)


@pytest.mark.stack
@POSTGRES
def test_moments_before_1970_and_wall_clocks(server: Server) -> None:
    """`timestamp` has no zone: it is taken as it stands."""
    for kind, moment, day in (
        ("timestamptz", "1949-12-01 02:59:59.999999+00", date(1949, 11, 30)),
        ("timestamptz", "1949-12-01 03:00:00+00", date(1949, 12, 1)),
        ("timestamptz", "1913-12-31 03:06:27.999999+00", date(1913, 12, 30)),
        ("timestamptz(0)", "1999-12-31 02:00:00+00", date(1999, 12, 31)),
        ("timestamp", "1960-05-05 23:59:59.999999", date(1960, 5, 5)),
        ("timestamp", "2018-11-04 00:30:00", date(2018, 11, 4)),  # an hour that São Paulo did not have
    ):
        server.execute(
            "DELETE FROM transacoes", "ALTER TABLE transacoes DROP COLUMN data",
            f"ALTER TABLE transacoes ADD COLUMN data {kind}",
            f"INSERT INTO transacoes (ordem_id, data) VALUES ('O1', '{moment}')",
        )  # fmt: skip
        with snapshot(server.secret, 60) as base:
            assert [row[4] for row in rows(base.day_rows(day))] == [day]
            assert [row[4] for row in rows(base.rows_of(["O1"]))] == [day]


@pytest.mark.stack
def test_the_newest_date_has_the_offset_of_its_own_day(server: Server) -> None:
    """In the summer of 2018 the day began an hour sooner than in 2019."""
    kind = {"postgres": "ALTER data TYPE timestamptz", "mysql": "MODIFY data timestamp NULL"}[server.engine]
    server.execute(f"ALTER TABLE transacoes {kind}")
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] is None
    zone = "SET TIME ZONE 'UTC'" if server.engine == "postgres" else "SET time_zone = '+00:00'"
    server.execute(zone, "INSERT INTO transacoes (ordem_id, data) VALUES ('O1', '2018-12-10 02:30:00')")
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] == "2018-12-10"
