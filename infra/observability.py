"""Alarms and `Reconciliation-Dashboard`: what runbook 1.1 asks operators to look at, in Portuguese."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.grants import NAMESPACE
from infra.machine import machine_arn
from infra.settings import Settings
from reconciliation.config import Rules

DASHBOARD = "Reconciliation-Dashboard"
_EXECUTORS = "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"


class Observability(Construct):
    """Alarms go to the topic; the dashboard shows the newest days without being told a job."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._action = actions.SnsAction(topic)
        self._add_alarms()
        self._add_dashboard()

    def watch(self, function: lambda_.Function, sentence: str) -> None:
        """Alarm on any error of a function whose failure nobody else would notice."""
        name = function.node.id
        self._alarm(f"{name}Errors", function.metric_errors(period=Duration.minutes(1)), 1, sentence)

    def _add_alarms(self) -> None:
        rate = Rules.from_dict(dict(self._settings.rules)).abnormal_rate_percent
        self._alarm(
            "AbnormalRate",
            _metric("DivergenceRate"),
            rate,
            f"Taxa de divergências acima de {rate:g}%. Siga o playbook 2.5.",
        )
        limit_s = self._settings.deadline_s
        self._alarm(
            "SlowRun",
            _metric("ProcessingTime"),
            limit_s,
            f"O processamento passou do limite de {limit_s} segundos. Siga o playbook 2.2.",
        )

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, threshold: float, sentence: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=self._settings.named(f"reconciliation-{_dashed(construct_id)}"),
            alarm_description=sentence,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)

    def _add_dashboard(self) -> None:
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self._settings.named(DASHBOARD),
            widgets=[
                [
                    _graph("Tempo de processamento (s)", [_metric("ProcessingTime")]),
                    _graph("Tempo por etapa (s)", [_search("ProcessingTime", "etapa", "Maximum")]),
                ],
                [
                    _graph("Taxa de divergências (%)", [_metric("DivergenceRate")]),
                    _graph("Divergências por tipo", [_search("Divergences", "tipo_divergencia", "Sum")]),
                ],
                [
                    _graph("Execuções", self._executions()),
                    _graph("Executores do Glue", [self._executors()]),
                ],
                [
                    _graph("Latência de leitura do banco (s)", [self._database("ReadLatency")]),
                    _graph(
                        "CPU e conexões do banco",
                        [self._database("CPUUtilization"), self._database("DatabaseConnections")],
                    ),
                ],
            ],
        )

    def _executions(self) -> Sequence[cloudwatch.Metric]:
        names = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
        return [
            cloudwatch.Metric(
                namespace="AWS/States",
                metric_name=name,
                statistic="Sum",
                dimensions_map={"StateMachineArn": machine_arn(self._settings)},
            )
            for name in names
        ]

    def _executors(self) -> cloudwatch.Metric:
        job = self._settings.named("reconciliation-job")
        return cloudwatch.Metric(
            namespace="Glue",
            metric_name=_EXECUTORS,
            statistic="Maximum",
            dimensions_map={"JobName": job, "JobRunId": "ALL", "Type": "gauge"},
        )

    def _database(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/RDS",
            metric_name=name,
            dimensions_map={"DBInstanceIdentifier": self._settings.named("reconciliation-db")},
        )


def _metric(name: str) -> cloudwatch.Metric:
    """The run's own metric, without dimensions: one value for each attempt."""
    return cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=name, statistic="Maximum", period=Duration.minutes(1)
    )


def _search(name: str, dimension: str, statistic: str) -> cloudwatch.MathExpression:
    """Every series of a metric by job and this dimension: the jobs of tomorrow have no name yet."""
    found = f"SEARCH('{{{NAMESPACE},job_id,{dimension}}} MetricName=\"{name}\"', '{statistic}')"
    return cloudwatch.MathExpression(expression=found, using_metrics={}, label="")


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=12)


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
