"""Small days whose base stands on a real server: copy, classification and warnings are the oracle's.

Keys that blanks surround, characters that a key's column lacks, dates that no calendar has.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.config import Rules
from tests.cases.case import DAY
from tests.database.conftest import POSTGRES, Server
from tests.database.drawn_days import ON_SERVERS, check, filled, opened
from tests.jobs.against_oracle import check_day
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow
from tests.strategies import ABSURD_ON_MYSQL, ABSURD_ON_POSTGRES, SmallDay, days, held_by, twin_days

pytestmark = [pytest.mark.stack, pytest.mark.deep]

BLANKS_LIST = "E' \\t'"
COLUMNS = {
    "postgres": ("varchar(255)", "text"),
    "mariadb": (
        "varchar(255)",
        "varchar(255) COLLATE utf8mb4_nopad_bin",
        "varchar(255) COLLATE utf8mb4_bin",
    ),
    "mysql": ("varchar(255)", "varchar(255) COLLATE utf8mb4_bin", "varchar(255) COLLATE utf8mb4_0900_bin"),
}
"""The key's column: with and without collations that pad, or call unlike keys equal."""


def of_keys(server: Server) -> st.SearchStrategy[str]:
    return st.sampled_from(COLUMNS[server.name])


def test_padded_keys(server: Server) -> None:
    @ON_SERVERS
    @given(day=st.one_of(twin_days(), days()), column=of_keys(server), readers=st.integers(1, 2))
    def run(day: SmallDay, column: str, readers: int) -> None:
        check(server, day, column, readers)

    run()


@POSTGRES
@pytest.mark.parametrize(
    "proof",
    [
        f"ALTER TABLE transacoes ADD CHECK (ordem_id = btrim(ordem_id, {BLANKS_LIST}))",
        f"CREATE UNIQUE INDEX trimmed ON transacoes (btrim(ordem_id, {BLANKS_LIST}))",
    ],
)
def test_a_table_that_proves_it_is_not_scanned(server: Server, proof: str) -> None:
    server.execute(proof)
    scans = []

    @ON_SERVERS
    @given(day=st.one_of(twin_days(), days()), readers=st.integers(1, 2))
    def run(day: SmallDay, readers: int) -> None:
        base = taken_by_proof(server, day.base)
        found = run_day(
            day.file, base, Rules(max_rejected_share=1), base_readers=readers, open_base=opened(server)
        )
        scans.append(found.summary["base"]["padded_keys"])
        check_day(
            day.file, base, Fraction(1), partitions=3, cut_bytes=200, base_readers=readers,
            open_base=opened(server),
        )  # fmt: skip

    run()
    assert set(scans) == {"unique_index" if "INDEX" in proof else "check"}


def taken_by_proof(server: Server, base: Sequence[BaseRow]) -> list[BaseRow]:
    taken = []
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM transacoes")
        for row in base:
            try:
                cursor.execute("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", row)
            except Exception as exc:  # the driver's own
                assert "violates" in str(exc) or "too long" in str(exc), exc
            else:
                taken.append(row)
    connection.close()
    return taken


def test_without_the_scan_it_is_said(server: Server) -> None:
    """Every key of the file is unproved; what is found by an index is right, and no key is found twice."""

    @ON_SERVERS
    @given(day=st.one_of(twin_days(), days()), column=of_keys(server))
    def run(day: SmallDay, column: str) -> None:
        filled(server, column, day.base)
        rules = Rules(max_rejected_share=1, padded_scan_s=0)
        with_scan = outcome(day, Rules(max_rejected_share=1), server)
        without = outcome(day, rules, server)
        if with_scan is None:  # refused, perhaps for a row that only the scan can find
            return
        assert without is not None
        found, valid_keys = without
        assert found["warnings"]["BASE_PADDED_KEYS"] == valid_keys
        assert "BASE_PADDED_KEYS" not in with_scan[0]["warnings"]
        lines, all_lines = found["totals"]["lines"], with_scan[0]["totals"]["lines"]
        assert lines["tipo_1"] >= all_lines["tipo_1"]
        assert lines["equal"] <= all_lines["equal"]
        assert lines["tipo_2"] == all_lines["tipo_2"]

    run()


def outcome(day: SmallDay, rules: Rules, server: Server) -> tuple[dict[str, Any], int] | None:
    try:
        found = run_day(day.file, [], rules, open_base=opened(server))
    except Exception as exc:
        assert getattr(exc, "code", None) in ("E_BASE_DUP_OR_NULL_KEY", "BASE_EMPTY"), exc
        return None
    return found.summary, found.summary["totals"]["lines"]["valid_keys"]


CHARSETS = {
    "mariadb": (
        ("latin1", "cp1252"),
        ("latin1 COLLATE latin1_bin", "cp1252"),
        ("utf8mb3", "utf8mb3"),
        ("ascii", "ascii"),
        ("ucs2", "utf8mb3"),
        ("utf16", "utf-8"),
        ("utf8mb4 COLLATE utf8mb4_bin", "utf-8"),
    ),
}
CHARSETS["mysql"] = (*CHARSETS["mariadb"], ("utf8mb4 COLLATE utf8mb4_0900_ai_ci", "utf-8"))


@pytest.mark.parametrize("started", ["mariadb", "mysql"], indirect=True)
def test_a_character_that_the_columns_set_lacks(server: Server) -> None:
    @ON_SERVERS
    @given(day=days(), charset=st.sampled_from(CHARSETS[server.name]))
    def run(day: SmallDay, charset: tuple[str, str]) -> None:
        name, codec = charset
        held = SmallDay(day.file, held_by(day.base, codec))
        check_held(server, held, f"varchar(150) CHARACTER SET {name}")

    run()


def check_held(server: Server, day: SmallDay, column: str) -> None:
    """The anchor may have gone with its character: then another row of the day stands for it."""
    short = [row for row in day.base if len(row.ordem_id or "") <= 150]
    anchor = BaseRow("F1", "ANCORA", "Ana", "PETR4", DAY, None)
    check(server, SmallDay(day.file, [*short, anchor]), column)


def test_dates_that_no_calendar_has(server: Server) -> None:
    absurd = ABSURD_ON_POSTGRES if server.engine == "postgres" else ABSURD_ON_MYSQL

    @ON_SERVERS
    @given(day=days(absurd=absurd), readers=st.integers(1, 2))
    def run(day: SmallDay, readers: int) -> None:
        check(server, day, "varchar(255)", readers)

    run()
