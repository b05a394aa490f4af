"""The strategies produce what they promise: accepted days, and among three hundred every code and motivo."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import HealthCheck, given, settings

from tests import strategies
from tests.cases import DAY
from tests.oracle import reconcile
from tests.oracle_file import Rules, validate

ANY_SHARE = Rules(max_rejected_share=Fraction(1))
SURVEY = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_days_are_accepted_and_reach_everything() -> None:
    seen: set[str] = set()

    @given(strategies.days())
    @SURVEY
    def survey(day: strategies.SmallDay) -> None:
        outcome = reconcile(day.file, day.base, DAY, ANY_SHARE)
        assert outcome.code is None
        keys = [divergence["ordem_id"] for divergence in outcome.divergences]
        assert len(keys) == len(set(keys))
        seen.update(reject.codigo for reject in outcome.rejects)
        seen.update(divergence["motivo"] for divergence in outcome.divergences)
        seen.update(outcome.warnings)

    survey()
    assert seen == {
        *("E_COLS", "E_QUOTE", "E_CTRL", "E_KEY_EMPTY", "E_KEY_LONG", "E_KEY_CHARS", "E_REQUIRED", "E_DATA"),
        *("E_VALOR", "E_VALOR_RANGE", "E_VALOR_SCALE", "E_DUP_CONFLICT"),
        *("AUSENTE_NA_BASE", "AUSENTE_NO_CSV", "LINHA_REJEITADA", "DUPLICATA_CONFLITANTE", "CAMPOS"),
        *("BOM", "MIXED_EOL", "NO_FINAL_NEWLINE", "DUP_IDENTICAL", "OTHER_DAY"),
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
