"""Why a part of a table, or a table one of whose parts is elsewhere, is not read. See `failures`."""

from collections.abc import Sequence

from reconciliation.adapters.database.naming import plain, some
from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError, error


def part_of(parent: str) -> ReconciliationError:
    return error(
        "E_BASE_SCHEMA", f"{TABLE} é uma partição de {plain(parent)}, e as demais linhas estão nas outras"
    )


def foreign_parts(names: Sequence[str]) -> ReconciliationError:
    """`names` as SQL writes them."""
    return error(
        "E_BASE_SCHEMA",
        f"{TABLE} tem partições que são foreign tables ({some(names)}), cujos dados estão em outro servidor,"
        " que os mostra em outro instante e por regras suas. Combine com quem mantém a tabela onde ficam"
        " essas linhas, ou leia de um export que as tenha (base_source = s3_export)",
    )
