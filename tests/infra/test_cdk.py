"""The CDK's command line: what it is asked, and when it is not asked at all."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra import cdk
from infra.settings import SettingsError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The CLI's command lines, which succeed without it."""
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 0)
    return lines


PEOPLE = [f"email_{name}=a@b.example" for name in ("operations", "product_owner", "engineering", "business")]


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    """The setting of a CA bundle that is there."""
    (tmp_path / "bundle.pem").write_text("-----BEGIN CERTIFICATE-----")
    return f"database_ca={tmp_path / 'bundle.pem'}"


@pytest.fixture
def given(trusted: str) -> list[str]:
    """The settings without which nothing is deployed."""
    return [trusted, *PEOPLE]


def words(given: list[str]) -> tuple[str, ...]:
    """Of the CLI's command line."""
    return tuple(word for pair in given for word in ("-c", pair))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stubber]:
    """Stubs of the services that a deployment asks."""
    stubs = {
        name: Stubber(boto3.client(name, "sa-east-1", aws_access_key_id="-", aws_secret_access_key="-"))  # type: ignore[call-overload]
        for name in ("cloudformation", "s3")
    }
    for stub in stubs.values():
        stub.activate()
    monkeypatch.setattr(cdk, "_client", lambda service, _settings: stubs[service].client)
    return stubs


def tells(account: dict[str, Stubber], status: str | None) -> None:
    """CloudFormation has the stack in that state, or (None) has none."""
    stub, name = account["cloudformation"], {"StackName": "Reconciliation"}
    if status is None:
        stub.add_client_error(
            "describe_stacks", "ValidationError", "Stack with id Reconciliation does not exist", 400,
            expected_params=name,
        )  # fmt: skip
        return
    stack: Any = {
        "StackName": "Reconciliation",
        "CreationTime": "2026-01-01T00:00:00Z",
        "StackStatus": status,
    }
    stub.add_response("describe_stacks", {"Stacks": [stack]}, name)


NAMES = [
    f"reconciliation-{name}" for name in ("ingress", "intermediate", "checkpoints", "output", "access-logs")
]


def has_free_names(account: dict[str, Stubber], names: list[str]) -> None:
    for name in names:
        account["s3"].add_client_error("head_bucket", "404", "", 404, expected_params={"Bucket": name})


def test_a_deployment_gets_its_settings(
    asked: list[tuple[str, ...]], given: list[str], account: dict[str, Stubber]
) -> None:
    tells(account, "UPDATE_COMPLETE")
    given = [*given, 'rules={"max_lines": 5}']
    assert cdk.run("deploy", given) == 0
    assert asked == [("deploy", *words(given))]


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_the_first_deployment_can_be_rolled_back_and_protects_the_database_at_its_end(
    asked: list[tuple[str, ...]], given: list[str], account: dict[str, Stubber], status: str | None
) -> None:
    tells(account, status)
    has_free_names(account, NAMES)
    assert cdk.run("deploy", given) == 0
    assert asked == [
        ("deploy", *words(given), "-c", "protect_database=false"),
        ("deploy", *words(given)),
    ]


def test_a_first_deployment_that_fails_protects_nothing(
    monkeypatch: pytest.MonkeyPatch, given: list[str], account: dict[str, Stubber]
) -> None:
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 1)
    tells(account, None)
    has_free_names(account, NAMES)
    assert cdk.run("deploy", given) == 1
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (200, "bucket reconciliation-checkpoints is in this account already, without its stack: delete it"),
        (
            301,
            "bucket reconciliation-checkpoints belongs to another account or is in another region: choose",
        ),
        (
            403,
            "bucket reconciliation-checkpoints belongs to another account or is in another region: choose",
        ),
    ],
)
def test_a_buckets_name_that_is_taken_is_told_before_anything_is_made(
    asked: list[tuple[str, ...]], given: list[str], account: dict[str, Stubber], status: int, sentence: str
) -> None:
    tells(account, None)
    has_free_names(account, NAMES[:2])
    if status == 200:
        account["s3"].add_response("head_bucket", {}, {"Bucket": NAMES[2]})
    else:
        account["s3"].add_client_error("head_bucket", str(status), "", status)
    with pytest.raises(SettingsError, match=sentence):
        cdk.run("deploy", given)
    assert asked == []


def test_an_account_that_does_not_tell_is_one_sentence(
    asked: list[tuple[str, ...]], given: list[str], account: dict[str, Stubber]
) -> None:
    account["cloudformation"].add_client_error("describe_stacks", "ExpiredToken", "expired")
    with pytest.raises(SettingsError, match=r"does not tell whether Reconciliation is there: .*expired"):
        cdk.run("deploy", given)
    assert asked == []


def test_a_deployment_must_be_able_to_know_its_database(asked: list[tuple[str, ...]]) -> None:
    with pytest.raises(SettingsError, match="database_ca is empty"):
        cdk.run("deploy", ["suffix=-dev"])
    assert asked == []


def test_the_examples_people_are_told_nothing(asked: list[tuple[str, ...]], trusted: str) -> None:
    """Whoever owns that domain would confirm the subscription."""
    with pytest.raises(SettingsError, match=r"email_business: an address @empresa\.com is an example"):
        cdk.run("deploy", [trusted, *PEOPLE[:3]])
    with pytest.raises(SettingsError, match=r"email_operations, .*: an address @empresa\.com"):
        cdk.run("deploy", [trusted])
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
