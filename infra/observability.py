"""Alarms and `Reconciliation-Dashboard`: what runbook 1.1 asks operators to look at, in Portuguese.

An alarm tells what no run tells of itself. Its description is what `reconciliation/alarms.py` reads: the
severity, what happened, the section of the runbook.
"""

from collections.abc import Sequence
from typing import NamedTuple

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.grants import NAMESPACE
from infra.machine import machine_arn
from infra.names import INSTANCE
from infra.settings import Settings
from reconciliation.alarms import NEAR, UNHEARD
from reconciliation.config import Rules
from reconciliation.contract import TYPES
from reconciliation.errors import STAGES
from reconciliation.rates import HISTORY_DAYS

DASHBOARD = "Reconciliation-Dashboard"
_OVERDUE = Duration.hours(12)
"""A day without a file, or whose run failed, was told long before; this is for where that was lost."""
_MINUTE, _DAY, _ROUND = Duration.minutes(1), Duration.days(1), Duration.minutes(5)
"""The least that an alarm sees; how often a run's figures come, and the watchdog's."""
_ROUNDS = Duration.minutes(15)
"""Three of what is called every five minutes: over less its alarm comes and goes with each call, and an error
counts at its invocation's start, which a timeout is told minutes after."""
_RETRIES = Duration.minutes(5)
"""An event's three tries, of which the last comes after three minutes, are one error."""
_WARM_UP_MINUTES = 120
"""Longer than a deployment takes; over with the watchdog's first round."""
_SHOWN = Duration.days(14)
"""The dashboard opens on these."""
_RED = "#d62728"


class Topics(NamedTuple):
    """Where alarms go: to the function that tells them, or straight to people where that is what fails."""

    alarms: sns.ITopic
    alerts: sns.ITopic


class Observability(Construct):
    """The alarms; the dashboard shows the newest days without being told a job."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, topics: Topics) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._action, self._straight = map(actions.SnsAction, topics)
        self._rate_percent = Rules.from_dict(dict(settings.rules)).abnormal_rate_percent
        self._alarms: list[cloudwatch.IAlarm] = []
        self._add_alarms()

    def watch(
        self, function: lambda_.Function, sentence: str, *, in_rounds: bool, itself: bool = False
    ) -> None:
        """Alarm on any error of a function whose failure nobody else tells. `itself`: it tells the alarms."""
        errors = function.metric_errors(period=_ROUNDS if in_rounds else _RETRIES)
        self._alarm(f"{function.node.id}Errors", errors, 0, sentence, straight=itself)

    def watch_events(self, function: lambda_.Function) -> None:
        """Alarm where Lambda keeps its events waiting, or drops them: neither is an error of the function.

        Straight, since what an account lacks for one function it lacks for the one that tells alarms, too.
        """
        self._alarm(
            f"{function.node.id}Throttles", function.metric_throttles(period=_ROUNDS), 0,
            "[HIGH] Faltam ao Lambda vagas na conta, e um envio espera para iniciar o dia (runbook 2.1).",
            straight=True,
        )  # fmt: skip
        dropped = function.metric("AsyncEventsDropped", period=_RETRIES, statistic="Sum")
        self._alarm(
            f"{function.node.id}EventsDropped", dropped, 0,
            "[CRITICAL] O Lambda desistiu de um envio, que não iniciou nada: comece o dia à mão"
            " (runbook 2.1).", straight=True,
        )  # fmt: skip

    def watch_delivery(self, notifier: lambda_.Function, kept: sqs.IQueue, untold: sqs.IQueue) -> None:
        """`kept`: alerts that Slack did not take; `untold`: alarms that their function could not tell."""
        minute, most = _MINUTE, "Maximum"
        waiting = cloudwatch.MathExpression(  # what is tried again is not visible meanwhile
            expression="FILL(visible, 0) + FILL(hidden, 0)",
            using_metrics={
                "visible": kept.metric_approximate_number_of_messages_visible(period=minute, statistic=most),
                "hidden": kept.metric_approximate_number_of_messages_not_visible(
                    period=minute, statistic=most
                ),
            },
            period=minute,
        )
        self._alarm(
            "UndeliveredAlerts", waiting, 0,
            "[HIGH] Há alertas que o Slack não recebeu; serão reenviados (runbook 2.4).", points=(2, 3),
        )  # fmt: skip
        self._alarm(
            "LostAlerts", notifier.metric("DeadLetterErrors", period=_RETRIES, statistic="Sum"), 0,
            "[HIGH] Um alerta não chegou ao Slack nem pôde ser guardado: veja o e-mail (runbook 2.4).",
        )  # fmt: skip
        self._alarm(
            "UntoldAlarms",
            untold.metric_approximate_number_of_messages_visible(period=minute, statistic=most), 0,
            "[HIGH] Um alarme do CloudWatch não pôde ser contado: veja no painel qual (runbook 1.1).",
            straight=True,
        )  # fmt: skip

    def show(self) -> None:
        """The dashboard, once every alarm is there."""
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=self._settings.named(DASHBOARD),
            default_interval=_SHOWN,
            period_override=cloudwatch.PeriodOverride.INHERIT,  # else fourteen days have periods of an hour
            widgets=self._widgets(),
        )

    def _add_alarms(self) -> None:
        limit_s = self._settings.deadline_s
        failed = self._executions("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
        for metric in failed:
            self._alarm(str(metric.metric_name), metric, 0, UNHEARD)
        self._alarm(
            "NearLimit", _metric("ProcessingTime"), round(NEAR * limit_s),
            f"[MEDIUM] O processamento passou de {NEAR:.0%} do limite de {limit_s} segundos (runbook 2.2).",
        )  # fmt: skip
        self._alarm(
            "OverLimit", _metric("ProcessingTime"), limit_s,
            f"[CRITICAL] O processamento passou do limite de {limit_s} segundos (runbook 2.2).",
        )  # fmt: skip
        silent = self._alarm(
            "NothingPublished", _metric("SecondsOverdue", period=_ROUNDS), _OVERDUE.to_seconds(),
            f"[CRITICAL] Um dia esperado não está publicado {_OVERDUE.to_hours():g} horas depois da hora,"
            " ou o vigia parou (runbook 1.1).",
            missing=cloudwatch.TreatMissingData.BREACHING,
        )  # fmt: skip
        # Nothing is missing before the watchdog's first round. The CDK's own Alarm does not take it yet.
        silent.warm_up_configuration = cloudwatch.CfnAlarm.WarmUpConfigurationProperty(
            warm_up_period_duration_in_minutes=_WARM_UP_MINUTES
        )

    def _alarm(  # noqa: PLR0913 - what an alarm has
        self, construct_id: str, metric: cloudwatch.IMetric, threshold: float, sentence: str,
        *, points: tuple[int, int] = (1, 1), straight: bool = False,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.CfnAlarm:  # fmt: skip
        """Above the threshold, as the run itself compares; `points` are how many of how many must be."""
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=self._settings.named(f"reconciliation-{_dashed(construct_id)}"),
            alarm_description=sentence,
            metric=metric,
            threshold=threshold,
            datapoints_to_alarm=points[0],
            evaluation_periods=points[1],
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._straight if straight else self._action)
        self._alarms.append(alarm)
        made = alarm.node.default_child
        assert isinstance(made, cloudwatch.CfnAlarm)
        # AWS's default, of which the emulated rules are: else a window would end with the clock's hour or day
        made.evaluation_window = cloudwatch.CfnAlarm.EvaluationWindowProperty(sliding_window={})
        return made

    def _widgets(self) -> list[list[cloudwatch.IWidget]]:
        limit = _line(self._settings.deadline_s, "limite")
        rate = [
            _metric("DivergenceRate", _DAY, "dia"),
            _metric("UsualDivergenceRate", _DAY, f"média de {HISTORY_DAYS} dias"),
        ]
        stages = [_metric("ProcessingTime", _DAY, stage, etapa=stage) for stage in STAGES]
        types = [_metric("Divergences", _DAY, kind, tipo_divergencia=kind) for kind in TYPES]
        values = [_metric("DivergenceValue", _DAY, kind, tipo_divergencia=kind) for kind in TYPES]
        latency, processor, connections = (
            self._database(name) for name in ("ReadLatency", "CPUUtilization", "DatabaseConnections")
        )
        return [
            [
                cloudwatch.AlarmStatusWidget(title="Alarmes", alarms=self._alarms, width=12, height=6),
                cloudwatch.SingleValueWidget(title="Último dia", metrics=_newest(), width=12, height=6),
            ],
            [
                _graph("Tempo de processamento (s)", [_metric("ProcessingTime", _DAY, "dia")], [limit]),
                _graph("Tempo por etapa (s)", stages, [limit]),
            ],
            [
                _graph("Taxa de divergências (%)", rate, [_line(self._rate_percent, "limite")]),
                _graph("Divergências por tipo", types),
            ],
            [
                _graph("Valor das divergências por tipo (R$, bruto)", values),
                _graph("Linhas rejeitadas", [_metric("RejectedLines", _DAY, "dia")]),
            ],
            [
                _graph("Há quanto tempo publicado (s)", [_metric("SecondsSincePublished", _ROUND)]),
                _graph(
                    "Atraso do dia esperado (s)",
                    [_metric("SecondsOverdue", _ROUND)],
                    [_line(_OVERDUE.to_seconds(), "alarme")],
                ),
            ],
            [
                _graph("Execuções", self._executions(*_ENDS, period=_DAY)),
            ],
            [
                _graph("Latência de leitura do banco (s)", [latency]),
                _graph("CPU e conexões do banco", [processor, connections]),
            ],
        ]

    def _executions(self, *names: str, period: Duration = _MINUTE) -> Sequence[cloudwatch.Metric]:
        return [
            cloudwatch.Metric(
                namespace="AWS/States",
                metric_name=name,
                statistic="Sum",
                period=period,
                dimensions_map={"StateMachineArn": machine_arn(self._settings)},
            )
            for name in names
        ]

    def _database(self, name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/RDS",
            metric_name=name,
            dimensions_map={"DBInstanceIdentifier": self._settings.named(INSTANCE)},
        )


_ENDS = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")


def _metric(
    name: str, period: Duration | None = None, label: str | None = None, **dimensions: str
) -> cloudwatch.Metric:
    """The run's own metric, without a job: one value for each attempt, of which the largest."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        statistic="Maximum",
        period=period or _MINUTE,
        label=label,
        dimensions_map=dimensions,
    )


def _newest() -> list[cloudwatch.IMetric]:
    """The newest day's figures."""
    labels = {
        "ProcessingTime": "tempo (s)",
        "DivergenceRate": "taxa (%)",
        "Divergences": "divergências",
        "DivergenceValue": "valor (R$)",
        "Lines": "linhas",
        "RejectedLines": "rejeitadas",
    }
    return [
        *(_metric(name, _DAY, label) for name, label in labels.items()),
        _metric("SecondsSincePublished", _ROUND, "publicado há (s)"),
    ]


def _line(value: float, label: str) -> cloudwatch.HorizontalAnnotation:
    return cloudwatch.HorizontalAnnotation(value=value, label=label, color=_RED)


def _graph(
    title: str,
    metrics: Sequence[cloudwatch.IMetric],
    lines: Sequence[cloudwatch.HorizontalAnnotation] = (),
) -> cloudwatch.IWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), left_annotations=list(lines), width=12)


def _dashed(name: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")
