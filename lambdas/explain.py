"""`reconciliation-explain`: what happened to one order (runbook 4.7)."""

from dataclasses import asdict
from functools import lru_cache
from typing import Any

from reconciliation.adapters.patience import PROMPT
from reconciliation.adapters.store import Store
from reconciliation.explaining.answering import Explaining
from reconciliation.lifecycle.settings import Settings


@lru_cache(maxsize=1)
def _explaining() -> Explaining:
    settings = Settings.from_env()
    return Explaining(
        store=Store(config=PROMPT),
        output_bucket=settings.output_bucket,
        intermediate_bucket=settings.intermediate_bucket,
    )


def handler(event: Any, _: object) -> dict[str, Any]:
    """`event`: `{"ordem_id": …, "dia": …, "desde": …}`, days `YYYY-MM-DD`; only the first is needed.

    Answers `{ok, codigo, mensagem, texto, explicacao {…}, lido {objetos, leituras, bytes, ms}}`.
    """
    return asdict(_explaining().answer(event))
