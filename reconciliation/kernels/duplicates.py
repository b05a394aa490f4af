"""The lines of one key: identical ones count once, differing ones are all refused."""

from typing import NamedTuple

import polars as pl

from reconciliation.kernels.schemas import REJECTS

_CODE, _DETAIL = "E_DUP_CONFLICT", "linhas com o mesmo ordem_id e campos diferentes"


class Resolved(NamedTuple):
    """`valid` has each key once, with its lowest line; `conflicts` has a reject per line involved."""

    valid: pl.DataFrame
    conflicts: pl.DataFrame
    identical_count: int


def resolve(valid: pl.DataFrame) -> Resolved:
    """All the good lines of a partition, decided for good; sorted by line."""
    is_repeated = valid["ordem_id"].is_duplicated()
    if not is_repeated.any():
        return Resolved(valid.sort("linha"), REJECTS.to_frame(), 0)
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
    unique = pl.concat([valid.filter(~is_repeated), kept]).sort("linha")
    return Resolved(unique, conflicts, repeated.height - conflicts.height - kept.height)
