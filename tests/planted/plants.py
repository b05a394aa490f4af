"""Causes, planted over a day of 1 to 10 % of ordinary divergences; a quarter of the days has two.

"Cents" are here a constant difference of less than one real; amounts that are written in cents are a hundred
times too much; "lost cents" are amounts in whole reais, cut off or rounded, each of them off by its own sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from tests.planted.choosing import (
    UnfitError,
    a_suppliers_pairs,
    chosen,
    differing,
    differs,
    divergent,
    is_tipo_3,
    put,
)
from tests.planted.ordinary import usual_world
from tests.planted.truth import PLAIN, is_accepted, is_months_turn, true_of
from tests.planted.world import (
    FIELDS,
    Day,
    Today,
    World,
    any_workday,
    differ,
    draw_day,
    draw_world,
    spoil,
)

_KINDS = ("absent_base", "absent_file", "fields")


@dataclass(frozen=True)
class Plant:
    """`apply` puts the cause into a day; `habit` says which day, and how those before it are drawn."""

    code: str
    apply: Callable[[Random, World, Day], None] = lambda _rng, _world, _day: None
    habit: Callable[[Random], tuple[date, Today]] | None = None


def planted_day(rng: Random, names: tuple[str, ...]) -> Day:
    """A day with these causes. Drawn again until they are true of it: one may take the other's place."""
    while True:
        habit = next((PLANTS[name].habit for name in names if PLANTS[name].habit), None)
        reference, today = habit(rng) if habit else (any_workday(rng), _today(rng, names))
        world = draw_world(rng, rate=rng.uniform(0.01, 0.035)) if habit else usual_world(rng)
        day = draw_day(rng, world, reference, today)
        try:
            for name in names:
                PLANTS[name].apply(rng, world, day)
        except UnfitError:
            continue
        day.name, day.planted = " + ".join(names), tuple(PLANTS[name].code for name in names)
        if is_accepted(day) and set(day.planted) <= true_of(day, PLAIN):
            return _aged(rng, day)


def names_drawn(rng: Random, first: str) -> tuple[str, ...]:
    """That cause, on a quarter of the days with another one that can be true at the same time."""
    if rng.random() >= 0.25:
        return (first,)
    second = rng.choice([name for name in PLANTS if _go_together(first, name)])
    return (first, second)


def _go_together(first: str, second: str) -> bool:
    """Not two of one code, nor two that each need most of the same."""
    codes = {PLANTS[first].code, PLANTS[second].code}
    both_on_amounts = codes <= {"VALOR_MULTIPLICADO", "VALOR_DESLOCADO", "VALOR_SEM_CENTAVOS"}
    both_seasons = codes <= {"DIA_DA_SEMANA", "VIRADA_DE_MES"}
    return len(codes) == 2 and not both_on_amounts and not both_seasons


def _today(rng: Random, names: tuple[str, ...]) -> Today:
    """What is usual can be known, where a cause needs it; else the deployment may be new."""
    needs_history = {"base behind", "file incomplete"} & set(names)
    return Today(history_days=rng.choice((12, 20, 30) if needs_history else (0, 3, 15, 30, 30)))


def _aged(rng: Random, day: Day) -> Day:
    """In a third of the days it was so on the days before too: `judging` tells it the history."""
    if rng.random() > 1 / 3 or len(day.history) < 12 or {"DIA_DA_SEMANA", "VIRADA_DE_MES"} & set(day.planted):
        return day
    day.age = rng.randint(2, 4)
    return day


def _base_behind(rng: Random, _world: World, day: Day) -> None:
    """The newest orders are not there yet, or those that one of many loads had brought."""
    _lose(rng, day, "base", rng.uniform(0.15, 0.7))


def _file_incomplete(rng: Random, _world: World, day: Day) -> None:
    """The file ends before its end, or lacks lines everywhere."""
    _lose(rng, day, "file", rng.uniform(0.15, 0.7))


def _lose(rng: Random, day: Day, side: str, share: float) -> None:
    is_tail, kept = rng.random() < 0.5, len(day.pairs) * (1 - share)
    for at, pair in enumerate(day.pairs):
        if (at >= kept) if is_tail else (rng.random() < share):
            setattr(pair, side, None)
    day.pairs = [pair for pair in day.pairs if pair.file or pair.base]


def _one_supplier(rng: Random, world: World, day: Day) -> None:
    """One of the smaller ones makes 55 to 90 % of the day's divergences."""
    share, kind = rng.uniform(0.55, 0.9), rng.choice((*_KINDS, "mixed"))
    _, pairs = a_suppliers_pairs(rng, day, 0.08, 0.4)
    count = round(divergent(day) * share / (1 - share)) + 12
    if count > len(pairs):
        raise UnfitError
    for pair in rng.sample(pairs, count):
        spoil(rng, world, pair, rng.choice(_KINDS) if kind == "mixed" else kind)


def _supplier_absent(rng: Random, _world: World, day: Day) -> None:
    """One with 2 to 30 % of the rows is not in the file."""
    supplier, _ = a_suppliers_pairs(rng, day, 0.02, 0.3)
    for pair in day.pairs:
        if pair.base and pair.base.fornecedor_id == supplier:
            pair.file = None
        elif pair.file and pair.file.fornecedor_id == supplier:
            pair.file = pair.file._replace(fornecedor_id="99003")
    day.pairs = [pair for pair in day.pairs if pair.file or pair.base]


def _one_field(rng: Random, world: World, day: Day) -> None:
    """One field differs in 83 to 97 % of TIPO_3, by values that have nothing in common."""
    name, share = rng.choice(FIELDS), rng.uniform(0.83, 0.97)
    others = sum(is_tipo_3(pair) and not differs(pair, name) for pair in day.pairs)
    for pair in chosen(rng, day, others * share / (1 - share)):
        differ(rng, world, pair, name)


def _factor(factor: int, percent: bool = False) -> Callable[[Random, World, Day], None]:
    """Either side's amount is so many times the other's, or so many percent of it, to the cent."""

    def apply(rng: Random, _world: World, day: Day) -> None:
        side, is_rounded = rng.choice(("file", "base")), percent or rng.random() < 0.3

        def changed(cents: int) -> int:
            return round(cents * factor / 100) if percent else cents * factor

        for pair in chosen(rng, day, 2 * differing(day, "cents")):
            assert pair.base
            if not is_rounded and factor > 0:
                put(pair, side, "cents", changed(pair.base.cents))
            elif factor > 0 and not percent:
                put(pair, side, "cents", round(pair.base.cents / factor))
            else:
                put(pair, side, "cents", changed(pair.base.cents))

    return apply


def _difference(least: int, most: int) -> Callable[[Random, World, Day], None]:
    """Amounts differ by so many cents, more or less."""

    def apply(rng: Random, _world: World, day: Day) -> None:
        side, cents = rng.choice(("file", "base")), rng.choice((-1, 1)) * rng.randint(least, most)
        for pair in chosen(rng, day, 2 * differing(day, "cents")):
            assert pair.base
            put(pair, side, "cents", pair.base.cents + cents)

    return apply


def _lost_cents(rng: Random, _world: World, day: Day) -> None:
    """One side's amounts are cut off to whole reais, or rounded to them."""
    side, is_rounded = rng.choice(("file", "base")), rng.random() < 0.5
    for pair in chosen(rng, day, 2 * differing(day, "cents")):
        assert pair.base
        put(pair, side, "cents", (pair.base.cents + 50 * is_rounded) // 100 * 100)


def _dates(rng: Random, _world: World, day: Day) -> None:
    """One side's dates are some days off; the file keeps lines of its day, without which it is refused."""
    side, days = rng.choice(("file", "base")), rng.choice((-1, -1, 1, 1, 2, -3, 7, 30, -31))
    for pair in chosen(rng, day, 2 * differing(day, "data"), most=0.8):
        assert pair.base
        put(pair, side, "data", pair.base.data + timedelta(days=days))


def _respelled(*ways: Callable[[str], str]) -> Callable[[Random, World, Day], None]:
    """Keys are written in another of these ways on one side, each way a change of its own."""

    def apply(rng: Random, _world: World, day: Day) -> None:
        side, way = rng.choice(("file", "base")), rng.choice(ways)
        for pair in chosen(rng, day, 0):
            assert pair.base
            key = way(pair.base.ordem_id)
            if key == pair.base.ordem_id:
                raise UnfitError
            put(pair, side, "ordem_id", key)

    return apply


def _without_zeros(key: str) -> str:
    """`ORD-00012` as `ORD-12`, `00012` as `12`."""
    head = key.rstrip("0123456789")
    return head + key[len(head) :].lstrip("0")


def _with_zeros(key: str) -> str:
    """The number at the end has three zeros more."""
    head = key.rstrip("0123456789")
    return f"{head}000{key[len(head) :]}" if len(head) < len(key) else key


def _weekday(rng: Random) -> tuple[date, Today]:
    """One weekday has two to four times the divergences of the others."""
    reference, times = any_workday(rng), rng.uniform(2, 4)
    return reference, Today(boost=lambda day: times if day.weekday() == reference.weekday() else 1.0)


def _month_end(rng: Random) -> tuple[date, Today]:
    """A month's last workdays, perhaps its first, have two to four times the others' divergences."""
    last, first = rng.choice(((1, 0), (2, 0), (1, 1), (2, 2)))
    is_turn = partial(is_months_turn, last=last, first=first)
    reference, times = any_workday(rng, is_turn), rng.uniform(2, 4)
    return reference, Today(boost=lambda day: times if is_turn(day) else 1.0)


PLANTS: dict[str, Plant] = {
    "base behind": Plant("BASE_ATRASADA", _base_behind),
    "file incomplete": Plant("ARQUIVO_INCOMPLETO", _file_incomplete),
    "one supplier": Plant("UM_FORNECEDOR", _one_supplier),
    "supplier absent": Plant("FORNECEDOR_AUSENTE", _supplier_absent),
    "one field": Plant("UM_CAMPO", _one_field),
    "times or by 100": Plant("VALOR_MULTIPLICADO", _factor(100)),
    "times or by 10": Plant("VALOR_MULTIPLICADO", _factor(10)),
    "times or by 1000": Plant("VALOR_MULTIPLICADO", _factor(1000)),
    "sign": Plant("VALOR_MULTIPLICADO", _factor(-1)),
    "five percent": Plant("VALOR_MULTIPLICADO", _factor(105, percent=True)),
    "cents": Plant("VALOR_DESLOCADO", _difference(1, 99)),
    "difference": Plant("VALOR_DESLOCADO", _difference(100, 5_000)),
    "lost cents": Plant("VALOR_SEM_CENTAVOS", _lost_cents),
    "dates": Plant("DATA_DESLOCADA", _dates),
    "key's zeros": Plant("ORDEM_ESCRITA_DIFERENTE", _respelled(_without_zeros, _with_zeros)),
    "key's case": Plant("ORDEM_ESCRITA_DIFERENTE", _respelled(str.lower, str.upper, str.swapcase)),
    "key's punctuation": Plant(
        "ORDEM_ESCRITA_DIFERENTE",
        _respelled(
            lambda key: key.replace("-", "").replace("/", "").replace(".", ""),
            lambda key: key.replace("-", "_").replace("/", "-").replace(".", "/"),
            lambda key: f"{key[:3]}-{key[3:]}",
        ),
    ),
    "key's blanks": Plant(
        "ORDEM_ESCRITA_DIFERENTE",
        _respelled(
            lambda key: key.replace(" ", ""),
            lambda key: f"{key[:2]} {key[2:]}",
            lambda key: key.replace(" ", "  ").replace("-", " - "),
        ),
    ),
    "weekday": Plant("DIA_DA_SEMANA", habit=_weekday),
    "month's end": Plant("VIRADA_DE_MES", habit=_month_end),
}
