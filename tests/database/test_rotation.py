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
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.errors import ReconciliationError
from tests.database.bases import snapshot
from tests.database.conftest import Server

pytestmark = pytest.mark.stack
SECRET = "credentials"


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
        with session(engine_of(current()), current(), 10) as connected:
            connected.change_password(server.secret["username"], server.secret["password"])


def current() -> dict[str, Any]:
    stored = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    return dict(json.loads(stored))


def rotate(monkeypatch: pytest.MonkeyPatch, asked: Callable[[dict[str, Any]], None]) -> None:
    """Secrets Manager asks `asked` for each step, as it does the function."""

    def invoke(*_: object, body: str, **__: object) -> None:
        asked(json.loads(body))

    monkeypatch.setattr(LambdaBackend, "get_function", lambda *_: None)
    monkeypatch.setattr(LambdaBackend, "invoke", invoke)
    boto3.client("secretsmanager").rotate_secret(
        SecretId=SECRET, RotationLambdaARN="arn:of:the:function:itself"
    )


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
