"""Profiles of Hypothesis ("whole": `make test`, "fast": `make test-fast`, "deep": `make test-deep`); AWS."""

import gc
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore import loaders
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import settings
from moto.s3 import urls as s3_urls
from moto.s3.models import S3Backend
from moto.sns.models import Subscription

from tests import absent, sparks
from tests.depth import EXAMPLES
from tests.workers import ByPart, dearest_first

for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None)
settings.load_profile("whole")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(absent)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    dearest_first(items)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector need not walk it again and again."""
    gc.freeze()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPart | None:
    return ByPart(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture of the test, a module's too."""
    sparks.use(real=sparks.is_real(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def services_read_once() -> Iterator[None]:
    """What the AWS services are is megabytes of JSON, read by each session; moto begins one a test.

    And S3's addresses, which no test changes, it reads anew at each request; and each of its topics makes a
    private key.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        patched.setattr(S3Backend, "_url_module", s3_urls)
        key = cache(rsa.generate_private_key)
        patched.setattr(Subscription, "private_key", lambda _: key(public_exponent=65537, key_size=2048))
        yield
