"""What a column is called in the files that people open. Portuguese; what is published keeps its names."""

from collections.abc import Mapping
from typing import Final

_SIDES: Final = {"_csv": " no arquivo", "_base": " na base"}
_OF_BUSINESS: Final = {
    "tipo_divergencia": "Tipo",
    "ordem_id": "Ordem",
    "fornecedor_id": "Fornecedor",
    "ativo_id": "Ativo",
    "job_id": "Execução",
    "campos_divergentes": "O que difere",
    "campos_so_invisiveis": "O que difere e não se vê",
    "diferenca_valor": "Diferença",
}
_OF_SUPPLIER: Final = {
    "situacao": "situação",
    "codigo": "código",
    "detalhe": "motivo",
    "campos_divergentes": "o que difere",
    "diferenca_valor": "diferença",
}


def of_business(column: str) -> str:
    """As the report's table has it: `valor_base` as `Valor na base`."""
    return _worded(column, _OF_BUSINESS).capitalize()


def of_supplier(column: str) -> str:
    """A column of the supplier's file keeps that name: `ativo_id_csv` is `ativo_id no arquivo`."""
    return _worded(column, _OF_SUPPLIER)


def _worded(column: str, words: Mapping[str, str]) -> str:
    for ending, side in _SIDES.items():
        if column.endswith(ending):
            name = column.removesuffix(ending)
            return f"{words.get(name, name)}{side}"
    return words.get(column, column)
