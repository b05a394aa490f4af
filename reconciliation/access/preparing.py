"""How table, indexes, reading user and extension come into being, step by step (docs/base.md).

A step looks first, makes only what is missing, and looks again: what it tells was seen. So each may be
repeated, and goes on where an earlier try ended. What is there and is different is refused, never changed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, get_args

from reconciliation.adapters.database import preflight, unprepared
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import Secret, user_at
from reconciliation.adapters.database.session import Index, Owner, Session
from reconciliation.adapters.database.table import Table
from reconciliation.contract import TABLE
from reconciliation.errors import Code, ReconciliationError, error

Action = Literal[
    "verificar", "tudo", "criar_tabela", "criar_indices", "criar_usuario", "trocar_senha", "criar_extensao",
    "inserir_linhas_de_teste", "remover_linhas_de_teste",
]  # fmt: skip
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
State = Literal["feito", "nada_a_fazer", "falta", "recusado"]
MAKING: Final = Limits(340)
"""Of one index: two of a large table, the waits for locks, and the rest fit into a function's 15 minutes."""
_READING = Limits(10)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of a step; `codigo` is that of a refusal."""

    passo: str
    estado: State
    detalhe: str
    codigo: Code | None = None

    @classmethod
    def refused(cls, step: str, failure: ReconciliationError) -> "Outcome":
        return cls(step, "recusado", str(failure), failure.code)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """`codigo` is that of the first refusal."""

    ok: bool
    acao: Action
    codigo: Code | None
    passos: list[Outcome]


@dataclass(frozen=True)
class Step:
    """`found` says what is there, None where it is missing, and raises what stands in the way.

    `instead` says what stands in the place of what is missing.
    """

    name: str
    found: Callable[[], str | None]
    make: Callable[[], None]
    instead: Callable[[], str] = str


def action_of(event: Any) -> Action:
    """Raises INVALID_INPUT for anything but `{"acao": …}` with a name of ACTIONS."""
    given = event.get("acao") if isinstance(event, dict) and set(event) == {"acao"} else None
    action = next((action for action in ACTIONS if action == given), None)
    if action is None:
        raise error("INVALID_INPUT", f'escreva só {{"acao": "…"}}, com uma destas: {", ".join(ACTIONS)}')
    return action


def answer(event: Any, *, place: Secret, secret_id: str, owner_secret_id: str, database_ca: str) -> Prepared:
    """A failure of the base is an answer, and not raised. Raises INVALID_INPUT for an event that is none."""
    action = action_of(event)
    reader, owner = partial(user_at, place, secret_id), partial(user_at, place, owner_secret_id)
    outcomes = prepare(action, reader, owner, database_ca)
    refused = [outcome for outcome in outcomes if outcome.codigo]
    for outcome in refused:  # its texts hold no secret
        _log.warning("prepare_base acao=%s passo=%s %s", action, outcome.passo, outcome.detalhe)
    return Prepared(
        ok=all(outcome.estado in ("feito", "nada_a_fazer") for outcome in outcomes),
        acao=action,
        codigo=refused[0].codigo if refused else None,
        passos=outcomes,
    )


def prepare(
    action: Action,
    reader: Callable[[], Secret],
    owner: Callable[[], Secret],
    database_ca: str,
    making: Limits = MAKING,
) -> list[Outcome]:
    """What became of each step, in their order; the first one refused is the last.

    `reader` and `owner` fetch their secrets, the owner's a second time where its password was just renewed.
    """
    step = "segredo"
    try:
        reading, owning = reader(), owner()
        step = "conexao_do_dono"
        with session(engine_of(owning), owning, making, database_ca, renewed=owner) as connected:
            return Preparation(connected, reading, database_ca).run(action)
    except ReconciliationError as exc:
        return [Outcome.refused(step, exc)]


class Preparation:
    """The steps on one connection of the owner's; `reader` is the secret of the user that will read."""

    def __init__(self, connected: Session, reader: Secret, database_ca: str) -> None:
        self._session = connected
        self._owner: Owner = connected.owner()
        self._reader, self._ca = reader, database_ca
        self._user, self._password = str(reader["username"]), str(reader["password"])

    def run(self, action: Action) -> list[Outcome]:
        """Raises what keeps all of them from being tried."""
        if action == "verificar":
            return [self._outcome(step, only_look=True) for step in self._steps(action)]
        outcomes: list[Outcome] = []
        with self._owner.alone():
            for step in self._steps(action):
                outcomes.append(self._outcome(step, only_look=False))
                if outcomes[-1].codigo:
                    break
        return outcomes

    def _steps(self, action: Action) -> list[Step]:
        table = [Step("tabela", self._found_table, self._owner.create_table)]
        indexes = [
            self._index("indice_unico", "idx_ordem_id", self._found_key_index),
            self._index("indice_data", "idx_data", self._found_date_index),
        ]
        user = [
            Step("usuario", self._found_user, lambda: self._owner.create_user(self._user, self._password)),
            Step("leitura", self._found_reading, self._grant_reading),
        ]
        password = [
            Step("senha", self._found_password, lambda: self._owner.set_password(self._user, self._password))
        ]
        extension = [Step("extensao", self._found_extension, self._owner.create_extension)]
        test_rows = "linhas_de_teste"
        every = [*table, *indexes, *user, *extension]
        return {
            "verificar": every,
            "tudo": every,
            "criar_tabela": table,
            "criar_indices": indexes,
            "criar_usuario": user,
            "trocar_senha": password,
            "criar_extensao": extension,
            "inserir_linhas_de_teste": [Step(test_rows, self._found_test_rows, self._owner.put_test_rows)],
            "remover_linhas_de_teste": [Step(test_rows, self._found_none, self._owner.take_test_rows)],
        }[action]

    def _outcome(self, step: Step, *, only_look: bool) -> Outcome:
        try:
            found = step.found()
            if found is not None:
                return Outcome(step.name, "nada_a_fazer", found)
            if only_look:
                return Outcome(step.name, "falta", step.instead())
            step.make()
            found = step.found()
        except ReconciliationError as exc:
            return Outcome.refused(step.name, exc)
        except self._session.errors as exc:
            return Outcome.refused(step.name, self._session.failure(exc))
        if found is None:
            return Outcome.refused(step.name, unprepared.not_seen(step.name))
        return Outcome(step.name, "feito", found)

    def _found_table(self) -> str | None:
        """Raises E_BASE_SCHEMA for the first column that a run would refuse."""
        table = self._owner.table()
        if table is None:
            return None
        preflight.require_columns(self._session.engine, table)
        return f"{table.name}, com as colunas do contrato"

    def _found_key_index(self) -> str | None:
        """Raises E_BASE_NO_UNIQUE_INDEX for a table that can have none, or whose indexes are outdated."""
        table = self._owner.table()
        if table is None:
            return None
        if table.outdated:
            raise preflight.outdated_index(self._session.engine, table)
        if not table.has_unique_key and table.parts:
            raise preflight.no_unique_key(self._session.engine, table)
        return f"índice único em {table.name}(ordem_id)" if table.has_unique_key else None

    def _found_date_index(self) -> str | None:
        table = self._owner.table()
        return f"índice em {table.name}(data)" if table and preflight.finds_dates(table) else None

    def _index(self, step: str, index: Index, found: Callable[[], str | None]) -> Step:
        return Step(
            step,
            found,
            lambda: self._owner.create_index(index, self._table()),
            lambda: unprepared.unfinished(index) if self._owner.is_unfinished(index) else "",
        )

    def _table(self) -> Table:
        table = self._owner.table()
        if table is None:
            raise unprepared.no_table_yet()
        return table

    def _found_user(self) -> str | None:
        """Raises RDS_AUTH for one that may write, or has another password."""
        harmless = self._owner.is_harmless(self._user)
        if harmless is None:
            return None
        if not harmless:
            raise unprepared.not_only_reading(self._user)
        if not self._enters():
            raise unprepared.another_password(self._user)
        return f"{self._user} entra com a senha do segredo, e só lê"

    def _found_password(self) -> str | None:
        """Raises RDS_AUTH where there is no such user, or one that may write."""
        harmless = self._owner.is_harmless(self._user)
        if harmless is None:
            raise unprepared.no_user_yet(self._user)
        if not harmless:
            raise unprepared.not_only_reading(self._user)
        return f"{self._user} entra com a senha do segredo" if self._enters() else None

    def _found_reading(self) -> str | None:
        """It begins as a run does. Raises RDS_AUTH for a user that does not enter: its rights are unseen."""
        if self._owner.table() is None or self._owner.is_harmless(self._user) is None:
            return None
        if self._admitted(self._reader, lambda connected: connected.begin()):
            return f"{self._user} lê {TABLE}"
        if not self._enters():
            raise unprepared.reading_unseen(self._user)
        return None

    def _grant_reading(self) -> None:
        self._table()
        self._owner.grant_reading(self._user)

    def _enters(self) -> bool:
        return self._admitted(self._owner.without_rights(self._reader), lambda _: None)

    def _admitted(self, secret: Secret, tried: Callable[[Session], None]) -> bool:
        """Whether the reader's password, and in `tried` its rights, are not refused."""
        try:
            with session(type(self._session), secret, _READING, self._ca) as connected:
                tried(connected)
        except ReconciliationError as exc:
            if exc.code != "RDS_AUTH":
                raise
            return False
        return True

    def _found_extension(self) -> str | None:
        there = self._owner.extension()
        if there == "unknown":
            return "pg_stat_statements não existe neste servidor; nenhuma execução depende dela"
        return "pg_stat_statements" if there == "there" else None

    def _found_test_rows(self) -> str | None:
        """Raises INVALID_INPUT for a table with other rows."""
        self._table()
        some, tests = self._owner.count_rows()
        if some > tests:
            raise unprepared.in_use()
        return f"{tests} linhas de teste em {TABLE}" if tests else None

    def _found_none(self) -> str | None:
        self._table()
        return None if self._owner.count_rows()[1] else f"nenhuma linha de teste em {TABLE}"
