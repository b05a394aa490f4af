"""The same in pandas, with Arrow's decimals: pandas' own numbers are doubles, and miss a cent above 2**53."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.peers.base import COLUMNS, COMPARED, snapshot, task

_MONEY = pd.ArrowDtype(pa.decimal128(18, 2))


def read(source: Path | BytesIO, **options: object) -> pd.DataFrame:
    """Blanks around a text do not count, and a NULL is an empty text."""
    rows = pd.read_csv(source, dtype=str, keep_default_na=False, **options)
    for name in COLUMNS:
        rows[name] = rows[name].str.strip(" \t")
    rows["data"] = pd.to_datetime(rows["data"], format="%Y-%m-%d")
    rows["valor"] = rows["valor"].replace("", None).astype(pd.ArrowDtype(pa.string())).astype(_MONEY)
    return rows


def base_rows(copied: BytesIO) -> pd.DataFrame:
    copied.seek(0)
    return read(copied, header=None, names=list(COLUMNS))


def compared(file: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """The divergences."""
    joined = file.merge(base, on="ordem_id", how="outer", suffixes=("", "_base"), indicator=True)
    is_changed, fields = np.zeros(len(joined), dtype=bool), pd.Series("", index=joined.index)
    for name in COMPARED:
        one, other = joined[name], joined[f"{name}_base"]
        is_same = (one == other).fillna(value=False).astype(bool) | (one.isna() & other.isna())
        is_changed |= ~is_same
        fields = fields.where(is_same, fields + f"{name},")
    tipo = joined["_merge"].map({"left_only": "TIPO_1", "right_only": "TIPO_2", "both": "TIPO_3"}).astype(str)
    joined["tipo_divergencia"] = tipo
    joined["campos_divergentes"] = fields.str.removesuffix(",").where(tipo == "TIPO_3", None)
    found = joined[is_changed | (tipo != "TIPO_3")].drop(columns="_merge")
    zero = pd.array([0], dtype=_MONEY)[0]
    return found.assign(diferenca_valor=found["valor"].fillna(zero) - found["valor_base"].fillna(zero))


def main() -> None:
    asked = task()
    file = read(asked.file, sep=";")
    with snapshot(asked.url) as base:
        copied, moved = BytesIO(), BytesIO()
        base.copy_day(asked.day, copied)
        of_day = base_rows(copied)
        absent = file.loc[~file["ordem_id"].isin(of_day["ordem_id"]), "ordem_id"]
        base.copy_keys(absent.to_list(), moved)
    rows = pd.concat([of_day, base_rows(moved)], ignore_index=True) if moved.tell() else of_day
    compared(file, rows).to_parquet(asked.out)


if __name__ == "__main__":
    main()
