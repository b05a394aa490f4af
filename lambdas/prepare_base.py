"""`reconciliation-prepare-base`: table, indexes, reading user and extension of a created database."""

from dataclasses import asdict
from typing import Any

from reconciliation.access import preparing
from reconciliation.lifecycle.settings import BaseSettings


def handler(event: Any, _: object) -> dict[str, Any]:
    """`event`: `{"acao": …}`, one of `preparing.ACTIONS`.

    Answers `{ok, acao, codigo, passos [{passo, estado, detalhe, codigo}]}`. Raises INVALID_INPUT.
    """
    settings = BaseSettings()
    answered = preparing.answer(
        event,
        place=settings.database,
        secret_id=settings.secret_id,
        owner_secret_id=settings.owner_secret_id,
        database_ca=settings.database_ca,
    )
    return asdict(answered)
