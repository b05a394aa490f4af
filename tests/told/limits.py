"""What must hold of whatever people were told: sentences, none where all holds."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from reconciliation.alert_texts import slack_text_of
from reconciliation.channels import channels_of
from reconciliation.incident import is_reminder
from tests.told.delivery import Delivery


def broken(on: Delivery) -> list[str]:
    """Once Slack and SNS have been there for a while."""
    return [*_openings(on), *_losses(on), *_ends(on)]


def bodies(on: Delivery, *, reminders: bool = True) -> list[dict[str, Any]]:
    """Of the alerts that SNS took, in their order."""
    told = (alert["body"] for alert in on.world.account.alerts)
    return [body for body in told if reminders or not is_reminder(body["id"])]


def _openings(on: Delivery) -> Iterator[str]:
    """One for each code of a day's incident until it ends; an alarm's ends untold, and it may ring again."""
    opened: set[tuple[str, str]] = set()
    for body in bodies(on):
        incident = body["incidente"] if body["codigo"] != "ALARM" else None
        if incident and incident["estado"] == "encerra":
            opened = {one for one in opened if one[0] != incident["id"]}
        elif incident and incident["estado"] == "abre":
            key = (incident["id"], body["codigo"])
            if key in opened:
                yield f"{key[1]} opens {key[0]} once more: {body['id']}"
            opened.add(key)


def _losses(on: Delivery) -> Iterator[str]:
    """Each alert once to each channel of its severity, and to whoever is told everything by e-mail."""
    sent = Counter((one.by, one.text) for one in on.received)
    for body in bodies(on):
        text = slack_text_of(body)
        for channel in channels_of(body["severidade"]):
            if (times := sent[channel, text]) != 1:
                yield f"{body['id']} reached {channel} {times} times"
    ids = Counter(body["id"] for body in bodies(on))
    yield from (f"{name} was sent {times} times" for name, times in ids.items() if times > 1)


def _ends(on: Delivery) -> Iterator[str]:
    """Each execution that failed has its own alert, or an alarm said that it had none."""
    told = defaultdict[str, list[str]](list)
    for body in bodies(on, reminders=False):
        told[body["execution_arn"]].append("alarm" if body["codigo"] == "ALARM" else "alert")
    for arn, execution in on.world.account.executions.items():
        if execution["status"] != "SUCCEEDED" and told[arn] not in _OF_AN_END:
            yield f"{arn.rsplit(':', 1)[-1]} {execution['status']} was told by {told[arn]}"


_OF_AN_END = (["alert"], ["alarm"], ["alarm", "alert"])
"""The last where SNS came back in the minute in which the alarm rang."""
