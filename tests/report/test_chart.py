"""The chart's numbers: a bar is as high as its day's rate, and its parts as the types' shares."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.contract import TYPES
from reconciliation.report.chart import chart
from tests.depth import at_depth


@dataclass(frozen=True)
class Drawn:
    day: str
    rate_percent: float
    types: dict[str, int]


drawn_days = st.lists(
    st.builds(
        Drawn,
        day=st.dates().map(lambda day: day.isoformat()),
        rate_percent=st.floats(0.01, 100),
        types=st.fixed_dictionaries(dict.fromkeys(TYPES, st.integers(1, 10**6))),
    ),
    max_size=31,
)


def at(percent: str) -> float:
    return float(percent.removesuffix("%"))


@pytest.mark.deep
@settings(max_examples=at_depth(50))
@given(days=drawn_days)
def test_heights_are_rates_and_parts_are_shares(days: list[Drawn]) -> None:
    mean = sum(day.rate_percent for day in days) / len(days) if days else None
    made = chart(days, mean)
    top, middle, ground = (at(line.y) for line in made.levels)
    scale = float(made.levels[0].text.removesuffix("%").replace(",", "."))
    assert middle == pytest.approx((top + ground) / 2, abs=0.01)
    for day, bar in zip(days, made.bars, strict=True):
        heights = [at(part.height) for part in bar.parts]
        assert [part.kind for part in bar.parts] == [*TYPES]
        assert sum(heights) == pytest.approx(day.rate_percent / scale * (ground - top), abs=0.03)
        shares = [day.types[part.kind] / sum(day.types.values()) for part in bar.parts]
        assert heights == pytest.approx([share * sum(heights) for share in shares], abs=0.03)
        assert top - 0.01 <= at(bar.parts[-1].y)
        assert at(made.left) <= at(bar.x) < at(bar.x) + at(bar.width) <= 100
    if made.mean:
        assert top <= at(made.mean.y) <= ground


@pytest.mark.parametrize(
    ("highest", "scale"), [(0.0, "1%"), (0.3, "0,3%"), (5.18, "6%"), (6.1, "8%"), (100, "100%")]
)
def test_the_scale_is_the_next_round_number(highest: float, scale: str) -> None:
    assert chart([Drawn("2026-02-16", highest, {})], None).levels[0].text == scale
