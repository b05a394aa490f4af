"""Cases that one line decides: its quotes, its fields, its key, date and amount."""

from collections.abc import Iterator

from tests.cases.case import ANA, BIA, Case, good, refused, row, text


def quotes() -> Iterator[Case]:
    yield good("separator in quotes", row(nome='"a;b"'))
    yield good("doubled quote", row(nome='"a""b"'))
    yield good("empty quotes", row(nome='""'))
    yield good("all quoted", ";".join(f'"{field}"' for field in row().split(";")))
    yield good("quote inside a bare field", row(nome='João "Zé"'))
    yield good("backslash is text", row(nome='"a\\"'))
    yield good("apostrophe is text", row(nome="'a"))
    yield refused("never closed", row(nome='"a'), code="E_QUOTE")
    yield refused("text after the quote", row(nome='"a"b'), code="E_QUOTE")
    yield refused("backslash does not escape", row(nome='"a\\"b"'), code="E_QUOTE")
    yield refused("last quote never closed", row(valor='"1.00'), code="E_QUOTE")
    yield refused("quotes before columns", '"a;b', code="E_QUOTE")
    yield good("inches", row(nome='5" TV'))
    yield good("a guard in quotes is text", row(nome='"=""00123"""'))
    yield good("a guard that does not begin", row(nome='a="1"'))
    yield good("a formula without quote", row(nome="=1"))
    for name, line in {
        "guard": row(ordem_id='="00123"'), "guard, nothing in it": row(nome='=""'),
        "guard never closed": row(nome='="'), "blank before a guard": row(ativo_id=' ="7"'),
        "blank before a quote": row(nome=' "a"'), "blank before a quoted key": row(ordem_id=' "O1"'),
        "tab before a quote": row(valor='\t"1.00"'), "blank before a lone quote": row(nome=' "'),
        "blank before a quote, before columns": ' "a";b', "a line of a blank and a quote": ' "',
        "guard before control characters": row(nome='="1"', ativo_id="\x01"),
    }.items():  # fmt: skip
        yield refused(name, line, code="E_QUOTE")
    halves = ((3, "E_QUOTE"), (4, "E_COLS"))
    yield Case("newline in quotes", text(ANA, *row(nome='"a\nb"').split("\n"), BIA), valid=2, rejects=halves)


def halves() -> Iterator[Case]:
    """Records with a newline in a quoted field, and lines that only look like their ends."""
    first, q = 'F1;O2;"a', "E_QUOTE"
    for name, second in {
        "is another order": 'CPF 1;RG 2;SP";A;2026-02-16;20.00',
        "is a key of the file": 'F1;O1;Ana";A;2026-02-16;20.00',
        "begins with the quote's end": 'F1";O2;Bia;A;2026-02-16;20.00',
        "has blanks behind it": row(nome='a" '),
        "is quoted besides": row(fornecedor_id='x"', nome='"a;b"'),
        "has two quotes before": row(nome='a""b"'),
    }.items():
        yield Case(f"a second half {name}", text(ANA, first, second, BIA), valid=2, rejects=((3, q), (4, q)))
    for name, between in {
        "nothing": "",
        "words": "of two",
        "two quotes": 'a""b',
        "a separator": "a;b",
    }.items():
        long = text(ANA, first, between, row(nome='b"'), BIA)
        middle = ((4, "E_COLS"),) if between else ()
        yield Case(f"between the halves {name}", long, valid=2, rejects=((3, q), *middle, (5, q)))
    for name, line in {
        "inches": row(nome='5" TV'), "a quoted field": row(nome='"a"'), "an empty one": row(nome='""'),
        "a quoted supplier": row(fornecedor_id='"F1"'), "none": row(),
    }.items():  # fmt: skip
        yield Case(f"after a stray quote {name}", text(ANA, first, line, BIA), valid=3, rejects=((3, q),))
    apart = text(ANA, first, row(ordem_id="O7"), row(nome='a"'), BIA)
    yield Case("a whole line ends what was open", apart, valid=4, rejects=((3, q),))


def rows() -> Iterator[Case]:
    yield refused("trailing separator", f"{row()};", code="E_COLS")
    yield refused("five fields", row().rsplit(";", 1)[0], code="E_COLS")
    for name, line in {
        "only separators": ";;;;;", "blanks and separators": " ;\t; ; ;;  ",
        "empty quotes only": '"";"";"";"";"";""',
        "quoted blanks only": '" ";;"\t";;;',
    }.items():  # fmt: skip
        yield refused(name, line, code="E_BLANK")
    yield refused("only a supplier", "F1;;;;;", code="E_KEY_EMPTY")
    yield refused("only an invisible character", "\u200b;;;;;", code="E_KEY_EMPTY")
    yield refused("only a control character", ";;\x01;;;", code="E_CTRL")
    yield refused("only separators, five", ";;;;", code="E_COLS")
    yield refused("only separators, seven", ";;;;;;", code="E_COLS")
    yield refused("one word", "TOTAL", code="E_COLS")
    yield refused("a line of blanks", " \t ", code="E_COLS")
    yield Case("empty lines", text(ANA, "", "", row(valor="x"), BIA), valid=2, rejects=((5, "E_VALOR"),))
    yield refused("fornecedor_id empty", row(fornecedor_id=""), code="E_REQUIRED")
    yield refused("ativo_id blank", row(ativo_id=" \t"), code="E_REQUIRED")
    yield good("nome empty", row(nome=""))
    yield good("trimmed", " F1\t; O9 ;\tn ; A;2026-02-16 ; 1.00")
    yield refused("tab inside", row(nome="a\tb"), code="E_CTRL")
    yield refused("C1 control", row(nome="a\u0085b"), code="E_CTRL")
    yield refused("DEL in the key", row(ordem_id="O\x7f9"), code="E_CTRL")
    yield good("no-break space in nome", row(nome="a\u00a0"))
    yield refused("control before key", row(ordem_id="", nome="\x01"), code="E_CTRL")
    yield refused("key before required", row(ordem_id="", fornecedor_id=""), code="E_KEY_EMPTY")
    yield refused("required before data", row(ativo_id="", data="x"), code="E_REQUIRED")
    yield refused("data before valor", row(data="x", valor="x"), code="E_DATA")


def keys() -> Iterator[Case]:
    yield refused("key of blanks", row(ordem_id=" \t "), code="E_KEY_EMPTY")
    yield good("key of 255", row(ordem_id="é" * 255))
    yield refused("key of 256", row(ordem_id="é" * 256), code="E_KEY_LONG")
    for name, c in {
        "zero width": "\u200b", "soft hyphen": "\u00ad", "BOM": "\ufeff", "line separator": "\u2028",
        "no-break space": "\u00a0",
        "private": "\ue000", "unassigned": "\u0378", "ideographic space": "\u3000", "noncharacter": "\uffff",
    }.items():  # fmt: skip
        yield refused(f"key with {name}", row(ordem_id=f"O{c}9"), code="E_KEY_CHARS")
    yield good("key with a space inside", row(ordem_id="O 9"))
    yield good("key like a formula", row(ordem_id="=1+1"))
    yield refused("key like SQL", row(ordem_id="O'; DROP TABLE transacoes;--"), code="E_COLS")
    yield good("key with emoji", row(ordem_id="O😀"))
    pairs = {
        "case": "Oo",
        "leading zero": ("7", "007"),
        "NFC and NFD": ("Caf\u00e9", "Cafe\u0301"),
        "sharp s": ("ß", "ss"),
    }
    for name, (one, other) in pairs.items():
        yield Case(f"keys apart: {name}", text(row(ordem_id=one), row(ordem_id=other)), valid=2)
    yield Case(
        "keys equal once trimmed", text(ANA, ANA.replace("O1", " O1 ")), valid=1, warnings=("DUP_IDENTICAL",)
    )


def dates() -> Iterator[Case]:
    for data in (
        "2026-02-30", "2026-2-16", "16/02/2026", "2026-02-16T10:00:00", "2026", "20260216", "+2026-02-16",
        "2026-13-01", "２０２６-02-16", "", "1899-12-31", "3000-01-01", "2026-00-10", "2025-02-29",
        "-026-02-16",
    ):  # fmt: skip
        yield refused(f"data {data}", row(data=data), code="E_DATA")
    for data in ("2024-02-29", "1900-01-01", "2999-12-31"):
        yield good(f"data {data}", row(data=data), warnings=("OTHER_DAY",))
    yield Case("all of another day", text(ANA.replace("-16", "-15")), "E_WRONG_DAY")


def values() -> Iterator[Case]:
    for code, texts in {
        "E_VALOR": "10,50 1.234,56 1,234.56 1e3 1E+3 NaN inf +5.00 .5 5. R$10 --1 10.50- (10) =1+1 ٣.00 −5",
        "E_VALOR_SCALE": "10.555 0.001 -1.0000001",
        "E_VALOR_RANGE": "1000000000000000000 12345678901234567.00 -10000000000000000 12345678901234567.123",
    }.items():
        yield from (refused(f"valor {valor}", row(valor=valor), code=code) for valor in texts.split())
    yield from (
        refused(f"valor {valor}", row(valor=valor), code="E_VALOR") for valor in ("", "-", "1 000", "- 1")
    )
    yield from (good(f"valor {valor}", row(valor=valor)) for valor in _GOOD_VALUES)


_GOOD_VALUES = (
    "10", "10.5", "10.500", "-0.00", "0", "-5", "007.10", "9999999999999999.99", "-9999999999999999.99",
    "00000000000000000001",
)  # fmt: skip
