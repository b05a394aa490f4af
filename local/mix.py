"""What a thousand lines of a generated day are made of, and what follows from that by arithmetic.

A day is blocks of 1,000 lines, all alike but for the block's number n = 1, 2, 3…; what is left of the
lines are orders that agree. A block holds the orders 0, 1, 2…, dealt to the kinds of `KINDS` in turn.
Order g of block n is worth `sign * (large + 100_000 * n + 37 * g + 11)` cents in the file, so every sum is
that of an arithmetic series and no row is looked at to know the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

BLOCK_LINES = 1_000
BLOCK_STEP_CENTS, ORDER_STEP_CENTS, LEAST_CENTS = 100_000, 37, 11
LARGE_CENTS = 9_100_000_000_000_000  # above 2**53: a comparison by doubles misses a cent here


@dataclass(frozen=True)
class Kind:
    """So many orders of each block, the lines and the base row that each has, and what must come of them.

    `lines` and `base` name the forms that `days` writes. `base_off_cents` is what the base has more, before
    the sign. `fields` are those in which the sides differ, in contract order, `unseen` those of them that
    look the same.
    """

    orders: int
    lines: tuple[str, ...] = ("plain",)
    base: str | None = "plain"
    tipo: str = ""
    motivo: str = ""
    fields: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()
    base_off_cents: int = 0
    sign: int = 1
    large: bool = False
    other_day: bool = False
    unseen: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether the key is on a good line."""
        return bool(self.lines) and self.tipo != "TIPO_2" and len(self.rejects) < len(self.lines)


def _absent(orders: int, sign: int = 1) -> Kind:
    return Kind(orders, base=None, tipo="TIPO_1", motivo="AUSENTE_NA_BASE", sign=sign)


def _missing(orders: int, motivo: str, lines: tuple[str, ...] = (), rejects: tuple[str, ...] = ()) -> Kind:
    return Kind(orders, lines, tipo="TIPO_2", motivo=motivo, rejects=rejects)


def _differs(orders: int, fields: str, base: str = "plain", off_cents: int = 0, sign: int = 1) -> Kind:
    return Kind(orders, ("plain",), base, "TIPO_3", "CAMPOS", tuple(fields.split()), (), off_cents, sign)


def _refused(code: str) -> Kind:
    return Kind(1, (code,), None, rejects=(code,))


_CONFLICT = ("E_DUP_CONFLICT", "E_DUP_CONFLICT")

KINDS: tuple[Kind, ...] = (
    Kind(5, ("plain", "again")),  # identical duplicates: 10.5 and 10.50
    Kind(4, ("padded",)),
    Kind(4, ("quoted",)),
    Kind(4, base="padded"),
    Kind(30, sign=-1),
    Kind(1, large=True),
    Kind(1, large=True, sign=-1),
    Kind(1, ("moved",), "moved", other_day=True),  # both sides have it on the day before
    Kind(1, ("plain", "E_VALOR_SCALE"), rejects=("E_VALOR_SCALE",)),  # the good line stands
    _absent(11),
    _absent(1, sign=-1),
    _missing(6, "AUSENTE_NO_CSV"),
    _missing(1, "LINHA_REJEITADA", ("E_VALOR",), ("E_VALOR",)),
    _missing(1, "LINHA_REJEITADA", ("E_DATA",), ("E_DATA",)),
    _missing(1, "DUPLICATA_CONFLITANTE", ("plain", "dearer"), _CONFLICT),
    _missing(1, "DUPLICATA_CONFLITANTE", ("plain", "moved"), _CONFLICT),
    _differs(10, "valor", off_cents=1),
    _differs(2, "valor", off_cents=5_000, sign=-1),
    Kind(1, tipo="TIPO_3", motivo="CAMPOS", fields=("valor",), base_off_cents=1, large=True),
    Kind(1, tipo="TIPO_3", motivo="CAMPOS", fields=("valor",), base_off_cents=1, large=True, sign=-1),
    _differs(2, "nome", "other_name"),
    replace(_differs(1, "nome", "unseen_name"), unseen=("nome",)),
    _differs(2, "ativo_id", "other_asset"),
    _differs(2, "data", "moved"),
    _differs(1, "data", "no_date"),
    Kind(1, ("moved",), "plain", "TIPO_3", "CAMPOS", ("data",), other_day=True),
    _differs(2, "fornecedor_id", "other_supplier"),
    _differs(1, "valor", "no_value"),
    _differs(1, "nome ativo_id valor", "other_trade", off_cents=250),
    _differs(1, "fornecedor_id nome ativo_id data valor", "other_all", off_cents=-10),
    Kind(1, ("plain", "dearer"), None, rejects=_CONFLICT),  # a conflict that the base knows nothing of
    _refused("E_COLS"),
    _refused("E_QUOTE"),
    _refused("E_REQUIRED"),
    _refused("E_KEY_EMPTY"),
)
_FILLED_LINES = sum(kind.orders * len(kind.lines) for kind in KINDS)
MIXED: tuple[Kind, ...] = (*KINDS, Kind(BLOCK_LINES - _FILLED_LINES))


def plain(lines: int) -> tuple[Kind, ...]:
    """The kinds of a block of so many lines in which all orders agree."""
    return (Kind(lines),)


def divergent(share: float) -> tuple[Kind, ...]:
    """The kinds of a block in which that share of the orders differ by a cent, and nothing else happens."""
    orders = round(share * BLOCK_LINES)
    return tuple(
        kind for kind in (_differs(orders, "valor", off_cents=1), Kind(BLOCK_LINES - orders)) if kind.orders
    )


def dealt(kinds: tuple[Kind, ...]) -> Iterator[tuple[Kind, range]]:
    """Each kind with its orders in a block."""
    first = 0
    for kind in kinds:
        yield kind, range(first, first + kind.orders)
        first += kind.orders


@dataclass(frozen=True)
class Expected:
    """The answer of a generated day: counts of lines and of keys, money in cents."""

    data_lines: int
    rejected: int
    identical_duplicates: int
    valid_keys: int
    equal: int
    tipo_1: int
    tipo_2: int
    tipo_3: int
    base_in_scope: int
    file_cents: int
    base_cents: int
    difference_cents: int
    rejects_by_code: dict[str, int]
    motives: dict[str, int]
    fields: dict[str, int]
    unseen: dict[str, int]
    warnings: dict[str, int]

    @property
    def divergences(self) -> int:
        """Divergent keys: the rows of the published object."""
        return self.tipo_1 + self.tipo_2 + self.tipo_3


def expected(rows: int, mixed: tuple[Kind, ...] = MIXED) -> Expected:
    """The closed form of a day of so many data lines, whatever its skew and the rest of the base."""
    blocks, rest = divmod(rows, BLOCK_LINES)
    counts: Counter[str] = Counter()
    for kind, orders in dealt(mixed):
        counts.update(_tally(kind, orders, 1, blocks))
    for kind, orders in dealt(plain(rest)):
        counts.update(_tally(kind, orders, blocks + 1, 1))

    def named(prefix: str) -> dict[str, int]:
        return {
            key.removeprefix(prefix): n for key, n in sorted(counts.items()) if n and key.startswith(prefix)
        }

    return Expected(
        data_lines=counts["lines"],
        rejected=counts["rejected"],
        identical_duplicates=counts["duplicates"],
        valid_keys=counts["valid"],
        equal=counts["valid"] - counts["TIPO_1"] - counts["TIPO_3"],
        tipo_1=counts["TIPO_1"],
        tipo_2=counts["TIPO_2"],
        tipo_3=counts["TIPO_3"],
        base_in_scope=counts["base"],
        file_cents=counts["file_cents"],
        base_cents=counts["base_cents"],
        difference_cents=counts["file_cents"] - counts["base_cents"],
        rejects_by_code=named("reject:"),
        motives=named("motivo:"),
        fields=named("field:"),
        unseen=named("unseen:"),
        warnings=named("warning:"),
    )


def _tally(kind: Kind, orders: range, first_block: int, blocks: int) -> Counter[str]:
    """What one kind adds to the day's counts."""
    keys = blocks * len(orders)
    duplicates = len(kind.lines) - len(kind.rejects) - 1 if kind.is_valid else 0
    cents = _sum_cents(kind, orders, first_block, blocks)
    tally = Counter(
        {
            "lines": keys * len(kind.lines),
            "rejected": keys * len(kind.rejects),
            "duplicates": keys * duplicates,
            "warning:DUP_IDENTICAL": keys * duplicates,
            "warning:OTHER_DAY": keys * kind.other_day,
            "valid": keys * kind.is_valid,
            "base": keys * (kind.base is not None),
            "file_cents": cents * kind.is_valid,
        }
    )
    if kind.base not in (None, "no_value"):
        tally["base_cents"] += cents + kind.sign * kind.base_off_cents * keys
    if kind.tipo:
        tally.update({kind.tipo: keys, f"motivo:{kind.motivo}": keys})
    tally.update({f"field:{field}": keys for field in kind.fields})
    tally.update({f"unseen:{field}": keys for field in kind.unseen})
    for code in kind.rejects:
        tally[f"reject:{code}"] += keys
    return tally


def _sum_cents(kind: Kind, orders: range, first_block: int, blocks: int) -> int:
    """Sum of sign * (large + 100_000 n + 37 g + 11) over those orders g of those blocks n."""
    sum_of_orders = sum(orders)  # of a range: at most a thousand terms, however many lines the day has
    sum_of_blocks = blocks * (2 * first_block + blocks - 1) // 2
    constant_cents = LEAST_CENTS + LARGE_CENTS * kind.large
    return kind.sign * (
        len(orders) * (blocks * constant_cents + BLOCK_STEP_CENTS * sum_of_blocks)
        + ORDER_STEP_CENTS * blocks * sum_of_orders
    )
