"""The control totals as sums that anybody can add up again. Source: data contract, "Control totals"."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3
from reconciliation.documents.summary import ControlTotals
from reconciliation.wording import TYPES


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What the terms must add up to; `in_cents` says that they are money."""

    name: str
    total: int
    terms: Sequence[tuple[str, int]]
    in_cents: bool = False

    @property
    def balances(self) -> bool:
        return self.total == sum(value for _, value in self.terms)


def sums(totals: ControlTotals) -> tuple[Sum, ...]:
    """Of lines, orders, rows and money: all of them balance in what is published."""
    lines, cents = totals.lines, totals.cents
    equal = ("iguais nos dois lados", lines.equal)
    of_type = {TIPO_1: lines.tipo_1, TIPO_2: lines.tipo_2, TIPO_3: lines.tipo_3}

    def diverging(*types: str) -> list[tuple[str, int]]:
        return [(TYPES[kind], of_type[kind]) for kind in types]

    return (
        Sum(
            name="Linhas do arquivo",
            total=lines.data_lines,
            terms=[
                ("ordens válidas", lines.valid_keys),
                ("repetidas por inteiro", lines.identical_duplicates),
                ("rejeitadas", lines.rejected),
            ],
        ),
        Sum(
            name="Ordens válidas do arquivo",
            total=lines.valid_keys,
            terms=[equal, *diverging(TIPO_1, TIPO_3)],
        ),
        Sum(
            name="Ordens da base comparadas",
            total=lines.base_in_scope,
            terms=[equal, *diverging(TIPO_2, TIPO_3)],
        ),
        Sum(
            name="Valor do arquivo",
            total=cents.file,
            terms=[("valor da base", cents.base), ("diferença, com sinal", cents.difference)],
            in_cents=True,
        ),
    )
