"""SNS as it may be: one that takes no accents."""

from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from reconciliation.adapters.notify import Notifier
from tests.events import event

TOPIC = "arn:aws:sns:sa-east-1:123456789012:reconciliation-alerts"


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")


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
    Notifier(TOPIC).send(event(code, message="publicação do dia"))
    with_accents, without = topic.asked
    assert without == {**with_accents, "Subject": subject}
    assert "publicação" in without["Message"]


def test_a_subject_that_is_taken_keeps_its_accents(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic(monkeypatch, lambda _: None)
    Notifier(TOPIC).send(event("SUCCEEDED"))
    assert [asked["Subject"] for asked in topic.asked] == ["[LOW] Conciliação JOB-20260216-000001 SUCCEEDED"]


@pytest.mark.parametrize(("code", "tries"), [("InvalidParameter", 2), ("AuthorizationError", 1)])
def test_what_is_refused_for_another_reason_is_raised(
    monkeypatch: pytest.MonkeyPatch, code: str, tries: int
) -> None:
    topic = Topic(monkeypatch, lambda _: code)
    with pytest.raises(ClientError, match=code):
        Notifier(TOPIC).send(event("SUCCEEDED"))
    assert len(topic.asked) == tries
