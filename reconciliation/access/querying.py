"""The runbook's queries, asked as the jobs' reader from where the jobs connect, by who has a command line.

Nothing is written: the transaction only reads, and the user may do no more. The rows are the caller's alone:
no log has one, or a value that was asked for.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from reconciliation import queries
from reconciliation.adapters.database import preflight
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import read_secret
from reconciliation.adapters.database.session import Session
from reconciliation.errors import Code, ReconciliationError
from reconciliation.queries import PARAMETERS, QUERIES, Wanted

ROWS_MAX: Final = 100
CHARS_MAX: Final = 100_000
"""Of all values together, at most four bytes each: an answer of Lambda's may have 6 MB."""
VALUE_CHARS_MAX: Final = 1_000
_LIMITS = Limits(queries.TIMEOUT_S - 60)
"""What is left is for connecting and for a lock that is waited for."""

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Answered:
    """`linhas` by `colunas`, as the server writes the values; `cortado` where there is more than is shown.

    `codigo` is None, or the code by which a run would fail there, with `mensagem` as its alert has it.
    """

    ok: bool = True
    consulta: str | None = None
    codigo: Code | None = None
    mensagem: str = ""
    engine: str | None = None
    colunas: list[str] = field(default_factory=list)
    linhas: list[list[str | None]] = field(default_factory=list)
    cortado: bool = False
    ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Where the jobs read, and as whom."""

    secret_id: str
    read_endpoint: str
    database_ca: str
    limits: Limits = _LIMITS

    def answer(self, event: Any) -> Answered:
        """A failure is an answer, and not raised. Without a query: those that there are."""
        began = time.monotonic()
        answered = Answered()
        try:
            if wanted := queries.wanted(event):
                answered.consulta = wanted.name
                self._ask(wanted, answered)
            else:
                _list(answered)
        except ReconciliationError as exc:
            answered.ok, answered.codigo, answered.mensagem = False, exc.code, str(exc)
        answered.ms = round((time.monotonic() - began) * 1000)
        _log.warning(
            "query consulta=%s codigo=%s linhas=%d ms=%d",
            *(answered.consulta, answered.codigo, len(answered.linhas), answered.ms),
        )
        return answered

    def _ask(self, wanted: Wanted, answered: Answered) -> None:
        """Raises the base's codes, and INVALID_INPUT for a query that the engine does not have."""
        secret = read_secret(self.secret_id, self.read_endpoint)
        engine = engine_of(secret)
        answered.engine = engine.engine
        wanted.statement(engine.engine)  # before anything is asked of the network
        with session(engine, secret, self.limits, self.database_ca) as connected:
            columns, rows = connected.answer(*_statement(wanted, connected))
            answered.colunas = columns
            answered.cortado = _take(rows, answered.linhas)


def _statement(wanted: Wanted, connected: Session) -> tuple[str, tuple[str, ...]]:
    """With its values, in the transaction that it wants: that of the jobs, where it reads what they read."""
    if not wanted.query.of_rows:
        connected.look()
        return wanted.statement(connected.engine), ()
    connected.begin()
    table = connected.table()
    if table.outdated and "ordem_id" in wanted.query.parameters:  # "no such order" could be untrue
        raise preflight.outdated_index(connected.engine, table)
    key = table.columns.get("ordem_id")
    cast = f"::{key.castable}" if key and key.base == "citext" else ""
    statement = wanted.statement(connected.engine, table.name, cast)
    return statement, wanted.values(has_moments=table.has_moments)


def _take(rows: Iterator[tuple[str | None, ...]], into: list[list[str | None]]) -> bool:
    """As many as the limits allow; answers whether anything is left out."""
    room, is_cut = CHARS_MAX, False
    for row in rows:
        shown = [_shown(value) for value in row]
        room -= sum(len(value or "") for value in shown)
        if len(into) == ROWS_MAX or room < 0:
            return True
        into.append(shown)
        is_cut |= shown != list(row)
    return is_cut


def _shown(value: str | None) -> str | None:
    return f"{value[:VALUE_CHARS_MAX]}…" if value and len(value) > VALUE_CHARS_MAX else value


def _list(answered: Answered) -> None:
    answered.colunas = [queries.ASKED, "mostra", "parametros", "engines"]
    answered.linhas = [
        [
            name,
            query.what,
            ", ".join(f"{parameter}: {PARAMETERS[parameter].said}" for parameter in query.parameters),
            ", ".join(query.statements),
        ]
        for name, query in QUERIES.items()
    ]
