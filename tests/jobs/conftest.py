"""What tests of more than one job's stage begin with."""

import pytest

from reconciliation.adapters.store import Store
from reconciliation.plan import Plan
from tests.jobs.validated import validated_day


@pytest.fixture
def validated() -> tuple[Store, Plan]:
    return validated_day()
