"""reladiff, database to database: the file copied into a table, then both compared by checksums of segments.

Its rows are texts, of which it shows those that one side has and the other has not. It looks for no key
outside of the day that it is told, and takes a text of the base as it is stored.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

import psycopg2
from reladiff import Algorithm, connect_to_table, diff_tables

from benchmarks.peers.base import COMPARED, Task, task
from benchmarks.peers.postgresql import load

_TABLE = "supplier_file"
Values = tuple[str | None, ...]


def load_file(asked: Task) -> None:
    """Into a table that other sessions see, since reladiff has several."""
    connection = psycopg2.connect(asked.url)
    with connection, connection.cursor() as cursor:
        load(cursor, asked)
        cursor.execute(f"drop table if exists {_TABLE}")
        columns = "ordem_id, fornecedor_id, nullif(nome, '') as nome, ativo_id, data, valor"
        cursor.execute(f"create table {_TABLE} as select {columns} from file")  # noqa: S608 - constants
        cursor.execute(f"alter table {_TABLE} add primary key (ordem_id)")
        cursor.execute(f"analyze {_TABLE}")
    connection.close()


def differences(asked: Task) -> Iterator[tuple[str, Values]]:
    """Rows with `-` from the file, `+` from the base: the key, then the compared columns."""
    file = connect_to_table(asked.url, _TABLE, "ordem_id", thread_count=2)
    base = connect_to_table(
        asked.url, "transacoes", "ordem_id", thread_count=2, where=f"data = '{asked.day}'"
    )
    how = {"algorithm": Algorithm.HASHDIFF, "skip_sort_results": True}  # it cannot sort a NULL beside a text
    with diff_tables(file, base, extra_columns=COMPARED, **how) as found:
        yield from found
    for table in (file, base):
        table.database.close()  # else its sessions hold locks on what is dropped next


def answer(found: Iterable[tuple[str, Values]]) -> Iterator[tuple[str, str, str, Decimal]]:
    """The two rows of a key as one divergence."""
    sides: dict[str | None, dict[str, Values]] = defaultdict(dict)
    for sign, (key, *values) in found:
        sides[key][sign] = tuple(values)
    for key, rows in sides.items():
        file, base = rows.get("-"), rows.get("+")
        tipo = "TIPO_1" if base is None else "TIPO_2" if file is None else "TIPO_3"
        pairs = zip(COMPARED, file or (), base or (), strict=False)
        fields = ",".join(name for name, one, other in pairs if one != other)
        yield tipo, str(key), fields, _money(file) - _money(base)


def _money(values: Values | None) -> Decimal:
    return Decimal(values[-1] or 0) if values else Decimal(0)


def main() -> None:
    asked = task()
    load_file(asked)
    with asked.out.open("w", newline="") as to:
        writer = csv.writer(to)
        writer.writerow(("tipo_divergencia", "ordem_id", "campos_divergentes", "diferenca_valor"))
        writer.writerows(answer(differences(asked)))
    with psycopg2.connect(asked.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"drop table {_TABLE}")


if __name__ == "__main__":
    main()
