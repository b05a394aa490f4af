"""The file's half of the oracle: bytes to valid rows, rejects and warnings, or the code of a refusal.

Plain Python straight from the contract's text. Where the text leaves a choice, it is marked CHOICE.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from tests.oracle_row import Row, by_supplier, trimmed

HEADER = ["fornecedor_id", "ordem_id", "nome", "ativo_id", "data", "valor"]
MAX_LINE_BYTES = 64 * 1024
NOT_CSV = (
    b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"BZh", b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd", b"PAR1", b"%PDF", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"Obj\x01", b"ORC",
)  # fmt: skip
"""gzip, zip (three), bzip2, xz, zstd, parquet, pdf, old xls, 7z, rar, avro, orc."""
BOM = b"\xef\xbb\xbf"


class Reject(NamedTuple):
    """A refused line. `ordem_id` is None where the line has none that can be told."""

    linha: int
    codigo: str
    ordem_id: str | None


@dataclass(frozen=True)
class Rules:
    """The contract's config rules that change an answer."""

    max_rejected_share: Fraction = Fraction(5, 100)
    decimal_separator: str = "."
    max_lines: int = 10_000_000


@dataclass
class Outcome:
    """What must come of a day. With a `code` nothing is published; `rejects` is as far as the file got.

    `suppliers` are those of the valid keys, `absent_suppliers` those of the base rows in scope without one
    line in the file: each with how many, and cents. `suppliers_named` are those of any line whose first
    field can be read. `identical` are the lines of a valid key that repeat its first.
    """

    code: str | None = None
    divergences: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    cents: dict[str, int] = field(default_factory=dict)
    valid: dict[str, tuple[int, Row]] = field(default_factory=dict)
    suppliers: dict[str, tuple[int, int]] = field(default_factory=dict)
    absent_suppliers: dict[str, tuple[int, int]] = field(default_factory=dict)
    suppliers_named: set[str] = field(default_factory=set)
    identical: dict[str, list[int]] = field(default_factory=dict)


class Refused(Exception):
    """The code with which a file, a line or a base is refused."""

    @property
    def code(self) -> str:
        return str(self.args[0])


def validate(file: bytes, reference: date, rules: Rules | None = None) -> Outcome:
    """The file's half: valid rows by key with their line, rejects, warnings; or the code of its refusal."""
    outcome, rules = Outcome(), rules or Rules()
    try:
        numbered = _inspect(file, outcome.warnings, rules)
        _check_rows(numbered, reference, rules, outcome)
    except Refused as refusal:
        outcome.code = refusal.code
    return outcome


# --- the bytes


def _inspect(file: bytes, warnings: dict[str, int], rules: Rules) -> list[tuple[int, str]]:
    """The data lines with their numbers; raises the first fault in the contract's order."""
    _check_container(file)
    # only there is it a mark, and no part of the line: no other line loses a U+FEFF
    lines = [_check_line(line, ends) for line, ends in _split(file.removeprefix(BOM))]
    if file.startswith(BOM):
        warnings["BOM"] = 1
    # CHOICE: the header is line 1, so a file that begins with an empty line has a wrong header
    try:
        header = _fields(lines[0])
    except Refused:
        header = []
    if header != HEADER:
        raise Refused("E_HEADER")
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line and number > 1]
    if len(numbered) > rules.max_lines:
        raise Refused("E_TOO_MANY_LINES")
    crlf = file.count(b"\r\n")
    if rarer := min(crlf, file.count(b"\n") - crlf):  # CHOICE: counts the lines with the rarer ending
        warnings["MIXED_EOL"] = rarer
    if not file.endswith(b"\n"):
        warnings["NO_FINAL_NEWLINE"] = 1
    return numbered


def _check_container(file: bytes) -> None:
    if file.startswith(NOT_CSV):
        raise Refused("E_NOT_CSV")
    if file.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("E_ENCODING")
    if not file.removeprefix(BOM).strip(b" \t\r\n"):
        raise Refused("E_EMPTY")
    if b"\x00" in file:
        raise Refused("E_NUL")


def _split(file: bytes) -> Iterator[tuple[bytes, bool]]:
    """Physical lines without their LF, and whether they had one."""
    *ended, last = file.split(b"\n")
    yield from ((line, True) for line in ended)
    if last:
        yield last, False


def _check_line(line: bytes, has_newline: bool) -> str:
    if has_newline and line.endswith(b"\r"):
        line = line[:-1]
    if len(line) > MAX_LINE_BYTES:
        raise Refused("E_LINE_TOO_LONG")
    if b"\r" in line:
        raise Refused("E_BARE_CR")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("E_ENCODING") from None


# --- the rows


def _check_rows(numbered: list[tuple[int, str]], reference: date, rules: Rules, outcome: Outcome) -> None:
    by_key: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    closing = second_halves(numbered)
    for number, line in numbered:
        key, is_whose = None, True
        try:
            fields = _fields(line)
            if len(fields) != 6:
                raise Refused("E_COLS")
            fields = [trimmed(text) for text in fields]
            if not any(fields):
                raise Refused("E_BLANK")
            key = fields[1] or None  # CHOICE: a line that does not split into six fields has no key
            row = _checked_row(fields, rules)
            if number in closing:  # a good line by chance: none of its fields is what it is taken for
                key, is_whose = None, False
                raise Refused("E_QUOTE")
            by_key[row.ordem_id].append((number, row))
        except Refused as refusal:
            outcome.rejects.append(Reject(number, refusal.code, key))
        if is_whose:
            outcome.suppliers_named.add(_whose(line))
    duplicates = 0
    for key, lines in by_key.items():
        if len({row for _, row in lines}) > 1:
            outcome.rejects += [Reject(number, "E_DUP_CONFLICT", key) for number, _ in lines]
        else:
            outcome.valid[key] = lines[0]  # CHOICE: the first of identical lines gives its number
            outcome.identical[key] = [number for number, _ in lines[1:]]
            duplicates += len(lines) - 1
    outcome.rejects.sort()
    outcome.lines = {
        "data_lines": len(numbered),
        "rejected": len(outcome.rejects),
        "identical_duplicates": duplicates,
        "valid_keys": len(outcome.valid),
    }
    # CHOICE: OTHER_DAY counts keys, not lines
    other_day = sum(row.data != reference for _, row in outcome.valid.values())
    outcome.suppliers = by_supplier(row for _, row in outcome.valid.values())
    counted = {"DUP_IDENTICAL": duplicates, "OTHER_DAY": other_day}
    outcome.warnings.update({code: count for code, count in counted.items() if count})
    _check_shares(outcome, other_day, rules)


def _check_shares(outcome: Outcome, other_day: int, rules: Rules) -> None:
    if not outcome.valid:
        raise Refused("E_NO_ROWS")
    if other_day == len(outcome.valid):
        raise Refused("E_WRONG_DAY")
    # CHOICE: blank rows count on neither side of the share, or they would thin out the refused ones
    blank = sum(reject.codigo == "E_BLANK" for reject in outcome.rejects)
    if len(outcome.rejects) - blank > rules.max_rejected_share * (outcome.lines["data_lines"] - blank):
        raise Refused("E_TOO_MANY_REJECTS")


def _fields(line: str) -> list[str]:
    """RFC 4180 on one line. A field is quoted where its first character is a quote."""
    fields, at = [], 0
    while True:
        if line[at : at + 1] == '"':
            quoted = re.compile(r'"((?:[^"]|"")*)"(?=;|\Z)', re.DOTALL).match(line, at)
            if quoted is None:  # never closed, or text after the closing quote
                raise Refused("E_QUOTE")
            fields.append(quoted[1].replace('""', '"'))
            at = quoted.end()
        else:
            end = line.find(";", at)
            end = len(line) if end < 0 else end
            # CHOICE: the guard too is looked for once trimmed
            if trimmed(line[at:end]).startswith(('"', '="')):
                raise Refused("E_QUOTE")
            fields.append(line[at:end])
            at = end
        if at == len(line):
            return fields
        at += 1  # the separator


def second_halves(numbered: list[tuple[int, str]]) -> set[int]:
    """The lines that close a quote which a line before them left open.

    CHOICE: between the two there may be lines of a record's middle, without a lone quote and not of six
    fields. Where the first lone quote of a line ends no field, nothing is closed: the one before was a stray.
    """
    found, is_open = set(), False
    for number, line in numbered:
        _, ended_at = _read_on(line, is_open)
        if is_open and ended_at is not None and trimmed(line[ended_at + 1 :])[:1] in ("", ";"):
            found.add(number)
        if not is_open or ended_at is not None or line.count(";") == 5:
            is_open, _ = _read_on(line, False)
    return found


def _read_on(line: str, is_quoted: bool) -> tuple[bool, int | None]:
    """Whether a quote is open at its end, if one `is_quoted` at its start, and where the first one closed."""
    ended_at, begins, at = None, True, 0
    while at < len(line):
        if is_quoted and line[at : at + 2] == '""':
            at += 1
        elif is_quoted and line[at] == '"':
            is_quoted = False
            ended_at = at if ended_at is None else ended_at
        elif not is_quoted and line[at] == ";":
            begins = True
        elif not is_quoted and line[at] == '"' and begins:
            is_quoted, begins = True, False
        elif line[at] not in " \t":
            begins = False
        at += 1
    return is_quoted, ended_at


def _whose(line: str) -> str:
    """CHOICE: a line is its supplier's where five separators and a sound first field say so."""
    if line.count(";") < 5:
        return ""
    try:
        return trimmed(_fields(line[: _end_of_first(line)])[0])
    except Refused:
        return ""


def _end_of_first(line: str) -> int:
    quoted = re.compile(r'"((?:[^"]|"")*)"(?=;|\Z)', re.DOTALL).match(line)
    return quoted.end() if quoted else line.index(";")


def _checked_row(fields: list[str], rules: Rules) -> Row:
    """The parsed row, or the first fault: control characters, key, required, data, valor."""
    supplier, key, nome, asset, data, valor = fields
    if any(unicodedata.category(c) == "Cc" for text in fields for c in text):
        raise Refused("E_CTRL")
    if not key:
        raise Refused("E_KEY_EMPTY")
    if len(key) > 255:
        raise Refused("E_KEY_LONG")
    for c in key:
        is_invisible = unicodedata.category(c) in {"Cf", "Zl", "Zp", "Cn", "Co", "Cs"}
        if is_invisible or (unicodedata.category(c) == "Zs" and c != " "):
            raise Refused("E_KEY_CHARS")
    if not supplier or not asset:
        raise Refused("E_REQUIRED")
    return Row(supplier, key, nome, asset, _date(data), _money(valor, rules.decimal_separator))


def _date(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) or not 1900 <= int(text[:4]) <= 2999:
        raise Refused("E_DATA")
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        raise Refused("E_DATA") from None


def _money(text: str, separator: str) -> Decimal:
    match = re.fullmatch(rf"(-?)([0-9]+)(?:{re.escape(separator)}([0-9]+))?", text)
    if match is None:
        raise Refused("E_VALOR")
    sign, whole, decimals = match[1], match[2].lstrip("0"), (match[3] or "").rstrip("0")
    if len(whole) > 16:
        raise Refused("E_VALOR_RANGE")
    if len(decimals) > 2:
        raise Refused("E_VALOR_SCALE")
    return Decimal(int(f"{sign}{whole or '0'}{decimals:0<2}")).scaleb(-2) + 0  # + 0: there is no -0
