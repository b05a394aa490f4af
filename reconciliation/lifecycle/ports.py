"""What a run's life asks of the services beside S3. The objects on S3 have their adapters' own types.

An implementation raises what `adapters.aws_errors.AWS_ERRORS` names where its service does not do as asked.
"""

from datetime import date, datetime
from typing import Any, Protocol

from reconciliation.adapters.glue_runs import GlueRun
from reconciliation.alarms import Alarm
from reconciliation.copies import Copy
from reconciliation.deployment import Deployment
from reconciliation.run import Attempt


class Executions(Protocol):
    """The executions of the one state machine."""

    def start(self, name: str, given: str) -> bool:
        """Starts that execution with that input, once: False where it was started before."""

    def is_running(self, execution_arn: str, *, if_unknown: bool) -> bool:
        """Whether it still runs; `if_unknown` is what one counts as of which nothing is known."""

    def started_at(self, execution_arn: str) -> datetime:
        """In UTC; long ago for one that is not known any more."""

    def input_of(self, execution_arn: str) -> dict[str, Any]:
        """What it was given; nothing where that is no object, or the execution is not known any more."""

    def ended_since(self, moment: datetime) -> list[tuple[str, str, datetime, datetime]]:
        """ARN, status, start and end of those that ended then or later."""


class Alarms(Protocol):
    """CloudWatch's alarms."""

    def on(self, name: str, deployment: Deployment) -> Alarm | None:
        """That alarm as it is now; None where it is not on, or there is none."""


class GlueRuns(Protocol):
    """The runs of the three stages' Glue jobs."""

    def of(self, attempt: Attempt, since: datetime) -> list[GlueRun]:
        """The attempt's runs that were started since then."""

    def stop(self, runs: list[GlueRun]) -> None:
        """Asks for their stop; looks at nothing."""


class Topic(Protocol):
    """Where alerts go."""

    def publish(self, body: dict[str, Any], attributes: dict[str, str]) -> None:
        """Tells people an alert: its body and its message's attributes."""


class Subscriptions(Protocol):
    """The topics' e-mails."""

    def missing(self) -> list[str]:
        """Addresses that are told nothing: not confirmed, or gone."""


class Dataset(Protocol):
    """QuickSight's copy of what is published."""

    @property
    def dataset_id(self) -> str: ...

    def refresh(self, day: date, now: datetime, ingestion_id: str) -> None:
        """Asks for the copy of that day; twice under one id is once."""

    def copies(self) -> list[Copy]:
        """What became of those that were asked for, by whomever."""


class Metrics(Protocol):
    """A run's numbers. They are put where that can be done: none of these raises."""

    def put_times(
        self, job_id: str, seconds_by_stage: dict[str, float], total_s: float, at: datetime
    ) -> None: ...

    def put_divergences(
        self, job_id: str, types: dict[str, int], rate_percent: float, at: datetime
    ) -> None: ...

    def put_values(self, job_id: str, value_by_type_cents: dict[str, int], at: datetime) -> None: ...

    def put_usual_rate(self, rate_percent: float, at: datetime) -> None: ...

    def put_lines(self, job_id: str, lines: int, rejected: int, at: datetime) -> None: ...

    def put_since_published(self, seconds: float, at: datetime) -> None: ...

    def put_overdue(self, seconds: float, at: datetime) -> None: ...
