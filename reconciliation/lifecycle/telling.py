"""Alerts of one deployment: what all events share, and whether SNS took one."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.deployment import Deployment
from reconciliation.event import AlertCode, Event, Facts, Standing
from reconciliation.lifecycle.ports import Topic

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Teller:
    """Tells people through the alerts' topic."""

    topic: Topic
    deployment: Deployment
    state_machine_arn: str
    output_bucket: str
    standing: Callable[[str], Standing | None]
    """What is published for a day; None where nobody can say."""

    def event(
        self, code: AlertCode, message: str, now: datetime, *, execution_arn: str, **facts: Unpack[Facts]
    ) -> Event:
        """An event of this deployment; `execution_arn` is "" where it is of no execution."""
        day = facts.get("day")
        return Event(
            code=code,
            message=message,
            timestamp=now,
            execution_arn=execution_arn,
            deployment=self.deployment,
            state_machine_arn=self.state_machine_arn,
            output_bucket=self.output_bucket,
            standing=self.standing(day) if day else None,
            **facts,
        )

    def tell(self, event: Event) -> None:
        """Tells people. Raises what SNS raises: the caller is not to go on."""
        self.topic.send(event)

    def try_to_tell(self, event: Event) -> bool:
        """Tells people; answers False where SNS would not: the day stays held, the watchdog tells later."""
        try:
            self.topic.send(event)
        except AWS_ERRORS:
            _log.exception("alert not sent id=%s", event.id)
            return False
        return True
