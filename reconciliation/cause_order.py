"""Which of a day's probable causes stands first: what explains the file as a whole, then the money."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciliation.documents.summary import AbsentSuppliers, Cause
from reconciliation.patterns import Patterns

_OF_THE_WHOLE: Final = ("BASE_ATRASADA", "ARQUIVO_INCOMPLETO")
_ONE_REAL: Final = 100


def by_money(found: Sequence[Cause], common: Patterns, absent: AbsentSuppliers) -> list[Cause]:
    """What explains the file as a whole, then what explains R$, the most first.

    Then what says nothing of money, or explains differences of less than R$ 1 each, by its rows. Of as much
    as another, a cause stays where it was.
    """
    cents, rows = _cents(common, absent), _rows(common)

    def rank(cause: Cause) -> tuple[int, int]:
        if cause.code in _OF_THE_WHOLE:
            return 0, 0
        return (1, -cents[cause.code]) if cause.code in cents else (2, -rows.get(cause.code, 0))

    return sorted(found, key=rank)


def _cents(common: Patterns, absent: AbsentSuppliers) -> Mapping[str, int]:
    """Gross, by code. Of one supplier's a half: the others explain a part of it, and say what to mend."""
    shares = {"VALOR_MULTIPLICADO": common.factor, "VALOR_DESLOCADO": common.difference}
    cents = {code: share.cents or 0 for code, share in shares.items() if share}
    if _is_little(common):
        del cents["VALOR_DESLOCADO"]
    if common.supplier:
        cents["UM_FORNECEDOR"] = (common.supplier.cents or 0) // 2
    return {
        **cents,
        "ORDEM_ESCRITA_DIFERENTE": common.respelled.cents,
        "FORNECEDOR_AUSENTE": absent.base_cents,
    }


def _rows(common: Patterns) -> Mapping[str, int]:
    """By code. Whatever makes amounts differ has a cause of its own: that these do explains nothing more."""
    shares = {"VALOR_SEM_CENTAVOS": common.lost_cents, "DATA_DESLOCADA": common.shift}
    if _is_little(common):
        shares["VALOR_DESLOCADO"] = common.difference
    if common.fields and common.fields.value != "valor":
        shares["UM_CAMPO"] = common.fields
    return {code: share.count for code, share in shares.items() if share}


def _is_little(common: Patterns) -> bool:
    return common.difference is not None and abs(int(common.difference.value)) < _ONE_REAL
