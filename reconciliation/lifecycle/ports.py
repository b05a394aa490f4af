"""What a run's life asks of the services beside S3. The objects on S3 have their adapters' own types.

An implementation raises what `adapters.aws_errors.AWS_ERRORS` names where its service does not do as asked.
"""

from datetime import date, datetime
from typing import Protocol

from reconciliation.adapters.glue_runs import GlueRun
from reconciliation.alerts import Event
from reconciliation.run import Attempt


class Executions(Protocol):
    """Of the state machine."""

    def start(self, name: str, given: str) -> bool:
        """Starts that execution with that input, once: False where it was started before."""

    def is_running(self, execution_arn: str) -> bool: ...

    def started_at(self, execution_arn: str) -> datetime: ...


class GlueRuns(Protocol):
    def of(self, attempt: Attempt, since: datetime) -> list[GlueRun]:
        """The attempt's runs that were started since then."""

    def stop(self, runs: list[GlueRun]) -> None:
        """Asks for their stop; looks at nothing."""


class Topic(Protocol):
    def send(self, event: Event) -> None:
        """Tells people."""


class Dataset(Protocol):
    """QuickSight's copy of what is published."""

    @property
    def dataset_id(self) -> str: ...

    def refresh(self, day: date, today: date, ingestion_id: str) -> None: ...

    def state(self, ingestion_id: str) -> str: ...


class Metrics(Protocol):
    """Best effort: none of these raises."""

    def put_times(
        self, job_id: str, seconds_by_stage: dict[str, float], total_s: float, at: datetime
    ) -> None: ...

    def put_divergences(
        self, job_id: str, types: dict[str, int], rate_percent: float, at: datetime
    ) -> None: ...

    def put_lines(self, job_id: str, lines: int, rejected: int, at: datetime) -> None: ...

    def put_since_published(self, seconds: float, at: datetime) -> None: ...
