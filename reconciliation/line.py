"""One line of the supplier's file by the contract's rules, in their order.

Source: data contract, "The row is refused".
The kernels decide the lines of the common shape by themselves; whatever they doubt comes here, singly.
"""

import re
import unicodedata
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from reconciliation.contract import (
    COLUMNS,
    KEY_MAX_CHARS,
    SEPARATOR,
    VALOR_MAX_INTEGER_DIGITS,
    VALOR_SCALE,
    YEAR_MAX,
    YEAR_MIN,
)
from reconciliation.wording import counted

BLANKS: Final = " \t"
"""What is trimmed from both ends of a field, on both sides of the comparison."""

BLANK_ROW: Final = "E_BLANK"
"""The one code that the share of refused lines leaves out: a spreadsheet's empty row is nobody's order."""

_NOT_TEXT: Final = {
    '"': "há espaço antes das aspas que abrem o campo; tire o espaço, ou as aspas",
    '="': 'começa com =", fórmula de planilha; exporte o valor sem a fórmula',
}
"""How a bare field begins, once trimmed, whose quotes were none of its text to the one who wrote it."""

_LATER_QUOTED: Final = f'{SEPARATOR}"'
_QUOTED = re.compile(rf'"((?:[^"]|"")*)"(?={SEPARATOR}|\Z)', re.DOTALL)
_OPENS = re.compile(r'[ \t]*"(?:[^"]|"")*+')
_CLOSES = re.compile(rf'(?:[^"]|"")*+"[ \t]*(?={SEPARATOR}|\Z)')
"""From where a quote is open."""
_DATA = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Category Cc, which no version of Unicode can change."""
_INVISIBLE = {"Cf", "Zl", "Zp", "Cn", "Co", "Cs"}


class Row(NamedTuple):
    """A line that passed: texts trimmed (`nome` may be empty), `valor` in whole cents."""

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date
    valor_cents: int


class Fault(Exception):
    """Why a line is refused. `detalhe` is for people and never holds the line's content."""

    def __init__(self, codigo: str, detalhe: str) -> None:
        super().__init__(codigo, detalhe)
        self.codigo = codigo
        self.detalhe = detalhe
        self.ordem_id: str | None = None
        """The line's key, where it has six fields and the key is not empty."""
        self.fornecedor_id: str | None = None
        """Whose line it is, where its first field can be read: so that nobody is told to have sent none."""


def parse_line(text: str, decimal_separator: str, *, opened: bool = False) -> Row:
    """`text` is a line without its end, `opened` whether a quote is open where it begins.

    Raises the line's first Fault.
    """
    try:
        row = _row(text, decimal_separator)
    except Fault as fault:
        fault.fornecedor_id = _supplier(text)
        raise
    if opened and _CLOSES.match(text):  # six fields by chance: none of them is what it is taken for
        raise Fault(
            "E_QUOTE", "fecha aspas que a linha anterior deixou abertas: parece ser a continuação dela"
        )
    return row


def is_left_open(text: str, *, opened: bool) -> bool:
    """Whether a quote is open where the line ends, if one is (`opened`) where it begins.

    No line says for certain that a quote was open before it: a stray one opens a field, too. So a line of
    six fields without quotes is one by itself; one of more or less fields may be the middle of a record.
    """
    if '"' not in text.replace('""', ""):
        return opened and text.count(SEPARATOR) != len(COLUMNS) - 1
    at = 0
    while True:
        quoted = _OPENS.match(text, at)
        if quoted and quoted.end() == len(text):
            return True
        at = text.find(SEPARATOR, quoted.end() if quoted else at) + 1
        if not at:
            return False


def _row(text: str, decimal_separator: str) -> Row:
    fields = [field.strip(BLANKS) for field in _split(text)]
    if len(fields) != len(COLUMNS):
        raise Fault(
            "E_COLS", f"a linha tem {counted(len(fields), 'campo', 'campos')}; o contrato tem {len(COLUMNS)}"
        )
    if not any(fields):
        raise Fault(BLANK_ROW, "os seis campos estão vazios, como na linha em branco de uma planilha")
    fornecedor_id, ordem_id, nome, ativo_id, data, valor = fields
    try:
        _check_controls(fields)
        _check_key(ordem_id)
        _check_required(fornecedor_id=fornecedor_id, ativo_id=ativo_id)
        return Row(fornecedor_id, ordem_id, nome, ativo_id, _date(data), _cents(valor, decimal_separator))
    except Fault as fault:
        fault.ordem_id = ordem_id or None
        raise


def _supplier(text: str) -> str | None:
    """The first field, by itself; of a text with less separators than a line has, nothing is a field."""
    if text.count(SEPARATOR) < len(COLUMNS) - 1:
        return None
    quoted = _QUOTED.match(text)
    if quoted is not None:
        return quoted[1].replace('""', '"').strip(BLANKS) or None
    field = text.partition(SEPARATOR)[0].strip(BLANKS)
    return None if field.startswith(tuple(_NOT_TEXT)) else field or None


def _split(text: str) -> list[str]:
    """RFC 4180 on one line: a field is quoted where its first character is a quote."""
    if '"' not in text:
        return text.split(SEPARATOR)
    if text[0] != '"' and _LATER_QUOTED not in text:
        bare = text.split(SEPARATOR)
        for place, field in enumerate(bare):
            if '"' in field:
                _check_bare(field, place)
        return bare
    fields: list[str] = []
    at = 0
    while True:
        if text.startswith('"', at):
            quoted = _QUOTED.match(text, at)
            if quoted is None:
                what = "aspas sem par, ou texto depois das aspas que fecham o campo"
                raise _quote_fault(len(fields), f"{what}; dobre as aspas que estão dentro do campo")
            fields.append(quoted[1].replace('""', '"'))
            end = quoted.end()
        else:
            end = text.find(SEPARATOR, at)
            end = len(text) if end < 0 else end
            field = text[at:end]
            if '"' in field:
                _check_bare(field, len(fields))
            fields.append(field)
        if end == len(text):
            return fields
        at = end + 1


def _check_bare(field: str, place: int) -> None:
    begins = field.lstrip(BLANKS)
    if begins.startswith(tuple(_NOT_TEXT)):
        raise _quote_fault(place, _NOT_TEXT[begins[: begins.index('"') + 1]])


def _quote_fault(place: int, what: str) -> Fault:
    return Fault("E_QUOTE", f"{COLUMNS[place] if place < len(COLUMNS) else f'campo {place + 1}'}: {what}")


def _check_controls(fields: list[str]) -> None:
    for name, field in zip(COLUMNS, fields, strict=True):
        if found := _CONTROL.search(field):
            where = f"{_named(found[0])} na posição {found.start() + 1}"
            raise Fault("E_CTRL", f"{name}: caractere de controle {where}")


def _check_key(ordem_id: str) -> None:
    if not ordem_id:
        raise Fault("E_KEY_EMPTY", "ordem_id está vazio")
    if len(ordem_id) > KEY_MAX_CHARS:
        raise Fault("E_KEY_LONG", f"ordem_id tem {len(ordem_id)} caracteres; o máximo é {KEY_MAX_CHARS}")
    if ordem_id.isascii():  # without controls: all of it visible
        return
    for position, character in enumerate(ordem_id, start=1):
        category = unicodedata.category(character)
        is_other_space = category == "Zs" and character != " "
        if category in _INVISIBLE or is_other_space:
            raise Fault("E_KEY_CHARS", f"ordem_id: caractere {_named(character)} na posição {position}")


def _check_required(**fields: str) -> None:
    for name, field in fields.items():
        if not field:
            raise Fault("E_REQUIRED", f"{name} está vazio")


def _date(text: str) -> date:
    match = _DATA.fullmatch(text)
    if match is None:
        raise Fault("E_DATA", "data não tem a forma AAAA-MM-DD")
    year, month, day = map(int, match.groups())
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise Fault("E_DATA", f"data fora dos anos de {YEAR_MIN} a {YEAR_MAX}")
    try:
        return date(year, month, day)
    except ValueError:
        raise Fault("E_DATA", "data não existe no calendário") from None


def _cents(text: str, decimal_separator: str) -> int:
    match = _valor(decimal_separator).fullmatch(text)
    if match is None:
        example = f"1234{decimal_separator}56"
        raise Fault("E_VALOR", f"valor não é um número como {example}, sem milhar, sinal + ou símbolo")
    sign, whole, decimals = match[1], match[2].lstrip("0"), (match[3] or "").rstrip("0")
    if len(whole) > VALOR_MAX_INTEGER_DIGITS:
        raise Fault("E_VALOR_RANGE", f"valor tem mais de {VALOR_MAX_INTEGER_DIGITS} dígitos inteiros")
    if len(decimals) > VALOR_SCALE:
        raise Fault("E_VALOR_SCALE", f"valor tem mais de {VALOR_SCALE} casas decimais")
    return int(f"{sign}{whole or '0'}{decimals.ljust(VALOR_SCALE, '0')}")


@cache
def _valor(decimal_separator: str) -> re.Pattern[str]:
    return re.compile(rf"(-?)([0-9]+)(?:{re.escape(decimal_separator)}([0-9]+))?")


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"
