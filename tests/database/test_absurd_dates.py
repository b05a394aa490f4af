"""Dates that no calendar has, which MySQL holds where its mode lets them in: of no day, and no day's end.

They stand between the last moment of a month and the first of the next one.
"""

from contextlib import closing
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from reconciliation.adapters.database.mysql.reading import within
from reconciliation.adapters.database.session import Bounds, DayBounds
from tests.database.bases import keys, snapshot
from tests.database.conftest import MYSQL, Server

pytestmark = [pytest.mark.stack, MYSQL]
LAST = date(2026, 2, 28)
ABSURD = {
    LAST: ["2026-03-00", "2026-03-00 12:00:00", "2026-02-29", "2026-02-30", "2026-02-31 23:59:59"],
    date(2025, 12, 31): ["2026-00-00", "2026-00-01 10:00:00", "2026-01-00"],
}
KINDS = ["date", *(f"datetime({digits})" for digits in range(7))]
TYPES = pytest.mark.parametrize("kind", KINDS)


def filled(server: Server, kind: str, day: date, index: str) -> None:
    """Rows of the day up to its last microsecond, as the type has it, of its neighbours, and of no day."""
    digits = int(kind[-2]) if kind != "date" else 0
    fraction = f".{'9' * digits}" if digits else ""
    inside = ["00:00:00", "12:30:00", f"23:59:59{fraction}"] if kind != "date" else ["00:00:00"]
    rows = [(f"D{n}", f"{day} {time}") for n, time in enumerate(inside)]
    rows += [("before", f"{day - timedelta(days=1)} 23:59:59"), ("after", f"{day + timedelta(days=1)}")]
    rows += [(f"X{n}", text) for n, text in enumerate(ABSURD[day])]
    values = ", ".join(f"('F', '{key}', '{text}', 1)" for key, text in rows)
    server.execute(
        f"ALTER TABLE transacoes MODIFY data {kind}",
        *([] if index else ["DROP INDEX idx_data ON transacoes"]),
        "SET sql_mode = 'ALLOW_INVALID_DATES'",
        f"INSERT INTO transacoes (fornecedor_id, ordem_id, data, valor) VALUES {values}",
    )


@TYPES
@pytest.mark.parametrize("day", ABSURD)
@pytest.mark.parametrize("index", ["idx_data", ""])
def test_they_are_no_end_of_the_day(server: Server, kind: str, day: date, index: str) -> None:
    filled(server, kind, day, index)
    of_day = ["D0", "D1", "D2"] if kind != "date" else ["D0"]
    absurd = [f"X{n}" for n in range(len(ABSURD[day]))]
    with snapshot(server.secret, 60) as base:
        assert keys(base.day_rows(day)) == of_day
        assert base.day_totals(day).rows == len(of_day)
        frames = list(base.rows_of([*of_day, *absurd, "before", "after"], (), day))
        found = {
            row[0]: row[1:] for frame in frames for row in frame.select("ordem_id", "absurd_date").rows()
        }
        assert found == {key: (key in absurd,) for key in (*absurd, "before", "after")}


@TYPES
@pytest.mark.parametrize("window_days", [1, 31])
def test_either_neighbour_s_window_has_them(server: Server, kind: str, window_days: int) -> None:
    """By `in_scope`: a difference of their own, and no absence."""
    server.execute("ALTER TABLE transacoes DROP INDEX idx_ordem_id")
    filled(server, kind, LAST, "")
    of_day = ["D0", "D1", "D2"] if kind != "date" else ["D0"]
    absurd = [f"X{n}" for n in range(len(ABSURD[LAST]))]
    of_file = pl.DataFrame({"ordem_id": [*of_day, *absurd, "before", "after"]})
    with snapshot(server.secret, 60, window_days=window_days) as base:
        of_next = of_day if window_days == 1 else [*of_day, "before"]
        for day, others in ((LAST, ["after", "before"]), (LAST + timedelta(days=1), of_next)):
            found = list(base.rows_in_scope(of_file, of_file.clear(), day))
            assert sorted(key for frame in found for key in frame["ordem_id"]) == sorted([*absurd, *others])
            assert sum(frame["absurd_date"].sum() for frame in found) == len(absurd)
        assert keys(base.day_rows(LAST + timedelta(days=1))) == ["after"]


@TYPES
def test_their_neighbours_are_found_by_the_index(server: Server, kind: str) -> None:
    server.fill(2_000)
    filled(server, kind, LAST, "idx_data")
    server.execute("ANALYZE TABLE transacoes")
    of_day = DayBounds(str(LAST), str(LAST + timedelta(days=1)))
    of_the_next = Bounds(of_day.end, str(LAST + timedelta(days=2)))
    for bounds in (of_day, of_the_next):
        condition, values = within(bounds)
        plan = explained(server, f"SELECT valor FROM transacoes WHERE {condition}", values)
        assert (plan["type"], plan["key"]) == ("range", "idx_data")
        assert int(plan["rows"]) < 20


def explained(server: Server, statement: str, values: list[str]) -> dict[str, Any]:
    form = {"mysql": "FORMAT=TRADITIONAL ", "mariadb": ""}[server.name]
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {form}{statement}", values)
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))
