"""Step Functions' tasks: how the interpreter calls the other services."""

import json
import threading
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_factory as factory,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_glue as glue,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_lambda as functions,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.fail import state_fail
from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

from local.aws import rights
from local.place import REGION, Place

_lock = threading.Lock()


def install(place: Place) -> None:
    # moto's boto_client_for makes a client for each task: 50 ms, and not safe when threads do so at once.
    @cache
    def make(service: str, role_arn: str | None) -> Any:
        keys = rights.credentials(role_arn, "states", uuid4().hex) if role_arn else {}
        return boto3.client(  # type: ignore[call-overload]  # any service, by its name
            service,
            endpoint_url=place.endpoint,
            region_name=REGION,
            **{name.lower(): value for name, value in keys.items()},
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                read_timeout=None,
                max_pool_connections=50,
            ),
        )

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        with _lock:
            return make(service, state_credentials and state_credentials.role_arn)

    for module in (sdk, glue, lambda_eval_utils):
        module.boto_client_for = client_for
    # moto's error names of aws-sdk tasks lack S3's.
    sdk._SERVICE_ERROR_NAMES["s3"] = "S3"
    # moto's `.sync` of Glue interrupts an endpoint that it makes only for task tokens, and so always fails.
    glue._SUPPORTED_INTEGRATION_PATTERNS.add(ResourceCondition.WaitForTaskToken)
    # moto's Parallel and Fail take any error for a custom one, which must not be called States.TaskFailed.
    branches_decl.CustomErrorName = state_fail.CustomErrorName = ErrorName
    factory.StateTaskServiceGlue = _GlueTask
    factory.StateTaskServiceAwsSdk = _SdkTask
    factory.StateTaskServiceLambda = _LambdaTask


class _GlueTask(glue.StateTaskServiceGlue):  # type: ignore[misc]
    """moto leaves the job running when the execution is stopped, or another branch fails; AWS cancels it."""

    def _eval_sync(self, env: Any, **options: Any) -> Any:
        outcome = super()._eval_sync(env=env, **options)
        if outcome is None and isinstance(env.program_state(), ProgramStopped):
            self._cancel()
        return _plain(outcome)

    def _build_sync_resolver(self, env: Any, **options: Any) -> Any:
        started = env.stack[-1]
        client = self._get_glue_client(options["resource_runtime_part"], options["state_credentials"])
        self._started = client, started["JobName"], started["JobRunId"]
        return super()._build_sync_resolver(env=env, **options)

    def _from_error(self, env: Any, ex: Exception) -> Any:
        """AWS calls AWSGlueException what the call's model has no name for: throttling, a denied right.

        Where no answer came it is SdkClientException, as of every service.
        """
        if isinstance(ex, ClientError):
            said, client = ex.response["Error"], sdk.boto_client_for(REGION, "glue")
            modelled = client.meta.service_model.operation_model(ex.operation_name).error_shapes
            if said["Code"] not in {shape.name for shape in modelled}:
                cause = f"{said['Message']} (Service: AWSGlue; Error Code: {said['Code']}; Proxy: null)"
                ex = ClientError({"Error": {"Code": "AWSGlueException", "Message": cause}}, ex.operation_name)
        return super()._from_error(env=env, ex=_unanswered(ex, ClientError))

    def _cancel(self) -> None:
        client, job_name, run_id = self._started
        client.batch_stop_job_run(JobName=job_name, JobRunIds=[run_id])


class _LambdaTask(functions.StateTaskServiceLambda):  # type: ignore[misc]
    """moto calls it States.Runtime where no answer came, and nobody may try that again."""

    def _from_error(self, env: Any, ex: Exception) -> Any:
        """As AWS calls it (step-functions/latest/dg/sfn-best-practices.html, "Handle transient Lambda…")."""
        return super()._from_error(env=env, ex=_unanswered(ex, ClientError))


class SdkClientException(ClientError):
    """Whose name moto makes the error's of: `S3.SdkClientException`."""


class _SdkTask(sdk.StateTaskServiceAwsSdk):  # type: ignore[misc]
    """moto hands parameters and answers through as they are; AWS fits both to the shapes of the API."""

    def _from_error(self, env: Any, ex: Exception) -> Any:
        """As of a function, where no answer came."""
        return super()._from_error(env=env, ex=_unanswered(ex, SdkClientException))

    def _normalise_parameters(self, parameters: dict[str, Any], *_args: Any, **_kwargs: Any) -> None:
        shape = self._operation().input_shape
        members = {name.lower(): name for name in shape.members} if shape else {}
        for given in list(parameters):
            name = members.get(given.lower(), given)
            value = parameters.pop(given)
            is_blob = name in members.values() and shape.members[name].type_name == "blob"
            parameters[name] = json.dumps(value) if is_blob and not isinstance(value, str | bytes) else value

    def _normalise_response(self, response: Any, *_args: Any, **_kwargs: Any) -> None:
        if isinstance(response, dict):
            for name in list(response):
                response[name[:1].upper() + name[1:]] = _plain(response.pop(name))

    def _operation(self) -> Any:
        client = sdk.boto_client_for(REGION, self._get_boto_service_name())
        return client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[self._get_boto_service_action()]
        )


def _unanswered(ex: Exception, kind: type[ClientError]) -> Exception:
    """What AWS calls SdkClientException, as a refusal, which moto knows how to name."""
    if not isinstance(ex, BotoCoreError):
        return ex
    answer: Any = {
        "Error": {"Code": "SdkClientException", "Message": str(ex)},
        "ResponseMetadata": {"HTTPStatusCode": 0, "RequestId": None},
    }
    return kind(answer, "none")


def _plain(value: Any) -> Any:
    """As JSON has it: a body is read, a date is text."""
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
