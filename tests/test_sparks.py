"""Each test that is listed as one of real Spark is there."""

import pytest

from tests.sparks import REAL, is_real
from tests.workers import TESTS


@pytest.mark.parametrize("test", REAL)
def test_what_is_listed_is_there(test: str, request: pytest.FixtureRequest) -> None:
    """By the ids that pytest collects, parameters and all."""
    file = test.partition("::")[0]
    module: pytest.Module = pytest.Module.from_parent(request.session, path=TESTS / file)
    assert any(collected.nodeid.startswith(f"tests/{test}") for collected in module.collect())
    assert is_real(f"tests/{test}")
    assert not is_real(f"tests/{file.replace('test_', 'test_x_')}")
