"""The causes that show in how many rows a side has: one of them lacks some that the other one has.

Source: runbook 2.5, step 2. Portuguese.
"""

from collections.abc import Callable
from statistics import median
from typing import Final, NamedTuple

from reconciliation.contract import TIPO_1, TIPO_2
from reconciliation.documents.summary import Cause
from reconciliation.examined import Examined
from reconciliation.habits import usual_size
from reconciliation.rates import Figures
from reconciliation.wording import number

_LEAST_ROWS: Final = 20
"""Fewer rows are no pattern."""
_LEAST_DAYS: Final = 3
"""Fewer published days are no history."""


class _Lack(NamedTuple):
    """The usual sizes of the side that lacks orders, and of the other one."""

    usual: float
    others_usual: float
    other_has_more: bool
    """Than usual, and by over half of what is lacked: a busy day, or rows too many. No figure tells which."""


def base_behind(seen: Examined) -> Cause | None:
    """The base has fewer rows than usual, and what it lacks is in the file."""
    lack = _lacked(seen, _base_rows, _lines, TIPO_1, TIPO_2)
    if lack is None:
        return None
    sentence = "A base interna parece atrasada: tem menos linhas que o normal, e o arquivo tem as outras."
    action = "Esperar a carga da base terminar e reprocessar o dia."
    if lack.other_has_more:
        sentence = (
            "A base interna parece atrasada, o que pode não explicar tudo: tem menos linhas que o normal, e o"
            " arquivo tem mais que o normal."
        )
        action = f"{action} Se depois ainda faltarem ordens nela, perguntar ao fornecedor se são do dia."
    return Cause(
        code="BASE_ATRASADA",
        sentence=sentence,
        evidence=f"{_against('na base', seen.today.base_rows, lack.usual)};"
        f" {_against('no arquivo', seen.today.lines, lack.others_usual)};"
        f" {number(seen.today.types[TIPO_1])} ordens do arquivo não estão na base.",
        action=action,
    )


def file_incomplete(seen: Examined) -> Cause | None:
    """The file has fewer lines than usual, and what it lacks is in the base."""
    lack = _lacked(seen, _lines, _base_rows, TIPO_2, TIPO_1)
    if lack is None:
        return None
    sentence = "O arquivo parece incompleto: tem menos linhas que o normal, e a base tem as que faltam."
    action = "Pedir ao fornecedor o arquivo completo e reprocessar o dia."
    if lack.other_has_more:
        sentence = (
            "O arquivo parece incompleto, o que pode não explicar tudo: tem menos linhas que o normal, e a"
            " base tem mais que o normal."
        )
        action = f"{action} Se depois ainda faltarem ordens nele, conferir na base se são do dia."
    return Cause(
        code="ARQUIVO_INCOMPLETO",
        sentence=sentence,
        evidence=f"{_against('no arquivo', seen.today.lines, lack.usual)};"
        f" {_against('na base', seen.today.base_rows, lack.others_usual)};"
        f" {number(seen.today.types[TIPO_2])} ordens da base não estão entre as linhas aceitas do arquivo.",
        action=action,
    )


def _base_rows(day: Figures) -> int:
    return day.base_rows


def _lines(day: Figures) -> int:
    return day.lines


def _against(where: str, today: int, usual: float) -> str:
    return f"{number(today)} linhas {where}, contra {number(round(usual))} de costume"


def _lacked(
    seen: Examined,
    size: Callable[[Figures], int],
    others_size: Callable[[Figures], int],
    kind: str,
    of_other_side: str,
) -> _Lack | None:
    """Of a side that is smaller today by at least a third of what is over the usual of a type.

    Where the other side lacks a quarter of that, orders are missing all over, and it must be a tenth smaller.
    None where it is not, where that type does not stand out, or where nothing is known to be usual.
    """
    if len(seen.history) < _LEAST_DAYS:
        return None
    usual, others = (usual_size(seen.today.day, seen.history, of) for of in (size, others_size))
    count, more = _over_the_usual(seen, kind)
    stands_out = count > 2 * (count - more) and more >= max(_LEAST_ROWS, seen.keys / 100)
    is_all_over = _over_the_usual(seen, of_other_side)[1] >= more / 4
    lacked = usual - size(seen.today)
    if not stands_out or lacked < max(more / 3, usual / 10 if is_all_over else 0):
        return None
    return _Lack(usual, others, other_has_more=2 * (others_size(seen.today) - others) > lacked)


def _over_the_usual(seen: Examined, kind: str) -> tuple[int, float]:
    """Today's orders absent on a side but for those only written otherwise, and by how many that is more."""
    count = seen.today.types[kind] - seen.patterns.respelled.pairs
    return count, count - median(day.types[kind] for day in seen.history)
