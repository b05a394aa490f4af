"""What a day's divergences may have in common. `kernels/patterns.py` counts it, `causes.py` decides on it."""

from dataclasses import dataclass


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
    """Keys absent on one side each, which would be one key if they were written alike."""

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
    field: Share | None
    """Of TIPO_3."""
    factor: Share | None
    """Of the TIPO_3 whose amounts differ and are not 0: file ÷ base, a decimal or `n/d`."""
    difference: Share | None
    """Of the TIPO_3 whose amounts differ: file − base, in cents."""
    lost_cents: Share | None
    """Of the same: who has whole reais where the other side has cents, `file` or `base`."""
    shift: Share | None
    """Of the TIPO_3 whose dates differ: file − base, in days."""
    respelled: Respelled
