"""Drawn days whose base stands on a real server."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings

from tests.database.bases import snapshot
from tests.database.conftest import Server
from tests.depth import at_depth
from tests.jobs.against_oracle import check_day
from tests.oracle import BaseRow
from tests.strategies import SmallDay

ON_SERVERS = settings(
    max_examples=at_depth(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def filled(server: Server, column: str, base: Sequence[BaseRow]) -> list[BaseRow]:
    """The rows that the table took: its index may call two keys equal, its column be too short for one."""
    change = {"postgres": "ALTER COLUMN ordem_id TYPE", "mysql": "MODIFY ordem_id"}[server.engine]
    taken = []
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM transacoes")
        cursor.execute(f"ALTER TABLE transacoes {change} {column}")
        if server.engine == "mysql":
            cursor.execute("SET sql_mode = ''")
        for row in base:
            if len(row.ordem_id or "") > 255:
                continue
            try:
                cursor.execute("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", row)
            except Exception as exc:  # the driver's own, of either
                assert "uplicate" in str(exc), exc
            else:
                taken.append(row)
    connection.close()
    return taken


def opened(server: Server) -> Callable[..., AbstractContextManager[Any]]:
    return lambda: snapshot(server.secret, 60)


def check(server: Server, day: SmallDay, column: str, readers: int = 1) -> None:
    base = filled(server, column, day.base)
    check_day(
        day.file,
        base,
        Fraction(1),
        partitions=3,
        cut_bytes=200,
        base_readers=readers,
        open_base=opened(server),
    )
