"""`reconciliation-query` asked in process, with what Secrets Manager would answer."""

from dataclasses import asdict
from typing import Any

import pytest

from lambdas import query
from reconciliation.access import querying
from reconciliation.adapters.database.limits import Limits
from tests.database.conftest import Server


def ask(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    event: Any = None,
    limits: Limits | None = None,
    **instead: Any,
) -> dict[str, Any]:
    """Its answer but for the milliseconds; `instead` are other values of the secret, `limits` other ones."""
    monkeypatch.setattr(querying, "read_secret", lambda *_: server.secret | instead)
    for name in ("SECRET_ID", "DATABASE_CA", "READ_ENDPOINT"):
        monkeypatch.setenv(name, "")
    if limits:
        asking = querying.Asking(secret_id="", read_endpoint="", database_ca="", limits=limits)
        answer = asdict(asking.answer(event))
    else:
        answer = query.handler(event, None)
    assert isinstance(answer.pop("ms"), int)
    return answer
