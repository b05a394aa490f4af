"""The strategies produce what they promise: accepted days, and among three hundred every code and motivo."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from tests import strategies
from tests.cases.case import DAY
from tests.oracle import BaseRow, reconcile
from tests.oracle_file import Rules, validate

ANY_SHARE = Rules(max_rejected_share=Fraction(1))
SURVEY = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
FEW = settings(SURVEY, max_examples=60)
"""Where one is as good as another."""


def test_days_are_accepted_and_reach_everything() -> None:
    seen: set[str] = set()

    @given(strategies.days(absurd=strategies.ABSURD_ON_POSTGRES))
    @SURVEY
    def survey(day: strategies.SmallDay) -> None:
        outcome = reconcile(day.file, day.base, DAY, ANY_SHARE)
        assert outcome.code is None
        keys = [divergence["ordem_id"] for divergence in outcome.divergences]
        assert len(keys) == len(set(keys))
        seen.update(reject.codigo for reject in outcome.rejects)
        for divergence in outcome.divergences:
            seen.add(divergence["motivo"])
            seen.update(f"invisible {name}" for name in divergence["campos_so_invisiveis"].split(",") if name)
        seen.update(outcome.warnings)

    survey()
    assert seen == {
        *("E_COLS", "E_QUOTE", "E_CTRL", "E_KEY_EMPTY", "E_KEY_LONG", "E_KEY_CHARS", "E_REQUIRED", "E_DATA"),
        *("E_VALOR", "E_VALOR_RANGE", "E_VALOR_SCALE", "E_DUP_CONFLICT"),
        *("AUSENTE_NA_BASE", "AUSENTE_NO_CSV", "LINHA_REJEITADA", "DUPLICATA_CONFLITANTE", "CAMPOS"),
        *("BOM", "MIXED_EOL", "NO_FINAL_NEWLINE", "DUP_IDENTICAL", "OTHER_DAY"),
        *("E_BLANK", "BASE_ABSURD_DATE", "SUPPLIER_ABSENT"),
        *("invisible fornecedor_id", "invisible nome", "invisible ativo_id"),
    }


def test_files_reach_the_refusals() -> None:
    seen: set[str | None] = set()

    @given(strategies.files())
    @SURVEY
    def survey(file: bytes) -> None:
        seen.add(validate(file, DAY, ANY_SHARE).code)

    survey()
    refusals = {"E_ENCODING", "E_NUL", "E_BARE_CR", "E_LINE_TOO_LONG", "E_HEADER", "E_NO_ROWS", "E_WRONG_DAY"}
    assert seen >= {None, *refusals}


def test_the_new_kinds_of_line_are_drawn() -> None:
    """U+FEFF at the start of the first data line above all, and a conflict that it makes."""
    seen: set[str] = set()

    @given(strategies.days())
    @SURVEY
    def survey(day: strategies.SmallDay) -> None:
        _, *lines = day.file.decode().split("\n")
        seen.update("first data line" for line in lines[:1] if line.startswith("\ufeff"))
        seen.update("a line" for line in lines[1:] if line.startswith("\ufeff"))
        seen.update("guard" for line in lines if '="' in line)
        seen.update("blank, quote" for line in lines if '; "' in line or ';\t"' in line)
        seen.update("base row" for row in day.base if str(row.fornecedor_id).startswith("\ufeff"))
        seen.update("padded" for row in day.base if row.data != DAY and str(row.ordem_id)[:1] in " \t")
        valid = validate(day.file, DAY, ANY_SHARE)
        conflicts = {reject.ordem_id for reject in valid.rejects if reject.codigo == "E_DUP_CONFLICT"}
        unmarked = validate(day.file.replace("\ufeff".encode(), b""), DAY, ANY_SHARE)
        seen.update("conflict" for key in conflicts if key in unmarked.valid)

    survey()
    assert seen == {"first data line", "a line", "guard", "blank, quote", "base row", "padded", "conflict"}


def test_twins_are_refused_and_not() -> None:
    seen: set[str | None] = set()

    @given(strategies.twin_days())
    @FEW
    def survey(day: strategies.SmallDay) -> None:
        assert len({row.ordem_id for row in day.base}) == len(day.base)
        seen.add(reconcile(day.file, day.base, DAY, ANY_SHARE).code)

    survey()
    assert seen == {None, "E_BASE_DUP_OR_NULL_KEY"}


@pytest.mark.parametrize("years", [range(1, 9999), range(1970, 2038)])
def test_instants_are_of_the_day_that_the_dates_were(years: range) -> None:
    @given(strategies.days(stamped=years))
    @FEW
    def survey(day: strategies.SmallDay) -> None:
        stamps = [row.data for row in day.base if row.data is not None]
        assert all(isinstance(stamp, datetime) and stamp.year in years for stamp in stamps)
        assert reconcile(day.file, day.base, DAY, ANY_SHARE).code is None

    survey()


@FEW
@given(strategies.two_files())
def test_each_of_two_files_lacks_the_other_supplier(day: tuple[bytes, bytes, list[BaseRow]]) -> None:
    *both, base = day
    for file, ours, theirs in zip(both, ("F1", "F2"), ("F2", "F1"), strict=True):
        outcome = reconcile(file, base, DAY)
        assert outcome.code is None
        assert not outcome.rejects
        count = sum(row.fornecedor_id == theirs for row in base)
        assert outcome.absent_suppliers == {theirs: (count, 100 * count)}
        assert {row["motivo"] for row in outcome.divergences} == {"AUSENTE_NO_CSV"}
        assert outcome.suppliers == {ours: (len(base) - count, 100 * (len(base) - count))}


def test_what_a_character_set_holds() -> None:
    keys = ["O1", "O\u20131", "\u00e9", "\u65e5", "\U0001f600"]
    base = [BaseRow("F1", key, "", "A", DAY, None) for key in keys]
    held = {
        codec: [row.ordem_id for row in strategies.held_by(base, codec)] for codec in ("latin-1", "cp1252")
    }
    assert held == {"latin-1": [keys[0], keys[2]], "cp1252": keys[:3]}
    assert [row.ordem_id for row in strategies.held_by(base, "utf8mb3")] == keys[:4]
