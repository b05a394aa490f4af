"""Tables cut by dates, in each shape that an engine has: made, filled, and read by a window."""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from local.postgres import READER
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.cases.case import DAY
from tests.database.bases import snapshot
from tests.database.conftest import Server
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow

WINDOW_DAYS = 31
NEAR, FAR = (timedelta(days=n) for n in (WINDOW_DAYS, WINDOW_DAYS + 1))
FOUR = "fornecedor_id varchar(255), ordem_id varchar(255), nome varchar(255), ativo_id varchar(255)"
CREATE = f"CREATE TABLE transacoes ({FOUR}, data {{}}, valor numeric(18,2){{}})"
LAST_DAYS = [DAY + timedelta(days=n) for n in (-40, -32, -31, -2, -1, 0, 1, 30, 31, 32)]
"""Of the partitions, each of which ends with one of these."""
IN_SCOPE: dict[str, Any] = {"max_rejected_share": 1, "base_unique": "in_scope"}


def of_postgres(data: str, *, sub: str = "") -> list[str]:
    """A partition for rows of no other, one for each range, and where wanted the first of them in two."""
    ends = [day + timedelta(days=1) for day in LAST_DAYS]
    return [
        CREATE.format(data, "") + " PARTITION BY RANGE (data)",
        "CREATE TABLE elsewhere PARTITION OF transacoes DEFAULT",
        *(
            f"CREATE TABLE p{n} PARTITION OF transacoes FOR VALUES FROM ('{first}') TO ('{end}')"
            f"{sub and f' PARTITION BY {sub}'}"
            for n, (first, end) in enumerate(pairwise(ends))
        ),
        *(
            f"CREATE TABLE p{n}_{half} PARTITION OF p{n} FOR VALUES WITH (MODULUS 2, REMAINDER {half})"
            for n in range(len(ends) - 1)
            for half in range(2)
            if sub
        ),
        f"GRANT SELECT ON transacoes TO {READER}",
    ]


def of_mysql(data: str, by: str, values: str = "'{}'", *, more: str = "", sub: str = "") -> list[str]:
    parts = ", ".join(
        f"PARTITION p{n} VALUES LESS THAN ({values.format(day + timedelta(days=1))})"
        for n, day in enumerate(LAST_DAYS)
    )
    everything = "(MAXVALUE)" if "COLUMNS" in by else "MAXVALUE"
    return [
        f"{CREATE.format(data, more)} PARTITION BY RANGE {by} {sub}"
        f" ({parts}, PARTITION elsewhere VALUES LESS THAN {everything})"
    ]


ON_POSTGRES = {
    "dates": of_postgres("date"),
    "moments": of_postgres("timestamptz"),
    "clock times": of_postgres("timestamp"),
    "in two": of_postgres("date", sub="HASH (ordem_id)"),
}
ON_MYSQL = {
    "dates": of_mysql("date", "COLUMNS (data)"),
    "clock times": of_mysql("datetime", "COLUMNS (data)"),
    "days": of_mysql("date", "(TO_DAYS(data))", "TO_DAYS('{}')"),
    "in two": of_mysql(
        "date", "(TO_DAYS(data))", "TO_DAYS('{}')", sub="SUBPARTITION BY HASH (YEAR(data)) SUBPARTITIONS 2"
    ),
    "moments": of_mysql("timestamp NULL", "(UNIX_TIMESTAMP(data))", "UNIX_TIMESTAMP('{} 00:00:00')"),
}
TABLES = {"postgres": ON_POSTGRES, "mysql": ON_MYSQL}
KEYED = of_mysql("date NOT NULL", "COLUMNS (data)", more=", PRIMARY KEY (ordem_id, data)")

SHAPES = pytest.mark.parametrize(
    ("started", "shape"),
    [
        (name, shape)
        for name in ("postgres", "mariadb", "mysql")
        for shape in (ON_POSTGRES if name == "postgres" else ON_MYSQL)
    ],
    indirect=["started"],
)
"""Each server with each shape that it has."""


def made(server: Server, table: Sequence[str]) -> None:
    server.execute("DROP TABLE IF EXISTS transacoes", *table)


def opened(server: Server) -> Callable[..., AbstractContextManager[Any]]:
    return lambda: snapshot(server.secret, 60, window_days=WINDOW_DAYS)


def code_of_day(server: Server, file: bytes) -> str | None:
    try:
        run_day(file, [], Rules(**IN_SCOPE), open_base=opened(server))
    except ReconciliationError as exc:
        return exc.code
    return None


def filled(server: Server, base: Sequence[BaseRow]) -> list[BaseRow]:
    """The rows that the table took; a date becomes the first moment of that day in São Paulo."""
    zone = {"postgres": "SET TimeZone = 'America/Sao_Paulo'", "mysql": "SET time_zone = '-03:00'"}
    taken = []
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(zone[server.engine])
        cursor.execute("DELETE FROM transacoes")
        for row in base:
            try:
                cursor.execute("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", row)
            except Exception as exc:  # the driver's own: a key too long, a moment that no timestamp holds
                assert re.search("too long|Incorrect datetime", str(exc)), exc
            else:
                taken.append(row)
    connection.close()
    return taken
