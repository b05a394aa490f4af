"""Alerts to Slack: the e-mail's text to #conciliação-alerts, CRITICAL ones to #ops-oncall too (runbook 3.1).

Slack slow, over its limit or absent: tried again here, then twice by Lambda, then kept in the dead-letter
queue, from which `alert_replay` tells it. What a channel was told is marked, so nobody is told twice, but for
a crash between the two; the alert then has the same id.
"""

import json
import os
import time
import urllib.error
import urllib.request
from typing import Any

import boto3

from lambdas.context import Context, context
from reconciliation import layout
from reconciliation.alert_texts import escaped, text_of, text_of_alarm
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.errors import CRITICAL

CHANNEL, ONCALL = "#conciliação-alerts", "#ops-oncall"
_PATIENCE_S = 20.0
"""Within the function's 30 seconds."""
_TIMEOUT_S = 5.0
_FIRST_WAIT_S = 1.0


class NotTold(Exception):
    """Slack did not take it: Lambda calls again, and then keeps it."""


def handler(event: dict[str, Any], _: object) -> None:
    """`event` is SNS's. Raises NotTold where any channel was not told, after trying all."""
    give_up_at, failures = time.monotonic() + _PATIENCE_S, []
    for record in event["Records"]:
        alert_id, text, is_critical = read(record["Sns"])
        secrets = {CHANNEL: os.environ["SLACK_WEBHOOK_SECRET"]}
        if is_critical:
            secrets[ONCALL] = os.environ["SLACK_ONCALL_SECRET"]
        for channel, secret in secrets.items():
            try:
                tell(context(), alert_id, channel, secret, escaped(text), give_up_at)
            except NotTold as exc:
                failures.append(f"{channel}: {exc}")
    if failures:
        raise NotTold("; ".join(failures))


def read(message: dict[str, Any]) -> tuple[str, str, bool]:
    """An alert's (or a CloudWatch alarm's) id, text, and whether somebody is to be woken."""
    try:
        body = parse(message["Message"], MESSAGE_BYTES)
    except JsonRefused:
        body = None
    if isinstance(body, dict) and "codigo" in body:
        return body["id"], text_of(body), body["severidade"] == CRITICAL
    if isinstance(body, dict) and "AlarmName" in body:
        text = text_of_alarm(body)
        return f"{body['AlarmName']}-{body['StateChangeTime']}", text, text.startswith(f"[{CRITICAL}]")
    return message["MessageId"], message["Message"], False


def tell(found: Context, alert_id: str, channel: str, secret: str, text: str, give_up_at: float) -> None:
    """Once for each alert and channel. Raises NotTold."""
    mark = layout.told(found.settings.checkpoints_bucket, alert_id, channel)
    if found.store.head(mark):
        return
    try:
        url = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    except Exception as exc:
        raise NotTold(f"the webhook's secret is not there ({type(exc).__name__})") from exc
    post(url, {"channel": channel, "text": text}, give_up_at)
    found.store.put(mark, b"")


def post(url: str, payload: dict[str, str], give_up_at: float) -> None:
    """Again on 429, 5xx, silence and no answer, until `give_up_at` (monotonic). Raises NotTold."""
    body, wait_s = json.dumps(payload).encode(), _FIRST_WAIT_S
    while True:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - from our own secret
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - the same
                return
        except urllib.error.HTTPError as exc:
            said, asked_s = f"HTTP {exc.code}", _seconds(exc.headers.get("Retry-After"))
            is_final = exc.code != 429 and exc.code < 500
        except OSError as exc:  # no connection, no answer in time
            said, asked_s, is_final = type(exc).__name__, 0.0, False
        wait_s = max(wait_s, asked_s)
        if is_final or time.monotonic() + wait_s + _TIMEOUT_S > give_up_at:
            raise NotTold(said)  # without the address, which is a secret
        time.sleep(wait_s)
        wait_s *= 2


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0
