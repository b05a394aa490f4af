"""local/aws/events.py: rules reach their functions."""

import json
from typing import Any
from uuid import uuid4

import pytest
from moto.events.models import Rule

from local.aws import events, functions
from tests.local.conftest import Account
from tests.waiting import eventually


def rule_to_recorder(account: Account, bucket: str, **rule: Any) -> str:
    client, name = account.client("events"), uuid4().hex
    client.put_rule(Name=name, **rule)
    client.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": account.recorder(bucket)}])
    return name


def test_a_matching_event_invokes_the_function(account: Account) -> None:
    bucket, source = account.bucket(), uuid4().hex
    rule_to_recorder(
        account, bucket, EventPattern=json.dumps({"source": [source], "detail": {"status": ["FAILED"]}})
    )
    for status in ("SUCCEEDED", "FAILED"):
        entry = {"Source": source, "DetailType": "t", "Detail": json.dumps({"status": status})}
        account.client("events").put_events(Entries=[entry])
    (event,) = eventually(lambda: account.recorded(bucket))
    assert event["detail"] == {"status": "FAILED"}


def test_a_disabled_rule_invokes_nothing(account: Account) -> None:
    bucket, seen, source = account.bucket(), account.bucket(), uuid4().hex
    pattern = json.dumps({"source": [source]})
    rule_to_recorder(account, bucket, EventPattern=pattern, State="DISABLED")
    rule_to_recorder(account, seen, EventPattern=pattern)
    account.client("events").put_events(Entries=[{"Source": source, "DetailType": "t", "Detail": "{}"}])
    eventually(lambda: account.recorded(seen))
    assert account.recorded(bucket) == []


def test_a_schedule_fires_when_its_time_has_come_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(functions, "send", lambda arn, event, *_: sent.append((arn, event)))
    target = {"Arn": "arn:aws:lambda:sa-east-1:1:function:watchdog"}
    rule = Rule(
        "watchdog", "1", "sa-east-1", None, None, "rate(5 minutes)", None, "default", None, targets=[target]
    )
    due: dict[str, float] = {}
    for now_s in (0, 299, 300, 301, 599, 600):
        events.fire_due([rule], due, now_s)
    assert [arn for arn, _ in sent] == [target["Arn"]] * 2
    event = sent[0][1]
    assert (event["source"], event["detail-type"], event["resources"]) == (
        "aws.events",
        "Scheduled Event",
        [rule.arn],
    )
