"""What the rules say of drawn days, against what was planted in them and what is true of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from reconciliation.documents.summary import Cause
from tests.planted.chain import causes_of
from tests.planted.ordinary import SORTS, ordinary_day
from tests.planted.plants import PLANTS, names_drawn, planted_day
from tests.planted.truth import TRUE, true_of
from tests.planted.world import Day


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A day's planted causes, what the rules named, and what is true, by code; `seed` draws the day again."""

    name: str
    seed: str
    planted: frozenset[str]
    named: tuple[str, ...]
    true: frozenset[str]
    wrong_ages: frozenset[str] = frozenset()

    @property
    def missed(self) -> frozenset[str]:
        return self.planted - set(self.named)

    @property
    def false(self) -> frozenset[str]:
        """Named, and neither planted nor true; of an ordinary day, anything that is named."""
        return frozenset(self.named) - self.true

    @property
    def is_right(self) -> bool:
        return not self.missed and not self.false and not self.wrong_ages

    def told(self) -> str:
        """A line for a person."""
        return f"{self.seed}: {self.name}: missed {sorted(self.missed)}, false {sorted(self.false)}" + (
            f", age not told {sorted(self.wrong_ages)}" if self.wrong_ages else ""
        )


def planted_days(seed: int, days: int) -> Iterator[Judged]:
    """So many days, each cause in its turn."""
    return (planted(f"{seed}/planted/{at}", list(PLANTS)[at % len(PLANTS)]) for at in range(days))


def ordinary_days(seed: int, days: int) -> Iterator[Judged]:
    """So many days, each sort in its turn."""
    return (ordinary(f"{seed}/ordinary/{at}", list(SORTS)[at % len(SORTS)]) for at in range(days))


def planted(seed: str, first: str) -> Judged:
    """The day of that seed, with that cause."""
    rng = Random(seed)
    day = planted_day(rng, names_drawn(rng, first))
    causes = causes_of(day)
    if day.age > 1:
        _put_before(day, causes)
        causes = causes_of(day)
    aged = {cause.code for cause in causes if cause.evidence.endswith(f" Também {_before(day.age - 1)}.")}
    return Judged(
        name=day.name,
        seed=seed,
        planted=frozenset(day.planted),
        named=tuple(cause.code for cause in causes),
        true=frozenset(true_of(day, TRUE)),
        wrong_ages=frozenset(day.planted) - aged if day.age > 1 else frozenset(),
    )


def _put_before(day: Day, causes: Iterable[Cause]) -> None:
    """The days of that age had these causes; the one before them others of their codes."""
    same = tuple(cause.sentence for cause in causes)
    for at in range(day.age - 1):
        day.history[at] = replace(day.history[at], causes=same)
    others = tuple(f"{sentence} Outra." for sentence in same)
    day.history[day.age - 1] = replace(day.history[day.age - 1], causes=others)


def _before(days: int) -> str:
    return "no dia publicado anterior" if days == 1 else f"nos {days} dias publicados anteriores"


def ordinary(seed: str, sort: str) -> Judged:
    """The day of that seed and sort."""
    day = ordinary_day(Random(seed), sort)
    named = tuple(cause.code for cause in causes_of(day))
    return Judged(name=f"ordinary: {sort}", seed=seed, planted=frozenset(), named=named, true=frozenset())


def table(judged: Iterable[Judged]) -> str:
    """A row for each kind of day."""
    rows: dict[str, list[Judged]] = {}
    for one in judged:
        kind = "two at once" if " + " in one.name else one.name
        rows.setdefault(kind, []).append(one)
    titles = ("days", "planted", "named", "missed", "also true", "false")
    shown = [f"{'kind of day':32}" + "".join(f"{title:>11}" for title in titles)]
    for kind, days in sorted(rows.items()):
        planted_count = sum(len(one.planted) for one in days)
        missed, false = sum(len(one.missed) for one in days), sum(len(one.false) for one in days)
        also = sum(len((set(one.named) & one.true) - one.planted) for one in days)
        counts = (len(days), planted_count, planted_count - missed, missed, also, false)
        shown.append(f"{kind:32}" + "".join(f"{count:>11}" for count in counts))
    return "\n".join(shown)
