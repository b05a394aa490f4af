"""What a supplier is written about a day's file: text, ready to send, of nobody else's data. Portuguese.

Source: runbook 2.1 (what to ask for, by code); 2.5, "Notificar stakeholders" (a correction, with examples,
and by when it is wanted).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final, Generic, TypeVar

from reconciliation import wording
from reconciliation.appearance import isolated, look_alike
from reconciliation.contract import HEADER
from reconciliation.errors import FileCode
from reconciliation.layout import REFUSED_LIST
from reconciliation.line import BLANK_ROW
from reconciliation.run import Attempt

EXAMPLES: Final = 3
LISTED_MAX: Final = 10_000
"""Refused lines of a file that was refused whole, in the list beside its message."""
_SHOWN_MAX: Final = 120
"""Of one text of the data: a field may hold 64 KiB, and the file beside the message has all of it."""
_MESSAGE_MAX: Final = 1_000
_UNTIL: Final = "Prazo para o reenvio: até um dia útil depois do recebimento desta mensagem."
_LISTED: Final = (
    f"A lista das linhas recusadas, {wording.number(LISTED_MAX)} no máximo, está no arquivo {REFUSED_LIST},"
    " que acompanha esta mensagem: número da linha, ordem, motivo e código."
)
_UNSEEN: Final = " (só no que não se vê: espaços, acentos, sinais sem forma)"
_EXAMPLE: Final = re.compile(r"(?:: |; )(?=linhas? \d[\d, e]*: )")
"""Where an example begins in the message of a file whose lines were refused."""

_OF_FILE: Final[Mapping[FileCode, str]] = {
    "E_NOT_CSV": "O arquivo como CSV, texto puro: não compactado, nem planilha.",
    "E_ENCODING": "O arquivo em UTF-8.",
    "E_NUL": "Um novo envio: o arquivo chegou corrompido.",
    "E_BARE_CR": "Linhas que terminam em LF ou CRLF.",
    "E_LINE_TOO_LONG": "A correção dessas linhas: em geral falta uma quebra de linha ou uma aspa.",
    "E_EMPTY": "Um novo envio: o arquivo chegou vazio.",
    "E_HEADER": "O cabeçalho do contrato, letra por letra.",
    "E_NO_ROWS": "As linhas do dia, válidas.",
    "E_WRONG_DAY": "As linhas dessa data; ou, se o arquivo é de outra data, o envio à pasta {off}dela.",
    "E_TOO_MANY_REJECTS": "A correção das linhas recusadas.",
    "E_TOO_MANY_LINES": "A confirmação do volume, ou o arquivo sem as linhas a mais.",
}
"""What is asked for where a file was refused whole; `off` is how far its folder is from its lines' date."""
_OF_LINE: Final[Mapping[str, str]] = {
    "E_COLS": "um ponto e vírgula entre os campos; um campo que o contém vai entre aspas",
    "E_QUOTE": "o valor puro, ou o campo inteiro entre aspas, as de dentro dobradas, sem quebra de linha",
    "E_BLANK": "nada: a linha em branco é informada e não conta",
    "E_CTRL": "o campo sem o caractere de controle",
    **dict.fromkeys(("E_KEY_EMPTY", "E_KEY_LONG", "E_KEY_CHARS"), "o ordem_id do sistema de origem"),
    "E_REQUIRED": "o campo preenchido",
    "E_DATA": "a data na forma AAAA-MM-DD",
    "E_VALOR": "o valor com ponto decimal e sem milhar, como 1234.56",
    "E_VALOR_RANGE": "o valor com 16 dígitos inteiros no máximo",
    "E_VALOR_SCALE": "o valor com 2 casas no máximo",
    "E_DUP_CONFLICT": "uma linha só por ordem",
}
"""What is asked for by a refused line's code."""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """So many, and their R$, gross, in cents."""

    count: int = 0
    gross_cents: int = 0


_Value = TypeVar("_Value")


@dataclass(frozen=True)
class AlikeLines(Generic[_Value]):
    """So many of `of` lines are off in the same way; the first of them, with the file's value and the base's.

    Amounts are whole cents.
    """

    count: int
    of: int
    line: int
    order: str
    mine: _Value
    theirs: _Value


@dataclass(frozen=True, kw_only=True)
class Faults:
    """What is wrong with one supplier's lines."""

    refused: Mapping[str, int]
    """By code."""
    absent: Orders
    differing: Orders
    fields: Mapping[str, int]
    """By field; an order that differs in two counts in both."""
    examples: Sequence[str]
    """As `refused_line`, `absent_order` and `differing_order` say them."""
    causes: Sequence[str]
    """As `keys_respelled`, `amounts_times` and the others say them."""

    @property
    def is_nothing_asked(self) -> bool:
        """Blank lines are all there is: they do not count, and a new file would replace a day for nothing."""
        return set(self.refused) <= {BLANK_ROW} and not self.absent.count and not self.differing.count


def of_supplier(supplier: str | None, day: str, file: str, faults: Faults, who: Attempt) -> str:
    """`supplier` is None for lines of which nobody can read whose they are: their sender is written to.

    `who` published the day: a message of an older publication is told by it.
    """
    whose = f"do fornecedor {shown(supplier)}" if supplier else "de fornecedor que não se consegue ler"
    return _text(
        f"Assunto: Conciliação de {wording.calendar_day(day)}: linhas a corrigir {whose}",
        f"No arquivo {shown(file)}, do dia {wording.calendar_day(day)}, há linhas {whose} a corrigir.",
        _section("O que está errado", _wrong(faults)),
        _section("Exemplos, pelo número da linha no arquivo", faults.examples),
        _section("Causa provável", faults.causes),
        _section("O que pedimos", _asked(faults)),
        f"A lista completa está no arquivo divergencias.csv, que acompanha esta mensagem. {_UNTIL}",
        f"Referência: publicação de {who.job_id}, tentativa {who.number}.",
    )


def of_refused_file(
    code: FileCode, message: str, day: str, file: str, *, is_listed: bool, reference_day_offset: int
) -> str:
    """Of a file that was refused whole; `message` is the refusal's own, with its examples by line.

    `is_listed` says that the list of its refused lines goes with it.
    """
    told, *examples = _EXAMPLE.split(message)
    asked = _OF_FILE[code].format(off=wording.folder_off(reference_day_offset))
    return _text(
        f"Assunto: Conciliação de {wording.calendar_day(day)}: arquivo recusado",
        f"O arquivo {shown(file)}, do dia {wording.calendar_day(day)}, foi recusado inteiro: nada dele foi"
        " usado.",
        _section("O que está errado", (f"{_of_sender(code)}.", *([_cut(told)] if told else []))),
        _section("Exemplos, pelo número da linha no arquivo", map(_cut, examples[:EXAMPLES])),
        _section(
            "O que pedimos",
            (asked, f"O arquivo completo do dia, em UTF-8, com o cabeçalho {HEADER}."),
        ),
        _LISTED if is_listed else "",
        f"Sem ele, este dia não é conciliado. {_UNTIL}",
    )


def refused_line(line: int, detail: str, code: str) -> str:
    """`detail` is the checker's sentence, which quotes no data."""
    return f"linha {line}: {detail} ({code})"


def absent_order(line: int, order: str, amount: str) -> str:
    return f"linha {line}: a base não tem a ordem {shown(order)}, de {amount}"


def order_of_another(line: int, order: str) -> str:
    return f"linha {line}: na base, a ordem {shown(order)} é de outro fornecedor, ou de nenhum"


def differing_order(
    line: int, order: str, fields: Mapping[str, tuple[str, str]], *, is_supplier_unseen: bool = False
) -> str:
    """`fields` are both values by field, the file's first.

    `is_supplier_unseen` says that the base's fornecedor_id differs in what nobody sees.
    """
    differing = [f"fornecedor_id difere do da base{_UNSEEN}"] if is_supplier_unseen else []
    differing += [_both(name, *sides) for name, sides in fields.items()]
    return f"linha {line}: ordem {shown(order)}: {'; '.join(differing)}"


def _both(field: str, mine: str, theirs: str) -> str:
    unseen = _UNSEEN if look_alike(mine, theirs) else ""
    return f"{field} {shown(mine)} no arquivo, {shown(theirs)} na base{unseen}"


def keys_respelled(count: int, of: int, line: int, mine: str, theirs: str) -> str:
    return (
        f"{wording.number(count)} das {wording.number(of)} ordens que a base não tem parecem estar nela, com"
        " o mesmo valor, escritas de outro modo (zeros à esquerda, maiúsculas, pontuação ou espaços);"
        f" por exemplo, linha {line}: {shown(mine)} no arquivo, {shown(theirs)} na base"
    )


def amounts_times(factor: Fraction, lines: AlikeLines[int]) -> str:
    return _alike(f"o valor do arquivo é o da base {wording.times(factor)}", "valores", lines, wording.brl)


def amounts_off(lines: AlikeLines[int]) -> str:
    """By the same sum."""
    off = lines.mine - lines.theirs
    more = "mais" if off > 0 else "menos"
    what = f"o valor do arquivo tem {wording.brl(abs(off))} a {more} que o da base"
    return _alike(what, "valores", lines, wording.brl)


def cents_lost(lines: AlikeLines[int]) -> str:
    return _alike("o valor do arquivo vem sem os centavos que o da base tem", "valores", lines, wording.brl)


def dates_off(lines: AlikeLines[date]) -> str:
    """By as many days."""
    days = (lines.mine - lines.theirs).days
    later = "depois" if days > 0 else "antes"
    what = f"a data do arquivo está {wording.counted(abs(days), 'dia', 'dias')} {later} da data da base"
    return _alike(what, "datas", lines, "{:%d/%m/%Y}".format)


def shown(text: str) -> str:
    """A text of the data on its line, cut."""
    return isolated(_cut(text, _SHOWN_MAX)) or '""'


# --- its parts


def _wrong(faults: Faults) -> Iterable[str]:
    for code, count in faults.refused.items():
        yield f"linhas recusadas, {wording.REJECTS.get(code, code)} ({code}): {wording.number(count)}"
    if faults.absent.count:
        yield f"ordens que a base não tem (TIPO_1): {_counted(faults.absent)}"
    if faults.differing.count:
        fields = ", ".join(f"{name}: {wording.number(count)}" for name, count in faults.fields.items())
        yield f"ordens com campos diferentes dos da base (TIPO_3): {_counted(faults.differing)} ({fields})"


def _alike(what: str, values: str, lines: AlikeLines[Any], worded: Callable[[Any], str]) -> str:
    alike, of = wording.number(lines.count), wording.number(lines.of)
    return (
        f"{what} ({alike} de {of} {values} que diferem e os dois lados têm);"
        f" por exemplo, linha {lines.line}: ordem {shown(lines.order)}:"
        f" {worded(lines.mine)} no arquivo, {worded(lines.theirs)} na base"
    )


def _asked(faults: Faults) -> Iterable[str]:
    for code in faults.refused:
        yield f"linhas recusadas por {code}: {_OF_LINE.get(code, 'a linha corrigida')}"
    if faults.absent.count:
        yield "ordens que a base não tem: confirmar o ordem_id e a data; se não são do dia, retirá-las"
    if faults.differing.count:
        yield "ordens com campos diferentes: conferir os valores; avisar-nos se os do arquivo estão certos"
    yield (
        "o arquivo completo do dia, com essas linhas corrigidas e as dos outros fornecedores que traz:"
        " um arquivo novo substitui o inteiro, e o que só tivesse estas linhas tiraria as outras"
    )


def _of_sender(code: FileCode) -> str:
    """The operators' sentence, as one says it to whom it is about."""
    return wording.OUTCOMES[code].replace(" do fornecedor", "")


def _counted(orders: Orders) -> str:
    return f"{wording.number(orders.count)}, {wording.brl(orders.gross_cents)}"


def _section(title: str, lines: Iterable[str]) -> str:
    listed = [f"- {line}" for line in lines]
    return "\n".join([f"{title}:", *listed]) if listed else ""


def _text(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _cut(text: str, most: int = _MESSAGE_MAX) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
