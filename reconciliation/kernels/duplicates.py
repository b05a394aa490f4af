"""The lines of one key: identical ones count once, differing ones are all refused."""

from typing import Final, NamedTuple

import polars as pl

from reconciliation.kernels.schemas import IDENTICAL, REJECTS

IN_FOOTER: Final = "identical"
"""By that name the identical lines are in the footer of a validated part, as a frame in text."""
_CODE, _DETAIL = "E_DUP_CONFLICT", "linhas com o mesmo ordem_id e campos diferentes"


class Resolved(NamedTuple):
    """`valid` has each key once, with its lowest line; `conflicts` has a reject per line involved.

    `identical` has the other lines of a key that say the same, by schema IDENTICAL.
    """

    valid: pl.DataFrame
    conflicts: pl.DataFrame
    identical: pl.DataFrame

    @property
    def identical_count(self) -> int:
        return self.identical.height


def resolve(valid: pl.DataFrame) -> Resolved:
    """All the good lines of a partition, decided for good; sorted by line."""
    is_repeated = valid["ordem_id"].is_duplicated()
    if not is_repeated.any():
        return Resolved(valid.sort("linha"), REJECTS.to_frame(), IDENTICAL.to_frame())
    repeated = valid.filter(is_repeated).sort("linha")
    content = [name for name in valid.columns if name != "linha"]
    distinct = repeated.unique(content, keep="first", maintain_order=True)
    is_conflicting = pl.col("ordem_id").is_in(
        distinct.filter(distinct["ordem_id"].is_duplicated())["ordem_id"].unique().implode()
    )
    conflicts = repeated.filter(is_conflicting).select(
        "linha", pl.lit(_CODE).alias("codigo"), pl.lit(_DETAIL).alias("detalhe"), "ordem_id", "fornecedor_id"
    )
    kept = distinct.filter(~is_conflicting)
    counted = kept.select("ordem_id", pl.col("linha").alias("contada"))
    identical = (
        repeated.join(counted, on="ordem_id", maintain_order="left")
        .filter(pl.col("linha") != pl.col("contada"))
        .select(IDENTICAL.names())
    )
    unique = pl.concat([valid.filter(~is_repeated), kept]).sort("linha")
    return Resolved(unique, conflicts, identical)
