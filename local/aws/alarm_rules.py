"""In which state CloudWatch puts an alarm: pure, a function of its rule, the data and the moment.

The pages that are named below are of CloudWatch's user guide.
"""

import ast
import operator
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EXTRA_PERIODS = 2
"""Looked at beyond the evaluation periods. How many AWS takes is its secret: these are its examples' ("…treat
missing data"), and an alarm that needs another number to be right is not right."""

Data = Sequence[tuple[datetime, float]]
"""What was put, sorted by its moment."""
Points = list[float | None]
"""A value for each period, oldest first; None where nothing was put."""

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Maximum": max,
    "Minimum": min,
    "Average": fmean,
    "SampleCount": len,
}
_MATH: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


@dataclass(frozen=True)
class Series:
    """One metric by its exact dimensions, and its statistic: what a period's values are reduced to."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    reduce: Callable[[Sequence[float]], float]


@dataclass(frozen=True)
class Rule:
    """An alarm as PutMetricAlarm takes it. Percentiles and composite alarms are not known here."""

    series: Mapping[str, Series]
    math: ast.expr
    """Over the series' ids: of one metric alone, its id."""
    compare: Callable[[float, float], bool]
    threshold: float
    period: timedelta
    periods: int
    to_alarm: int
    missing: str
    warm_up: timedelta

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> "Rule":
        """PutMetricAlarm's parameters are the template's. Raises KeyError, ValueError: not known here."""
        if "WallClockWindow" in asked.get("EvaluationWindow", {}):
            raise ValueError("a window that ends with the clock's hour or day")
        queries = asked.get("Metrics") or [{"Id": "metric", "MetricStat": _of_one_metric(asked)}]
        stats = {query["Id"]: query["MetricStat"] for query in queries if query.get("MetricStat")}
        expressions = [query["Expression"] for query in queries if query.get("Expression")]
        (period_s,) = {int(stat["Period"]) for stat in stats.values()}
        (expression,) = expressions or stats
        warm_up = asked.get("WarmUpConfiguration", {})
        rule = cls(
            series={name: _series(stat) for name, stat in stats.items()},
            math=ast.parse(expression, mode="eval").body,
            compare=_COMPARE[asked["ComparisonOperator"]],
            threshold=float(asked["Threshold"]),
            period=timedelta(seconds=period_s),
            periods=int(asked["EvaluationPeriods"]),
            to_alarm=int(asked.get("DatapointsToAlarm") or asked["EvaluationPeriods"]),
            missing=asked.get("TreatMissingData") or "missing",
            warm_up=timedelta(minutes=int(warm_up.get("WarmUpPeriodDurationInMinutes", 0))),
        )
        _computed(rule.math, {name: [] for name in stats}, 0)  # what it can't compute, it says at once
        return rule

    def points(self, data: Mapping[str, Data], now: datetime, step: timedelta = MINUTE) -> Points:
        """The evaluation range, of the data by the series' ids."""
        spans = self._spans(now, step)
        found = {name: _points(data[name], series.reduce, spans) for name, series in self.series.items()}
        return _computed(self.math, found, len(spans))

    def state(self, points: Points, before: str, age: timedelta) -> tuple[str, str]:
        """The state and its reason; `before` it was in that one, and it was made so long ago."""
        if before == UNKNOWN and age < self.warm_up and None in points[-self.periods :]:
            return UNKNOWN, "In warm-up"  # "Alarm warm-up periods": over as soon as the window is filled
        seen = [value for value in points if value is not None][-self.periods :]
        absent = self.periods - len(seen)
        broken = [self.compare(value, self.threshold) for value in seen]
        return self._judge(points, broken, absent, before), self._reason(seen, absent)

    def _judge(self, points: Points, broken: list[bool], absent: int, before: str) -> str:
        """As of "…treat missing data": all that is there counts, and what is missing as seldom as can be."""
        if sum(broken) + (absent if self.missing == "breaching" else 0) >= self.to_alarm:
            return ALARM
        if not absent or self.missing in {"breaching", "notBreaching"}:
            return OK
        if not broken:
            return before if self.missing == "ignore" else UNKNOWN
        # "Avoiding premature transitions to alarm state": nothing good is there, the oldest is M periods old
        oldest = next(age for age in range(len(points), 0, -1) if points[-age] is not None)
        if all(broken) and oldest >= self.to_alarm:
            return before if self.missing == "ignore" else ALARM
        return OK

    def _reason(self, seen: list[float], absent: int) -> str:
        said = f"{seen} {self.compare.__name__} {self.threshold} ({self.to_alarm} of {self.periods})"
        return f"Threshold Crossed: {said}" + (
            f", {absent} missing treated as {self.missing}" if absent else ""
        )

    def _spans(self, now: datetime, step: timedelta) -> list[tuple[datetime, datetime]]:
        """As of "Alarm evaluation": each minute the newest whole ones; more than a day's, each hour."""
        grid_s = int((HOUR if self.period * self.periods > DAY else step).total_seconds())
        end = datetime.fromtimestamp(int(now.timestamp()) // grid_s * grid_s, now.tzinfo)
        backs = reversed(range(self.periods + EXTRA_PERIODS))
        return [(end - self.period * (back + 1), end - self.period * back) for back in backs]


def _of_one_metric(asked: Mapping[str, Any]) -> dict[str, Any]:
    named = {key: asked[key] for key in ("Namespace", "MetricName")}
    statistic = asked.get("ExtendedStatistic") or asked["Statistic"]
    metric = {**named, "Dimensions": asked.get("Dimensions") or []}
    return {"Metric": metric, "Period": asked["Period"], "Stat": statistic}


def _series(stat: Mapping[str, Any]) -> Series:
    metric = stat["Metric"]
    dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    return Series(metric["Namespace"], metric["MetricName"], dimensions, _STATISTICS[stat["Stat"]])


def _points(
    data: Data, reduce: Callable[[Sequence[float]], float], spans: Sequence[tuple[datetime, datetime]]
) -> Points:
    found: Points = []
    for start, end in spans:
        values = [value for _, value in data[bisect_left(data, (start,)) : bisect_left(data, (end,))]]
        found.append(float(reduce(values)) if values else None)
    return found


def _computed(node: ast.expr, series: Mapping[str, Points], count: int) -> Points:
    """As of "Using math expressions with CloudWatch metrics": missing where a side is, unless FILL says."""
    match node:
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.Constant(value=int(number)):
            return [float(number)] * count
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _MATH:
            pairs = zip(_computed(left, series, count), _computed(right, series, count), strict=True)
            act = _MATH[type(sign)]
            return [None if one is None or other is None else act(one, other) for one, other in pairs]
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, ast.Constant(value=int(number))]):
            found = _computed(filled, series, count)
            return [float(number) if value is None else value for value in found]
    raise ValueError(f"{ast.unparse(node)} is not known here")
