"""The templates, synthesized in this process from the checkout and small stand-ins for the packages.

Each form of them once, whoever asks: a synth takes seconds.
"""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from infra.app import ROOT, build_app
from infra.jobs import JOBS
from infra.packaging import Packages, Sources
from infra.settings import QUICKSIGHT_STACK, context_of
from tests.infra.template import Template

Synth = Callable[..., Template]


def synthesized(root: Path, folder: Path, **settings: Any) -> Template:
    """The main template with the context of cdk.json, and these settings on top; made in that folder."""
    wheels = {spec.module: folder / f"{spec.module}-0.gluewheels.zip" for spec in JOBS}
    packages = Packages(folder / "functions.zip", folder / "explain.zip", folder / "jobs.zip", wheels)
    for path in (packages.functions, packages.explain, packages.jobs, *wheels.values()):
        path.write_bytes(path.name.encode())
    out = Path(mkdtemp(prefix="cdk.out", dir=folder))
    build_app({**context_of(root), **settings}, Sources(root, packages), out).synth()
    return read_assembly(out)


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Each form once."""
    folder = tmp_path_factory.mktemp("packages")
    made: dict[str, Template] = {}

    def synthesize(**settings: Any) -> Template:
        form = json.dumps(settings, sort_keys=True)
        if form not in made:
            made[form] = synthesized(ROOT, folder, **settings)
        return made[form]

    return synthesize


def read_assembly(out: Path) -> Template:
    """The main template, and QuickSight's where it is deployed."""
    templates = {
        path.name.partition(".")[0]: json.loads(path.read_text()) for path in out.glob("*.template.json")
    }
    (main,) = (name for name in templates if not name.startswith(QUICKSIGHT_STACK))
    shown = [Template(raw, out) for name, raw in templates.items() if name != main]
    return Template(templates[main], out, *shown)


@pytest.fixture(scope="session")
def template(synth: Synth) -> Template:
    """As `cdk deploy` of the checkout as it is."""
    return synth()
