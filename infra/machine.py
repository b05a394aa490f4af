"""The state machine: the definition of `state_machine/`, whole and readable in the template."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.grants import allow, document, regional
from infra.settings import Settings

NAME = "reconciliation-state-machine"
DEFINITION = Path("state_machine") / "reconciliation.asl.json"


def machine_arn(settings: Settings) -> str:
    """Made from the name, so that what the machine calls can know it without a cycle."""
    return regional("states", f"stateMachine:{settings.named(NAME)}")[0]


def executions_arn(settings: Settings) -> str:
    """Of all executions, for policies."""
    return regional("states", f"execution:{settings.named(NAME)}:*")[0]


class Machine(Construct):
    """Logs every state without its data, and is traced by X-Ray."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        settings: Settings,
        *,
        definition: str,
        substitutions: Mapping[str, str],
        rights: list[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = logs.CfnLogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/vendedlogs/states/{settings.named(NAME)}",
            retention_in_days=settings.log_retention_days,
        )
        log_group.apply_removal_policy(RemovalPolicy.DESTROY)
        role = iam.Role(
            self,
            "Role",
            role_name=settings.named(NAME),
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={"access": document(*rights, *_observed())},
        )
        sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=settings.named(NAME),
            definition_body=sfn.DefinitionBody.from_string(definition),
            definition_substitutions=substitutions,
            role=role.without_policy_updates(),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                # by its name: CloudFormation's Arn of a group has `:*`, and the CDK adds that to a given ARN
                destination=logs.LogGroup.from_log_group_name(self, "LogGroup", log_group.ref),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
        )


def _observed() -> list[iam.PolicyStatement]:
    """Log delivery and tracing are set up by account: AWS knows no narrower resource for either."""
    delivery = allow(
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
        on=["*"],
    )
    tracing = allow(
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        on=["*"],
    )
    return [delivery, tracing]
