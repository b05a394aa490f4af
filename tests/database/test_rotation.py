"""The reading user's new password, step by step as Secrets Manager asks, on real servers."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from moto.awslambda.models import LambdaBackend

from lambdas import rotate_secret
from reconciliation.access.rotating import Rotation
from reconciliation.adapters.database import failures
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.errors import ReconciliationError
from tests.database.bases import snapshot
from tests.database.conftest import Server

pytestmark = pytest.mark.stack
SECRET, FUNCTION = "credentials", "arn:of:the:function:itself"


@pytest.fixture
def kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The secret as it is before, to which the database returns in the end."""
    for name, value in (("DEFAULT_REGION", "sa-east-1"), ("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "s")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("DATABASE_CA", "")
    with mock_aws():
        boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(server.secret))
        yield dict(server.secret)
        with session(engine_of(current()), current(), Limits(10)) as connected:
            connected.change_password(server.secret["username"], server.secret["password"])


def current() -> dict[str, Any]:
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    return dict(json.loads(stored["SecretString"]))


def make_anew(secret: dict[str, Any]) -> None:
    """As the template makes it: it never held another value."""
    boto3.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=json.dumps(secret))


def rotate(monkeypatch: pytest.MonkeyPatch, asked: Callable[[dict[str, Any]], None]) -> None:
    """Secrets Manager asks `asked` for each step, as it does the function."""
    answers_to(monkeypatch, asked)
    boto3.client("secretsmanager").rotate_secret(SecretId=SECRET, RotationLambdaARN=FUNCTION)


def answers_to(monkeypatch: pytest.MonkeyPatch, asked: Callable[[dict[str, Any]], None]) -> None:
    """From now on Secrets Manager's function is `asked`."""

    def invoke(*_: object, body: str, **__: object) -> None:
        asked(json.loads(body))

    monkeypatch.setattr(LambdaBackend, "get_function", lambda *_: None)
    monkeypatch.setattr(LambdaBackend, "invoke", invoke)


def can_read(secret: dict[str, Any]) -> bool:
    try:
        with snapshot(secret, 60):
            return True
    except ReconciliationError as exc:
        assert exc.code == "RDS_AUTH"
        return False


def test_a_rotation_leaves_one_password_that_works(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def twice(event: dict[str, Any]) -> None:
        assert current() == kept
        for _ in range(2):
            rotate_secret.handler(event, None)
        asked.append(event["Step"])

    rotate(monkeypatch, twice)
    assert asked == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    rotated = current()
    assert {name for name in kept if rotated[name] != kept[name]} == {"password"}
    assert len(rotated["password"]) == 32
    assert can_read(rotated)
    assert not can_read(kept)


def test_a_first_rotation_ends_without_the_database(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has the new password by then, and the jobs ask for the current one."""

    def away(*_: object) -> None:
        raise failures.unreachable()

    def ask(event: dict[str, Any]) -> None:
        with monkeypatch.context() as at_the_end:
            if event["Step"] == "finishSecret":
                at_the_end.setattr(Rotation, "_session", away)
            rotate_secret.handler(event, None)

    rotate(monkeypatch, ask)
    assert can_read(current())
    assert current()["password"] != kept["password"]


def test_a_password_that_the_database_did_not_take_fails_its_test(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    def without_telling_it(event: dict[str, Any]) -> None:
        if event["Step"] == "createSecret":
            rotate_secret.handler(event, None)
        if event["Step"] == "testSecret":
            with pytest.raises(ReconciliationError) as raised:
                rotate_secret.handler(event, None)
            failed.append(raised.value.code)
            assert current() == kept

    rotate(monkeypatch, without_telling_it)
    assert failed == ["RDS_AUTH"]
    restore = {"SecretId": SECRET, "SecretString": json.dumps(kept)}
    boto3.client("secretsmanager").put_secret_value(**restore)


def test_only_a_version_that_was_asked_for_is_rotated(kept: dict[str, Any]) -> None:
    event = {"SecretId": SECRET, "ClientRequestToken": str(uuid4()), "Step": "createSecret"}
    with pytest.raises(ValueError, match="is no version"):
        rotate_secret.handler(event, None)
    assert current() == kept


def test_a_user_that_does_not_exist_yet_is_no_failure(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither when Secrets Manager tries the way, right after a deployment, nor at the rotation's hour."""
    steps = []

    def ask(event: dict[str, Any]) -> None:
        steps.append(event["Step"])
        rotate_secret.handler(event, None)

    nobody = {**kept, "username": "nobody_yet"}
    secrets = boto3.client("secretsmanager")
    make_anew(nobody)
    answers_to(monkeypatch, ask)
    try:
        for at_once in (False, True):
            secrets.rotate_secret(SecretId=SECRET, RotationLambdaARN=FUNCTION, RotateImmediately=at_once)
            assert current() == nobody
        assert steps == ["testSecret", "createSecret", "setSecret", "testSecret", "finishSecret"]
    finally:
        make_anew(kept)


def test_a_password_that_is_refused_after_it_was_another_is_a_failure(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = []

    def ask(event: dict[str, Any]) -> None:
        with pytest.raises(ReconciliationError) as raised:
            rotate_secret.handler(event, None)
        failed.append(raised.value.code)

    secrets = boto3.client("secretsmanager")
    make_anew({**kept, "password": "one"})
    secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps({**kept, "password": "another"}))
    answers_to(monkeypatch, ask)
    secrets.rotate_secret(SecretId=SECRET, RotationLambdaARN=FUNCTION, RotateImmediately=False)
    assert failed == ["RDS_AUTH"]
    secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(kept))


def test_a_table_that_is_missing_does_not_leave_a_password_behind(
    kept: dict[str, Any], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has the new one by then: the old one, kept, would be refused from now on."""
    server.execute("DROP TABLE transacoes")
    rotate(monkeypatch, lambda event: rotate_secret.handler(event, None))
    assert current()["password"] != kept["password"]
    with session(engine_of(current()), current(), Limits(10)):
        pass


def test_a_version_without_a_value_never_becomes_the_current_one(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_making_one(event: dict[str, Any]) -> None:
        if event["Step"] in ("setSecret", "finishSecret"):
            rotate_secret.handler(event, None)
            assert current() == kept

    rotate(monkeypatch, without_making_one)
    make_anew(kept)


def test_a_secret_without_a_value_has_nothing_to_rotate(
    kept: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An imported database's, until a person puts it: a stack whose schedule failed would not stand."""
    secrets = boto3.client("secretsmanager")
    secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name=SECRET)
    token = str(uuid4())
    try:
        with monkeypatch.context() as at_aws:  # moto dies where it rotates a secret without a value
            at_aws.setattr(Rotation, "_stages", lambda _: {token: ["AWSPENDING"]})
            for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
                rotate_secret.handler({"SecretId": SECRET, "ClientRequestToken": token, "Step": step}, None)
        with pytest.raises(secrets.exceptions.ResourceNotFoundException):
            current()
    finally:
        make_anew(kept)
