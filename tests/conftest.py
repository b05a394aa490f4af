"""Profiles of Hypothesis ("whole": `make test`, "fast": `make test-fast`, "deep": `make test-deep`); AWS."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore import loaders
from hypothesis import settings
from moto.core.base_backend import BaseBackend

from tests.depth import EXAMPLES
from tests.workers import ByPart, dearest_first

for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None)
settings.load_profile("whole")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    dearest_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPart | None:
    return ByPart(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.fixture(scope="session", autouse=True)
def services_read_once() -> Iterator[None]:
    """What the AWS services are is megabytes of JSON, read by each session; moto begins one a test.

    And it puts its services' addresses together at each request, S3's after a reload of their module.
    """
    addresses: dict[type, dict[str, Any]] = {}
    of_backend = BaseBackend.urls.fget

    def urls(backend: BaseBackend) -> dict[str, Any]:
        if type(backend) not in addresses:
            addresses[type(backend)] = of_backend(backend)
        return addresses[type(backend)]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        patched.setattr(BaseBackend, "urls", property(urls))
        yield
