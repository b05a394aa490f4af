"""InspectFile: one streaming pass over the object's bytes, before any Spark starts."""

from typing import Any

from lambdas.context import context
from reconciliation.documents.run_document import RunDocument


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document; answers it with what the jobs need. Raises the file's code."""
    return context().planning.plan(RunDocument.from_dict(event)).to_dict()
