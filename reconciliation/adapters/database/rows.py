"""What the servers write, as frames by the FOUND schema; like `texts` and `moments`, it needs Polars."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import polars as pl

from reconciliation import advice
from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.database.moments import day_of
from reconciliation.adapters.database.texts import read as as_frame
from reconciliation.contract import TABLE, TEXTS
from reconciliation.errors import error
from reconciliation.kernels.dates import sane
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import BASE, FOUND, LINE, PADDED
from reconciliation.line import BLANKS

_ROWS_PER_JOIN = 500_000
_KEY = pl.col("ordem_id").fill_null("")
_TRIMMED = _KEY.str.strip_chars(BLANKS)


def of_day(texts: Texts, has_moments: bool, day: date) -> pl.DataFrame:
    """The day's rows. NULL and blanks are the same, blanks at both ends do not count.

    Raises E_BASE_DUP_OR_NULL_KEY where one has no key, E_BASE_SCHEMA for what is no date or no amount,
    UNBALANCED_TOTALS where the database gives a row as the day's, and another date with it.
    """
    read = as_frame(texts, LINE)
    rows = _typed(read, has_moments)
    for name, column in (("data", "data"), ("valor", "valor_cents")):
        _require_read(read, rows, name, column)
    others = rows["data"].filter(~(rows["data"] == day).fill_null(value=False))
    if others.len():
        raise error(
            "UNBALANCED_TOTALS",
            f"o banco deu como do dia {day} {others.len()} linha(s) de outra data, como {others[0]}: o que"
            " ele procura (índice, partição) não é o que se lê na linha",
        )
    without_key = int((rows["ordem_id"] == "").sum())
    if without_key:
        find = advice.statement("find_without_key")
        raise error("E_BASE_DUP_OR_NULL_KEY", f"linhas do dia sem ordem_id, {without_key}: {find}")
    return _found(rows, read, absurd_date=False)


def looked_up(texts: Texts, has_moments: bool, keys: list[str], padded: Collection[str]) -> pl.DataFrame:
    """Of what a look-up of these keys found, the rows that it was for: a collation finds more.

    Those whose key is stored as one of these, byte for byte; and those stored as no other look-up's
    (`padded`), whose key is one of these once it is trimmed. So each row belongs to one look-up. An absurd
    date is no date. Raises E_BASE_SCHEMA for what is no amount (PostgreSQL's NaN).
    """
    wanted, others = (pl.Series(values, dtype=pl.String).implode() for values in (keys, list(padded)))
    is_trimmed_one = _TRIMMED.is_in(wanted) & ~_KEY.is_in(others)
    read = as_frame(texts, LINE).filter(_KEY.is_in(wanted) | is_trimmed_one)
    rows = _typed(read, has_moments)
    _require_read(read, rows, "valor", "valor_cents")
    return _with_absurd_dates(rows, read)


def in_scope(
    chunks: Iterable[Texts], has_moments: bool, keys: pl.DataFrame, said: DayTotals
) -> Iterator[pl.DataFrame]:
    """Of all rows of some dates, those whose key, blanks apart, is one of these; no other is typed.

    Raises E_BASE_SCHEMA as `looked_up` does, UNBALANCED_TOTALS where the database counts others.
    """
    height = 0
    for read in _gathered(as_frame(texts, LINE) for texts in chunks):
        height += read.height
        found = read.join(keys, left_on=_TRIMMED, right_on="ordem_id", how="semi")
        rows = _typed(found, has_moments)
        _require_read(found, rows, "valor", "valor_cents")
        if rows.height:
            yield _with_absurd_dates(rows, found)
    said.require_rows(height)


def _gathered(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """A join builds its table of keys anew for each frame: so fewer, and larger."""
    waiting, height = [LINE.to_frame()], 0
    for frame in frames:
        waiting.append(frame)
        height += frame.height
        if height >= _ROWS_PER_JOIN:
            yield pl.concat(waiting)
            waiting, height = [LINE.to_frame()], 0
    yield pl.concat(waiting)


def padded(texts: Texts) -> pl.DataFrame:
    """Of a frame of keys alone, those that blanks surround, by the PADDED schema."""
    read = as_frame(texts, pl.Schema({"ordem_id": pl.String}))
    return read.filter(_TRIMMED != _KEY).select(_TRIMMED, _KEY.alias("padded_key")).match_to_schema(PADDED)


def _typed(read: pl.DataFrame, has_moments: bool) -> pl.DataFrame:
    """By the BASE schema; `data` is null for what is no date."""
    data = pl.col("data")
    return read.select(
        pl.col(TEXTS).fill_null("").str.strip_chars(BLANKS),
        day_of(data) if has_moments else data.str.to_date("%Y-%m-%d", strict=False),
        cents(pl.col("valor")).alias("valor_cents"),
    ).match_to_schema(BASE)


def _found(rows: pl.DataFrame, read: pl.DataFrame, absurd_date: pl.Series | bool) -> pl.DataFrame:
    """By the FOUND schema. Most frames have no padded key, which lengths tell sooner than texts."""
    stored, key = read["ordem_id"], rows["ordem_id"]
    is_padded = stored.str.len_bytes() != key.str.len_bytes()
    padded_key = pl.when(is_padded).then(stored) if is_padded.any() else pl.lit(None, pl.String)
    return rows.with_columns(
        padded_key.alias("padded_key"), pl.lit(absurd_date).alias("absurd_date")
    ).match_to_schema(FOUND)


def _with_absurd_dates(rows: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """An absurd date is no date, and said to be none."""
    rows = rows.with_columns(sane(pl.col("data")))
    return _found(rows, read, rows["data"].is_null() & read["data"].is_not_null())


def _require_read(read: pl.DataFrame, rows: pl.DataFrame, name: str, column: str) -> None:
    unread = read[name].filter(rows[column].is_null() & read[name].is_not_null())
    if unread.len():
        find = advice.statement("find_value", column=name, value=unread[0])
        raise error("E_BASE_SCHEMA", f"{TABLE}.{name} tem {unread.len()} valor(es) que não o são: {find}")
