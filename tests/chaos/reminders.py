"""An operator comes hours after an alert: people were reminded of what is open, once (runbook 3)."""

import json
from datetime import datetime, timedelta
from typing import Any

from reconciliation.documents.typed import utc
from tests.chaos.scene import Scene
from tests.faults.looking import OPERATIONS, is_reminder, told
from tests.faults.stack import CHECKPOINTS

_LATE = timedelta(hours=3)
"""Longer than any response time. The watchdog then comes several times before anybody else does."""
_ROUNDS = 2


def let_hours_pass(scene: Scene) -> None:
    """As if the incident of a day that is not published were older. Raises AssertionError."""
    key = f"incidents/{scene.reference_date}.json"
    if scene.is_published() or not scene.hurt.objects(CHECKPOINTS, key):
        return
    incident = scene.hurt.json_at(CHECKPOINTS, key)
    wanted = int(_is_due(incident))
    for matter in incident["matters"]:
        matter["since"] = utc(datetime.fromisoformat(matter["since"]) - _LATE)
    scene.hurt.client("s3").put_object(Bucket=CHECKPOINTS, Key=key, Body=json.dumps(incident))
    before = _reminders(scene)
    for _ in range(_ROUNDS):
        scene.watch()
    assert _reminders(scene) - before == wanted, f"reminded {_reminders(scene) - before} times of {incident}"


def _is_due(incident: dict[str, Any]) -> bool:
    """Of the first of the gravest matters, where nobody is at it, and it was not told hours late before."""
    by_severity = [
        matter["opened_by"]
        for severity in ("CRITICAL", "HIGH")
        for matter in incident["matters"]
        if matter["last"]["severity"] == severity
    ]
    reminded = incident.get("reminded") or {"of": None}
    return bool(by_severity) and not incident.get("taken_by") and reminded["of"] != by_severity[0]


def _reminders(scene: Scene) -> int:
    """Of the scene's day."""
    mails = (json.loads(line) for line in told(scene.hurt)[scene.told_before :])
    day = str(scene.reference_date)
    return sum(is_reminder(mail) for mail in mails if mail["destino"] == OPERATIONS and day in mail["corpo"])
