"""The template, synthesized once in this process from the checkout and small stand-ins for the packages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.app import ROOT, build_app
from infra.packaging import Packages, Sources
from infra.settings import context_of
from tests.infra.template import Template

Synth = Callable[..., Template]


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Synthesizes with the context of cdk.json, and these settings on top."""
    folder = tmp_path_factory.mktemp("packages")
    packages = Packages(folder / "functions.zip", folder / "jobs.zip", folder / "wheels-0.gluewheels.zip")
    for path in (packages.functions, packages.jobs, packages.wheels):
        path.write_bytes(path.name.encode())

    def synthesize(**settings: Any) -> Template:
        out = tmp_path_factory.mktemp("cdk.out")
        build_app({**context_of(ROOT), **settings}, Sources(ROOT, packages), out).synth()
        (path,) = Path(out).glob("*.template.json")
        return Template(json.loads(path.read_text()), out)

    return synthesize


@pytest.fixture(scope="session")
def template(synth: Synth) -> Template:
    """As `cdk deploy` of the checkout as it is."""
    return synth()
