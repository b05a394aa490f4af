"""Step Functions: moto's own interpreter, where it differs from AWS."""

import json
import threading
import time
import uuid
from datetime import UTC, datetime
from functools import cache
from typing import Any

from moto.core.common_models import BackendDict
from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.stepfunctions import models as simple_models
from moto.stepfunctions.parser import models
from moto.stepfunctions.parser.api import ExecutionAbortedEventDetails, ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_callback,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend import execution as execution_module
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.responses import StepFunctionResponse

from local.aws import events, machine_tasks, rights
from local.aws.needs import OF_MACHINES_WITH_A_LOG
from local.place import Place

POLL_S = 0.3
"""How often a job is looked at. Step Functions does once a minute, later every five: docs/emulation.md."""
_PARSING_S = 10.0


def install(place: Place) -> None:
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    machine_tasks.install(place)
    state_task_service_callback._DELAY_SECONDS_SYNC_CONDITION_CHECK = POLL_S
    json_path.parse = cache(json_path.parse)  # which builds its parser anew for each path
    models.Execution = _Execution
    execution_module.BaseExecutionWorkerCommunication = _Communication
    # CloudFormation takes the first of these two names, the API the second.
    backends = BackendDict(_Machines, "stepfunctions")
    simple_models.stepfunctions_backends = models.stepfunctions_parser_backends = backends
    # moto's StepFunctionResponse.stop_execution loses the error and the cause that the operator gave.
    StepFunctionResponse.stop_execution = _stop_execution


class _Machines(StepFunctionsParserBackend):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._starting = threading.RLock()

    def start_execution(
        self, state_machine_arn: str, name: str | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """moto calls an unnamed execution `None`, and starts a name twice if asked twice at once."""
        with self._starting:
            return super().start_execution(state_machine_arn, name or str(uuid.uuid4()), *args, **kwargs)

    def _get_executions(self, execution_status: Any = None) -> list[Any]:
        """moto looks for a task token in executions whose worker is not there yet."""
        return [found for found in super()._get_executions(execution_status) if found.is_under_way]


class _Execution(Execution):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exec_status = (
            ExecutionStatus.RUNNING
        )  # moto leaves None until it has started, which `status` chokes on

    @property
    def is_under_way(self) -> bool:
        return bool(self.exec_worker and self.exec_worker.env)

    def get_start_execution_details(self) -> Any:
        """moto puts a datetime into `$$.Execution.StartTime`, which no payload can hold."""
        details = super().get_start_execution_details()
        details.start_time = (
            self.start_date.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        )
        return details

    def start(self) -> None:
        super().start()
        self._wait_until_parsed()
        self.announce("RUNNING")  # it may have ended since, and then that is told by itself

    def _wait_until_parsed(self) -> None:
        """No stop could reach it before."""
        limit = time.monotonic() + _PARSING_S
        while not self.is_under_way and time.monotonic() < limit:
            time.sleep(0.005)

    def stop(self, stop_date: datetime, error: str | None, cause: str | None) -> None:
        """moto's ends when its tasks do; AWS's ends now, and no event follows."""
        self._wait_until_parsed()  # its start may still be at it
        if self.exec_status != ExecutionStatus.RUNNING:
            return
        self.exec_status, self.stop_date = ExecutionStatus.ABORTED, stop_date.replace(tzinfo=UTC)
        self.error, self.cause = error or None, cause or None
        env = self.exec_worker.env
        details = ExecutionAbortedEventDetails(error=error, cause=cause)
        env.event_manager.add_event(
            context=env.event_history_context,
            event_type=HistoryEventType.ExecutionAborted,
            event_details=EventDetails(executionAbortedEventDetails=details),
        )
        env.event_manager.add_event = lambda *_args, **_kwargs: 0
        super().stop(stop_date, error, cause)
        self.announce()

    def announce(self, status: str | None = None) -> None:
        """moto tells EventBridge nothing."""
        output = (
            json.dumps(self.output, default=str) if self.exec_status == ExecutionStatus.SUCCEEDED else None
        )
        detail = {
            "executionArn": self.exec_arn,
            "stateMachineArn": self.state_machine.arn,
            "name": self.name,
            "status": status or self.status,
            "startDate": _epoch_ms(self.start_date),
            "stopDate": _epoch_ms(self.stop_date),
            "input": self.execution_input,
            "output": output,
            "error": self.error,
            "cause": self.cause,
        }
        events.emit("aws.states", "Step Functions Execution Status Change", self.exec_arn, detail)


class _Communication(BaseExecutionWorkerCommunication):  # type: ignore[misc]
    def terminated(self) -> None:
        """After a stop the worker comes back late, with nothing more to say."""
        if self.execution.exec_status == ExecutionStatus.RUNNING:
            super().terminated()
            self.execution.announce()


def check_log_delivery(properties: dict[str, Any]) -> None:
    """A machine that keeps a log is made only where its role may set that up. Raises AccessDenied."""
    if properties.get("LoggingConfiguration"):
        role = rights.of_role(properties["RoleArn"], "states")
        rights.demand(role, *OF_MACHINES_WITH_A_LOG)


def _stop_execution(self: Any) -> ActionResult:
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    execution.stop(datetime.now(UTC), self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _epoch_ms(moment: datetime | None) -> int | None:
    return int(moment.timestamp() * 1000) if moment else None
