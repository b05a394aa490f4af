"""`python -m tests.report_files.measure [DIVERGENCES] [SUPPLIERS]`: what a day's report costs.

S3 is this process's memory, so what is left out is the network's time: two objects a supplier, eight at once.
"""

import resource
import sys
import time
from collections.abc import Sequence
from datetime import date

import polars as pl

from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.kernels.codec import to_parquet
from reconciliation.kernels.money import decimal
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.objects import FINGERPRINT, to_json
from tests.memory_s3 import MemoryS3
from tests.report_files.day import DAY, PublishedDay, reports_of


def main(argv: Sequence[str]) -> None:
    count, suppliers = (int(text) for text in (*argv, *("50000", "1000")[len(argv) :]))
    store = Store(MemoryS3())
    publish(store, drawn(count, suppliers))
    before_mb = _peak_mb()
    began, busy = time.monotonic(), time.process_time()
    reports_of(store).make(DAY)
    took_s, busy_s = time.monotonic() - began, time.process_time() - busy
    print(f"{count} divergences, {suppliers} suppliers: {took_s:.1f} s ({busy_s:.1f} s of CPU)")
    print(f"peak {_peak_mb():.0f} MB, of which {before_mb:.0f} before")
    for name in ("relatorio.html", "divergencias.csv", "divergencias.xlsx"):
        stored = store.get(places.report_folder("output", DAY) / name)
        assert stored
        print(f"{name}: {len(stored.body) / 1e6:.1f} MB")


def drawn(count: int, suppliers: int) -> pl.DataFrame:
    """A third of each type; amounts and names as a day has them."""
    number = pl.int_range(count)
    kind = pl.Series(["TIPO_1", "TIPO_2", "TIPO_3"])
    frame = pl.select(number.alias("n")).with_columns(
        kind.gather(pl.Series(range(count)) % 3).alias("tipo_divergencia"),
        pl.format("F{}", number % suppliers).alias("fornecedor_id"),
    )
    in_file, in_base = (pl.col("tipo_divergencia") != absent for absent in ("TIPO_2", "TIPO_1"))
    cents = (pl.col("n") * 7919) % 1_000_000

    def where(side: pl.Expr, value: pl.Expr) -> pl.Expr:
        return pl.when(side).then(value)

    return frame.select(
        "tipo_divergencia",
        pl.lit("CAMPOS").alias("motivo"),
        pl.format("ORD-{}", "n").alias("ordem_id"),
        pl.lit("JOB-20260216-000001").alias("job_id"),
        where(in_file & in_base, pl.lit("nome,valor")).fill_null("").alias("campos_divergentes"),
        "fornecedor_id",
        where(in_file, pl.col("fornecedor_id")).alias("fornecedor_id_csv"),
        where(in_base, pl.col("fornecedor_id")).alias("fornecedor_id_base"),
        where(in_file, pl.format("Fulano de Tal {}", "n")).alias("nome_csv"),
        where(in_base, pl.format("Fulano de Tal S.A. {}", "n")).alias("nome_base"),
        where(in_file, pl.lit("PETR4")).alias("ativo_id_csv"),
        where(in_base, pl.lit("PETR4")).alias("ativo_id_base"),
        where(in_file, pl.lit(date(2026, 2, 16))).alias("data_csv"),
        where(in_base, pl.lit(date(2026, 2, 16))).alias("data_base"),
        where(in_file, decimal(cents, 18)).alias("valor_csv"),
        where(in_base, decimal(cents + 1, 18)).alias("valor_base"),
        decimal(where(in_file, cents).fill_null(0) - where(in_base, cents + 1).fill_null(0), 19).alias(
            "diferenca_valor"
        ),
        where(in_file, pl.col("n") + 2).alias("linha"),
        pl.lit("").alias("campos_so_invisiveis"),
    ).match_to_schema(DIVERGENCES)


def publish(store: Store, divergences: pl.DataFrame) -> None:
    day, of = PublishedDay(store, ()), {FINGERPRINT: "f"}
    etag = store.put(layout.published("output", DAY), to_parquet(divergences), of)
    gross = divergences.group_by("tipo_divergencia").agg(
        pl.len(), (pl.col("diferenca_valor").abs() * 100).cast(pl.Int64).sum().alias("cents")
    )
    net_cents = int((divergences["diferenca_valor"] * 100).cast(pl.Int64).sum())
    summary = {**day.summary(), "published_etag": etag}
    summary["types"] = dict(gross.select("tipo_divergencia", "len").iter_rows())
    summary["value_by_type_cents"] = dict(gross.select("tipo_divergencia", "cents").iter_rows())
    summary["totals"]["cents"] = {"file": net_cents, "base": 0, "difference": net_cents}
    summary["totals"]["lines"] |= {kind.lower(): count for kind, count in summary["types"].items()}
    store.put(layout.summary("output", DAY), to_json(summary), of)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])
