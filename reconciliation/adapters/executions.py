"""The executions of the state machine: started once by name, looked at by ARN."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3

from reconciliation.adapters.patience import HASTY
from reconciliation.bounded_json import object_or_empty

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient
    from types_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

_KEPT_BY_STEP_FUNCTIONS = timedelta(days=90)


@dataclass
class Executions:
    """Of one state machine."""

    state_machine_arn: str
    step_functions: "SFNClient" = field(default_factory=lambda: boto3.client("stepfunctions", config=HASTY))

    def start(self, name: str, given: str) -> bool:
        """Starts that execution, once: False where it was started before."""
        try:
            self.step_functions.start_execution(
                stateMachineArn=self.state_machine_arn, name=name, input=given
            )
        except self.step_functions.exceptions.ExecutionAlreadyExists:
            return False
        return True

    def is_running(self, execution_arn: str, *, if_unknown: bool) -> bool:
        """Whether the execution still runs; `if_unknown` where it is not known yet, or not any more."""
        described = self._describe(execution_arn)
        return if_unknown if described is None else described["status"] == "RUNNING"

    def started_at(self, execution_arn: str) -> datetime:
        """When the execution started, in UTC; long ago for one that is not known any more."""
        described = self._describe(execution_arn)
        if described is None:
            return datetime.now(UTC) - _KEPT_BY_STEP_FUNCTIONS
        return described["startDate"].astimezone(UTC)

    def input_of(self, execution_arn: str) -> dict[str, Any]:
        """What it was given; nothing where that is no object, or the execution is not known any more."""
        described = self._describe(execution_arn)
        return object_or_empty(described.get("input", "")) if described else {}

    def ended_since(self, moment: datetime) -> list[tuple[str, str, datetime, datetime]]:
        """ARN, status, start and end of each that ended then or later, of the newest hundred."""
        listed = self.step_functions.list_executions(stateMachineArn=self.state_machine_arn, maxResults=100)
        return [
            (each["executionArn"], each["status"], each["startDate"], each["stopDate"])
            for each in listed["executions"]
            if "stopDate" in each and each["stopDate"] >= moment
        ]

    def _describe(self, execution_arn: str) -> "DescribeExecutionOutputTypeDef | None":
        try:
            return self.step_functions.describe_execution(executionArn=execution_arn)
        except self.step_functions.exceptions.ExecutionDoesNotExist:
            return None
