"""The columns of every frame. Source: docs/design.md, and the interface document for what is published."""

from typing import Final

import polars as pl

from reconciliation.contract import COLUMNS, TEXTS, VALOR_SCALE

_TEXTS: Final[dict[str, type[pl.DataType]]] = dict.fromkeys(TEXTS, pl.String)
_MONEY: Final = pl.Decimal(18, VALOR_SCALE)

LINE: Final = pl.Schema([(name, pl.String) for name in COLUMNS])
"""A line's six fields as they stand in the file."""

BASE: Final = pl.Schema([*_TEXTS.items(), ("data", pl.Date), ("valor_cents", pl.Int64)])
"""A base row: texts trimmed and never null, `data` and `valor_cents` null where the base has NULL."""

FOUND: Final = pl.Schema([*BASE.items(), ("padded_key", pl.String), ("absurd_date", pl.Boolean)])
"""A base row as it was read: `padded_key` is the key as it is stored, where blanks surround it, else null;
`absurd_date` says that `data` is null because nobody could compare with what stands there."""

PADDED: Final = pl.Schema({"ordem_id": pl.String, "padded_key": pl.String})
"""A key that the base stores with blanks about it: trimmed, and as it is stored."""

VALID: Final = pl.Schema([*BASE.items(), ("linha", pl.Int64)])
"""A valid row of the file: nothing is null; `linha` is its line number, the header's being 1."""

IDENTICAL: Final = pl.Schema({"linha": pl.Int64, "contada": pl.Int64})
"""A line that says again what the line `contada` said, which is the one that counts."""

PUBLISHED_REJECTS: Final = pl.Schema(
    {"linha": pl.Int64, "codigo": pl.String, "detalhe": pl.String, "ordem_id": pl.String}
)
"""A refused line as it is published; `ordem_id` is null where the line has none."""

REJECTS: Final = pl.Schema([*PUBLISHED_REJECTS.items(), ("fornecedor_id", pl.String)])
"""A refused line on its way; `fornecedor_id` is null where the line has no six fields, or an empty one."""

SUPPLIERS: Final = pl.Schema(
    {
        "fornecedor_id": pl.String,
        "file_keys": pl.Int64,
        "file_cents": pl.Int128,
        "refused_lines": pl.Int64,
        "base_rows": pl.Int64,
        "base_cents": pl.Int128,
    }
)
"""What a supplier has of the good lines, the refused ones (conflicts too) and the base rows in scope."""

DIVERGENCES: Final = pl.Schema(
    [
        ("tipo_divergencia", pl.String),
        ("motivo", pl.String),
        ("ordem_id", pl.String),
        ("job_id", pl.String),
        ("campos_divergentes", pl.String),
        ("fornecedor_id", pl.String),
        ("fornecedor_id_csv", pl.String),
        ("fornecedor_id_base", pl.String),
        ("nome_csv", pl.String),
        ("nome_base", pl.String),
        ("ativo_id_csv", pl.String),
        ("ativo_id_base", pl.String),
        ("data_csv", pl.Date),
        ("data_base", pl.Date),
        ("valor_csv", _MONEY),
        ("valor_base", _MONEY),
        ("diferenca_valor", pl.Decimal(19, VALOR_SCALE)),
        ("linha", pl.Int64),
        ("campos_so_invisiveis", pl.String),
    ]
)
"""A divergence as it is published, sorted by `tipo_divergencia, ordem_id`."""
