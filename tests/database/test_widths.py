"""A value is read whole, however few digits its column shows: by day, by key and in scope.

`int(5)` holds 2147483647. MySQL's manual says that its temporary tables may take the values to fit the width,
and with an empty `sql_mode` nobody would hear of it; a look-up makes such a table, to count its own rows.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl
import pytest

from tests.database.bases import snapshot
from tests.database.conftest import DAY, MYSQL, Server

pytestmark = [pytest.mark.stack, MYSQL]
NEAR = date(2026, 2, 1)
KEYS = {f"{end} {day}": end for end in range(2) for day in (DAY, NEAR)}
_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
_LONGEST = {"tinytext": 255, "text": 65_535, "varchar(12000)": 12_000, "char(255)": 255}


class Kind(NamedTuple):
    """A type, the least and the greatest that it holds, and whether the contract takes it for an amount."""

    sql: str
    ends: tuple[str, str]
    is_money: bool


def integers() -> Iterator[Kind]:
    for name, bits in _BITS.items():
        signed, unsigned = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1), (0, 2**bits - 1)
        for sign, (least, greatest) in (("", signed), (" unsigned", unsigned), (" zerofill", unsigned)):
            for width in ("(1)", "(60)"):
                yield Kind(f"{name}{width}{sign}", (str(least), str(greatest)), name != "bigint")


def decimals(precision: int, scale: int) -> Iterator[Kind]:
    greatest = "9" * (precision - scale) + ("." + "9" * scale if scale else "")
    yield Kind(f"decimal({precision},{scale})", (f"-{greatest}", greatest), precision <= 18)
    yield Kind(f"decimal({precision},{scale}) zerofill", ("0", greatest), precision <= 18)


NAMES = [*integers(), *decimals(1, 0), *decimals(16, 0), *decimals(20, 0), *decimals(65, 0)]
AMOUNTS = [kind for kind in NAMES if kind.is_money] + [*decimals(5, 2), *decimals(17, 1), *decimals(18, 2)]


@pytest.fixture
def unproved(server: Server) -> Server:
    """A table that is read by key, and in scope."""
    server.execute("ALTER TABLE transacoes DROP INDEX idx_ordem_id, ADD INDEX by_key (ordem_id)")
    return server


def made(server: Server, column: str, kind: Kind) -> None:
    """Its ends in rows of the day and of another one."""
    names = ["ordem_id", "data", column] + (["valor"] if column != "valor" else [])
    rows = ", ".join(
        f"('{key}', '{key[2:]}', '{kind.ends[end]}'{', 1' if column != 'valor' else ''})"
        for key, end in KEYS.items()
    )
    server.execute(
        "TRUNCATE TABLE transacoes",
        f"ALTER TABLE transacoes DROP COLUMN {column}, ADD COLUMN {column} {kind.sql}",
        f"INSERT INTO transacoes ({', '.join(names)}) VALUES {rows}",
    )


def read(server: Server, column: str) -> dict[str, dict[str, Any]]:
    """By the way it was read, by key, what the column holds."""

    def of(frames: Iterator[pl.DataFrame]) -> dict[str, Any]:
        return dict(row for frame in frames for row in frame.select("ordem_id", column).iter_rows())

    wanted = pl.DataFrame({"ordem_id": list(KEYS)})
    with snapshot(server.secret, 60, window_days=31) as base:
        of_day = of(base.day_rows(DAY))
        return {
            "by key": of(base.rows_of(list(KEYS))),
            "by key, besides": of_day | of(base.rows_of(list(KEYS), (), DAY)),
            "in scope": of_day | of(base.rows_in_scope(wanted, wanted.clear(), DAY)),
        }


def test_an_amount_is_read_whole(unproved: Server) -> None:
    wrong = {}
    for kind in AMOUNTS:
        made(unproved, "valor", kind)
        stored = {key: int(Decimal(kind.ends[end]) * 100) for key, end in KEYS.items()}
        wrong |= {
            (kind.sql, way): found for way, found in read(unproved, "valor_cents").items() if found != stored
        }
    assert wrong == {}


def test_a_number_as_a_name_is_read_whole(unproved: Server) -> None:
    """With its leading zeros, however it is found."""
    wrong = {}
    for kind in NAMES:
        made(unproved, "fornecedor_id", kind)
        ways = read(unproved, "fornecedor_id")
        stored = {key: int(kind.ends[end]) for key, end in KEYS.items()}
        alike = {tuple(sorted(found.items())) for found in ways.values()}
        if len(alike) != 1 or {key: int(text) for key, text in ways["by key"].items()} != stored:
            wrong[kind.sql] = ways
    assert wrong == {}


@pytest.mark.parametrize("charset", ["utf8mb4", "latin1"])
def test_a_text_is_read_whole(unproved: Server, charset: str) -> None:
    """A text's greatest length is of bytes, a temporary table's of characters."""
    for kind, longest in _LONGEST.items():
        texts = ("x" * longest, "")
        made(unproved, "nome", Kind(f"{kind} CHARACTER SET {charset}", texts, is_money=False))
        for way, found in read(unproved, "nome").items():
            assert found == {key: texts[end] for key, end in KEYS.items()}, (kind, way)
