"""Days with a known answer: the supplier's file and the base, streamed, always the same bytes.

    python -m local.generated_day --rows 1000000 --out build/day [--skew 0.9] [--base-factor 5]

The mix and its closed form are in `mix`. A block of 1,000 lines is written once, as a text with two marks
where its number goes; a day is that text again and again, so a million lines take less than a second.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from local import mix

HEADER = "fornecedor_id;ordem_id;nome;ativo_id;data;valor"
_NUMBER, _PADDED = "\x01", "\x02"  # the block's number as it is, and in seven digits
_CHUNK_BLOCKS = 16
_SPREAD = 397  # prime to 1,000: neighbours in the table are not neighbours in the file
_LARGE_PREFIX = f"{mix.LARGE_CENTS // 10**12}"  # its digits before the seven of the block's number
_NAMES = (
    "Ana Souza",
    "José Antônio da Conceição",
    "Silva; Filhos & Cia",
    'Banco "Boa Vista" S/A',
    "Corretora São João d'Oeste",
    "",
    "Müller & Søn 日本",
    "Investimentos\\Norte",
)
_ASSETS = ("PETR4", "VALE3", "ITUB4", "BBDC4", "WEGE3", "TESOURO IPCA+ 2035")
_SUPPLIERS, _FIRST_SUPPLIER = 40, 12_345
_NOBODYS_LINES = {"E_REQUIRED", "E_COLS", "E_QUOTE"}  # they name no supplier, or are no six fields


@dataclass(frozen=True)
class _Order:
    """One order of a block as its texts, with the marks in `ordem_id` and in the values."""

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date
    number: int
    kind: mix.Kind

    def line(self, form: str) -> str:
        """A line of the supplier's file; a form named by a code is a line refused with it."""
        valor, day = self._valor(), self.data
        edits = {
            "again": {"valor": valor.removesuffix("0") if valor.endswith("0") else f"{valor}0"},
            "dearer": {"valor": self._valor(off_cents=100)},
            "moved": {"data": _day_before(day)},
            "E_VALOR": {"valor": valor.replace(".", ",")},
            "E_VALOR_SCALE": {"valor": f"{valor}5"},
            "E_DATA": {"data": day.strftime("%d/%m/%Y")},
            "E_REQUIRED": {"fornecedor_id": ""},
            "E_KEY_EMPTY": {"ordem_id": " "},
        }
        fields = self._fields(valor, edits.get(form, {}))
        match form:
            case "quoted":
                return ";".join(map(_in_quotes, fields))
            case "padded":
                return ";".join(_csv_field(f" {field}\t") for field in fields)
            case "E_COLS":
                return ";".join(map(_csv_field, fields)) + ";"
            case "E_QUOTE":
                return ";".join([*fields[:2], '"sem fim', *fields[3:]])
        return ";".join(map(_csv_field, fields))

    @property
    def base_supplier(self) -> str:
        """As the base's row has it."""
        is_other = self.kind.base in ("other_supplier", "other_all")
        return f"9{self.fornecedor_id}" if is_other else self.fornecedor_id

    def base_row(self, form: str) -> str:
        """The base's row, as a line for COPY."""
        supplier, nome, ativo = self.base_supplier, f"{self.nome} ME", f"{self.ativo_id}F"
        moved = _day_before(self.data)
        edits = {
            "moved": {"data": moved},
            "no_date": {"data": ""},
            "no_value": {"valor": ""},
            "other_supplier": {"fornecedor_id": supplier},
            "other_name": {"nome": nome},
            "unseen_name": {"nome": self.nome.replace(" ", "\u00a0") + "\u00ad"},
            "other_asset": {"ativo_id": ativo},
            "other_trade": {"nome": nome, "ativo_id": ativo},
            "other_all": {"fornecedor_id": supplier, "nome": nome, "ativo_id": ativo, "data": moved},
            "padded": {"nome": f"{self.nome}  ", "ativo_id": f" {self.ativo_id}\t"},
        }
        fields = self._fields(self._valor(self.kind.base_off_cents), edits.get(form, {}))
        return ";".join(map(_csv_field, fields))

    def _fields(self, valor: str, edits: dict[str, str]) -> list[str]:
        plain = {name: getattr(self, name) for name in ("fornecedor_id", "ordem_id", "nome", "ativo_id")}
        return list({**plain, "data": self.data.isoformat(), "valor": valor, **edits}.values())

    def _valor(self, off_cents: int = 0) -> str:
        """The value, so many cents (before the sign) above the file's."""
        cents = mix.ORDER_STEP_CENTS * self.number + mix.LEAST_CENTS + off_cents
        whole = _LARGE_PREFIX + _PADDED if self.kind.large else _NUMBER
        return f"{'-' * (self.kind.sign < 0)}{whole}{cents // 100:03d}.{cents % 100:02d}"


@dataclass(frozen=True)
class GeneratedDay:
    """A day of `rows` data lines. `skew` is the share of the orders that one supplier has, 0 for even.

    `base_factor` is the size of the base in days: 5 adds four earlier dates of `rows` rows each. `mixed` is
    what its whole blocks are made of.
    """

    rows: int
    reference_date: date = date(2026, 2, 16)
    skew: float = 0.0
    base_factor: int = 1
    mixed: tuple[mix.Kind, ...] = mix.MIXED

    def __post_init__(self) -> None:
        if self.rows < 1 or not 0 <= self.skew <= 1 or self.base_factor < 1:
            raise ValueError("a day has at least 1 row, a skew of 0 to 1 and a base factor of at least 1")

    def csv_chunks(self) -> Iterator[bytes]:
        """The supplier's file, about 1 MB at a time."""
        yield f"{HEADER}\n".encode()
        blocks, rest = divmod(self.rows, mix.BLOCK_LINES)
        yield from self.csv_blocks(1, blocks)
        yield from _stamped(_lines(self._orders(mix.plain(rest))), blocks + 1, 1)

    def base_chunks(self) -> Iterator[bytes]:
        """The base as CSV for COPY, with the file's header and separator; unquoted empty is NULL."""
        yield f"{HEADER}\n".encode()
        blocks, rest = divmod(self.rows, mix.BLOCK_LINES)
        whole, tail = mix.plain(mix.BLOCK_LINES), mix.plain(rest)
        for days_ago in range(self.base_factor - 1, 0, -1):
            day, prefix = self.reference_date - timedelta(days=days_ago), f"ORD-{days_ago}-"
            yield from _stamped(_rows(self._orders(whole, day, prefix)), 1, blocks)
            yield from _stamped(_rows(self._orders(tail, day, prefix)), blocks + 1, 1)
        yield from self.base_blocks(1, blocks)
        yield from _stamped(_rows(self._orders(tail)), blocks + 1, 1)

    def csv_blocks(self, first: int, count: int) -> Iterator[bytes]:
        """Some of the file's blocks, counted from 1, without header."""
        yield from _stamped(_lines(self._orders(self.mixed)), first, count)

    def base_blocks(self, first: int, count: int) -> Iterator[bytes]:
        """The base's rows of the same blocks."""
        yield from _stamped(_rows(self._orders(self.mixed)), first, count)

    def expected(self) -> mix.Expected:
        """The answer, by arithmetic alone, and who is absent by a look at one block."""
        found = mix.expected(self.rows, self.mixed)
        absent = self._absent_suppliers()
        return replace(found, warnings=found.warnings | {"SUPPLIER_ABSENT": absent}) if absent else found

    def _absent_suppliers(self) -> int:
        """Suppliers of the base without one line of six fields in the file: every block has the same ones."""
        blocks, rest = divmod(self.rows, mix.BLOCK_LINES)
        orders = [*(self._orders(self.mixed) if blocks else ()), *self._orders(mix.plain(rest))]
        in_file = {order.fornecedor_id for order in orders if set(order.kind.lines) - _NOBODYS_LINES}
        in_base = {order.base_supplier for order in orders if order.kind.base}
        return len(in_base - in_file)

    def _orders(
        self, kinds: tuple[mix.Kind, ...], day: date | None = None, prefix: str = "ORD-"
    ) -> Iterator[_Order]:
        for kind, numbers in mix.dealt(kinds):
            for g in numbers:
                supplier, nome, ativo = self._supplier(g), _NAMES[g % len(_NAMES)], _ASSETS[g % len(_ASSETS)]
                key = f"{prefix}{_PADDED}{g:04d}"
                yield _Order(supplier, key, nome, ativo, day or self.reference_date, g, kind)

    def _supplier(self, number: int) -> str:
        is_in_skew = number * _SPREAD % mix.BLOCK_LINES < self.skew * mix.BLOCK_LINES
        return str(_FIRST_SUPPLIER + (0 if is_in_skew else number % _SUPPLIERS))


def _lines(orders: Iterator[_Order]) -> str:
    lines = [order.line(form) for order in orders for form in order.kind.lines]
    mixed = sorted(enumerate(lines), key=lambda numbered: numbered[0] * _SPREAD % mix.BLOCK_LINES)
    return "".join(f"{line}\n" for _, line in mixed)


def _rows(orders: Iterator[_Order]) -> str:
    return "".join(f"{order.base_row(order.kind.base)}\n" for order in orders if order.kind.base)


def _stamped(block: str, first: int, count: int) -> Iterator[bytes]:
    """The block's text `count` times, its number put where the marks are."""
    text = block.encode()
    for start in range(first, first + count, _CHUNK_BLOCKS):
        numbers = range(start, min(start + _CHUNK_BLOCKS, first + count))
        yield b"".join(text.replace(b"\x01", b"%d" % n).replace(b"\x02", b"%07d" % n) for n in numbers)


def _csv_field(field: str) -> str:
    return _in_quotes(field) if ";" in field or '"' in field else field


def _in_quotes(field: str) -> str:
    return '"' + field.replace('"', '""') + '"'


def _day_before(day: date) -> str:
    return (day - timedelta(days=1)).isoformat()


def main() -> None:
    """Write `input.csv`, `base.csv` and `expected.json` into a folder."""
    parser = argparse.ArgumentParser(
        prog="python -m local.generated_day", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, default=date(2026, 2, 16))
    parser.add_argument("--skew", type=float, default=0.0)
    parser.add_argument("--base-factor", type=int, default=1)
    options = parser.parse_args()
    day = GeneratedDay(options.rows, options.day, options.skew, options.base_factor)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, chunks in (("input.csv", day.csv_chunks()), ("base.csv", day.base_chunks())):
        with (options.out / name).open("wb") as file:
            file.writelines(chunks)
    (options.out / "expected.json").write_text(json.dumps(asdict(day.expected()), indent=2) + "\n")
    print(f"{options.out}: {options.rows:,} lines, {day.expected().divergences:,} divergences")


if __name__ == "__main__":
    main()
