"""A cause is only said where a plain look at the rows agrees: of drawn days, and of drawn suppliers."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from reconciliation.kernels.supplier_causes import supplier_causes
from tests.causes_of_rows import divergences, keys_apart, said
from tests.depth import at_depth
from tests.planted.keys import are_numbers_alike, letters_and_digits, without_zeros
from tests.report_files.day import tipo_3

pytestmark = pytest.mark.deep
Amounts = list[tuple[int, int]]
_MULTIPLIED = re.compile(r"(com o sinal trocado|(?:multiplicado|dividido) por (?P<by>-?[\d,]+))")
_COUNTED = re.compile(r"\((?P<count>\d+) de (?P<of>\d+)")


@st.composite
def amounts(draw: st.DrawFn) -> Amounts:
    """Of 20 to 60 orders, in cents: placeholders, small ones, some off by a factor, a sum, or by nothing."""
    off = draw(st.sampled_from((1, -1, 2, 10, 100, 1000, 1.05, 1.001, 1.00001)))
    of_base = draw(
        st.sampled_from((st.just(1), st.integers(1, 20), st.integers(90, 110), st.integers(1, 10**9)))
    )
    of_file = draw(st.sampled_from((st.integers(1, 99), st.integers(60, 140), st.integers(9_000, 11_000))))
    ways = (
        lambda base: (round(base * off), base),
        lambda base: (base, round(base * off)),
        lambda base: (base + draw(st.integers(-5, 5)), base),
        lambda base: (draw(of_file), base),
    )
    mostly = draw(st.sampled_from(ways))
    chosen = [
        mostly if draw(st.booleans()) else draw(st.sampled_from(ways))
        for _ in range(draw(st.integers(20, 60)))
    ]
    return [way(draw(of_base)) for way in chosen]


def rows_of(pairs: Amounts) -> list[dict[str, Any]]:
    return [
        tipo_3(f"O{n}", "F1", n, mine=str(Decimal(file) / 100), valor=str(Decimal(base) / 100))
        for n, (file, base) in enumerate(pairs)
        if file != base
    ]


def plainly_times(pairs: Amounts, told: re.Match[str]) -> int:
    """How many are so within a hundredth and a cent of their size, and by more than some cents."""
    shown = float((told["by"] or "-1").replace(",", "."))
    factor = 1 / shown if told[0].startswith("dividido") else shown
    assert factor != 1
    return sum(
        min(abs(file), abs(base)) >= 100 and abs(file - base) >= 10
        and abs(file / base - factor) <= 0.0105 * abs(factor)
        for file, base in pairs
    )  # fmt: skip


@settings(max_examples=at_depth(60), deadline=None)
@given(amounts())
def test_a_factor_is_that_of_the_amounts(pairs: Amounts) -> None:
    rows = rows_of(pairs)
    of_day = said(rows).get("VALOR_MULTIPLICADO")
    of_supplier = supplier_causes(divergences(rows)).get("F1", ())
    told = [(of_day.sentence, of_day.evidence)] if of_day else []
    told += [(sentence, sentence) for sentence in of_supplier if _MULTIPLIED.search(sentence)]
    event(f"said {len(told)} times")
    for sentence, evidence in told:
        factor, counted = _MULTIPLIED.search(sentence), _COUNTED.search(evidence)
        assert factor
        assert counted
        assert plainly_times(pairs, factor) >= int(counted["count"])


@settings(max_examples=at_depth(60), deadline=None)
@given(amounts())
def test_a_sum_and_lost_cents_are_those_of_the_amounts(pairs: Amounts) -> None:
    rows, found = rows_of(pairs), said(rows_of(pairs))
    off = Counter(file - base for file, base in pairs if file != base)
    whole = [
        sum(one % 100 == 0 and 0 < abs(one - other) < 100 for one, other in sides)
        for sides in (pairs, [(base, file) for file, base in pairs])
    ]
    for code, most in (("VALOR_DESLOCADO", max(off.values(), default=0)), ("VALOR_SEM_CENTAVOS", max(whole))):
        if code in found:
            counted = _COUNTED.search(found[code].evidence)
            assert counted
            assert (int(counted["count"]), int(counted["of"])) == (most, len(rows))
    if "VALOR_SEM_CENTAVOS" in found:
        assert max(whole) >= 2 * min(whole)


@st.composite
def keys(draw: st.DrawFn) -> list[tuple[str, str, str, str]]:
    """Of shops and numbers without zeros in front, close together; some are one, written otherwise."""
    sign, other_sign = draw(st.sampled_from([("-", "/"), ("-", ""), ("", "-"), ("-", "-")]))
    amount = draw(st.sampled_from((st.just("7.00"), st.integers(1, 9).map(lambda n: f"{n}.00"))))
    number = st.tuples(st.integers(1, 25), st.integers(1, 120))
    rows, taken = [], set[str]()
    for _ in range(draw(st.integers(5, 60))):
        mine = draw(number)
        is_one = draw(st.integers(0, 3)) == 0
        theirs = mine if is_one else draw(number)
        zeros = draw(st.sampled_from(("", "00")))
        file, base = f"{mine[0]}{sign}{mine[1]}", f"{theirs[0]}{other_sign}{zeros}{theirs[1]}"
        if file == base or {file, base} & taken:
            continue
        taken |= {file, base}
        first = draw(amount)
        rows.append((file, base, first, first if is_one else draw(amount)))
    return rows


def are_one(file: tuple[str, str], base: tuple[str, str]) -> bool:
    """The keys with their amounts."""
    is_alike = any(form(file[0]) == form(base[0]) for form in (letters_and_digits, without_zeros))
    return is_alike and file[1] == base[1] and are_numbers_alike(file[0], base[0])


@settings(max_examples=at_depth(60), deadline=None)
@given(keys())
def test_orders_written_otherwise_are_of_the_same_numbers_and_amount(
    pairs: list[tuple[str, str, str, str]],
) -> None:
    of_file = [(mine, amount) for mine, _, amount, _ in pairs]
    of_base = [(theirs, amount) for _, theirs, _, amount in pairs]
    plainly = sum(any(are_one(file, base) for base in of_base) for file in of_file)
    rows = keys_apart(pairs)
    cause = said(rows).get("ORDEM_ESCRITA_DIFERENTE")
    messages = supplier_causes(divergences(rows)).get("F1", ())
    event(f"said: {cause is not None}")
    assert (cause is not None) == bool(messages), "the day has one supplier"
    if cause:
        count = int(cause.evidence.split()[0])
        assert plainly >= count > len(pairs) / 5
        assert messages[0].startswith(f"{count} das {len(pairs)} ordens")
        examples = cause.evidence.partition("por exemplo ")[2].rstrip(".").split("; ")
        amount_of = [dict(of_file), dict(of_base)]
        for example in examples:
            mine, theirs = example.split(" e ")
            assert are_one((mine, amount_of[0][mine]), (theirs, amount_of[1][theirs]))


@settings(max_examples=at_depth(60), deadline=None)
@given(st.lists(st.tuples(st.integers(-2, 2), st.sampled_from(("data", "data,nome", "nome"))), max_size=50))
def test_dates_and_fields_are_those_of_the_rows(drawn: list[tuple[int, str]]) -> None:
    day = date(2026, 2, 16)
    rows = [
        {**tipo_3(f"O{n}", "F1", n), "campos_divergentes": fields, "data_csv": day + timedelta(days=off)}
        for n, (off, fields) in enumerate(drawn)
    ]
    found = said(rows)
    shifts, fields = Counter(off for off, _ in drawn if off), Counter(fields for _, fields in drawn)
    for code, of, least in (("DATA_DESLOCADA", shifts, 1 / 2), ("UM_CAMPO", fields, 4 / 5)):
        count = max(of.values(), default=0)
        assert (code in found) == (count >= 20 and count > least * of.total())
    if "UM_CAMPO" in found:
        (commonest, _), *_ = fields.most_common(1)
        assert found["UM_CAMPO"].sentence.count("data") == ("data" in commonest)
        assert found["UM_CAMPO"].sentence.count("nome") == ("nome" in commonest)
