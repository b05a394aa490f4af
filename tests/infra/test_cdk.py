"""The CDK's command line: what it is asked, and when it is not asked at all."""

from pathlib import Path

import pytest

from infra import cdk
from infra.settings import SettingsError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The CLI's command lines, which succeed without it."""
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 0)
    return lines


def test_a_deployment_gets_its_settings(asked: list[tuple[str, ...]], tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    trusted = f"database_ca={bundle}"
    assert cdk.run("deploy", [trusted, 'rules={"max_lines": 5}']) == 0
    assert asked == [("deploy", "-c", trusted, "-c", 'rules={"max_lines": 5}')]


def test_a_deployment_must_be_able_to_know_its_database(asked: list[tuple[str, ...]]) -> None:
    with pytest.raises(SettingsError, match="database_ca is empty"):
        cdk.run("deploy", ["suffix=-dev"])
    assert asked == []


def test_data_is_deleted_only_where_the_settings_give_it_up(asked: list[tuple[str, ...]]) -> None:
    with pytest.raises(SettingsError, match=r"This would delete the database .*remove_data=true"):
        cdk.run("destroy", ["suffix=-dev"])
    assert asked == []
    assert cdk.run("destroy", ["suffix=-dev", "remove_data=true"]) == 0
    given = ("-c", "suffix=-dev", "-c", "remove_data=true")
    assert asked == [("deploy", *given), ("destroy", *given)]


def test_a_wrong_setting_asks_nothing(asked: list[tuple[str, ...]]) -> None:
    with pytest.raises(SettingsError, match="sufix"):
        cdk.run("deploy", ["sufix=-dev"])
    assert asked == []


def test_the_pins_name_no_registry() -> None:
    for file in Path(cdk.PINS).iterdir():
        assert "://" not in file.read_text(), file.name
