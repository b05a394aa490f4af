"""Alerts to Slack: the e-mail's text to #conciliação-alerts, CRITICAL ones to #ops-oncall too (runbook 3.1).

Slack slow, over its limit or absent: tried again by the adapter, then twice by Lambda, then kept in the
dead-letter queue, from which `alert_replay` tells it. What a channel was told is marked, so nobody is told
twice, but for a crash between the two; the alert then has the same id. A channel whose webhook nobody has put
yet is not in use: its alerts go by e-mail alone, and `make first-checks` and the daily check say so.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

from reconciliation import layout
from reconciliation.adapters import slack
from reconciliation.adapters.slack import NotTold
from reconciliation.adapters.store import Store
from reconciliation.alert_texts import escaped, text_of, text_of_alarm
from reconciliation.alerts import CHANNEL, ONCALL
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.errors import CRITICAL

PATIENCE_S: Final = 20.0
"""How long the functions that relay go on, within their 30 seconds."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Relaying:
    """The notifier's ports; the channels' webhooks are kept in secrets, by these names."""

    store: Store
    checkpoints_bucket: str
    webhook_secret: str
    oncall_secret: str

    def relay(self, messages: list[dict[str, Any]], give_up_at: float) -> None:
        """Tells the channels SNS's messages, until `give_up_at` (monotonic). Raises NotTold, at the end."""
        failures = []
        for message in messages:
            alert_id, text, is_critical = read(message)
            told = {CHANNEL: self.webhook_secret} | ({ONCALL: self.oncall_secret} if is_critical else {})
            for channel, secret in told.items():
                try:
                    self._tell(alert_id, channel, secret, escaped(text), give_up_at)
                except NotTold as exc:
                    failures.append(f"{channel}: {exc}")
        if failures:
            raise NotTold("; ".join(failures))

    def _tell(self, alert_id: str, channel: str, secret: str, text: str, give_up_at: float) -> None:
        """Tells a channel an alert, once. Raises NotTold."""
        mark = layout.alert_mark(self.checkpoints_bucket, alert_id, channel)
        if self.store.head(mark):
            return
        url = slack.webhook(secret)
        if url is None:
            _log.warning("webhook_unset", extra={"channel": channel, "secret": secret})
            return
        slack.post(url, {"channel": channel, "text": text}, give_up_at)
        self.store.put(mark, b"")


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
