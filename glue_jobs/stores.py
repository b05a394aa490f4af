"""How a process comes by AWS, and a job by its plan."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from glue_jobs.credentials import require_credentials, use_region
from glue_jobs.log import fact
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.typed import Document
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.plan import Plan

_Document = TypeVar("_Document", bound=Document)
StoreFactory = Callable[[], Store]
"""A function travels to the workers; the client that it makes could not."""


@cache
def process_store() -> Store:
    """The Store of this process: each Spark worker makes its own, when it first needs it.

    Raises NoCredentialsError, after which the next call tries again.
    """
    require_credentials()
    return Store()


def driver_store(region: str) -> Store:
    """The driver's, once its clients are of that region; the log says what gives its credentials.

    Raises NoCredentialsError.
    """
    use_region(region)
    fact("credentials_found", provider=require_credentials())
    return process_store()


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
