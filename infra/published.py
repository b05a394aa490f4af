"""What is published, as Athena and the reference name it."""

from reconciliation.contract import COMPARED_TEXTS

_SIDES = ("csv", "base")
COLUMNS = (
    *((name, "string") for name in ("tipo_divergencia", "motivo", "ordem_id", "job_id")),
    ("campos_divergentes", "string"),
    ("fornecedor_id", "string"),
    *((f"{name}_{side}", "string") for name in COMPARED_TEXTS for side in _SIDES),
    *((f"data_{side}", "date") for side in _SIDES),
    *((f"valor_{side}", "decimal(18,2)") for side in _SIDES),
    ("diferenca_valor", "decimal(19,2)"),
    ("linha", "bigint"),
    ("campos_so_invisiveis", "string"),
)
"""Columns of `divergencias.parquet`, found by name."""
