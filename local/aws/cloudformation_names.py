"""Names that somebody has already, of the types that moto would take over from whoever made them.

CloudFormation makes nothing whose name is there (AWSCloudFormation: validate-stack-deployments.html). Of the
other types the service itself refuses, here as there.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends
from moto.kms.models import kms_backends
from moto.quicksight.models import quicksight_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.stepfunctions.models import stepfunctions_backends

from local.place import ACCOUNT, REGION


def _here(backends: Any) -> Any:
    return backends[ACCOUNT][REGION]


_KNOWN: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
    "AWS::CloudWatch::Alarm": ("AlarmName", lambda: _here(cloudwatch_backends).alarms),
    "AWS::CloudWatch::Dashboard": ("DashboardName", lambda: _here(cloudwatch_backends).dashboards),
    "AWS::Events::Rule": ("Name", lambda: _here(events_backends).event_buses["default"].rules),
    "AWS::KMS::Alias": (
        "AliasName",
        lambda: [alias for key in _here(kms_backends).keys.values() for alias in key.aliases],
    ),
    "AWS::Lambda::Function": (
        "FunctionName",
        lambda: [function.function_name for function in _here(lambda_backends).list_functions()],
    ),
    "AWS::QuickSight::Dashboard": ("DashboardId", lambda: _here(quicksight_backends).dashboards),
    "AWS::QuickSight::DataSet": ("DataSetId", lambda: _here(quicksight_backends).data_sets),
    "AWS::QuickSight::DataSource": ("DataSourceId", lambda: _here(quicksight_backends).data_sources),
    "AWS::SNS::Topic": ("TopicName", lambda: [topic.name for topic in _here(sns_backends).topics.values()]),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName",
        lambda: [machine.name for machine in _here(stepfunctions_backends).state_machines],
    ),
}
"""The property that names one, and the names that the account has."""


def require_free(kind: str, properties: Mapping[str, Any]) -> None:
    """Raises ValueError in CloudFormation's words, or in those of Secrets Manager (API_CreateSecret.html)."""
    if kind == "AWS::SecretsManager::Secret":
        secret = _here(secretsmanager_backends).secrets.get(properties.get("Name"))
        if secret and secret.is_deleted():
            text = "You can't create this secret because a secret with this name is already scheduled"
            raise ValueError(f"{text} for deletion.")
    if kind in _KNOWN:
        key, names = _KNOWN[kind]
        if str(properties.get(key)) in names():
            raise ValueError(f"Resource of type '{kind}' with identifier '{properties[key]}' already exists.")
