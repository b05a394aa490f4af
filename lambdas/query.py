"""`reconciliation-query`: one of the runbook's queries, by its name, as the jobs' reader (runbook 4.5)."""

from dataclasses import asdict
from typing import Any

from reconciliation.access.querying import Asking
from reconciliation.lifecycle.settings import BaseSettings


def handler(event: Any, _: object) -> dict[str, Any]:
    """`event`: `{"consulta": …}` and the query's parameters; nothing for the list of those that there are.

    Answers `{ok, consulta, codigo, mensagem, engine, colunas, linhas, cortado, ms}`.
    """
    settings = BaseSettings()
    asking = Asking(
        secret_id=settings.secret_id,
        read_endpoint=settings.read_endpoint,
        database_ca=settings.database_ca,
    )
    return asdict(asking.answer(event))
