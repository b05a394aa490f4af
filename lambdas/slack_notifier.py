"""Alerts to Slack #conciliação-alerts: the e-mail's text, through an incoming webhook (runbook 2.1)."""

import json
import os
import urllib.request
from typing import Any

import boto3

from reconciliation.alerts import slack_text_of

CHANNEL = "#conciliação-alerts"
_TIMEOUT_S = 10


def handler(event: dict[str, Any], _: object) -> None:
    """Raises on a webhook that does not answer 2xx, so that SNS delivers again."""
    url = _webhook_url()
    for record in event["Records"]:
        body = json.loads(record["Sns"]["Message"])
        payload = json.dumps({"channel": CHANNEL, "text": slack_text_of(body)}).encode()
        request = urllib.request.Request(url, payload, {"Content-Type": "application/json"})  # noqa: S310 - from our own secret
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310
            pass


def _webhook_url() -> str:
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SLACK_WEBHOOK_SECRET"])
    return str(secret["SecretString"])
