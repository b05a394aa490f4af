"""What starts a function without a person: an execution that ended without cleaning up, and the clock."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.machine import machine_arn
from infra.settings import Settings

UNCLEAN_ENDS = ["ABORTED", "TIMED_OUT", "FAILED"]


class Events(Construct):
    """EventBridge rules. Events are best effort: the watchdog finds what they miss."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings

    def on_unclean_end(self, function: lambda_.IFunction) -> None:
        events.Rule(
            self,
            "UncleanEnd",
            rule_name=self._settings.named("reconciliation-unclean-end"),
            description="Executions that ended without success are closed",
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail={
                    "status": UNCLEAN_ENDS,
                    "stateMachineArn": [machine_arn(self._settings)],
                },
            ),
            targets=[targets.LambdaFunction(function)],
        )

    def every_five_minutes(self, function: lambda_.IFunction) -> None:
        events.Rule(
            self,
            "Watchdog",
            rule_name=self._settings.named("reconciliation-watchdog"),
            description="Closes what an event should have closed",
            schedule=events.Schedule.rate(Duration.minutes(5)),
            targets=[targets.LambdaFunction(function)],
        )
