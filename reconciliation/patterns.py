"""What a day's divergences may have in common. `kernels/patterns.py` counts it, `causes.py` decides on it."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_LEAST_RESPELLED: Final = 5
_RESPELLED_SHARE: Final = Fraction(1, 5)


@dataclass(frozen=True, kw_only=True)
class Share:
    """`count` of `of` rows have this in common.

    `cents` is what these differ by, gross; None where what they have in common says nothing of money.
    """

    value: str
    count: int
    of: int
    cents: int | None = None


@dataclass(frozen=True, kw_only=True)
class Respelled:
    """Keys absent on one side each, of the same amount, which would be one key if they were written alike."""

    pairs: int
    cents: int
    """Of both sides, gross."""
    examples: tuple[tuple[str, str], ...]
    """As the file and as the base write it."""


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """The commonest of each kind; None where no row could have it."""

    types: dict[str, int]
    supplier: Share | None
    fields: Share | None
    """Of TIPO_3: all that differs in a row, the names with commas between them."""
    factor: Share | None
    """Of the TIPO_3 whose amounts differ and are not 0: file ÷ base, a decimal or `n/d`.

    Amounts that are too small to tell a factor are among them, and count for none.
    """
    difference: Share | None
    """Of the TIPO_3 whose amounts differ: file − base, in cents."""
    lost_cents: Share | None
    """Of the same: who has whole reais where the other side has cents, `file` or `base`."""
    shift: Share | None
    """Of the TIPO_3 whose dates differ: file − base, in days."""
    respelled: Respelled


def are_respelled(pairs: int, tipo_1: int, tipo_2: int) -> bool:
    """Whether so many pairs are a cause of so many absent orders: of over a fifth of what a side lacks."""
    return pairs >= _LEAST_RESPELLED and pairs > _RESPELLED_SHARE * min(tipo_1, tipo_2)
