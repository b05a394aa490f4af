"""Alerts of one deployment: every event passes here once, and leaves its mark on the day's incident.

Nothing is lost, and nothing is in a run's way: where an incident cannot be written the alert leaves without;
what SNS does not take is kept, or its day stays held, and the watchdog tells it; what SNS will never take as
it is, is told in short, and the whole is set aside. Once SNS took an alert, its execution has a mark, by
which that execution's alarms know that people were told.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from reconciliation import incident
from reconciliation.adapters.alert_marks import AlertMarks
from reconciliation.adapters.aws_errors import AWS_ERRORS, is_for_good
from reconciliation.adapters.incidents import Incidents
from reconciliation.alerts import attributes_of, body_of, in_short, noted
from reconciliation.deployment import Deployment
from reconciliation.event import AlertCode, Event, Facts, Standing
from reconciliation.lifecycle.ports import Topic
from reconciliation.objects import ConditionFailed

_FAILURES = (*AWS_ERRORS, ConditionFailed, ValueError)
"""Of an incident or a mark: never a reason not to tell."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Teller:
    """Tells people through the alerts' topic."""

    topic: Topic
    incidents: Incidents
    marks: AlertMarks
    deployment: Deployment
    state_machine_arn: str
    output_bucket: str
    standing: Callable[[str], Standing | None]
    """What is published for a day; None where nobody can say."""
    response_minutes: Mapping[str, int]
    """By playbook, where it is not the runbook's."""
    reference_day_offset: int
    """The rule's, of the rules that hold now."""

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
            response_minutes=self.response_minutes,
            reference_day_offset=self.reference_day_offset,
            **facts,
        )

    def tell(self, event: Event) -> None:
        """Tells people; what SNS would not take is kept, and the watchdog tells it later.

        Raises what S3 raises where that cannot be done either: the caller is not to go on.
        """
        event = self._with_incident(event)
        if not self._sends(event):
            self.marks.keep(event.id, _message(event))

    def try_to_tell(self, event: Event) -> bool:
        """Tells people; answers False where SNS would not: the day stays held, the watchdog tells later."""
        return self._sends(self._with_incident(event))

    def tell_now(self, event: Event) -> bool:
        """Tells people what may be untrue a moment later; answers False where SNS would not.

        It is not kept, and in no incident before SNS took it: nobody is reminded of what was never told.
        """
        key = event.incident_key
        try:
            standing = incident.after(self.incidents.read(key), noted(event), key)
        except _FAILURES:
            _log.exception("incident_not_read", extra={"alert": event.id})
            standing = None
        if not self._sends(replace(event, incident=incident.note_of(standing, event.id))):
            return False
        self._with_incident(event)
        return True

    def remind(self, event: Event) -> bool:
        """Reminds people of an incident, which counts that itself. Answers False where SNS would not."""
        return self._sends(event)

    def end(self, key: str, code: str, by: str, now: datetime) -> None:
        """Notes what ended that code of an incident, of which nobody is told but the daily check's reader."""
        self.incidents.change(
            key, lambda current: current and current.without(current.of_codes(code), by, now)
        )

    def tell_kept(self, since: datetime) -> list[str]:
        """Tells what was kept since then, until SNS takes nothing. Answers the ids."""
        ids = []
        for kept in self.marks.kept(since):
            message: dict[str, Any] = kept.json()
            alert_id = message["body"]["id"]
            tried = self.marks.note_try(kept)
            try:
                self._publish(**message)
            except AWS_ERRORS:
                _log.exception("alert not sent id=%s", alert_id)
                break
            self.marks.settled(tried)
            ids.append(alert_id)
        return ids

    def _with_incident(self, event: Event) -> Event:
        """With what it says of its incident, which is written first; without where that cannot be."""
        key = event.incident_key
        try:
            standing = self.incidents.change(key, partial(incident.after, alert=noted(event), key=key))
        except _FAILURES:
            _log.exception("incident_not_noted", extra={"alert": event.id})
            return event
        return replace(event, incident=incident.note_of(standing, event.id))

    def _sends(self, event: Event) -> bool:
        try:
            self._publish(**_message(event))
        except AWS_ERRORS:
            _log.exception("alert not sent id=%s", event.id)
            return False
        return True

    def _publish(self, body: dict[str, Any], attributes: dict[str, str], execution_arn: str) -> None:
        """Raises AWS_ERRORS where SNS may take it later: no alert holds up a day, or others, for good."""
        try:
            self.topic.publish(body, attributes)
        except AWS_ERRORS as exc:
            if not is_for_good(exc):
                raise
            message = {"body": body, "attributes": attributes, "execution_arn": execution_arn}
            whole = self.marks.set_aside(body["id"], message)
            _log.exception("alert_refused_for_good", extra={"alert": body["id"], "whole": str(whole)})
            self.topic.publish(in_short(body, whole), attributes)
        self._mark(execution_arn, body["id"])

    def _mark(self, execution_arn: str, alert_id: str) -> None:
        """An alarm of the execution may speak in vain where this fails."""
        try:
            self.marks.sent(execution_arn, alert_id)
        except _FAILURES:
            _log.exception("mark_not_left", extra={"alert": alert_id})


def _message(event: Event) -> dict[str, Any]:
    """As it is sent, and as it is kept until then."""
    return {
        "body": body_of(event),
        "attributes": attributes_of(event),
        "execution_arn": event.execution_arn,
    }
