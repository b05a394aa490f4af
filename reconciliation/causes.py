"""The probable cause of a day's divergences: rules with their evidence, as sentences for the business area.

A rule holds only where it explains a good part of the day, so that an ordinary day has none. Portuguese.
Source: runbook 2.5, step 2 (investigate the cause) and step 3 (act).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import takewhile
from math import sqrt
from statistics import median
from typing import Final

from reconciliation.cause_order import by_money
from reconciliation.cause_sizes import base_behind, file_incomplete
from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3
from reconciliation.documents.summary import Cause
from reconciliation.examined import Examined
from reconciliation.habits import Habit, weekday, workdays
from reconciliation.patterns import Share, are_respelled
from reconciliation.rates import Figures
from reconciliation.wording import brl, counted, number, percent, times

_LEAST_ROWS: Final = 20
"""Fewer rows are no pattern."""
_HALF: Final = Fraction(1, 2)
_FOUR_FIFTHS: Final = Fraction(4, 5)
_TELLING: Final = (Fraction(100), Fraction(1, 100), Fraction(-1), Fraction(1000), Fraction(1, 1000))
"""Factors that no amount has by chance: a fifth of the amounts is enough."""
_A_FIFTH: Final = Fraction(1, 5)
_LEAST_OF_ABSENT: Final = 10
"""A supplier of fewer rows can lack them all by chance."""
_BEYOND_THE_HABIT: Final = 1.5
"""Times the rate of such days: above it something else is the matter too."""
_MOST_SHOWN: Final = 80


Rule = Callable[[Examined], Cause | None]


def causes(examined: Examined) -> tuple[Cause, ...]:
    """Those that hold, the first to look at first. A sentence names its cause, by no figure of the day."""
    found = [cause for rule in _RULES if (cause := rule(examined))]
    ordered = by_money(found, examined.patterns, examined.absent)
    return tuple(_with_age(cause, examined.history) for cause in ordered)


def supplier_absent(seen: Examined) -> Cause | None:
    """A supplier of the base without one line in the file, and without most of its orders there."""
    if not any(one.base_rows >= _LEAST_OF_ABSENT for one in seen.absent.largest):
        return None
    named = ", ".join(sorted(_shown(one.fornecedor_id) for one in seen.absent.largest[:3]))
    if seen.refused_of_nobody:
        sentence = f"Nenhuma linha que se leia no arquivo: {named}."
        unread = counted(seen.refused_of_nobody, "linha recusada", "linhas recusadas")
        more = f" Há {unread} de que não se lê o fornecedor."
        action = (
            "Ver primeiro essas linhas, que podem ser dele; se não são, perguntar se falta outro arquivo."
        )
    else:
        sentence, more = f"Nenhuma linha no arquivo: {named}.", ""
        action = "Perguntar se falta outro arquivo do dia; se falta, juntar os dois e reprocessar."
    return Cause(
        code="FORNECEDOR_AUSENTE",
        sentence=sentence,
        evidence=f"{counted(seen.absent.suppliers, 'fornecedor', 'fornecedores')},"
        f" {number(seen.absent.base_rows)} ordens na base, {brl(seen.absent.base_cents)}.{more}",
        action=action,
    )


def one_supplier(seen: Examined) -> Cause | None:
    """One supplier has over half of the divergences, and that is not because it has the day's rows."""
    share = seen.patterns.supplier
    if not share or not _is_over(share, _HALF):
        return None
    of_rows = seen.rows_by_supplier.get(share.value, 0) / sum(seen.rows_by_supplier.values())
    by_chance = share.of * of_rows
    if share.count < max(1.25 * by_chance, by_chance + 3 * sqrt(by_chance * (1 - of_rows))):
        return None
    named = f"no fornecedor {_shown(share.value)}" if share.value else "em ordens sem fornecedor na base"
    whom = "Falar com esse fornecedor." if share.value else "Preencher fornecedor_id na base e reprocessar."
    return Cause(
        code="UM_FORNECEDOR",
        sentence=f"As divergências se concentram {named}.",
        evidence=_evidence(share, "das divergências"),
        action=whom,
    )


def respelled_keys(seen: Examined) -> Cause | None:
    """Orders absent on both sides, of the same amount, that would be one if they were written alike."""
    found, in_base, in_file = seen.patterns.respelled, seen.today.types[TIPO_1], seen.today.types[TIPO_2]
    if not are_respelled(found.pairs, in_base, in_file):
        return None
    examples = "; ".join(f"{_shown(file)} e {_shown(base)}" for file, base in found.examples)
    return Cause(
        code="ORDEM_ESCRITA_DIFERENTE",
        sentence="Ordens que parecem faltar num lado estão no outro, escritas de outro modo (zeros à"
        " esquerda, maiúsculas, pontuação ou espaços).",
        evidence=f"{number(found.pairs)} pares de mesmo valor ({brl(found.cents)} nos dois lados), de"
        f" {number(in_base)} ordens que faltam na base e {number(in_file)} no arquivo, por exemplo"
        f" {examples}.",
        action="Combinar com o fornecedor uma só forma de escrever ordem_id.",
    )


def amounts_by_a_factor(seen: Examined) -> Cause | None:
    """The file's amounts are the base's times a number."""
    share = seen.patterns.factor
    if not share or not _is_over(share, _A_FIFTH if Fraction(share.value) in _TELLING else _HALF):
        return None
    return Cause(
        code="VALOR_MULTIPLICADO",
        sentence=f"O valor do arquivo é o da base {times(Fraction(share.value))}.",
        evidence=_evidence(share, "dos valores que diferem e os dois lados têm, sem os zeros"),
        action="Pedir ao fornecedor que confira a unidade e o sinal do campo valor.",
    )


def amounts_by_a_difference(seen: Examined) -> Cause | None:
    """The file's amounts are the base's and a constant sum."""
    share = seen.patterns.difference
    if not share or not _is_over(share, _HALF):
        return None
    cents = int(share.value)
    more = "mais" if cents > 0 else "menos"
    return Cause(
        code="VALOR_DESLOCADO",
        sentence=f"O valor do arquivo tem {brl(abs(cents))} a {more} que o da base.",
        evidence=_evidence(share, "dos valores que diferem e os dois lados têm"),
        action="Conferir com o fornecedor o que entra no valor (tarifa, arredondamento).",
    )


def amounts_without_cents(seen: Examined) -> Cause | None:
    """One side has whole reais where the other has cents, now these, now those."""
    share, constant = seen.patterns.lost_cents, seen.patterns.difference
    if not share or not _is_over(share, _A_FIFTH) or (constant and _is_over(constant, _HALF)):
        return None
    side, other, action = {
        "file": ("do arquivo", "da base", "Pedir ao fornecedor o valor com as duas casas."),
        "base": ("da base", "do arquivo", "Conferir a carga da base: o valor perde as casas."),
    }[share.value]
    sentence = f"O valor {side} vem sem os centavos que o {other} tem."
    told = _evidence(share, "dos valores que diferem e os dois lados têm")
    return Cause(code="VALOR_SEM_CENTAVOS", sentence=sentence, evidence=told, action=action)


def dates_by_days(seen: Examined) -> Cause | None:
    """The file's dates are the base's some days later or sooner."""
    share = seen.patterns.shift
    if not share or not _is_over(share, _HALF):
        return None
    days = int(share.value)
    later = "depois" if days > 0 else "antes"
    return Cause(
        code="DATA_DESLOCADA",
        sentence=f"A data do arquivo está {counted(abs(days), 'dia', 'dias')} {later} da data da base.",
        evidence=_evidence(share, "das datas que diferem e os dois lados têm"),
        action="Conferir com o fornecedor qual data vai no campo data (operação ou liquidação) e o fuso.",
    )


def one_field(seen: Examined) -> Cause | None:
    """One field alone differs in over four fifths of TIPO_3, or the same few together."""
    share = seen.patterns.fields
    if not share or not _is_over(share, _FOUR_FIFTHS):
        return None
    *names, last = share.value.split(",")
    told = f"os campos {', '.join(names)} e {last}" if names else f"o campo {last}"
    return Cause(
        code="UM_CAMPO",
        sentence=f"Quase tudo o que difere {'são' if names else 'é'} {told}{', juntos' if names else ''}.",
        evidence=_evidence(share, f"dos {TIPO_3}"),
        action=f"Comparar {told} dos dois lados nos exemplos e falar com quem"
        f" {'os' if names else 'o'} preenche.",
    )


def weekday_pattern(seen: Examined) -> Cause | None:
    """The day's rate is over that of the others, and so was that of the same weekday in the last weeks."""
    found, _ = seen.habits
    name = ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo")[weekday(seen.today.day)]
    return _of_habit("DIA_DA_SEMANA", f"nesse dia da semana ({name})", seen, found) if found else None


def month_end_pattern(seen: Examined) -> Cause | None:
    """The same of each of a month's last two workdays and its first two, against the days amid it."""
    _, found = seen.habits
    when = f"na virada do mês ({workdays([seen.today.day, *found.days])})" if found else ""
    return _of_habit("VIRADA_DE_MES", when, seen, found) if found else None


_RULES: Final[tuple[Rule, ...]] = (
    base_behind,
    file_incomplete,
    respelled_keys,
    amounts_by_a_factor,
    amounts_by_a_difference,
    amounts_without_cents,
    dates_by_days,
    supplier_absent,
    one_supplier,
    one_field,
    weekday_pattern,
    month_end_pattern,
)
"""Of as much money, what is mended by one act comes before what only narrows the search."""


def _with_age(cause: Cause, history: Sequence[Figures]) -> Cause:
    """Says on how many published days in a row before this one the same cause held too."""
    days = len([*takewhile(lambda day: cause.sentence in day.causes, history)])
    before = "no dia publicado anterior" if days == 1 else f"nos {number(days)} dias publicados anteriores"
    return replace(cause, evidence=f"{cause.evidence} Também {before}.") if days else cause


def _is_over(share: Share, least: Fraction) -> bool:
    return share.count >= _LEAST_ROWS and Fraction(share.count, share.of) > least


def _of_habit(code: str, when: str, seen: Examined, found: Habit) -> Cause | None:
    if sum(seen.today.types.values()) < _LEAST_ROWS:
        return None
    before = [day.rate_percent for day in seen.history if day.day in found.days]
    days = counted(len(before), "dia anterior", "dias anteriores")
    sentence = f"A taxa sobe {when}: é um padrão, não um problema só de hoje."
    action = "Procurar o que muda nesses dias (volume, horário da carga, feriado)."
    if seen.today.rate_percent > _BEYOND_THE_HABIT * _by_habit(seen):
        sentence = f"A taxa sobe {when}, mas hoje mais que isso: o padrão não explica tudo."
        action = f"Procurar o que é só de hoje; depois, {action[0].lower()}{action[1:]}"
    return Cause(
        code=code,
        sentence=sentence,
        evidence=f"{percent(seen.today.rate_percent)} hoje, {percent(median(before))} em {days} assim,"
        f" {percent(found.usual_percent)} nos outros.",
        action=action,
    )


def _by_habit(seen: Examined) -> float:
    """The rate in percent that the day's habits make of the others', together."""
    week, turn = seen.habits
    if week and turn:
        return turn.rate_percent * week.rate_percent / week.usual_percent
    found = week or turn
    return found.rate_percent if found else 0.0


def _evidence(share: Share, what: str) -> str:
    money = "" if share.cents is None else f": {brl(share.cents)}"
    counted_of = f"({number(share.count)} de {number(share.of)})"
    return f"Em {percent(100 * share.count / share.of)} {what} {counted_of}{money}."


def _shown(text: str) -> str:
    return " ".join(text.split())[:_MOST_SHOWN]
