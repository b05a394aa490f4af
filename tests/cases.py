"""The data contract as examples: a file's bytes and what must come of them on 2026-02-16.

As in the contract, the share of refused lines is not limited in a case unless the case says so.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

DAY = date(2026, 2, 16)
HEADER = "fornecedor_id;ordem_id;nome;ativo_id;data;valor"
ANA, BIA = "F1;O1;Ana;PETR4;2026-02-16;10.50", "F1;O2;Bia;VALE3;2026-02-16;20.00"


@dataclass(frozen=True)
class Case:
    """A file and its answer: the `code` of its refusal, or valid keys, refused lines and warnings."""

    name: str
    file: bytes
    code: str | None = None
    valid: int = 0
    rejects: tuple[tuple[int, str], ...] = ()
    warnings: tuple[str, ...] = ()
    max_rejected_share: Fraction = Fraction(1)


def _text(*lines: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\n" for line in (header, *lines)).encode()


def _between(name: str, line: str, code: str | None = None, warnings: tuple[str, ...] = ()) -> Case:
    """One line between two good ones: refused with the code, or good."""
    rejects, valid = (((3, code),), 2) if code else ((), 3)
    return Case(name, _text(ANA, line, BIA), None, valid, rejects, warnings)


def _row(**fields: str) -> str:
    row = {
        "fornecedor_id": "F1",
        "ordem_id": "O9",
        "nome": "n",
        "ativo_id": "A",
        "data": str(DAY),
        "valor": "1.00",
    }
    return ";".join({**row, **fields}.values())


def cases() -> list[Case]:
    """All of them; names are unique."""
    return [
        *_containers(),
        *_bytes(),
        *_marks(),
        *_headers(),
        *_quotes(),
        *_rows(),
        *_keys(),
        *_dates(),
        *_values(),
        *_days(),
    ]


def _containers() -> Iterator[Case]:
    good = _text(ANA)
    magics = {
        "gzip": gzip.compress(good, mtime=0), "zip": b"PK\x03\x04" + good,
        "empty zip": b"PK\x05\x06" + bytes(18),
        "bzip2": b"BZh91AY&SY" + good, "xz": b"\xfd7zXZ\x00" + good, "zstd": b"\x28\xb5\x2f\xfd" + good,
        "parquet": b"PAR1" + good, "pdf": b"%PDF-1.7\n", "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + good,
    }  # fmt: skip
    yield from (Case(name, file, "E_NOT_CSV") for name, file in magics.items())
    newer = {"7z": b"7z\xbc\xaf\x27\x1c\x00\x04", "rar": b"Rar!\x1a\x07\x01\x00",
             "rar 4": b"Rar!\x1a\x07\x00", "avro": b"Obj\x01\x04\x14avro.codec",
             "orc": b"ORC\x0a\x0b"}  # fmt: skip
    yield from (Case(name, file, "E_NOT_CSV") for name, file in newer.items())
    yield from (
        Case(name, file, "E_EMPTY")
        for name, file in {
            "no bytes": b"", "only a BOM": b"\xef\xbb\xbf", "only newlines": b"\n\r\n\n",
            "BOM, blank": b"\xef\xbb\xbf \n",
        }.items()
    )  # fmt: skip
    yield Case("html error page", b"<html><body>503</body></html>\n", "E_HEADER")
    yield Case("json", b'{"error": "expired"}\n', "E_HEADER")


def _bytes() -> Iterator[Case]:
    good = _text(ANA)
    yield Case("BOM", b"\xef\xbb\xbf" + good, valid=1, warnings=("BOM",))
    yield Case("two BOMs", b"\xef\xbb\xbf" * 2 + good, "E_HEADER")
    yield Case("latin-1", good + "F1;O2;José;A;2026-02-16;1.00\n".encode("latin-1"), "E_ENCODING")
    yield Case("UTF-16 LE with BOM", good.decode().encode("utf-16"), "E_ENCODING")
    yield Case("UTF-16 BE with BOM", b"\xfe\xff" + good.decode().encode("utf-16-be"), "E_ENCODING")
    yield Case("UTF-16 without BOM", good.decode().encode("utf-16-le"), "E_NUL")
    yield Case("padded with NUL", good + bytes(40), "E_NUL")
    yield Case("a character cut at the end", good + b"F1;O2;\xc3", "E_ENCODING")
    yield Case("an encoded surrogate", good + b"F1;O2;\xed\xa0\x80;A;2026-02-16;1.00\n", "E_ENCODING")
    yield Case("an overlong NUL", good + b"F1;O2;\xc0\x80;A;2026-02-16;1.00\n", "E_ENCODING")
    yield Case("NUL before a bad byte", good + b"\xff\n\x00", "E_NUL")
    yield Case("CRLF", good.replace(b"\n", b"\r\n"), valid=1)
    yield Case("CR only", good.replace(b"\n", b"\r"), "E_BARE_CR")
    yield Case("CR inside a line", _text("F1;O1;A\rna;PETR4;2026-02-16;10.50"), "E_BARE_CR")
    yield Case("CR CR LF", good.replace(b"\n", b"\r\r\n"), "E_BARE_CR")
    yield Case("CR at the very end", good + BIA.encode() + b"\r", "E_BARE_CR")
    yield Case("CRLF and LF", good.replace(b"\n", b"\r\n", 1), valid=1, warnings=("MIXED_EOL",))
    yield Case("no final newline", _text(ANA, BIA)[:-1], valid=2, warnings=("NO_FINAL_NEWLINE",))
    yield Case("a line over 64 KiB", good + b"x" * 70_000 + b"\n", "E_LINE_TOO_LONG")
    yield Case("a line under 64 KiB", _text(ANA, _row(nome="x" * 60_000)), valid=2)
    yield Case("the first faulty line wins: CR", good + b"a\rb\n\xff\n", "E_BARE_CR")
    yield Case("the first faulty line wins: byte", good + b"\xff\na\rb\n", "E_ENCODING")
    yield Case("a bad byte under a bad header", b"a;b\n\xff\n", "E_ENCODING")


def _marks() -> Iterator[Case]:
    """U+FEFF is a mark only as the file's first three bytes."""
    mark, good, two = "\ufeff", {"valid": 2}, "the first data line"
    yield Case(f"U+FEFF before {two}", _text(mark + ANA, BIA), **good)
    yield Case(
        f"BOM, and U+FEFF before {two}",
        _text(mark + ANA, BIA, header=mark + HEADER),
        **good,
        warnings=("BOM",),
    )
    yield _between("U+FEFF before a line", mark + _row())
    yield _between("U+FEFF alone on a line", mark, "E_COLS")
    yield _between("U+FEFF before a key", _row(ordem_id=f"{mark}O9"), "E_KEY_CHARS")
    yield _between("U+FEFF before a date", _row(data=f"{mark}{DAY}"), "E_DATA")
    yield _between("U+FEFF before an amount", _row(valor=f"{mark}1.00"), "E_VALOR")
    yield _between("U+FEFF is no blank", _row(fornecedor_id=mark))
    yield _between("U+FEFF before a quoted field", _row(fornecedor_id=f'{mark}"F1"'))
    yield _between("U+FEFF in a quoted field", _row(fornecedor_id=f'"{mark}F1"'))
    yield _between("U+FEFF after the last field", _row() + mark, "E_VALOR")
    conflict = "E_DUP_CONFLICT"
    yield Case(
        "U+FEFF makes a conflict",
        _text(mark + ANA, ANA, BIA),
        valid=1,
        rejects=((2, conflict), (3, conflict)),
    )
    yield Case("U+FEFF in the header", _text(ANA, header=HEADER.replace("nome", f"{mark}nome")), "E_HEADER")
    yield Case("U+FEFF after an empty line", f"\n{mark}{HEADER}\n{ANA}\n".encode(), "E_HEADER")


def _headers() -> Iterator[Case]:
    for name, header in {
        "comma": HEADER.replace(";", ","), "tab": HEADER.replace(";", "\t"), "sep=;": f"sep=;\n{HEADER}",
        "title case": HEADER.title(), "missing": HEADER.replace("nome;", ""), "extra": f"{HEADER};obs",
        "trailing separator": f"{HEADER};", "reordered": "ordem_id;fornecedor_id;nome;ativo_id;data;valor",
        "not trimmed": HEADER.replace("nome", " nome"), "trailing blank": f"{HEADER} ",
        "accent": HEADER.replace("fornecedor", "fornecédor"), "invisible": f"\u200b{HEADER}",
        "commented": f"#{HEADER}", "no header": ANA, "quote not closed": f'"{HEADER}',
        "empty first line": f"\n{HEADER}",
    }.items():  # fmt: skip
        yield Case(f"header: {name}", _text(ANA, header=header), "E_HEADER")
    quoted = ";".join(f'"{name}"' for name in HEADER.split(";"))
    yield Case("header: quoted", _text(ANA, header=quoted), valid=1)
    for name, header in {"blank before a quote": quoted.replace('"nome"', ' "nome"'),
                         "blank in quotes": quoted.replace('"nome"', '"nome "')}.items():  # fmt: skip
        yield Case(f"header: {name}", _text(ANA, header=header), "E_HEADER")
    yield Case("header only", _text(), "E_NO_ROWS")
    yield Case("header only, no newline", HEADER.encode(), "E_NO_ROWS")
    yield Case("header again", _text(ANA, HEADER, BIA), valid=2, rejects=((3, "E_DATA"),))


def _quotes() -> Iterator[Case]:
    yield _between("separator in quotes", _row(nome='"a;b"'))
    yield _between("doubled quote", _row(nome='"a""b"'))
    yield _between("empty quotes", _row(nome='""'))
    yield _between("all quoted", ";".join(f'"{field}"' for field in _row().split(";")))
    yield _between("quote inside a bare field", _row(nome='João "Zé"'))
    yield _between("backslash is text", _row(nome='"a\\"'))
    yield _between("apostrophe is text", _row(nome="'a"))
    yield _between("never closed", _row(nome='"a'), "E_QUOTE")
    yield _between("text after the quote", _row(nome='"a"b'), "E_QUOTE")
    yield _between("backslash does not escape", _row(nome='"a\\"b"'), "E_QUOTE")
    yield _between("last quote never closed", _row(valor='"1.00'), "E_QUOTE")
    yield _between("quotes before columns", '"a;b', "E_QUOTE")
    yield _between("inches", _row(nome='5" TV'))
    yield _between("a guard in quotes is text", _row(nome='"=""00123"""'))
    yield _between("a guard that does not begin", _row(nome='a="1"'))
    yield _between("a formula without quote", _row(nome="=1"))
    for name, line in {
        "guard": _row(ordem_id='="00123"'), "guard, nothing in it": _row(nome='=""'),
        "guard never closed": _row(nome='="'), "blank before a guard": _row(ativo_id=' ="7"'),
        "blank before a quote": _row(nome=' "a"'), "blank before a quoted key": _row(ordem_id=' "O1"'),
        "tab before a quote": _row(valor='\t"1.00"'), "blank before a lone quote": _row(nome=' "'),
        "blank before a quote, before columns": ' "a";b', "a line of a blank and a quote": ' "',
        "guard before control characters": _row(nome='="1"', ativo_id="\x01"),
    }.items():  # fmt: skip
        yield _between(name, line, "E_QUOTE")
    halves = ((3, "E_QUOTE"), (4, "E_COLS"))
    yield Case(
        "newline in quotes", _text(ANA, *_row(nome='"a\nb"').split("\n"), BIA), valid=2, rejects=halves
    )


def _rows() -> Iterator[Case]:
    yield _between("trailing separator", f"{_row()};", "E_COLS")
    yield _between("five fields", _row().rsplit(";", 1)[0], "E_COLS")
    for name, line in {
        "only separators": ";;;;;", "blanks and separators": " ;\t; ; ;;  ",
        "empty quotes only": '"";"";"";"";"";""',
        "quoted blanks only": '" ";;"\t";;;',
    }.items():  # fmt: skip
        yield _between(name, line, "E_BLANK")
    yield _between("only a supplier", "F1;;;;;", "E_KEY_EMPTY")
    yield _between("only an invisible character", "\u200b;;;;;", "E_KEY_EMPTY")
    yield _between("only a control character", ";;\x01;;;", "E_CTRL")
    yield _between("only separators, five", ";;;;", "E_COLS")
    yield _between("only separators, seven", ";;;;;;", "E_COLS")
    yield _between("one word", "TOTAL", "E_COLS")
    yield _between("a line of blanks", " \t ", "E_COLS")
    yield Case("empty lines", _text(ANA, "", "", _row(valor="x"), BIA), valid=2, rejects=((5, "E_VALOR"),))
    yield _between("fornecedor_id empty", _row(fornecedor_id=""), "E_REQUIRED")
    yield _between("ativo_id blank", _row(ativo_id=" \t"), "E_REQUIRED")
    yield _between("nome empty", _row(nome=""))
    yield _between("trimmed", " F1\t; O9 ;\tn ; A;2026-02-16 ; 1.00")
    yield _between("tab inside", _row(nome="a\tb"), "E_CTRL")
    yield _between("C1 control", _row(nome="a\u0085b"), "E_CTRL")
    yield _between("DEL in the key", _row(ordem_id="O\x7f9"), "E_CTRL")
    yield _between("no-break space in nome", _row(nome="a\u00a0"))
    yield _between("control before key", _row(ordem_id="", nome="\x01"), "E_CTRL")
    yield _between("key before required", _row(ordem_id="", fornecedor_id=""), "E_KEY_EMPTY")
    yield _between("required before data", _row(ativo_id="", data="x"), "E_REQUIRED")
    yield _between("data before valor", _row(data="x", valor="x"), "E_DATA")


def _keys() -> Iterator[Case]:
    yield _between("key of blanks", _row(ordem_id=" \t "), "E_KEY_EMPTY")
    yield _between("key of 255", _row(ordem_id="é" * 255))
    yield _between("key of 256", _row(ordem_id="é" * 256), "E_KEY_LONG")
    for name, c in {
        "zero width": "\u200b", "soft hyphen": "\u00ad", "BOM": "\ufeff", "line separator": "\u2028",
        "no-break space": "\u00a0",
        "private": "\ue000", "unassigned": "\u0378", "ideographic space": "\u3000", "noncharacter": "\uffff",
    }.items():  # fmt: skip
        yield _between(f"key with {name}", _row(ordem_id=f"O{c}9"), "E_KEY_CHARS")
    yield _between("key with a space inside", _row(ordem_id="O 9"))
    yield _between("key like a formula", _row(ordem_id="=1+1"))
    yield _between("key like SQL", _row(ordem_id="O'; DROP TABLE transacoes;--"), "E_COLS")
    yield _between("key with emoji", _row(ordem_id="O😀"))
    pairs = {
        "case": "Oo",
        "leading zero": ("7", "007"),
        "NFC and NFD": ("Caf\u00e9", "Cafe\u0301"),
        "sharp s": ("ß", "ss"),
    }
    for name, (one, other) in pairs.items():
        yield Case(f"keys apart: {name}", _text(_row(ordem_id=one), _row(ordem_id=other)), valid=2)
    yield Case(
        "keys equal once trimmed", _text(ANA, ANA.replace("O1", " O1 ")), valid=1, warnings=("DUP_IDENTICAL",)
    )


def _dates() -> Iterator[Case]:
    for data in (
        "2026-02-30", "2026-2-16", "16/02/2026", "2026-02-16T10:00:00", "2026", "20260216", "+2026-02-16",
        "2026-13-01", "２０２６-02-16", "", "1899-12-31", "3000-01-01", "2026-00-10", "2025-02-29",
        "-026-02-16",
    ):  # fmt: skip
        yield _between(f"data {data}", _row(data=data), "E_DATA")
    for data in ("2024-02-29", "1900-01-01", "2999-12-31"):
        yield _between(f"data {data}", _row(data=data), warnings=("OTHER_DAY",))
    yield Case("all of another day", _text(ANA.replace("-16", "-15")), "E_WRONG_DAY")


def _values() -> Iterator[Case]:
    for code, texts in {
        "E_VALOR": "10,50 1.234,56 1,234.56 1e3 1E+3 NaN inf +5.00 .5 5. R$10 --1 10.50- (10) =1+1 ٣.00 −5",
        "E_VALOR_SCALE": "10.555 0.001 -1.0000001",
        "E_VALOR_RANGE": "1000000000000000000 12345678901234567.00 -10000000000000000 12345678901234567.123",
    }.items():
        yield from (_between(f"valor {valor}", _row(valor=valor), code) for valor in texts.split())
    yield from (
        _between(f"valor {valor}", _row(valor=valor), "E_VALOR") for valor in ("", "-", "1 000", "- 1")
    )
    yield from (_between(f"valor {valor}", _row(valor=valor)) for valor in _GOOD_VALUES)


_GOOD_VALUES = (
    "10", "10.5", "10.500", "-0.00", "0", "-5", "007.10", "9999999999999999.99", "-9999999999999999.99",
    "00000000000000000001",
)  # fmt: skip


def _days() -> Iterator[Case]:
    half, whole = ANA.replace("10.50", "10.5"), ("DUP_IDENTICAL",)
    yield Case("identical by value", _text(ANA, half, ANA), valid=1, warnings=whole)
    yield Case("identical by quotes", _text(ANA, ANA.replace("Ana", '"Ana"')), valid=1, warnings=whole)
    dear, conflict = ANA.replace("10.50", "10.51"), "E_DUP_CONFLICT"
    yield Case("conflict", _text(ANA, BIA, dear), valid=1, rejects=((2, conflict), (4, conflict)))
    three = tuple((line, conflict) for line in (2, 3, 4))
    yield Case("conflict beside identical", _text(ANA, half, dear, BIA), valid=1, rejects=three)
    yield Case("conflict across suppliers", _text(ANA, f"F2{ANA[2:]}", BIA), valid=1, rejects=three[:2])
    yield Case("good and refused", _text(ANA, f"{ANA}5", BIA), valid=2, rejects=((3, "E_VALOR_SCALE"),))
    yield Case("every row refused", _text(_row(valor="x")), "E_NO_ROWS")
    yield Case("every row in conflict", _text(ANA, dear), "E_NO_ROWS")
    lines = [_row(ordem_id=f"O{n}") for n in range(19)]
    share = Fraction(5, 100)
    yield Case(
        "5 % refused", _text(*lines, "x"), valid=19, rejects=((21, "E_COLS"),), max_rejected_share=share
    )
    yield Case("over 5 % refused", _text(*lines[:18], "x"), "E_TOO_MANY_REJECTS", max_rejected_share=share)
    conflicts = _text(*lines[:18], _row(ordem_id="O0", valor="2.00"))
    yield Case("over 5 % with conflicts", conflicts, "E_TOO_MANY_REJECTS", max_rejected_share=share)
    blank, told = (";;;;;",) * 40, tuple((line, "E_BLANK") for line in range(21, 61))
    yield Case(
        "blank rows are not in the share", _text(*lines, *blank), valid=19, rejects=told,
        max_rejected_share=share,
    )  # fmt: skip
    yield Case(
        "blank rows do not thin out the share", _text(*lines[:18], "x", *blank), "E_TOO_MANY_REJECTS",
        max_rejected_share=share,
    )  # fmt: skip
    yield Case("blank rows only", _text(*blank), "E_NO_ROWS")
