"""What the servers write, as frames by the BASE schema: the only part of a base that needs Polars."""

from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl

from reconciliation import advice
from reconciliation.adapters.database.moments import day_of
from reconciliation.contract import COLUMNS, TABLE
from reconciliation.errors import error
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import BASE, LINE
from reconciliation.line import BLANKS

if TYPE_CHECKING:
    from reconciliation.adapters.database.base import Texts


def frame(texts: "Texts", has_moments: bool) -> pl.DataFrame:
    """By the BASE schema: NULL and blanks are the same, blanks at both ends do not count.

    Raises E_BASE_SCHEMA for what is no date or no amount (PostgreSQL's NaN, infinity; MySQL's 0000-00-00).
    """
    read = (
        pl.read_csv(BytesIO(texts), has_header=False, schema=LINE)
        if isinstance(texts, bytes)
        else pl.DataFrame(texts, schema=LINE, orient="row")
    )
    rows = read.select(
        pl.col(COLUMNS[:4]).fill_null("").str.strip_chars(BLANKS),
        day_of(pl.col("data")) if has_moments else pl.col("data").str.to_date("%Y-%m-%d", strict=False),
        cents(pl.col("valor")).alias("valor_cents"),
    ).match_to_schema(BASE)
    for name, column in (("data", "data"), ("valor", "valor_cents")):
        unread = read[name].filter(rows[column].is_null() & read[name].is_not_null())
        if unread.len():
            find = f"SELECT ordem_id FROM {TABLE} WHERE {name} = '{unread[0]}';"  # noqa: S608
            raise error("E_BASE_SCHEMA", f"{TABLE}.{name} tem {unread.len()} valor(es) que não o são: {find}")
    return rows


def keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows themselves. Raises E_BASE_DUP_OR_NULL_KEY where one has no key."""
    without_key = int((rows["ordem_id"] == "").sum())
    if without_key:
        find = advice.statement("find_without_key")
        raise error("E_BASE_DUP_OR_NULL_KEY", f"{without_key} linha(s) do dia sem ordem_id: {find}")
    return rows


def exactly(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Only those whose key is one of these, byte for byte: a collation finds more."""
    wanted = pl.DataFrame({"ordem_id": keys}, schema={"ordem_id": pl.String})
    return rows.join(wanted, on="ordem_id", how="semi")
