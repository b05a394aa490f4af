"""What an upload leaves beside the file starts nothing and rings nobody."""

from dataclasses import replace
from typing import Any

import pytest

from infra.functions import ENVIRONMENT
from lambdas import trigger
from reconciliation.contract import COMPANIONS
from reconciliation.lifecycle.settings import Settings
from tests.functions.world import Starts, World


def upload(key: str, size: int) -> dict[str, Any]:
    uploaded = {"key": key, "size": size, "versionId": "v"}
    return trigger.handler({"Records": [{"s3": {"object": uploaded}}]}, None)


@pytest.mark.parametrize(
    ("key", "size", "rings"),
    [
        ("2026-02-16/", 0, False),
        ("2026-02-16/sub/", 0, False),
        ("2026-02-16/input.csv.tmp", 10, False),
        ("2026-02-16/input.csv.FILEPART", 10, False),
        ("2026-02-16/input.csv.sha256", 64, False),
        ("2026-02-16/input.ok", 0, False),
        ("2026-02-16_$folder$", 0, False),
        ("2026-02-16/", 5, True),
        ("2026-02-16/input.csv.gz", 10, True),
        ("16-02-2026/input.csv", 10, True),
        ("2026-02-16/tmp", 10, True),
    ],
)
def test_what_rings(world: World, starts: Starts, key: str, size: int, rings: bool) -> None:
    event = {
        "Records": [{"s3": {"object": {"key": key.replace("$", "%24"), "size": size, "versionId": "v"}}}]
    }
    assert trigger.handler(event, None) == {"started": [None]}
    assert [alert["codigo"] for alert in world.alerts()] == (["E_S3_KEY"] if rings else [])
    assert starts.inputs == {}


def test_the_deployment_says_what_rings(world: World, starts: Starts) -> None:
    world.settings = replace(world.settings, ignored_suffixes=(".pronto", ".xyz"))
    for key in ("2026-02-16/input.PRONTO", "2026-02-16/input.csv.tmp", "2026-02-16/input.csv"):
        upload(key, 1)
    assert [alert["codigo"] for alert in world.alerts()] == ["E_S3_KEY"], "for .tmp, which is not listed here"
    assert len(starts.inputs) == 1


def test_an_empty_setting_is_no_suffix(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(ENVIRONMENT) - {"IGNORED_SUFFIXES"}:
        monkeypatch.setenv(name, "")
    assert Settings.from_env().ignored_suffixes == COMPANIONS, "another function's"
    for text, suffixes in (("", ()), (".pronto,.xyz", (".pronto", ".xyz"))):
        monkeypatch.setenv("IGNORED_SUFFIXES", text)
        assert Settings.from_env().ignored_suffixes == suffixes
