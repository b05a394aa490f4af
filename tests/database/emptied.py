"""A server as RDS hands it over: empty, with an owner that is no superuser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from reconciliation.access.preparing import MAKING, Action, Outcome, prepare
from reconciliation.adapters.database.limits import Limits
from tests.database.conftest import Server

OWNER, USER = "dona", "leitora"
_PASSWORD = "0f-the-0wner"
_OWNED = {
    "postgres": (
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB PASSWORD '{_PASSWORD}'",
        f"GRANT pg_read_all_stats TO {OWNER}",
        f"GRANT CREATE ON SCHEMA public TO {OWNER}",
        f"GRANT CREATE ON DATABASE conciliacao TO {OWNER}",
    ),
    "mysql": (
        f"CREATE USER {OWNER}@'%' IDENTIFIED BY '{_PASSWORD}'",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER,"
        f" CREATE VIEW, SHOW VIEW, CREATE USER ON *.* TO {OWNER}@'%' WITH GRANT OPTION",
    ),
}
_LEAVE = {
    "postgres": (
        'DROP SCHEMA IF EXISTS outro, "Outro", copia CASCADE',
        "DROP EXTENSION IF EXISTS pg_stat_statements",
        f"DROP OWNED BY {OWNER} CASCADE",
        f"DROP ROLE IF EXISTS {USER}",
        f"DROP ROLE {OWNER}",
    ),
    "mysql": (f"DROP USER IF EXISTS {USER}@'%'", f"DROP USER {OWNER}@'%'"),
}


@dataclass(frozen=True)
class Empty:
    """`reader` is the secret of the user that is to be made."""

    server: Server
    reader: dict[str, Any]

    @property
    def owner(self) -> dict[str, Any]:
        return {**self.reader, "username": OWNER, "password": _PASSWORD}

    def prepare(
        self, action: Action, ca: str = "", port: int = 0, making: Limits = MAKING, **reader: str
    ) -> list[Outcome]:
        """`port` of what stands before the server, where something does."""
        there = {"port": port or self.reader["port"]}
        return prepare(
            action, lambda: {**self.reader, **there, **reader}, lambda: {**self.owner, **there}, ca, making
        )

    def states(self, action: Action) -> dict[str, str]:
        return {outcome.passo: outcome.estado for outcome in self.prepare(action)}

    def refused(self, action: Action, making: Limits = MAKING) -> Outcome:
        """The last step, at which it ended."""
        outcome = self.prepare(action, making=making)[-1]
        assert outcome.estado == "recusado", outcome
        return outcome


@contextmanager
def emptied(server: Server) -> Iterator[Empty]:
    server.execute("DROP TABLE IF EXISTS transacoes", *_OWNED[server.engine])
    try:
        yield Empty(server, {**server.secret, "username": USER, "password": "n0b0dy-kn0ws-1t"})
    finally:
        server.execute("DROP TABLE IF EXISTS transacoes", *_LEAVE[server.engine])
