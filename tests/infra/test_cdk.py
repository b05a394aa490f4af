"""The CDK's command line: what it is asked, and when it is not asked at all."""

from pathlib import Path
from subprocess import CompletedProcess

import pytest

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


Answers = dict[str, tuple[int, str]]
"""Exit code and text of AWS's command line, by the stack's or bucket's name."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What the account answers; no name of ours is taken where nothing else is said."""
    answers: Answers = {}

    def answer(_settings: object, *words: str) -> CompletedProcess[str]:
        code, text = answers.get(words[3], (254, "An error occurred (404) when calling the HeadBucket"))
        return CompletedProcess(words, code, text, text)

    monkeypatch.setattr(cdk, "_aws", answer)
    return answers


def tells(account: Answers, status: str | None) -> None:
    """CloudFormation has the stack in that state, or (None) has none."""
    absent = 254, "An error occurred (ValidationError): Stack with id Reconciliation does not exist"
    account["Reconciliation"] = (0, f"{status}\n") if status else absent


NAMES = [
    f"reconciliation-{name}" for name in ("ingress", "intermediate", "checkpoints", "output", "access-logs")
]


def test_a_deployment_gets_its_settings(
    asked: list[tuple[str, ...]], given: list[str], account: Answers
) -> None:
    tells(account, "UPDATE_COMPLETE")
    given = [*given, 'rules={"max_lines": 5}']
    assert cdk.run("deploy", given) == 0
    assert asked == [("deploy", *words(given))]


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_the_first_deployment_can_be_rolled_back_and_protects_the_database_at_its_end(
    asked: list[tuple[str, ...]], given: list[str], account: Answers, status: str | None
) -> None:
    tells(account, status)
    assert cdk.run("deploy", given) == 0
    assert asked == [
        ("deploy", *words(given), "-c", "protect_database=false"),
        ("deploy", *words(given)),
    ]


def test_a_first_deployment_that_fails_protects_nothing(
    monkeypatch: pytest.MonkeyPatch, given: list[str], account: Answers
) -> None:
    lines: list[tuple[str, ...]] = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 1)
    tells(account, None)
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
    asked: list[tuple[str, ...]], given: list[str], account: Answers, status: int, sentence: str
) -> None:
    tells(account, None)
    account["reconciliation-checkpoints"] = (254 if status != 200 else 0, f"An error occurred ({status})")
    with pytest.raises(SettingsError, match=sentence):
        cdk.run("deploy", given)
    assert asked == []


def test_an_account_that_does_not_tell_is_one_sentence(
    asked: list[tuple[str, ...]], given: list[str], account: Answers
) -> None:
    account["Reconciliation"] = (254, "expired")
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
