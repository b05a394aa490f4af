"""What `reconciliation-query` asks of the base, by name: the queries of the runbook and the messages.

A person gives a name and values, never a statement; a value is bound, and first has to be of its kind. Each
statement is run by a test on real servers. Source: runbook 2.2, 2.3, 2.5 and 4.5; `advice` for the messages.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from reconciliation import advice
from reconciliation.commands import invoke
from reconciliation.contract import KEY_MAX_CHARS
from reconciliation.deployment import Deployment
from reconciliation.errors import error
from reconciliation.wording import SAO_PAULO

FUNCTION: Final = "reconciliation-query"
ASKED: Final = "consulta"
"""The member of the function's event that names the query; the others are its parameters."""
TIMEOUT_S: Final = 300
"""Of the function, and so of the command: by itself AWS's command line asks again after a minute."""
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
"""What no server takes in a text, or no driver."""

_INDEXES = """
SELECT indexname, indexdef
FROM pg_indexes
WHERE tablename = 'transacoes' AND (indexdef LIKE '%ordem_id%' OR indexdef LIKE '%data%')
"""
_UNFINISHED = """
SELECT indexrelid::regclass AS indice
FROM pg_index
WHERE indrelid = 'transacoes'::regclass AND NOT indisvalid
"""
_USE = """
SELECT schemaname, relname, indexrelname, idx_scan, idx_tup_read, idx_tup_fetch
FROM pg_stat_user_indexes
WHERE indexrelname = 'idx_ordem_id'
"""
_BLOCKED = """
SELECT pid, state, wait_event_type, pg_blocking_pids(pid) AS bloqueado_por, now() - query_start AS ha
FROM pg_stat_activity
WHERE cardinality(pg_blocking_pids(pid)) > 0
  OR pid IN (
    SELECT pid FROM pg_locks
    WHERE relation = to_regclass('transacoes') AND granted AND mode = 'AccessExclusiveLock'
  )
"""
"""Who has the table to itself stays when the run that waited for it is over."""
_SESSIONS = "SELECT id, user, db, command, time, state FROM information_schema.processlist"
_DAY = """
SELECT max(data) AS data_mais_nova, count(CASE WHEN data >= %s AND data < %s THEN 1 END) AS linhas_do_dia
FROM <table>
"""


class Kind(NamedTuple):
    """A parameter's: what it must look like, in a pattern and in words, and one that does."""

    pattern: str
    said: str
    example: str


PARAMETERS: Final = {
    "dia": Kind(r"(19|2\d)\d{2}-\d{2}-\d{2}", "uma data AAAA-MM-DD", "2026-02-16"),
    "ordem_id": Kind(
        rf"(?s:.){{1,{KEY_MAX_CHARS}}}", f"um texto de 1 a {KEY_MAX_CHARS} caracteres", "ORD-12345"
    ),
    "valor": Kind(r"-?\d{1,40}(\.\d{1,20})?|NaN|-?Infinity", "um número, como 1234.56", "99999999999999999"),
}


@dataclass(frozen=True)
class Query:
    """One that only reads: its statement by engine, in which `%s` are the parameters' values, in order."""

    what: str
    statements: Mapping[str, str]
    """`<table>` is the table's name as SQL writes it, `<as>` the cast that its keys need."""
    parameters: tuple[str, ...] = ()
    of_rows: bool = True
    """Whether it reads the table's rows; the catalogue alone answers also while somebody locks the table. But
    `indices` waits as any reading does: pg_get_indexdef() and SHOW INDEX open the table."""


def _advised(name: str, what: str) -> Query:
    """A message's own, of either engine."""
    statements = {
        engine: advice.STATEMENTS.get(f"{engine}.{name}") or advice.STATEMENTS[name]
        for engine in ("postgres", "mysql")
    }
    return Query(what, statements)


QUERIES: Final = {
    "indices": Query(
        "os índices em ordem_id e em data",
        {
            "postgres": _INDEXES,
            "mysql": "SHOW INDEX FROM transacoes WHERE Column_name IN ('ordem_id', 'data')",
        },
        of_rows=False,
    ),
    "indices_incompletos": Query(
        "os índices que não ficaram prontos, e não valem", {"postgres": _UNFINISHED}, of_rows=False
    ),
    "uso_do_indice": Query(
        "se o índice em ordem_id é usado",
        {"postgres": _USE, "mysql": "EXPLAIN SELECT * FROM transacoes WHERE ordem_id = 'ORD-12345'"},
        of_rows=False,
    ),
    "bloqueios": Query(
        "quem espera por quem no banco, e quem tem a tabela só para si (MySQL: as sessões deste usuário)",
        {"postgres": _BLOCKED, "mysql": _SESSIONS},
        of_rows=False,
    ),
    "chaves_repetidas": _advised("find_repeated", "as chaves que impedem o índice único"),
    "linhas_sem_chave": _advised("find_without_key", "as linhas sem ordem_id"),
    "valores_fora": _advised("find_amounts", "os valores que numeric(18,2) mudaria"),
    "valores_em_texto": _advised("find_texts_of_valor", "os textos em valor que não são um valor"),
    "datas_em_texto": _advised("find_texts_of_data", "os textos em data que não são uma data"),
    "linhas_com_valor": Query(
        "as ordens com esse valor",
        dict.fromkeys(("postgres", "mysql"), "SELECT ordem_id FROM <table> WHERE valor = %s"),
        ("valor",),
    ),
    "ordem": Query(
        "as linhas de uma ordem, de qualquer data",
        dict.fromkeys(("postgres", "mysql"), "SELECT * FROM <table> WHERE ordem_id = %s"),
        ("ordem_id",),
    ),
    "dia_na_base": Query(
        "a data mais nova da base, e quantas linhas ela tem do dia",
        {"postgres": _DAY, "mysql": _DAY},
        ("dia",),
    ),
}
"""By the name that people give."""


class Wanted(NamedTuple):
    """A query that was asked for, with its values, each of its kind."""

    name: str
    query: Query
    given: dict[str, str]

    def statement(self, engine: str, table: str = "", cast: str = "") -> str:
        """Without the semicolon. Raises INVALID_INPUT where this engine has none."""
        if engine not in self.query.statements:
            raise error("INVALID_INPUT", f"a consulta {self.name} não existe em {engine}")
        text = self.query.statements[engine].replace("<table>", table).replace("<as>", cast)
        return text.strip().rstrip(";")

    def values(self, *, has_moments: bool) -> tuple[str, ...]:
        """What is bound. A day is two: where it begins and the next one does, in UTC of moments."""
        if day := self.given.get("dia"):
            return bounds(date.fromisoformat(day), has_moments=has_moments)
        return tuple(self.given[name] for name in self.query.parameters)


def wanted(event: Any) -> Wanted | None:
    """What an event asks for; None where it names no query. Raises INVALID_INPUT, which repeats no value."""
    given = dict(event) if isinstance(event, Mapping) else {}
    name = given.pop(ASKED, None)
    if name is None and not given:
        return None
    if not isinstance(name, str) or name not in QUERIES:
        raise error("INVALID_INPUT", f"{ASKED} é uma de: {', '.join(QUERIES)}")
    query = QUERIES[name]
    if set(given) != set(query.parameters):
        takes = ", ".join(query.parameters) or "parâmetro nenhum"
        raise error("INVALID_INPUT", f"a consulta {name} recebe {takes}, e nada mais")
    for parameter in query.parameters:
        _require(parameter, given[parameter])
    return Wanted(name, query, given)


def bounds(day: date, *, has_moments: bool) -> tuple[str, str]:
    """From and to before, as SQL writes them; the offset is today's, since people ask for days of now."""
    starts = [datetime.combine(day + timedelta(days=days), time(), SAO_PAULO) for days in (0, 1)]
    if has_moments:
        first, end = (f"{start.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for start in starts)
    else:
        first, end = (f"{start:%Y-%m-%d}" for start in starts)
    return first, end


def command(deployment: Deployment, name: str, **given: str) -> str:
    """What a person pastes to ask it. Raises INVALID_INPUT for a query or a value that is none."""
    event = {ASKED: name, **given}
    wanted(event)
    asked = shlex.quote(json.dumps(event, ensure_ascii=False))
    return invoke(deployment, FUNCTION, asked, timeout_s=TIMEOUT_S)


def _require(name: str, value: object) -> None:
    kind = PARAMETERS[name]
    is_text = isinstance(value, str) and not _UNSENDABLE.search(value)
    if not is_text or not re.fullmatch(kind.pattern, str(value), re.ASCII) or not _is_day(name, str(value)):
        raise error("INVALID_INPUT", f"{name} não é {kind.said}")


def _is_day(name: str, value: str) -> bool:
    """Whether the calendar has it; of another parameter it is."""
    try:
        return name != "dia" or bool(date.fromisoformat(value))
    except ValueError:
        return False
