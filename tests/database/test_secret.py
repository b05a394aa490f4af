"""The secret and the CA bundle, as AWS keeps them."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from reconciliation.access.checking import Check
from reconciliation.adapters.database.secret import authority, read_secret
from reconciliation.errors import ReconciliationError
from tests.functions.socket_s3 import served

SECRET = {"engine": "mysql", "host": "h", "port": 1, "dbname": "d", "username": "u", "password": "hidden"}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (("DEFAULT_REGION", "sa-east-1"), ("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "s")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def store(content: Any) -> None:
    boto3.client("secretsmanager").create_secret(Name="credentials", SecretString=content)


def test_a_secret_is_its_members() -> None:
    store(json.dumps(SECRET))
    assert read_secret("credentials") == SECRET


def test_a_busy_service_is_asked_again_more_often_than_botocore_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's own three tries ended a day. Over a socket: what a library repeats, no stub can tell."""
    asked: list[bytes] = []

    class Busy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            is_busy = len(asked) < 5
            answer = {"__type": "ThrottlingException"} if is_busy else {"SecretString": json.dumps(SECRET)}
            body = json.dumps(answer).encode()
            self.send_response(400 if is_busy else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with served(Busy) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        assert read_secret("credentials") == SECRET
        server.shutdown()
    assert len(asked) == 5


@pytest.mark.parametrize("content", ["hidden", '{"password": "hidden"}', '["hidden"]', '"hidden"'])
def test_a_secret_that_cannot_be_used_is_told_without_its_content(content: str) -> None:
    store(content)
    with pytest.raises(ReconciliationError) as failed:
        read_secret("credentials")
    assert failed.value.code == "RDS_AUTH"
    assert "hidden" not in str(failed.value)


def test_a_secret_that_is_not_there() -> None:
    with pytest.raises(ReconciliationError, match="credentials não pode ser lido"):
        read_secret("credentials")


@pytest.mark.parametrize(
    ("stored", "etapa", "code", "engine"),
    [
        (None, "auth", "RDS_AUTH", None),
        ("hidden", "auth", "RDS_AUTH", None),
        (json.dumps({**SECRET, "port": "hidden"}), "auth", "RDS_AUTH", None),
        (json.dumps({**SECRET, "engine": "oracle"}), "auth", "E_BASE_SCHEMA", "oracle"),
        (json.dumps({**SECRET, "host": "banco.invalid"}), "dns", "RDS_UNREACHABLE", "mysql"),
    ],
)
def test_a_secret_that_is_none_of_a_base_is_no_trouble_of_the_network(
    stored: str | None, etapa: str, code: str, engine: str | None
) -> None:
    """As `test-rds-connection` answers: docs/deploy.md sends `dns` to the network, `auth` to the secret."""
    if stored:
        store(stored)
    check = Check(secret_id="credentials", read_endpoint="", database_ca="", window_days=None)
    reached = check.run({})
    assert (reached.etapa, reached.codigo, reached.engine) == (etapa, code, engine)


def test_a_bundle_is_brought_from_s3_and_taken_away() -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    s3.put_object(Bucket="assets", Key="ca.pem", Body=b"bundle")
    with authority("s3://assets/ca.pem") as path:
        assert Path(path).read_bytes() == b"bundle"
    assert not Path(path).exists()
    with pytest.raises(ReconciliationError) as failed, authority("s3://assets/other.pem"):
        pass
    assert failed.value.code == "INVALID_INPUT"


def test_no_bundle_is_no_path() -> None:
    with authority("") as path:
        assert path == ""


@pytest.mark.parametrize("port", ["x", "", None, "54321x", -1])
def test_a_port_that_is_none_is_told_as_the_secrets_fault(port: Any) -> None:
    store(json.dumps({**SECRET, "port": port}))
    with pytest.raises(ReconciliationError, match="port") as refused:
        read_secret("credentials")
    assert refused.value.code == "RDS_AUTH"
