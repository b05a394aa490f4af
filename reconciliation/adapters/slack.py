"""Slack's webhooks: a message to a channel, tried again while Slack is slow, over its limit or absent."""

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final

import boto3

from reconciliation.adapters.aws_errors import AWS_ERRORS, reason
from reconciliation.adapters.patience import HASTY
from reconciliation.webhooks import is_address

_TIMEOUT_S = 5.0
_WITHOUT_VALUE = "can't find the specified secret value"
"""A secret that is there and was never given a value: by its code alone it is one that is not there at all
(ansible/ansible#69710 has both messages)."""


@dataclass(frozen=True)
class Patience:
    """How long a function that relays goes on, within its 30 seconds; how soon it asks again at first."""

    in_all_s: float = 20.0
    first_wait_s: float = 1.0


USUAL: Final = Patience()


class _Here(urllib.request.HTTPRedirectHandler):
    """Another address would be asked by GET: what it answers is of no message."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Here)


class NotTold(Exception):
    """Slack did not take it: Lambda calls again, and then keeps it."""


def webhook(secret_id: str) -> str | None:
    """The webhook's address, itself a secret; None where nobody has put one yet. Raises NotTold."""
    secrets = boto3.client("secretsmanager", config=HASTY)
    try:
        stored = str(secrets.get_secret_value(SecretId=secret_id)["SecretString"])
    except (*AWS_ERRORS, KeyError) as exc:  # the latter: a secret that holds no text
        if isinstance(exc, secrets.exceptions.ResourceNotFoundException) and _WITHOUT_VALUE in str(exc):
            return None
        raise NotTold(f"the webhook's secret cannot be read ({reason(exc)})") from exc
    if not is_address(stored):
        raise NotTold(f"o segredo {secret_id} não é uma URL https")  # nor is it shown
    return stored


def post(url: str, payload: dict[str, str], give_up_at: float, wait_s: float) -> None:
    """Again on 429, 5xx, silence and no answer, until `give_up_at` (monotonic), at first `wait_s` later.

    Raises NotTold.
    """
    body = json.dumps(payload).encode()
    while True:
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - from our own secret
        try:
            with _OPENER.open(request, timeout=_TIMEOUT_S):
                return
        except urllib.error.HTTPError as exc:
            said, asked_s = f"HTTP {exc.code}", _seconds(exc.headers.get("Retry-After"))
            is_final = exc.code != 429 and exc.code < 500
        except (OSError, HTTPException, ValueError, OverflowError) as exc:
            # no connection, no answer in time; the others' texts may quote the address
            said, asked_s, is_final = type(exc).__name__, 0.0, False
        wait_s = max(wait_s, asked_s)
        if is_final or time.monotonic() + wait_s + _TIMEOUT_S > give_up_at:
            raise NotTold(said)  # without the address, which is a secret
        time.sleep(wait_s)
        wait_s *= 2


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after and retry_after.isdigit() else 0.0
