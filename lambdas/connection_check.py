"""`test-rds-connection`: how far a connection to the base gets, from where the jobs connect (runbook 2.3)."""

from typing import Any

from reconciliation.access.checking import Check
from reconciliation.lifecycle.settings import BaseSettings


def handler(event: dict[str, Any] | None, _: object) -> dict[str, Any]:
    """`event`: `{"host"?, "port"?}`, or nothing. Answers `checking.Reached.told`."""
    settings = BaseSettings()
    check = Check(
        secret_id=settings.secret_id,
        read_endpoint=settings.read_endpoint,
        database_ca=settings.database_ca,
        window_days=settings.rules.window_days,
    )
    return check.run(event or {}).told()
