"""Alerts to Slack: the e-mail's text to each channel that is told its severity (runbook 3.1).

Slack slow, over its limit or absent: tried again by the adapter, then twice by Lambda, then kept in the
dead-letter queue, from which `alert_replay` tells it. What a channel was told is marked, so nobody is told
twice, but for a crash between the two; the alert then has the same id. A channel whose webhook nobody has put
yet is not in use: its alerts go by e-mail alone, and `make first-checks` and the daily check say so.
What concerns the business area is kept for it in the same way: it is told later (`informing.py`).
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from reconciliation import alert_places, business
from reconciliation.adapters import slack
from reconciliation.adapters.aws_errors import AWS_ERRORS, reason
from reconciliation.adapters.slack import NotTold
from reconciliation.adapters.store import Store
from reconciliation.alarms import severity_of
from reconciliation.alert_texts import escaped, slack_text_of, text_of_alarm
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.channels import channels_of
from reconciliation.lifecycle import informing

BUSINESS: Final = "reconciliation-business"
"""In a mark, the business area."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Relaying:
    """The notifier's ports; the channels' webhooks are kept in secrets, by their names."""

    store: Store
    checkpoints_bucket: str
    webhook_secrets: Mapping[str, str]
    patience: slack.Patience = slack.USUAL

    def relay(self, messages: list[dict[str, Any]]) -> None:
        """Tells the channels SNS's messages. Raises NotTold, at the end."""
        give_up_at, failures = time.monotonic() + self.patience.in_all_s, []
        for message in map(read, messages):
            for channel, tell in self._ways(message, give_up_at).items():
                try:
                    self._once(message.id, channel, tell)
                except NotTold as exc:
                    failures.append(f"{channel}: {exc}")
        if failures:
            raise NotTold("; ".join(failures))

    def _ways(self, message: "Message", give_up_at: float) -> dict[str, Callable[[], bool]]:
        """How each channel is told, by its name."""
        ways: dict[str, Callable[[], bool]] = {
            channel: partial(self._post, channel, message.text, give_up_at)
            for channel in channels_of(message.severity)
        }
        if message.for_business:
            ways[BUSINESS] = partial(self._keep, message.for_business)
        return ways

    def _once(self, alert_id: str, channel: str, tell: Callable[[], bool]) -> None:
        """Tells a channel an alert, once. Raises NotTold."""
        mark = alert_places.alert_mark(self.checkpoints_bucket, alert_id, channel)
        if not self.store.head(mark) and tell():
            self.store.put(mark, b"")

    def _post(self, channel: str, text: str, give_up_at: float) -> bool:
        """Answers whether the channel is in use. Raises NotTold."""
        secret = self.webhook_secrets[channel]
        url = slack.webhook(secret)
        if url is None:
            _log.warning("webhook_unset", extra={"channel": channel, "secret": secret})
            return False
        slack.post(url, {"channel": channel, "text": text}, give_up_at, self.patience.first_wait_s)
        return True

    def _keep(self, body: dict[str, Any]) -> bool:
        try:
            informing.keep(self.store, self.checkpoints_bucket, body)
        except AWS_ERRORS as exc:
            raise NotTold(reason(exc)) from exc
        return True


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message of the topic, as its readers are told it: an alert, or a CloudWatch alarm."""

    id: str
    text: str
    """In Slack's signs."""
    severity: str = ""
    """Empty where it says none."""
    for_business: dict[str, Any] | None = None
    """The body, where the business area is told of it."""


def read(message: dict[str, Any]) -> Message:
    """Any other message of the topic is shown as it is."""
    try:
        body = parse(message["Message"], MESSAGE_BYTES)
    except JsonRefused:
        body = None
    if isinstance(body, dict) and "codigo" in body:
        return Message(
            id=body["id"],
            text=slack_text_of(body),
            severity=body["severidade"],
            for_business=body if body["codigo"] in business.CODES else None,
        )
    if isinstance(body, dict) and "AlarmName" in body:
        severity = severity_of(body.get("AlarmDescription") or "")
        alarm_id = f"{body['AlarmName']}-{body['StateChangeTime']}"
        return Message(id=alarm_id, text=escaped(text_of_alarm(body)), severity=severity)
    return Message(id=message["MessageId"], text=escaped(message["Message"]))
