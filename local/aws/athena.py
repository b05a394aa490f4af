"""Athena keeps workgroups and saved queries here, and runs no query."""

import json
from typing import Any, NoReturn

from moto.athena.responses import AthenaResponse
from moto.core.exceptions import JsonRESTError

from local.place import Place

REFUSAL = (
    "O ambiente local não executa consultas da Athena: as do runbook 4.6 precisam de uma conta da AWS."
    " Aqui, uma ordem se explica com `make explain ORDEM=...` (docs/operating.md)."
)


def install(_place: Place) -> None:
    AthenaResponse.start_query_execution = _start_query_execution
    AthenaResponse.batch_get_named_query = _batch_get_named_query


def _start_query_execution(_self: Any) -> NoReturn:
    """moto says SUCCEEDED of whatever it is asked, and leaves no result."""
    raise JsonRESTError("InvalidRequestException", REFUSAL)


def _batch_get_named_query(self: Any) -> str:
    """moto knows one at a time."""
    known = self.athena_backend.named_queries
    asked = self._get_param("NamedQueryIds")
    found = [
        {
            "NamedQueryId": query.id,
            "Name": query.name,
            "Description": query.description,
            "Database": query.database,
            "QueryString": query.query_string,
            "WorkGroup": query.workgroup.name,
        }
        for query in map(known.get, asked)
        if query
    ]
    unknown = [{"NamedQueryId": query_id} for query_id in asked if query_id not in known]
    return json.dumps({"NamedQueries": found, "UnprocessedNamedQueryIds": unknown})
