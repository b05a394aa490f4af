"""The words of the data contract, each written once.

Source: runbook 2.1 (columns, separator, encoding), 2.5 (types of divergence).
"""

from collections.abc import Sequence
from typing import Final

TEXTS: Final = ("fornecedor_id", "ordem_id", "nome", "ativo_id")
COLUMNS: Final = (*TEXTS, "data", "valor")
SEPARATOR: Final = ";"
HEADER: Final = SEPARATOR.join(COLUMNS)

COMPARED_TEXTS: Final = tuple(name for name in TEXTS if name != "ordem_id")
COMPARED: Final = (*COMPARED_TEXTS, "data", "valor")
"""Fields compared once the key is on both sides, in the order in which `campos_divergentes` names them."""

TIPO_1: Final = "TIPO_1"
TIPO_2: Final = "TIPO_2"
TIPO_3: Final = "TIPO_3"
TYPES: Final = (TIPO_1, TIPO_2, TIPO_3)

AUSENTE_NA_BASE: Final = "AUSENTE_NA_BASE"
AUSENTE_NO_CSV: Final = "AUSENTE_NO_CSV"
LINHA_REJEITADA: Final = "LINHA_REJEITADA"
DUPLICATA_CONFLITANTE: Final = "DUPLICATA_CONFLITANTE"
CAMPOS: Final = "CAMPOS"

KEY_MAX_CHARS: Final = 255
LINE_MAX_BYTES: Final = 64 * 1024
VALOR_MAX_INTEGER_DIGITS: Final = 16
VALOR_SCALE: Final = 2
SUPPLIER_KEPT_CHARS: Final = 255
"""Of a supplier, as it is told: a line may hold one of 64 KiB, and an alert of 256 KiB can't be sent."""
SUPPLIERS_NAMED_MAX: Final = 10
"""In a sentence or a short list; the others are counted."""
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2999

TIME_ZONE: Final = "America/Sao_Paulo"
"""A moment's date is the date there."""

TABLE: Final = "transacoes"
KEY_INDEX: Final = "idx_ordem_id"

DATASET_LOOKBACK_DAYS: Final = 7
"""Days that an incremental refresh of `reconciliation-dataset` reads again; an older day needs a full one."""

COMPANIONS: Final = (
    ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lock",
    ".md5", ".sha1", ".sha256", ".sha512", ".sig", ".ok", ".done", ".ready", ".fin", ".ctl", ".flg", ".flag",
    "_$folder$", "_SUCCESS", ".DS_Store", "Thumbs.db",
)  # fmt: skip
"""What uploads leave beside the file: parts on their way, checksums, signs of the end, marks of folders."""


def is_no_file(s3_key: str, size_bytes: int, suffixes: Sequence[str]) -> bool:
    """A folder's mark, as the S3 console makes it, or a companion by its suffix: nobody is told of these."""
    is_folder = s3_key.endswith("/") and not size_bytes
    return is_folder or s3_key.lower().endswith(tuple(suffix.lower() for suffix in suffixes))
