"""`test-rds-connection`: how far a connection to the base gets, from where the jobs connect (runbook 2.3)."""

from dataclasses import asdict
from typing import Any

from reconciliation.access.checking import Check
from reconciliation.lifecycle.settings import BaseSettings


def handler(event: dict[str, Any] | None, _: object) -> dict[str, Any]:
    """`event`: `{"host"?, "port"?}`, or nothing. Answers checking.Reached's members.

    `indice_desatualizado` is among them only where one is.
    """
    settings = BaseSettings()
    check = Check(
        secret_id=settings.secret_id,
        read_endpoint=settings.read_endpoint,
        database_ca=settings.database_ca,
        window_days=settings.rules.window_days,
    )
    reached = asdict(check.run(event or {}))
    return {name: value for name, value in reached.items() if value or name != "indice_desatualizado"}
