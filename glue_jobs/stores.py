"""How a process comes by AWS, and a job by its plan."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import boto3

from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.typed import Document
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.plan import Plan

_Document = TypeVar("_Document", bound=Document)
StoreFactory = Callable[[], Store]
"""A function travels to the workers; the client that it makes could not."""


def use_region(region: str) -> None:
    """Each client that this process makes from here on is that region's.

    Without one Secrets Manager's cannot be made, and S3's goes to the global host, which a network without a
    way out does not reach (boto3#375). A worker is another process, told by `SparkExecutor` alone: through
    the driver's environment Spark's local mode would tell it too, and hide what it lacks on Glue.
    """
    boto3.setup_default_session(region_name=region)


@cache
def process_store() -> Store:
    """The Store of this process: each Spark worker makes its own, when it first needs it."""
    return Store()


def load_plan(store: Store, uri: str) -> Plan:
    """Raises INVALID_INPUT where nothing stands at that s3 URI, CHECKPOINT_REFUSED where it is no plan."""
    try:
        stored = store.document(Location.parse(uri))
        if stored is None:
            raise error("INVALID_INPUT", f"{uri} não existe")
        return Plan.read(stored)
    except ValueError as exc:
        raise error("CHECKPOINT_REFUSED", f"{exc}; reprocesse o arquivo") from exc


def load_document(store: Store, where: Location, kind: type[_Document]) -> _Document | None:
    """An intermediate JSON document. Raises CHECKPOINT_REFUSED where it was truncated or changed."""
    try:
        stored = store.document(where)
        return stored.read_as(kind) if stored else None
    except JsonRefused as exc:
        raise error("CHECKPOINT_REFUSED", f"{exc}; reprocesse o arquivo") from exc


def committed(store: Store, where: Location, kind: type[_Document]) -> _Document:
    """As `load_document`. Raises LOCK_LOST where a committed object is gone: another run's cleaning, say."""
    document = load_document(store, where, kind)
    if document is None:
        raise error("LOCK_LOST", f"{where} não existe mais; reprocesse o arquivo")
    return document
