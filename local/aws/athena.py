"""Athena keeps workgroups and saved queries here, and runs no query."""

from typing import Any, NoReturn

from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError

from local.place import Place

REFUSAL = (
    "A pilha local não executa consultas da Athena: as do runbook 4.6 precisam de uma conta da AWS."
    " Aqui, uma ordem se explica com `make explain ORDEM=...` (docs/operating.md)."
)


def install(_place: Place) -> None:
    AthenaResponse.start_query_execution = _start_query_execution


def _start_query_execution(_self: Any) -> NoReturn:
    """moto says SUCCEEDED of whatever it is asked, and leaves no result."""
    raise JsonRESTError("InvalidRequestException", REFUSAL)
