"""The CDK's command line: what it is asked, and when it is not asked at all."""

from pathlib import Path

import pytest

from infra import account, cdk
from infra.account import AccountError
from infra.context import SettingsError
from tests.database.certificates import issue
from tests.infra.asked_account import AskedAccount

Lines = list[tuple[str, ...]]
MAIN, SHOWN = "Reconciliation", "Reconciliation-QuickSight"
PEOPLE = [f"email_{name}=a@b.example" for name in ("operations", "product_owner", "engineering", "business")]
BUCKETS = [
    f"reconciliation-{name}" for name in ("ingress", "intermediate", "checkpoints", "output", "access-logs")
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """The CLI's command lines, which succeed without it."""
    lines: Lines = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 0)
    return lines


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> AskedAccount:
    """An account in which nothing is."""
    asked = AskedAccount()
    monkeypatch.setattr(account, "ask", asked)
    return asked


@pytest.fixture
def trusted(tmp_path: Path) -> str:
    """The setting of a CA bundle that is there."""
    return f"database_ca={issue(tmp_path).ca}"


@pytest.fixture
def given(trusted: str) -> list[str]:
    """The settings without which nothing is deployed."""
    return [trusted, *PEOPLE]


def words(given: list[str]) -> tuple[str, ...]:
    """Of the CLI's command line."""
    return tuple(word for pair in given for word in ("-c", pair))


def deployed(given: list[str], *more: str, quicksight: str = "true") -> tuple[str, ...]:
    """The command line of the main stack's deployment."""
    choice = ("--parameters", f"{MAIN}:QuickSight={quicksight}")
    return ("deploy", MAIN, "--exclusively", *choice, *words(given), *more)


def test_a_deployment_gets_its_settings_and_quicksights_stack_comes_after(
    asked: Lines, given: list[str], there: AskedAccount
) -> None:
    there.has(MAIN, "UPDATE_COMPLETE", BUCKETS)
    there.has(SHOWN, "UPDATE_ROLLBACK_COMPLETE")
    given = [*given, 'rules={"max_lines": 5}']
    assert cdk.run("deploy", given) == 0
    assert asked == [deployed(given), ("deploy", SHOWN, "--exclusively", *words(given))]


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_the_first_deployment_can_be_rolled_back_and_protects_the_database_at_its_end(
    asked: Lines, given: list[str], there: AskedAccount, status: str | None
) -> None:
    there.has(MAIN, status)
    assert cdk.run("deploy", given) == 0
    assert asked == [
        deployed(given, "-c", "protect_database=false", quicksight="false"),
        deployed(given, quicksight="false"),
        ("deploy", SHOWN, "--exclusively", *words(given)),
        deployed(given),
    ]


def test_a_first_deployment_that_fails_protects_nothing_and_begins_no_dashboard(
    monkeypatch: pytest.MonkeyPatch, given: list[str], there: AskedAccount
) -> None:
    lines: Lines = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or 1)
    with pytest.raises(AccountError, match=rf"^Nothing of {MAIN} was changed \(there is none\)"):
        cdk.run("deploy", given)
    assert len(lines) == 1
    assert there.asked_for == BUCKETS


FAILED = [
    {"LogicalResourceId": MAIN, "ResourceStatus": "ROLLBACK_IN_PROGRESS", "ResourceStatusReason": "x"},
    {"LogicalResourceId": "B", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "it was cancelled"},
    {
        "LogicalResourceId": "Logs",
        "ResourceStatus": "CREATE_FAILED",
        "ResourceType": "AWS::Logs::LogGroup",
        "ResourceStatusReason": "/a already exists",
    },
    {"LogicalResourceId": MAIN, "ResourceStatus": "X", "ResourceStatusReason": "User Initiated"},
    {"LogicalResourceId": "Old", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "of another day"},
]


@pytest.mark.parametrize(
    ("command", "status"), [("deploy", "ROLLBACK_COMPLETE"), ("destroy", "DELETE_FAILED")]
)
def test_a_command_that_fails_ends_with_the_cause_and_the_next_one(
    monkeypatch: pytest.MonkeyPatch, given: list[str], there: AskedAccount, command: str, status: str
) -> None:
    def fail(*_: str) -> int:
        there.has(MAIN, status)
        return 1

    there.events[MAIN] = [{"ResourceType": "", **event} for event in FAILED]
    monkeypatch.setattr(cdk, "_cdk", fail)
    with pytest.raises(AccountError) as told:
        cdk.run(command, [*given, "remove_data=true"])
    assert f"({status}). Logs (AWS::Logs::LogGroup): /a already exists -> it is there outside" in str(
        told.value
    )
    assert "cancelled" not in str(told.value)
    assert "of another day" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("CREATE_IN_PROGRESS", f"CloudFormation is still at work on {MAIN}"),
        ("ROLLBACK_IN_PROGRESS", f"CloudFormation is still at work on {MAIN}"),
        ("DELETE_FAILED", f"{MAIN} is half deleted .* aws cloudformation delete-stack --stack-name {MAIN},"),
        ("UPDATE_ROLLBACK_FAILED", f"{MAIN} is between two .* aws cloudformation continue-update-rollback"),
    ],
)
def test_a_stack_that_no_deployment_can_change_is_told_before_the_cdk_starts(
    asked: Lines, given: list[str], there: AskedAccount, status: str, sentence: str
) -> None:
    """A first deployment that still runs is not whole: another would begin with the database protected."""
    there.has(MAIN, status, BUCKETS)
    with pytest.raises(AccountError, match=f"^{sentence}"):
        cdk.run("deploy", given)
    assert asked == []


def test_a_bucket_that_a_rollback_could_not_delete_is_in_the_way(
    asked: Lines, given: list[str], there: AskedAccount
) -> None:
    """Deleting the stack keeps it (RetainExceptOnCreate), and the next creation finds its name taken."""
    there.has(MAIN, "ROLLBACK_FAILED", ["reconciliation-access-logs"])
    there.taken["reconciliation-access-logs"] = 200
    with pytest.raises(
        AccountError, match="The bucket reconciliation-access-logs is in this account already"
    ):
        cdk.run("deploy", given)
    assert asked == []


@pytest.mark.parametrize(
    ("status", "shown"),
    [(None, "false"), ("ROLLBACK_COMPLETE", "false"), ("UPDATE_ROLLBACK_COMPLETE", "true")],
)
def test_where_quicksights_stack_fails_the_main_one_stands_and_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, given: list[str], there: AskedAccount, status: str | None, shown: str
) -> None:
    """A day that is published refreshes only what stands."""
    there.has(MAIN, "CREATE_COMPLETE", BUCKETS)
    there.has(SHOWN, status)
    lines: Lines = []
    monkeypatch.setattr(cdk, "_cdk", lambda *words: lines.append(words) or int(SHOWN in words))
    with pytest.raises(
        AccountError, match=f"^{MAIN} is deployed and runs; {SHOWN} is not, so the dashboard is absent"
    ):
        cdk.run("deploy", given)
    assert lines == [deployed(given, quicksight=shown), ("deploy", SHOWN, "--exclusively", *words(given))]


@pytest.mark.parametrize("status", [None, "CREATE_COMPLETE"])
def test_an_account_without_quicksight_is_told_by_a_parameter_alone_and_loses_its_stack(
    asked: Lines, given: list[str], there: AskedAccount, status: str | None
) -> None:
    there.has(MAIN, "UPDATE_COMPLETE", BUCKETS)
    there.has(SHOWN, status)
    given = [*given, "quicksight=false"]
    assert cdk.run("deploy", given) == 0
    removed = ("destroy", SHOWN, "--exclusively", "--force", *words(given), "-c", "quicksight=true")
    assert asked == [deployed(given, quicksight="false"), *([removed] if status else [])]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (200, "The bucket reconciliation-checkpoints is in this account already, outside the stack: delete"),
        (301, "The bucket reconciliation-checkpoints is another account's, or these credentials may not see"),
        (403, "The bucket reconciliation-checkpoints is another account's, or these credentials may not see"),
        (400, "S3 does not tell whether reconciliation-checkpoints is a free name: An error occurred"),
    ],
)
def test_a_buckets_name_that_is_taken_is_told_before_anything_is_made(
    asked: Lines, given: list[str], there: AskedAccount, code: int, sentence: str
) -> None:
    there.taken["reconciliation-checkpoints"] = code
    with pytest.raises(AccountError, match=f"^{sentence}"):
        cdk.run("deploy", given)
    assert asked == []


def test_a_bucket_of_the_stacks_own_is_no_strangers(
    asked: Lines, given: list[str], there: AskedAccount
) -> None:
    """What an update finds, or a rollback that kept a bucket; what a stack gave up is not its own."""
    there.has(MAIN, "UPDATE_COMPLETE", BUCKETS)
    there.taken = dict.fromkeys(BUCKETS, 200)
    assert cdk.run("deploy", given) == 0
    there.resources[MAIN]["reconciliation-output"] = "DELETE_SKIPPED"
    with pytest.raises(AccountError, match="reconciliation-output is in this account already, outside"):
        cdk.run("deploy", given)
    assert there.asked_for == ["reconciliation-output"]


@pytest.mark.parametrize(
    ("said", "environment", "sentence"),
    [
        (
            "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: It expired.",
            {"AWS_PROFILE": "bank"},
            "AWS does not let these credentials in, those of the profile bank: An error .*Log in again",
        ),
        (
            '\nUnable to locate credentials. You can configure credentials by running "aws configure".\n',
            {},
            "AWS does not let these credentials in, those of the profile default, .*Unable to locate",
        ),
        (
            "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: No.",
            {"AWS_ACCESS_KEY_ID": "A", "AWS_PROFILE": "bank"},
            "AWS does not let these credentials in, the keys of the environment",
        ),
        (
            'Could not connect to the endpoint URL: "https://sts.sa-east-1.amazonaws.com/"',
            {},
            "AWS is not reached from this machine: Could not connect",
        ),
    ],
)
def test_credentials_that_let_nobody_in_are_one_sentence(
    there: AskedAccount,
    given: list[str],
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    environment: dict[str, str],
    sentence: str,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    there.refused = said
    for command in ("deploy", "destroy"):
        with pytest.raises(AccountError, match=f"^{sentence}") as refused:
            cdk.run(command, [*given, "remove_data=true"])
        assert "\n" not in str(refused.value)


def test_an_account_that_does_not_tell_is_one_sentence(
    asked: Lines, given: list[str], there: AskedAccount
) -> None:
    there.has(MAIN, "AccessDenied")
    with pytest.raises(AccountError, match=f"does not tell whether {MAIN} is there: .*AccessDenied"):
        cdk.run("deploy", given)
    assert asked == []


def test_a_deployment_must_be_able_to_know_its_database(asked: Lines) -> None:
    with pytest.raises(SettingsError, match="database_ca is empty"):
        cdk.run("deploy", ["suffix=-dev"])
    assert asked == []


def test_the_examples_people_are_told_nothing(asked: Lines, trusted: str) -> None:
    """Whoever owns that domain would confirm the subscription."""
    with pytest.raises(SettingsError, match=r"email_business: an address @empresa\.com is an example"):
        cdk.run("deploy", [trusted, *PEOPLE[:3]])
    with pytest.raises(SettingsError, match=r"email_operations, .*: an address @empresa\.com"):
        cdk.run("deploy", [trusted])
    assert asked == []


def test_data_is_deleted_only_where_the_settings_give_it_up(asked: Lines, there: AskedAccount) -> None:
    with pytest.raises(SettingsError, match=r"This would delete the database .*remove_data=true"):
        cdk.run("destroy", ["suffix=-dev"])
    assert asked == []


KEPT = [{"DeletionPolicy": "RetainExceptOnCreate"}, {"Properties": {"DeletionProtection": True}}]
GIVEN_UP = {"DeletionPolicy": "Delete", "Properties": {"DeletionProtection": False}}


@pytest.mark.parametrize("resource", KEPT)
def test_what_was_deployed_to_keep_its_data_is_not_deleted(
    asked: Lines, there: AskedAccount, resource: dict[str, object]
) -> None:
    there.has(MAIN, "UPDATE_COMPLETE", BUCKETS)
    there.templates[MAIN] = {"A": GIVEN_UP, "B": resource}
    with pytest.raises(AccountError, match=f"{MAIN} was deployed to keep its data: make deploy"):
        cdk.run("destroy", ["remove_data=true"])
    assert asked == []


@pytest.mark.parametrize("status", [None, "ROLLBACK_COMPLETE", "UPDATE_COMPLETE"])
def test_a_deletion_deploys_nothing_and_needs_neither_bundle_nor_people(
    asked: Lines, there: AskedAccount, status: str | None
) -> None:
    """Where nothing was ever deployed there is nothing to keep, whatever the template says."""
    there.has(MAIN, status, BUCKETS)
    there.templates[MAIN] = {"A": GIVEN_UP if status == "UPDATE_COMPLETE" else KEPT[0]}
    given = ["remove_data=true", "database_ca=gone.pem"]
    assert cdk.run("destroy", given) == 0
    assert asked == [("destroy", SHOWN, MAIN, *words(given), "-c", "quicksight=true", "-c", "database_ca=")]


@pytest.mark.parametrize("command", ["deploy", "destroy", "bootstrap"])
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_shell_and_the_settings_are_of_one_region(
    asked: Lines, given: list[str], monkeypatch: pytest.MonkeyPatch, name: str, command: str
) -> None:
    """Else the page's own commands would look elsewhere."""
    monkeypatch.setenv(name, "us-east-1")
    with pytest.raises(SettingsError, match=f"^region is sa-east-1, and {name} of this shell us-east-1"):
        cdk.run(command, given)
    assert asked == []
    if command == "bootstrap":
        assert cdk.run(command, [*given, "region=us-east-1"]) == 0
        assert asked == [(command, *words([*given, "region=us-east-1"]))]


def test_a_wrong_setting_asks_nothing(asked: Lines) -> None:
    for command in ("deploy", "destroy", "diff"):
        with pytest.raises(SettingsError, match="sufix"):
            cdk.run(command, ["sufix=-dev"])
    assert asked == []


def test_the_pins_name_no_registry() -> None:
    for file in Path(cdk.PINS).iterdir():
        assert "://" not in file.read_text(), file.name
