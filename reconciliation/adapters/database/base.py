"""What both engines share: the table as the contract wants it, and rows by the BASE schema."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import polars as pl

from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import COLUMNS, KEY_INDEX, TABLE
from reconciliation.errors import ReconciliationError, error
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import BASE
from reconciliation.line import BLANKS

APPLICATION = "reconciliation-job"
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30
NO_DATE_INDEX = "BASE_NO_DATE_INDEX"

_WANTED = {**dict.fromkeys(COLUMNS[:4], "varchar(255)"), "data": "date", "valor": "numeric(18,2)"}
CREATE_TABLE = f"CREATE TABLE {TABLE} ({', '.join(f'{name} {kind}' for name, kind in _WANTED.items())});"


@dataclass(frozen=True)
class Table:
    """The base's table as it is; types are by column, `indexes` are names."""

    types: Mapping[str, str]
    indexes: frozenset[str]
    has_unique_key: bool
    has_date_index: bool


class SqlBase(ABC):
    """Reads within one transaction of one connection."""

    errors: ClassVar[type[Exception]]
    """What the driver raises."""
    allowed: ClassVar[Mapping[str, re.Pattern[str]]]
    """By column, the types that hold the contract without rounding."""
    alter: ClassVar[str]
    """The statement that gives a column its type."""
    drop_index: ClassVar[str]

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.warnings: dict[str, int] = {}

    @staticmethod
    @abstractmethod
    def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
        """One try. With a CA bundle, the server must prove its name."""

    @staticmethod
    @abstractmethod
    def failure(exc: Exception) -> ReconciliationError:
        """What the driver's error means."""

    @abstractmethod
    def begin(self) -> None:
        """Starts the snapshot; the table keeps its definition until the connection is closed."""

    @abstractmethod
    def close(self) -> None:
        """Ends what still runs, too."""

    @abstractmethod
    def table(self) -> Table: ...

    @abstractmethod
    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        """The rows of that date. Raises E_BASE_DUP_OR_NULL_KEY, E_BASE_SCHEMA."""

    @abstractmethod
    def rows_of(self, keys: list[str]) -> Iterator[pl.DataFrame]:
        """The rows, of any date, that have one of the keys, byte for byte. Raises E_BASE_SCHEMA."""

    def check(self) -> None:
        """Raises E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX; what is only advice goes to `warnings`."""
        table = self.table()
        for name in COLUMNS:
            if name not in table.types:
                add = f"ALTER TABLE {TABLE} ADD COLUMN {name} {_WANTED[name]};"
                raise error("E_BASE_SCHEMA", f"{TABLE} não tem a coluna {name}: {add}")
            if not self.allowed[name].fullmatch(table.types[name]):
                change = self.alter.format(table=TABLE, column=name, type=_WANTED[name])
                raise error("E_BASE_SCHEMA", f"{TABLE}.{name} é {table.types[name]}: {change}")
        if not table.has_unique_key:
            drop = f"{self.drop_index} " if KEY_INDEX in table.indexes else ""
            make = f"CREATE UNIQUE INDEX {KEY_INDEX} ON {TABLE}(ordem_id);"
            raise error("E_BASE_NO_UNIQUE_INDEX", f"falta o índice único em ordem_id: {drop}{make}")
        if not table.has_date_index:
            self.warnings[NO_DATE_INDEX] = 1


def frame(texts: pl.DataFrame) -> pl.DataFrame:
    """By the BASE schema: NULL and blanks are the same, blanks at both ends do not count.

    Raises E_BASE_SCHEMA for what is no date or no amount (PostgreSQL's NaN, infinity; MySQL's 0000-00-00).
    """
    rows = texts.select(
        pl.col(COLUMNS[:4]).fill_null("").str.strip_chars(BLANKS),
        pl.col("data").str.to_date("%Y-%m-%d", strict=False),
        cents(pl.col("valor")).alias("valor_cents"),
    ).match_to_schema(BASE)
    for name, column in (("data", "data"), ("valor", "valor_cents")):
        unread = texts[name].filter(rows[column].is_null() & texts[name].is_not_null())
        if unread.len():
            find = f"SELECT ordem_id FROM {TABLE} WHERE {name} = '{unread[0]}';"  # noqa: S608
            raise error("E_BASE_SCHEMA", f"{TABLE}.{name} tem {unread.len()} valor(es) que não o são: {find}")
    return rows


def keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows themselves. Raises E_BASE_DUP_OR_NULL_KEY where one has no key."""
    without_key = int((rows["ordem_id"] == "").sum())
    if without_key:
        find = f"SELECT * FROM {TABLE} WHERE ordem_id IS NULL OR trim(ordem_id) = '';"  # noqa: S608
        raise error("E_BASE_DUP_OR_NULL_KEY", f"{without_key} linha(s) do dia sem ordem_id: {find}")
    return rows


def exactly(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Only those whose key is one of these, byte for byte: a collation finds more."""
    wanted = pl.DataFrame({"ordem_id": keys}, schema={"ordem_id": pl.String})
    return rows.join(wanted, on="ordem_id", how="semi")
