"""Each test that is listed as one of real Spark is there."""

import re

import pytest

from tests.sparks import REAL, is_real
from tests.workers import TESTS


@pytest.mark.parametrize("test", REAL)
def test_what_is_listed_is_there(test: str) -> None:
    file, _, name = test.partition("::")
    text = (TESTS / file).read_text(encoding="utf-8")
    assert re.search(rf"^def {name.partition('[')[0] or 'test_'}", text, re.MULTILINE)
    assert is_real(f"tests/{test}")
    assert not is_real(f"tests/{file.replace('test_', 'test_x_')}")
