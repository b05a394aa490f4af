"""How a process comes by S3, and a job by its plan."""

from collections.abc import Callable
from functools import cache

from reconciliation.adapters.layout import Location
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.plan import Plan

StoreFactory = Callable[[], Store]
"""A function travels to the workers; the client that it makes could not."""


@cache
def process_store() -> Store:
    """The Store of this process: each Spark worker makes its own, when it first needs it."""
    return Store()


def load_plan(store: Store, uri: str) -> Plan:
    """Raises INVALID_INPUT where nothing stands at that s3 URI."""
    found = store.get(Location.parse(uri))
    if found is None:
        raise error("INVALID_INPUT", f"{uri} não existe")
    return Plan.from_dict(found.json())
