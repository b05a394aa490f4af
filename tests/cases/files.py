"""Cases that the whole file decides: what holds it, its bytes, its header, and its lines together."""

import gzip
from collections.abc import Iterator
from fractions import Fraction

from tests.cases.case import ANA, BIA, DAY, HEADER, Case, good, refused, row, text


def containers() -> Iterator[Case]:
    whole = text(ANA)
    magics = {
        "gzip": gzip.compress(whole, mtime=0), "zip": b"PK\x03\x04" + whole,
        "empty zip": b"PK\x05\x06" + bytes(18),
        "bzip2": b"BZh91AY&SY" + whole, "xz": b"\xfd7zXZ\x00" + whole, "zstd": b"\x28\xb5\x2f\xfd" + whole,
        "parquet": b"PAR1" + whole, "pdf": b"%PDF-1.7\n", "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + whole,
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
            "BOM, blank": b"\xef\xbb\xbf \n", "a blank line that ends in CR": b"\r",
            "a blank line, then one that ends in CR": b"\n\r", "BOM, CR": b"\xef\xbb\xbf\r",
            "blank lines that end in CR": b" \r\r\r\n", "a line of blanks over 64 KiB": b" " * 70_000 + b"\n",
            "no end, blanks over 64 KiB": b"\n" + b"\t" * 140_000,
        }.items()
    )  # fmt: skip
    yield Case("html error page", b"<html><body>503</body></html>\n", "E_HEADER")
    yield Case("json", b'{"error": "expired"}\n', "E_HEADER")


def raw_bytes() -> Iterator[Case]:
    whole = text(ANA)
    yield Case("BOM", b"\xef\xbb\xbf" + whole, valid=1, warnings=("BOM",))
    yield Case("two BOMs", b"\xef\xbb\xbf" * 2 + whole, "E_HEADER")
    yield Case("latin-1", whole + "F1;O2;José;A;2026-02-16;1.00\n".encode("latin-1"), "E_ENCODING")
    yield Case("UTF-16 LE with BOM", whole.decode().encode("utf-16"), "E_ENCODING")
    yield Case("UTF-16 BE with BOM", b"\xfe\xff" + whole.decode().encode("utf-16-be"), "E_ENCODING")
    yield Case("UTF-16 without BOM", whole.decode().encode("utf-16-le"), "E_NUL")
    yield Case("padded with NUL", whole + bytes(40), "E_NUL")
    yield Case("a character cut at the end", whole + b"F1;O2;\xc3", "E_ENCODING")
    yield Case("an encoded surrogate", whole + b"F1;O2;\xed\xa0\x80;A;2026-02-16;1.00\n", "E_ENCODING")
    yield Case("an overlong NUL", whole + b"F1;O2;\xc0\x80;A;2026-02-16;1.00\n", "E_ENCODING")
    yield Case("NUL before a bad byte", whole + b"\xff\n\x00", "E_NUL")
    yield Case("CRLF", whole.replace(b"\n", b"\r\n"), valid=1)
    yield Case("CR only", whole.replace(b"\n", b"\r"), "E_BARE_CR")
    yield Case("CR inside a line", text("F1;O1;A\rna;PETR4;2026-02-16;10.50"), "E_BARE_CR")
    yield Case("CR CR LF", whole.replace(b"\n", b"\r\r\n"), "E_BARE_CR")
    yield Case("CR at the very end", whole + BIA.encode() + b"\r", "E_BARE_CR")
    yield Case("CRLF and LF", whole.replace(b"\n", b"\r\n", 1), valid=1, warnings=("MIXED_EOL",))
    yield Case("no final newline", text(ANA, BIA)[:-1], valid=2, warnings=("NO_FINAL_NEWLINE",))
    yield Case("a line over 64 KiB", whole + b"x" * 70_000 + b"\n", "E_LINE_TOO_LONG")
    yield Case("a line under 64 KiB", text(ANA, row(nome="x" * 60_000)), valid=2)
    yield Case("blanks over 64 KiB, then text", b" " * 70_000 + b"a\n", "E_LINE_TOO_LONG")
    yield Case("CR, then text", b"\r\ra\n", "E_BARE_CR")
    yield Case("the first faulty line wins: CR", whole + b"a\rb\n\xff\n", "E_BARE_CR")
    yield Case("the first faulty line wins: byte", whole + b"\xff\na\rb\n", "E_ENCODING")
    yield Case("a bad byte under a bad header", b"a;b\n\xff\n", "E_ENCODING")


def marks() -> Iterator[Case]:
    """U+FEFF is a mark only as the file's first three bytes."""
    mark, two = "\ufeff", "the first data line"
    yield Case(f"U+FEFF before {two}", text(mark + ANA, BIA), valid=2)
    yield Case(
        f"BOM, and U+FEFF before {two}",
        text(mark + ANA, BIA, header=mark + HEADER),
        valid=2,
        warnings=("BOM",),
    )
    yield good("U+FEFF before a line", mark + row())
    yield refused("U+FEFF alone on a line", mark, code="E_COLS")
    yield refused("U+FEFF before a key", row(ordem_id=f"{mark}O9"), code="E_KEY_CHARS")
    yield refused("U+FEFF before a date", row(data=f"{mark}{DAY}"), code="E_DATA")
    yield refused("U+FEFF before an amount", row(valor=f"{mark}1.00"), code="E_VALOR")
    yield good("U+FEFF is no blank", row(fornecedor_id=mark))
    yield good("U+FEFF before a quoted field", row(fornecedor_id=f'{mark}"F1"'))
    yield good("U+FEFF in a quoted field", row(fornecedor_id=f'"{mark}F1"'))
    yield refused("U+FEFF after the last field", row() + mark, code="E_VALOR")
    conflict = "E_DUP_CONFLICT"
    yield Case(
        "U+FEFF makes a conflict",
        text(mark + ANA, ANA, BIA),
        valid=1,
        rejects=((2, conflict), (3, conflict)),
    )
    yield Case("U+FEFF in the header", text(ANA, header=HEADER.replace("nome", f"{mark}nome")), "E_HEADER")
    yield Case("U+FEFF after an empty line", f"\n{mark}{HEADER}\n{ANA}\n".encode(), "E_HEADER")


def headers() -> Iterator[Case]:
    for name, header in {
        "comma": HEADER.replace(";", ","), "tab": HEADER.replace(";", "\t"), "sep=;": f"sep=;\n{HEADER}",
        "title case": HEADER.title(), "missing": HEADER.replace("nome;", ""), "extra": f"{HEADER};obs",
        "trailing separator": f"{HEADER};", "reordered": "ordem_id;fornecedor_id;nome;ativo_id;data;valor",
        "not trimmed": HEADER.replace("nome", " nome"), "trailing blank": f"{HEADER} ",
        "accent": HEADER.replace("fornecedor", "fornecédor"), "invisible": f"\u200b{HEADER}",
        "commented": f"#{HEADER}", "no header": ANA, "quote not closed": f'"{HEADER}',
        "empty first line": f"\n{HEADER}",
    }.items():  # fmt: skip
        yield Case(f"header: {name}", text(ANA, header=header), "E_HEADER")
    quoted = ";".join(f'"{name}"' for name in HEADER.split(";"))
    yield Case("header: quoted", text(ANA, header=quoted), valid=1)
    for name, header in {"blank before a quote": quoted.replace('"nome"', ' "nome"'),
                         "blank in quotes": quoted.replace('"nome"', '"nome "')}.items():  # fmt: skip
        yield Case(f"header: {name}", text(ANA, header=header), "E_HEADER")
    yield Case("header only", text(), "E_NO_ROWS")
    yield Case("header only, no newline", HEADER.encode(), "E_NO_ROWS")
    yield Case("header again", text(ANA, HEADER, BIA), valid=2, rejects=((3, "E_DATA"),))


def whole_days() -> Iterator[Case]:
    half, whole = ANA.replace("10.50", "10.5"), ("DUP_IDENTICAL",)
    yield Case("identical by value", text(ANA, half, ANA), valid=1, warnings=whole)
    yield Case("identical by quotes", text(ANA, ANA.replace("Ana", '"Ana"')), valid=1, warnings=whole)
    dear, conflict = ANA.replace("10.50", "10.51"), "E_DUP_CONFLICT"
    yield Case("conflict", text(ANA, BIA, dear), valid=1, rejects=((2, conflict), (4, conflict)))
    three = tuple((line, conflict) for line in (2, 3, 4))
    yield Case("conflict beside identical", text(ANA, half, dear, BIA), valid=1, rejects=three)
    yield Case("conflict across suppliers", text(ANA, f"F2{ANA[2:]}", BIA), valid=1, rejects=three[:2])
    yield Case("good and refused", text(ANA, f"{ANA}5", BIA), valid=2, rejects=((3, "E_VALOR_SCALE"),))
    yield Case("every row refused", text(row(valor="x")), "E_NO_ROWS")
    yield Case("every row in conflict", text(ANA, dear), "E_NO_ROWS")
    lines = [row(ordem_id=f"O{n}") for n in range(19)]
    share = Fraction(5, 100)
    yield Case(
        "5 % refused", text(*lines, "x"), valid=19, rejects=((21, "E_COLS"),), max_rejected_share=share
    )
    yield Case("over 5 % refused", text(*lines[:18], "x"), "E_TOO_MANY_REJECTS", max_rejected_share=share)
    conflicts = text(*lines[:18], row(ordem_id="O0", valor="2.00"))
    yield Case("over 5 % with conflicts", conflicts, "E_TOO_MANY_REJECTS", max_rejected_share=share)
    blank, told = (";;;;;",) * 40, tuple((line, "E_BLANK") for line in range(21, 61))
    yield Case(
        "blank rows are not in the share", text(*lines, *blank), valid=19, rejects=told,
        max_rejected_share=share,
    )  # fmt: skip
    yield Case(
        "blank rows do not thin out the share", text(*lines[:18], "x", *blank), "E_TOO_MANY_REJECTS",
        max_rejected_share=share,
    )  # fmt: skip
    yield Case("blank rows only", text(*blank), "E_NO_ROWS")
