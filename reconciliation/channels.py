"""Slack's channels, and the severities that each is told (runbook 3.1, 3.2)."""

from typing import Final

from reconciliation.errors import CRITICAL, HIGH, LOW, MEDIUM

CHANNEL: Final = "#conciliação-alerts"
ENGINEERING: Final = "#eng-conciliacao"
ONCALL: Final = "#ops-oncall"
CHANNELS: Final = {
    CHANNEL: (CRITICAL, HIGH, MEDIUM, LOW),
    ENGINEERING: (CRITICAL, HIGH),
    ONCALL: (CRITICAL,),
}


def channels_of(severity: str) -> list[str]:
    """Who is told; the first alone of what has no severity, a message of the topic that is none of ours."""
    return [channel for channel, told in CHANNELS.items() if severity in told] or [CHANNEL]
