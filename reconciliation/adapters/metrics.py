"""The metrics of a run: namespace `Reconciliation`. Source: interface document, "Metrics"; runbook 2.2, 2.5.

A CloudWatch query finds only the exact set of dimensions, so each number is put once per set asked for.
Best effort: what CloudWatch does not take is logged, and the run goes on.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import boto3

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.patience import HASTY
from reconciliation.contract import TYPES

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.literals import StandardUnitType
    from types_boto3_cloudwatch.type_defs import MetricDatumTypeDef

NAMESPACE = "Reconciliation"

_log = logging.getLogger(__name__)


@dataclass
class Metrics:
    """Puts a run's numbers, stamped with a moment within the run."""

    cloudwatch: "CloudWatchClient" = field(default_factory=lambda: boto3.client("cloudwatch", config=HASTY))

    def put_times(
        self, job_id: str, seconds_by_stage: dict[str, float], total_s: float, at: datetime
    ) -> None:
        """`ProcessingTime` of each stage and of the run."""
        data = [
            _datum("ProcessingTime", seconds, "Seconds", at, **run, etapa=stage)
            for stage, seconds in seconds_by_stage.items()
            for run in _with_and_without(job_id)
        ]
        data += [_datum("ProcessingTime", total_s, "Seconds", at, **run) for run in _with_and_without(job_id)]
        self._put(data)

    def put_divergences(self, job_id: str, types: dict[str, int], rate_percent: float, at: datetime) -> None:
        """`Divergences` by type, zeros too, and `DivergenceRate`."""
        data = [
            _datum("Divergences", types.get(kind, 0), "Count", at, **run, tipo_divergencia=kind)
            for kind in TYPES
            for run in _with_and_without(job_id)
        ]
        for run in _with_and_without(job_id):
            data.append(_datum("Divergences", sum(types.values()), "Count", at, **run))
            data.append(_datum("DivergenceRate", rate_percent, "Percent", at, **run))
        self._put(data)

    def put_values(self, job_id: str, value_by_type_cents: dict[str, int], at: datetime) -> None:
        """`DivergenceValue` by type, zeros too, in R$, gross; CloudWatch knows no unit of money."""
        cents = {kind: value_by_type_cents.get(kind, 0) for kind in TYPES}
        data = [
            _datum("DivergenceValue", cents[kind] / 100, "None", at, **run, tipo_divergencia=kind)
            for kind in TYPES
            for run in _with_and_without(job_id)
        ]
        total = sum(cents.values()) / 100
        data += [_datum("DivergenceValue", total, "None", at, **run) for run in _with_and_without(job_id)]
        self._put(data)

    def put_usual_rate(self, rate_percent: float, at: datetime) -> None:
        """`UsualDivergenceRate`: what the day's rate is compared with, the mean of the days before."""
        self._put([_datum("UsualDivergenceRate", rate_percent, "Percent", at)])

    def put_lines(self, job_id: str, lines: int, rejected: int, at: datetime) -> None:
        """`Lines` of the file, and those of them that were refused: `RejectedLines`."""
        counted = {"Lines": lines, "RejectedLines": rejected}
        self._put(
            [
                _datum(name, count, "Count", at, **run)
                for run in _with_and_without(job_id)
                for name, count in counted.items()
            ]
        )

    def put_since_published(self, seconds: float, at: datetime) -> None:
        """`SecondsSincePublished`: the age of the newest published day, or of what waits to be the first."""
        self._put([_datum("SecondsSincePublished", seconds, "Seconds", at)])

    def put_overdue(self, seconds: float, at: datetime) -> None:
        """`SecondsOverdue`: for how long the day that the calendar wants is not published; else 0."""
        self._put([_datum("SecondsOverdue", seconds, "Seconds", at)])

    def _put(self, data: "list[MetricDatumTypeDef]") -> None:
        try:
            self.cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except AWS_ERRORS:
            _log.exception(
                "metrics_not_put", extra={"metrics": sorted({item["MetricName"] for item in data})}
            )


def _with_and_without(job_id: str) -> tuple[dict[str, str], ...]:
    return {"job_id": job_id}, {}


def _datum(
    name: str, value: float, unit: "StandardUnitType", at: datetime, **dimensions: str
) -> "MetricDatumTypeDef":
    return {
        "MetricName": name,
        "Value": value,
        "Unit": unit,
        "Timestamp": at,
        "Dimensions": [{"Name": key, "Value": dimensions[key]} for key in dimensions],
    }
