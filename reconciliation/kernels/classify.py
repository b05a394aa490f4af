"""One partition's keys, each classified once. Source: data contract, "Divergences"; runbook 2.5."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from reconciliation import advice
from reconciliation.contract import (
    AUSENTE_NA_BASE,
    AUSENTE_NO_CSV,
    CAMPOS,
    COMPARED,
    COMPARED_TEXTS,
    DUPLICATA_CONFLITANTE,
    LINHA_REJEITADA,
    TIPO_1,
    TIPO_2,
    TIPO_3,
)
from reconciliation.errors import error
from reconciliation.kernels.invisible import with_only_invisible
from reconciliation.kernels.money import decimal, total
from reconciliation.kernels.schemas import DIVERGENCES


@dataclass(frozen=True, kw_only=True)
class Classified:
    """`divergences` by the published schema, in any order; the rest as totals."""

    divergences: pl.DataFrame
    valid_keys: int
    base_in_scope: int
    equal: int
    file_cents: int
    base_cents: int
    difference_cents: int


def classify(
    valid: pl.DataFrame, rejects: pl.DataFrame, base: pl.DataFrame, reference: date, job_id: str
) -> Classified:
    """`valid` has each key once. Raises E_BASE_DUP_OR_NULL_KEY where `base` does not."""
    _require_unique_keys(base)
    joined = (
        valid.rename({"valor_cents": "valor"})
        .join(
            base.rename({"valor_cents": "valor"}).with_columns(pl.lit(value=True).alias("in_base")),
            on="ordem_id", how="full", suffix="_base", coalesce=True,
        )
        .filter(pl.col("linha").is_not_null() | (pl.col("data_base") == reference))
    )  # fmt: skip
    is_absent_in_base = pl.col("in_base").is_null()
    is_absent_in_file = pl.col("linha").is_null()
    # a NULL of the base equals nothing; texts have no nulls on either side
    differs = {name: (pl.col(name) != pl.col(f"{name}_base")).fill_null(value=True) for name in COMPARED}
    named = [pl.when(expr).then(pl.lit(name)) for name, expr in differs.items()]
    typed = joined.with_columns(
        pl.when(is_absent_in_base).then(pl.lit(TIPO_1))
        .when(is_absent_in_file).then(pl.lit(TIPO_2))
        .when(pl.any_horizontal(*differs.values())).then(pl.lit(TIPO_3))
        .alias("tipo_divergencia"),
        pl.concat_str(named, separator=",", ignore_nulls=True).alias("campos_divergentes"),
        (pl.col("valor").fill_null(0) - pl.col("valor_base").fill_null(0)).alias("difference"),
    )  # fmt: skip
    divergent = typed.filter(pl.col("tipo_divergencia").is_not_null())
    published = with_only_invisible(_published(divergent, rejects, job_id))
    return Classified(
        divergences=published.match_to_schema(DIVERGENCES),
        valid_keys=valid.height,
        base_in_scope=int(joined["in_base"].sum()),
        equal=typed.height - divergent.height,
        file_cents=total(joined["valor"]),
        base_cents=total(joined["valor_base"]),
        difference_cents=total(divergent["difference"]),
    )


def _require_unique_keys(base: pl.DataFrame) -> None:
    if base["ordem_id"].is_duplicated().any() or (base["ordem_id"] == "").any():
        raise error(
            "E_BASE_DUP_OR_NULL_KEY",
            "a base tem ordem_id repetido ou vazio, salvo brancos. As consultas acham as linhas a corrigir:"
            f" {advice.statement('find_repeated')} {advice.statement('find_without_key')}",
        )


def _published(divergent: pl.DataFrame, rejects: pl.DataFrame, job_id: str) -> pl.DataFrame:
    tipo = pl.col("tipo_divergencia")
    fields = pl.when(tipo == TIPO_3).then("campos_divergentes").otherwise(pl.lit(""))
    return divergent.select(
        tipo,
        _motivo(rejects).alias("motivo"),
        "ordem_id",
        pl.lit(job_id).alias("job_id"),
        fields.alias("campos_divergentes"),
        pl.coalesce("fornecedor_id", "fornecedor_id_base").alias("fornecedor_id"),
        *(
            expr
            for name in (*COMPARED_TEXTS, "data")
            for expr in (pl.col(name).alias(f"{name}_csv"), pl.col(f"{name}_base"))
        ),
        decimal(pl.col("valor"), 18).alias("valor_csv"),
        decimal(pl.col("valor_base"), 18).alias("valor_base"),
        decimal(pl.col("difference"), 19).alias("diferenca_valor"),
        "linha",
    )


def _motivo(rejects: pl.DataFrame) -> pl.Expr:
    """TIPO_2's reason says what the file had of the key, if it had anything."""
    named = rejects.filter(pl.col("ordem_id").is_not_null())
    conflicting = named.filter(pl.col("codigo") == "E_DUP_CONFLICT")["ordem_id"].unique()
    rejected = named["ordem_id"].unique()
    key, tipo = pl.col("ordem_id"), pl.col("tipo_divergencia")
    return (
        pl.when(tipo == TIPO_1).then(pl.lit(AUSENTE_NA_BASE))
        .when(tipo == TIPO_3).then(pl.lit(CAMPOS))
        .when(key.is_in(conflicting.implode())).then(pl.lit(DUPLICATA_CONFLITANTE))
        .when(key.is_in(rejected.implode())).then(pl.lit(LINHA_REJEITADA))
        .otherwise(pl.lit(AUSENTE_NO_CSV))
    )  # fmt: skip
