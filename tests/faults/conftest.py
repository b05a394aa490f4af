"""One local stack that can be hurt, for all of its tests."""

from collections.abc import Iterator

import pytest

from tests import sparks
from tests.faults.stack import Hurt, hurt_stack
from tests.warm_cli import warm_cli


@pytest.fixture(scope="session")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hurt]:
    with (
        hurt_stack(tmp_path_factory.mktemp("faults")) as operator,
        sparks.choosing(operator.stack),
        warm_cli(operator.stack),
    ):
        yield operator
