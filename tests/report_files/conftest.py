"""Where the reports' days are."""

import pytest

from reconciliation.adapters.store import Store
from tests.memory_s3 import MemoryS3


@pytest.fixture
def store() -> Store:
    return Store(MemoryS3())
