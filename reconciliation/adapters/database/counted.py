"""What the database itself says of the rows that it gives, so that nothing on the way can leave one out.

Source: data contract, "What the database itself says must agree with what was read".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconciliation.contract import COLUMNS
from reconciliation.errors import error


@dataclass(frozen=True)
class DayTotals:
    """The day's rows and the sum of their `valor` in whole cents, NULL counting 0, by one snapshot."""

    rows: int
    cents: Decimal

    @classmethod
    def of(cls, row: Sequence[Any] | None) -> "DayTotals":
        """Of `count(*), sum(valor)`, the sum a text or NULL. Raises UNBALANCED_TOTALS without an answer."""
        if row is None:
            raise error("UNBALANCED_TOTALS", "o banco não respondeu quantas linhas tem o dia")
        return cls(int(row[0]), Decimal(row[1] or 0).scaleb(2))

    def require(self, rows: int, cents: int) -> None:
        """Raises UNBALANCED_TOTALS where something else was read."""
        if self.rows != rows or self.cents != Decimal(cents):
            raise error(
                "UNBALANCED_TOTALS",
                f"o banco conta {self.rows} linhas do dia, que somam {self.cents:f} centavos, e foram lidas"
                f" {rows} linhas, que somam {cents} centavos; algo no caminho corta ou muda a leitura",
            )

    def require_rows(self, rows: int) -> None:
        """Where most rows are out of scope, and nobody reads their amounts. Raises UNBALANCED_TOTALS."""
        if self.rows != rows:
            raise error(
                "UNBALANCED_TOTALS",
                f"o banco conta {self.rows} linhas nas datas procuradas, e foram lidas {rows}; algo no"
                " caminho corta a leitura",
            )


Found = list[tuple[Any, ...]]


def looked_up(
    ask: Callable[[str, list[str]], Found], select: str, keys: list[str], at_once: int
) -> Iterator[tuple[list[str], Found]]:
    """What `ask` answers to that statement about the keys, so many at once, where it answers a row.

    Raises UNBALANCED_TOTALS where rows are missing.
    """
    statement = counted(select, len(COLUMNS))
    for start in range(0, len(keys), at_once):
        batch = keys[start : start + at_once]
        if found := uncounted(ask(statement, batch)):
            yield batch, found


def counted(select: str, columns: int) -> str:
    """The statement whose rows say how many they are, and say so too where they are none.

    `columns` is how many the statement has; its own columns get names by their place.
    """
    names = ", ".join(f"c{place}" for place in range(columns))
    named = (
        f"WITH looked_up({names}) AS ({select}) SELECT looked_up.*, count(*) OVER () AS said FROM looked_up"  # noqa: S608
    )
    return f"SELECT found.* FROM (SELECT 1 AS one) AS always LEFT JOIN ({named}) AS found ON TRUE"  # noqa: S608


def uncounted(rows: Sequence[tuple[Any, ...]]) -> Found:
    """The rows of a `counted` statement. Raises UNBALANCED_TOTALS where some are missing."""
    if rows and rows[0][-1] is None:
        if len(rows) == 1:
            return []
    elif rows and all(row[-1] == len(rows) for row in rows):
        return [row[:-1] for row in rows]
    said = rows[0][-1] if rows else "alguma"
    raise error(
        "UNBALANCED_TOTALS", f"linhas que o banco achou pelas chaves: {said}; que chegaram: {len(rows)}"
    )
