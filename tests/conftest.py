"""Profiles of Hypothesis ("whole": `make test`, "fast": `make test-fast`, "deep": `make test-deep`); AWS."""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore import loaders
from hypothesis import settings

from tests.depth import EXAMPLES

for name, examples in EXAMPLES.items():
    settings.register_profile(name, max_examples=examples, deadline=None)
settings.load_profile("whole")


@pytest.fixture(scope="session", autouse=True)
def services_read_once() -> Iterator[None]:
    """What the AWS services are is megabytes of JSON, read by each session; moto begins one a test."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("botocore.session.create_loader", cache(loaders.create_loader))
        yield
