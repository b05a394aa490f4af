"""The template, unmodified, deployed into a local stack once, for one worker.

Its files run in the order of their names: what nobody has touched yet, then the page, what there is, and last
what changes it.
"""

from collections.abc import Iterator

import boto3
import pytest

from local.place import REGION
from local.stack import Stack, running_stack
from tests import sparks
from tests.deployed.asking import Client
from tests.warm_cli import warm_cli


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder) as stack, sparks.choosing(stack), warm_cli(stack):
        yield stack


@pytest.fixture(scope="session")
def client(stack: Stack) -> Client:
    session = boto3.Session("local", "local", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=stack.endpoint)
