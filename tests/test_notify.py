"""SNS as it may be: one that takes no accents, one that takes the connection and says nothing."""

import socket
import time
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.functions import CLOSE_RUN, FINISH_RUN
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.notify import Notifier
from reconciliation.adapters.patience import HASTY
from reconciliation.alerts import attributes_of, body_of
from reconciliation.event import Event
from tests.events import event

TOPIC = "arn:aws:sns:sa-east-1:123456789012:reconciliation-alerts"


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")


def tell(told: Event, **service: Any) -> None:
    Notifier(TOPIC, **service).publish(body_of(told), attributes_of(told))


class Topic:
    """`asked` is every request in order; those that `refuses` names a code for are refused with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refuses: Any) -> None:
        self.asked: list[dict[str, Any]] = []

        def call(_: BaseClient, operation: str, given: dict[str, Any]) -> dict[str, str]:
            self.asked.append(given)
            if code := refuses(given):
                kind = boto3.client("sns").exceptions.from_code(code)
                raise kind({"Error": {"Code": code, "Message": "Invalid parameter: Subject"}}, operation)
            return {"MessageId": "1"}

        monkeypatch.setattr(BaseClient, "_make_api_call", call)


def _no_accents(given: dict[str, Any]) -> str | None:
    return None if given["Subject"].isascii() else "InvalidParameter"


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        ("SUCCEEDED", "[LOW] Conciliacao JOB-20260216-000001 SUCCEEDED"),
        ("ABNORMAL_RATE", "Taxa de Divergencias Anormal - 2026-02-16"),
    ],
)
def test_a_topic_without_accents_is_told_without_them(
    monkeypatch: pytest.MonkeyPatch, code: str, subject: str
) -> None:
    topic = Topic(monkeypatch, _no_accents)
    tell(event(code, message="publicação do dia"))
    with_accents, without = topic.asked
    assert without == {**with_accents, "Subject": subject}
    assert "publicação" in without["Message"]


def test_a_subject_that_is_taken_keeps_its_accents(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic(monkeypatch, lambda _: None)
    tell(event("SUCCEEDED"))
    assert [asked["Subject"] for asked in topic.asked] == ["[LOW] Conciliação JOB-20260216-000001 SUCCEEDED"]


@pytest.mark.parametrize(("code", "tries"), [("InvalidParameter", 2), ("AuthorizationError", 1)])
def test_what_is_refused_for_another_reason_is_raised(
    monkeypatch: pytest.MonkeyPatch, code: str, tries: int
) -> None:
    topic = Topic(monkeypatch, lambda _: code)
    with pytest.raises(ClientError, match=code):
        tell(event("SUCCEEDED"))
    assert len(topic.asked) == tries


def test_a_silent_topic_leaves_the_run_s_end_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waited for as botocore does, CloseRun would be over before it has noted that nobody was told."""
    made: list[Any] = []
    make = boto3.client
    monkeypatch.setattr(boto3, "client", lambda *given, **more: made.append(make(*given, **more)) or made[-1])
    Notifier(TOPIC)
    config = made[0].meta.config
    tries = config.retries["total_max_attempts"]
    longest_s = tries * (config.connect_timeout + config.read_timeout) + (tries - 1) * 1
    assert 2 * longest_s < min(CLOSE_RUN.timeout_s, FINISH_RUN.timeout_s)  # the day's alert, and QuickSight's


def test_a_silent_topic_is_an_error_that_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{silent.getsockname()[1]}")
        hasty, began = HASTY.merge(Config(read_timeout=0.1)), time.monotonic()
        with pytest.raises(AWS_ERRORS):
            tell(event("SUCCEEDED"), sns=boto3.client("sns", config=hasty))
    assert time.monotonic() - began < 5
