"""Every release that is kept, cut at each stage, ends rightly once this checkout is deployed in its place.

Its runs are closed and resumed, or refused with the reason; what is published is the same rows whoever began
and whoever ended the run. So is the checkout itself, as the release that it may become.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconciliation.plan import INTERMEDIATE_FORMAT
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, START
from tests.endings.world import World
from tests.releases import kept
from tests.releases.cutting import CUTS, goes_on, opened, recorded
from tests.releases.jobs import PUBLISHED, published
from tests.releases.kept import FOLDER, Release, Run, Standing
from tests.releases.record import ROOT, current_version

CHECKOUT = "this checkout"
KEPT_BYTES = 200_000
WAYS = ("it goes on", "it is left behind", "it was closed")


@cache
def release_of(version: str) -> Release:
    return recorded() if version == CHECKOUT else kept.read(version)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("version", [*kept.versions(), CHECKOUT])
def test_a_run_of_that_release_ends_rightly_under_this_one(version: str, cut: str, way: str) -> None:
    release = release_of(version)
    run = release.runs[cut]
    if way == "it was closed" and run.closed is None:
        pytest.skip("its own release published the day")
    with opened() as world:
        _deployed_over(world, release, run, way)
        if published(world) is None:
            _resumed_or_refused(world, run)
        assert published(world) == PUBLISHED
        day = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
        assert (day["state"], day["holder"]) == ("PUBLISHED", None)


def _deployed_over(world: World, release: Release, run: Run, way: str) -> None:
    """The execution to its end, by its own definition; or this release's CloseRun told that it is over."""
    execution = goes_on(world, release, run)
    if way == "it goes on":
        world.finish(execution)
    elif way == "it is left behind":
        world.abort(execution)
    else:
        assert run.closed
        world.abort(execution, event=False)
        run.closed.restore(world)


def _resumed_or_refused(world: World, run: Run) -> None:
    """As the intermediate format promises; what is refused is run again by force."""
    resumed = world.resume(_job_of(run.held))
    if published(world) is not None:
        return
    assert _format_of(run.held) != INTERMEDIATE_FORMAT, resumed.cause
    code, message = _told(resumed)
    assert (code, "outro formato" in message) == ("CHECKPOINT_REFUSED", True)
    world.run({**START, "force_reprocess": True})


def _job_of(standing: Standing) -> str:
    day = standing.document(f"checkpoints/days/{DAY}.json")
    assert day
    return str(day["job_id"])


def _format_of(standing: Standing) -> Any:
    """None where no file was inspected, or before formats had a number."""
    plans = [where for where in standing.objects if where.endswith("/plan.json")]
    return (standing.document(plans[0]) or {}).get("intermediate_format") if plans else None


def _told(machine: Machine) -> tuple[str, str]:
    told = json.loads(machine.cause or "{}")
    return told["code"], told["message"]


def test_releases_are_small() -> None:
    for version in kept.versions():
        assert sum(path.stat().st_size for path in (FOLDER / version).iterdir()) < KEPT_BYTES


def test_what_is_kept_is_read_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    kept.write("1.0.0", release_of(CHECKOUT))
    assert kept.versions() == ["1.0.0"]
    assert kept.read("1.0.0") == release_of(CHECKOUT)


def test_a_machine_that_no_release_has_is_in_the_changelog() -> None:
    """Whoever deploys reads there what becomes of the executions that the older definition began."""
    newest, checkout = release_of(kept.versions()[-1]), release_of(CHECKOUT)
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert checkout.machine == newest.machine or "\n## Unreleased\n\n- State machine: " in changelog


def test_the_changelog_names_the_releases_that_are_kept() -> None:
    named = re.findall(
        r"^## (\d+\.\d+\.\d+)\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert list(reversed(named)) == kept.versions()
    assert named[0] == current_version()
