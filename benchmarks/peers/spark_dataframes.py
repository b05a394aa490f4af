"""A plain Spark DataFrame job: both sides as text CSV, one full join, one Parquet.

The keys that the day's rows lack are looked up for the divergent rows alone, so a side is read once. With
JDBC_JAR in the environment the base comes by JDBC, as most such jobs would take it, and not by COPY.
"""

from __future__ import annotations

import os
import unicodedata
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from benchmarks.peers.base import COLUMNS, COMPARED, Base, Task, snapshot, task

_TEXTS = ", ".join(f"{name} string" for name in COLUMNS)
_SELECTORS = {"\u034f", *map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))}
"""Marks that join or select, and show nothing."""
CSV = {"quote": '"', "escape": '"', "schema": _TEXTS}


def typed(rows: Any) -> Any:
    """Blanks around a text do not count, and a NULL is an empty text."""
    return rows.select(
        *(F.coalesce(_trimmed(name), F.lit("")).alias(name) for name in COLUMNS[:4]),
        _trimmed("data").cast("date").alias("data"),
        _trimmed("valor").cast("decimal(18,2)").alias("valor"),
    )


def _trimmed(name: str) -> Any:
    return F.expr(f"trim(both ' \t' from cast({name} as string))")


def day_rows(spark: Any, base: Base, asked: Task) -> Any:
    if os.environ.get("JDBC_JAR"):
        where = urlsplit(asked.url)
        options = {
            "url": f"jdbc:postgresql://{where.hostname}:{where.port}{where.path}",
            "user": where.username, "password": where.password, "driver": "org.postgresql.Driver",
            "query": f"select {', '.join(COLUMNS)} from transacoes where data = '{asked.day}'",  # noqa: S608
            "fetchsize": 10_000,
        }  # fmt: skip
        return typed(spark.read.format("jdbc").options(**options).load())
    copied = asked.scratch / "day.csv"
    with copied.open("wb") as to:
        base.copy_day(asked.day, to)
    return typed(spark.read.csv(str(copied), **CSV))


def elsewhere(spark: Any, base: Base, keys: list[str], scratch: Path) -> Any:
    copied = scratch / "moved.csv"
    with copied.open("wb") as to:
        base.copy_keys(keys, to)
    return typed(spark.read.csv(str(copied), **CSV))


def joined(file: Any, base: Any, how: str) -> Any:
    """Each key once, the sides beside each other; only what may diverge."""
    named = base.select(*(F.col(name).alias(f"{name}_base") for name in COLUMNS))
    return file.join(named, F.col("ordem_id") == F.col("ordem_id_base"), how).where(_diverges())


def _differs(name: str) -> Any:
    return ~F.col(name).eqNullSafe(F.col(f"{name}_base"))


def _diverges() -> Any:
    one_side = F.col("ordem_id").isNull() | F.col("ordem_id_base").isNull()
    return one_side | reduce(or_, map(_differs, COMPARED))


def _seen(text: str) -> str:
    """Spaces of every kind as one, without what shows nothing."""
    kinds = [(c, unicodedata.category(c)) for c in text]
    shown = "".join(
        " " if c.isspace() or kind[0] == "Z" else "" if kind in ("Cf", "Cc") or c in _SELECTORS else c
        for c, kind in kinds
    )
    return unicodedata.normalize("NFC", shown).strip(" ")


def _look_alike(one: str | None, other: str | None) -> bool:
    return None not in (one, other) and one != other and _seen(str(one)) == _seen(str(other))


def classified(divergent: Any) -> Any:
    is_1, is_2 = F.col("ordem_id_base").isNull(), F.col("ordem_id").isNull()
    tipo = F.when(is_1, "TIPO_1").when(is_2, "TIPO_2").otherwise("TIPO_3")
    fields = F.concat_ws(",", *(F.when(_differs(name), name) for name in COMPARED))
    look_alike = F.udf(_look_alike, "boolean")
    unseen = (F.when(look_alike(name, f"{name}_base"), name) for name in COMPARED[:3])
    zero = F.lit(0).cast("decimal(18,2)")
    difference = F.coalesce("valor", zero) - F.coalesce("valor_base", zero)
    return divergent.select(
        tipo.alias("tipo_divergencia"),
        F.coalesce("ordem_id", "ordem_id_base").alias("ordem_id"),
        F.when(~is_1 & ~is_2, fields).alias("campos_divergentes"),
        F.concat_ws(",", *unseen).alias("campos_so_invisiveis"),
        *COMPARED, *(f"{name}_base" for name in COMPARED),
        difference.alias("diferenca_valor"),
    )  # fmt: skip


def main() -> None:
    asked = task()
    spark = SparkSession.builder.config("spark.jars", os.environ.get("JDBC_JAR", "")).getOrCreate()
    file = typed(spark.read.csv(str(asked.file), sep=";", header=True, **CSV))
    with snapshot(asked.url) as base:
        divergent = joined(file, day_rows(spark, base, asked), "full").persist()
        absent = divergent.where(F.col("ordem_id_base").isNull()).select(*COLUMNS)
        keys = [row.ordem_id for row in absent.select("ordem_id").collect()]
        moved = elsewhere(spark, base, keys, asked.scratch)
    rest = divergent.where(F.col("ordem_id_base").isNotNull())
    found = classified(rest.unionByName(joined(absent, F.broadcast(moved), "left")))
    found.coalesce(1).write.parquet(str(asked.out))
    spark.stop()


if __name__ == "__main__":
    main()
