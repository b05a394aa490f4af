"""The adapters that the handlers share, made once per function instance."""

import logging
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.settings import Settings
from reconciliation.adapters.days import Days
from reconciliation.adapters.glue_runs import GlueRuns
from reconciliation.adapters.metrics import Metrics
from reconciliation.adapters.notify import Notifier
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.adapters.waits import Waits
from reconciliation.alerts import Event, Told

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_log = logging.getLogger(__name__)

_KEPT_BY_STEP_FUNCTIONS = timedelta(days=90)


class Context:
    """Everything outside that a handler talks to."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def store(self) -> Store:
        return Store()

    @cached_property
    def days(self) -> Days:
        return Days(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def records(self) -> Records:
        return Records(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def waits(self) -> Waits:
        return Waits(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def runs(self) -> GlueRuns:
        return GlueRuns(self.settings.stage_jobs)

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics()

    @cached_property
    def notifier(self) -> Notifier:
        return Notifier(self.settings.alerts_topic_arn)

    @cached_property
    def step_functions(self) -> "SFNClient":
        return boto3.client("stepfunctions")

    def start(self, name: str, given: str) -> bool:
        """Starts that execution of the machine, once: False where it was started before."""
        machine = self.step_functions
        try:
            machine.start_execution(stateMachineArn=self.settings.state_machine_arn, name=name, input=given)
        except machine.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def is_running(self, execution_arn: str) -> bool:
        """Whether the execution still runs; one that is not known any more does not."""
        try:
            answer = self.step_functions.describe_execution(executionArn=execution_arn)
        except self.step_functions.exceptions.ExecutionDoesNotExist:
            return False
        return bool(answer["status"] == "RUNNING")

    def started_at(self, execution_arn: str) -> datetime:
        """When the execution started; long ago for one that is not known any more."""
        try:
            answer = self.step_functions.describe_execution(executionArn=execution_arn)
        except self.step_functions.exceptions.ExecutionDoesNotExist:
            return datetime.now(UTC) - _KEPT_BY_STEP_FUNCTIONS
        return moment(answer["startDate"].isoformat())

    def tell(self, event: Event) -> bool:
        """False where SNS would not take it: the day is then not released, and the watchdog tells later."""
        try:
            self.notifier.send(event)
        except (BotoCoreError, ClientError):
            _log.exception("alert not sent id=%s", event.id)
            return False
        return True

    def event(self, code: Told, message: str, **facts: Any) -> Event:
        """An alert's event with what all of them share."""
        return Event(
            code=code,
            message=message,
            timestamp=datetime.now(UTC),
            deployment=self.settings.deployment,
            state_machine_arn=self.settings.state_machine_arn,
            output_bucket=self.settings.output_bucket,
            **facts,
        )


@lru_cache(maxsize=1)
def context() -> Context:
    return Context(Settings.from_env())


def moment(text: str) -> datetime:
    """A Step Functions timestamp, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
