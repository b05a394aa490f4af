"""The control totals: what must balance before anything is published.

Source: data contract, "Control totals".
"""

from dataclasses import asdict, dataclass

from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3
from reconciliation.documents.summary import Cents, ControlTotals, Lines
from reconciliation.errors import error


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Lines, keys and rows as counts; money in whole cents, of all rows in scope."""

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

    def check(self) -> None:
        """Raises UNBALANCED_TOTALS, naming each equation that broke and by how much."""
        equations = {
            "linhas de dados = rejeitadas + duplicatas idênticas + chaves válidas": (
                self.data_lines - self.rejected - self.identical_duplicates - self.valid_keys
            ),
            "chaves válidas = iguais + TIPO_1 + TIPO_3": (
                self.valid_keys - self.equal - self.tipo_1 - self.tipo_3
            ),
            "base no escopo = iguais + TIPO_2 + TIPO_3": (
                self.base_in_scope - self.equal - self.tipo_2 - self.tipo_3
            ),
            "centavos do arquivo - da base = das diferenças": (
                self.file_cents - self.base_cents - self.difference_cents
            ),
        }
        broken = [f"{name} (diferença de {gap})" for name, gap in equations.items() if gap]
        if broken:
            raise error("UNBALANCED_TOTALS", "; ".join(broken))

    @property
    def types(self) -> dict[str, int]:
        """The divergences of each type."""
        return {TIPO_1: self.tipo_1, TIPO_2: self.tipo_2, TIPO_3: self.tipo_3}

    @property
    def divergences(self) -> int:
        return sum(self.types.values())

    @property
    def divergence_rate_percent(self) -> float:
        """Divergences per distinct key of both sides, in percent with four decimals."""
        keys = self.equal + self.divergences
        return round(100 * self.divergences / keys, 4) if keys else 0.0

    def to_summary(self) -> ControlTotals:
        """As the summary shows them."""
        values = asdict(self)
        cents = {name: values.pop(f"{name}_cents") for name in ("file", "base", "difference")}
        return ControlTotals(lines=Lines(**values), cents=Cents(**cents))
