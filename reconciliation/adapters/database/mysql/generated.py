"""Columns that MySQL computes anew for each reader: read only where no session computes them otherwise.

A VIRTUAL column is no part of its row. Over a TIMESTAMP, or a text with an offset, its date is one of the
reader's time zone, which is UTC here, and an index on it keeps what the writer's had. What is not known to
be alike in all sessions counts as different; a STORED column is what its writer put there.
So with settings: were one asked for here, the writer's could be another, and MariaDB computes by those of
whichever session opened the table first.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from reconciliation.adapters.database.naming import plain
from reconciliation.contract import COLUMNS, TABLE
from reconciliation.errors import error

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LITERAL = re.compile(r"'[^'\\`]*'")
_NAME = re.compile(r"`((?:[^`]|``)+)`")
_WORD = re.compile(r"[^\W\d]\w*|[@'\"\\]")
_ALIKE = re.compile(
    "and|or|not|xor|is|null|true|false|in|between|like|case|when|then|else|end|if|ifnull|nullif|coalesce|cast"
    "|convert|as|using|char|charset|character|set|collate|decimal|signed|unsigned|integer|concat|concat_ws|lpad"
    "|rpad|left|right|substr|substring|substring_index|mid|trim|ltrim|rtrim|both|leading|trailing|from|for"
    "|lower|lcase|upper|ucase|replace|reverse|char_length|character_length|length|instr|locate|hex|abs|ceiling"
    "|ceil|floor|round|truncate|mod|div|sign|greatest|least|json_extract|json_unquote|json_value|returning"
    r"|str_to_date|_?(utf8(mb[34])?|latin1|ascii|binary)(_\w+)?"
)
"""What no session computes otherwise, of numbers and texts."""
_OF_MOMENTS = re.compile(
    "date|datetime|year|month|day|dayofmonth|dayofyear|hour|minute|second|microsecond|interval|date_add"
    "|date_sub|date_format|datediff|timestampdiff|last_day|makedate|to_days|from_days|extract|convert_tz"
)
_MOMENT = re.compile(r"(date|time|year).*")
_HAS_NO_ZONE = re.compile(r"(date|year|(tiny|small|medium|big)?int|decimal).*")
"""Types of which a moment is made by no zone; a time of day needs today's date."""
_NAMED_DATE = re.compile("%[MWab]")
"""Codes of DATE_FORMAT that write a month's or a weekday's name; STR_TO_DATE reads them in English alone."""
_SUBTRACTION = re.compile(r"-(?!\s*interval\b)", re.IGNORECASE)
_UNSIGNED_TYPE = re.compile(r".* unsigned.*|year.*|bit.*")
_UNSIGNED = re.compile(r"\bunsigned\b|\byear\(|[|&^~]|<<|>>|\d{19}", re.IGNORECASE)
_MADE_SIGNED = re.compile(r"cast\(`(?:[^`]|``)+` as (?:signed|decimal\(\d+,\d+\))\)", re.IGNORECASE)


class Definition(NamedTuple):
    """A column's type, and the expression where it is computed for each reader."""

    kind: str
    expression: str | None


_ABSENT = Definition("", None)


def require_alike(columns: Mapping[str, Definition]) -> None:
    """Raises E_BASE_SCHEMA for the first column of the contract that sessions may compute differently."""
    for name in COLUMNS:
        _, expression = columns.get(name, _ABSENT)
        if expression is not None and (why := _differing(columns, name)):
            raise error(
                "E_BASE_SCHEMA",
                f"{TABLE}.{name} é VIRTUAL, calculada a cada leitura por {plain(expression)}, e {plain(why)}:"
                " quem grava e quem lê podem ver valores diferentes. Decida com quem mantém a tabela como"
                " guardar o valor na linha (STORED, ou uma coluna comum)",
            )


def _differing(columns: Mapping[str, Definition], name: str) -> str:
    """What of it a session may compute otherwise, in words; "" where none may."""
    kind, expression = columns[name]
    if expression is None:
        return f"{name} é {kind}, de fuso da sessão" if kind.startswith("timestamp") else ""
    code = _LITERAL.sub(" ", _unescaped(expression))
    used = _used(code)
    words = {word.lower() for word in _WORD.findall(_NAME.sub(" ", code))}
    of_moments = set(filter(_OF_MOMENTS.fullmatch, words))
    unknown = {word for word in words - of_moments if not _ALIKE.fullmatch(word)}
    if unknown or not expression or kind.startswith("timestamp"):
        return f"não se sabe igual em toda sessão: {', '.join(sorted(unknown)) or kind}"
    if hidden := [column for column in used if column not in columns]:
        return f"o usuário não vê {hidden[0]}"
    if setting := _followed_setting(columns, name):
        return setting
    deeper = (_differing(columns, column) for column in used)
    if differing := next(filter(None, deeper), ""):
        return differing
    makes_moments = bool(of_moments) or (_MOMENT.fullmatch(kind) is not None and "str_to_date" not in words)
    texts = [column for column in used if not _HAS_NO_ZONE.fullmatch(columns[column].kind)]
    if makes_moments and texts:  # a text may hold an offset; STR_TO_DATE reads none
        return f"{texts[0]} é {columns[texts[0]].kind}, que vira data pelo fuso da sessão"
    return ""


def _followed_setting(columns: Mapping[str, Definition], name: str) -> str:
    """Which setting of the session its operators and formats follow, in words; "" where they follow none."""
    text = _unescaped(columns[name].expression or "")
    code = _LITERAL.sub(" ", text)
    bare = _NAME.sub(" ", code)
    if "/" in bare:
        return (
            f"a conta de {name} divide, o que arredonda por div_precision_increment, que é da sessão"
            " (multiplicar, * 0.01 em vez de / 100, não depende dela)"
        )
    if "date_format" in bare.lower() and any(map(_NAMED_DATE.search, _LITERAL.findall(text))):
        return (
            f"a conta de {name} escreve nomes de meses ou dias por lc_time_names, que é da sessão"
            " (um formato de números não depende dela)"
        )
    kinds = (columns[column].kind for column in _used(_MADE_SIGNED.sub(" ", code)))
    may_be_unsigned = _UNSIGNED.search(bare) or any(map(_UNSIGNED_TYPE.fullmatch, kinds))
    if may_be_unsigned and _SUBTRACTION.search(bare):
        return (
            f"a conta de {name} subtrai números sem sinal, o que abaixo de zero segue o sql_mode da sessão"
            " (NO_UNSIGNED_SUBTRACTION; de colunas em CAST(… AS SIGNED) não depende dele)"
        )
    return ""


def _used(code: str) -> list[str]:
    """The columns, without capitals."""
    return [found.replace("``", "`").lower() for found in _NAME.findall(code)]


def _unescaped(expression: str) -> str:
    """MySQL writes each quote behind a backslash, MariaDB does not."""
    return expression if re.search(r"(?<!\\)'", expression) else _ESCAPED.sub(r"\1", expression)
