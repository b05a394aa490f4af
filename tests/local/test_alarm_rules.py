"""local/aws/alarm_rules.py: the tables of CloudWatch's guide, row by row, and what else it says of alarms.

The rows are those of "Configuring how CloudWatch alarms treat missing data": `0` is within the threshold,
`X` beyond it, `-` missing, the newest on the right; three periods are evaluated of five that are looked at.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.aws.alarm_rules import ALARM, OK, UNKNOWN, Points, Rule

MINUTE = timedelta(minutes=1)
KEPT = "as before"
TREATED = ("missing", "ignore", "breaching", "notBreaching")
THREE_OF_THREE = {
    "a missing point is not needed where three others are there": ("0-X-X", OK, OK, OK, OK),
    "the one good point outweighs two missing ones": ("0----", OK, OK, OK, OK),
    "nothing is there": ("-----", UNKNOWN, KEPT, ALARM, OK),
    "the newest three break, the missing one is passed over": ("0XX-X", ALARM, ALARM, ALARM, ALARM),
    "premature: one broken point, three periods old": ("--X--", ALARM, KEPT, ALARM, OK),
}
TWO_OF_THREE = {
    "two of the three that are there break": ("0-X-X", ALARM, ALARM, ALARM, ALARM),
    "the two oldest are not needed": ("00X0X", ALARM, ALARM, ALARM, ALARM),
    "one breaks, and one must be filled in": ("0-X--", OK, OK, ALARM, OK),
    "two are filled in": ("----0", OK, OK, ALARM, OK),
    "premature: one broken point, two periods old": ("---X-", ALARM, KEPT, ALARM, OK),
}
PREMATURE = {
    "the next point may be good": ("----X", OK),
    "the next point may still be good": ("---X-", OK),
    "the next one was good": ("---X0", OK),
    "the one after it was good": ("--X-0", OK),
    "now it is as old as the three": ("--X--", ALARM),
    "and older": ("-X---", ALARM),
    "others break after it": ("--X-X", ALARM),
}
"""The same page's section on premature transitions, with three of three, missing as missing."""


def rule(to_alarm: int = 3, missing: str | None = "missing", periods: int = 3, **others: Any) -> Rule:
    asked = {
        "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": periods,
        "DatapointsToAlarm": to_alarm, "Threshold": 0, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": missing,
    }  # fmt: skip
    return Rule.of({**asked, **others})


def points(row: str) -> Points:
    return [{"0": 0.0, "X": 1.0, "-": None}[sign] for sign in row]


def state(rule: Rule, row: str, before: str = OK, age: timedelta = timedelta.max) -> str:
    return rule.state(points(row), before, age)[0]


@pytest.mark.parametrize("before", [OK, ALARM, UNKNOWN])
@pytest.mark.parametrize(("treated", "column"), [*zip(TREATED, (1, 2, 3, 4), strict=True)])
@pytest.mark.parametrize(
    ("to_alarm", "said"),
    [(m, said) for m, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE)) for said in table],
)
def test_the_guides_tables(to_alarm: int, said: str, treated: str, column: int, before: str) -> None:
    row = (THREE_OF_THREE if to_alarm == 3 else TWO_OF_THREE)[said]
    expected = before if row[column] == KEPT else row[column]
    assert state(rule(to_alarm, treated), row[0], before) == expected


@pytest.mark.parametrize("said", PREMATURE)
def test_an_alarm_is_not_premature(said: str) -> None:
    row, expected = PREMATURE[said]
    assert state(rule(), row) == expected


def test_missing_is_missing_where_nothing_is_said_and_all_must_break() -> None:
    asked = rule(missing=None, DatapointsToAlarm=None)
    assert (asked.missing, asked.to_alarm) == ("missing", 3)


@pytest.mark.parametrize(
    ("seconds", "value"),
    [
        (59.9, None),  # the minute is not over
        (60, 2.0),
        (119.9, 2.0),
        (120, 1.0),
    ],
)
def test_a_period_ends_on_a_whole_minute(seconds: float, value: float | None) -> None:
    """As of "Alarm evaluation": at the end of each minute, of the data that came before it."""
    start = datetime(2026, 2, 16, 12, tzinfo=UTC)
    put = [(start, 0.5), (start + 30 * timedelta(seconds=1), 1.5), (start + MINUTE, 1.0)]
    found = rule(1, periods=1).points({"metric": put}, start + timedelta(seconds=seconds))
    assert found[-1] == value


def test_a_longer_period_slides_by_the_minute() -> None:
    """As of "Alarm evaluation": at the end of minute 5 minutes 1 to 5, then minutes 2 to 6."""
    start = datetime(2026, 2, 16, 12, tzinfo=UTC)
    put = [(start + minute * MINUTE, 1.0) for minute in range(7)]
    five = rule(1, periods=1, Period=300)
    assert [five.points({"metric": put}, start + minute * MINUTE)[-2:] for minute in (4, 5, 6)] == [
        [None, 4.0], [None, 5.0], [1.0, 5.0],
    ]  # fmt: skip


def test_more_than_a_day_is_looked_at_once_an_hour() -> None:
    """As of "Example of evaluating a multi-day alarm": what failed at 10:02 is seen after 11:00."""
    failed = datetime(2026, 2, 16, 10, 2, tzinfo=UTC)
    days = rule(1, "notBreaching", periods=3, Period=86400)
    found = [
        days.points({"metric": [(failed, 1.0)]}, failed.replace(hour=hour, minute=3)) for hour in (10, 11)
    ]
    assert [each[-1] for each in found] == [None, 1.0]


@pytest.mark.parametrize(
    ("statistic", "value"), [("Sum", 6), ("Maximum", 3), ("Minimum", 1), ("Average", 2), ("SampleCount", 3)]
)
def test_a_periods_values_are_reduced_by_the_statistic(statistic: str, value: float) -> None:
    start = datetime(2026, 2, 16, 12, tzinfo=UTC)
    put = [(start, 1.0), (start, 2.0), (start, 3.0)]
    found = rule(1, periods=1, Statistic=statistic).points({"metric": put}, start + MINUTE)
    assert found[-1] == value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("one + other", [None, None, 11.0]),
        ("FILL(one, 0) + FILL(other, 0)", [1.0, 20.0, 11.0]),
        ("FILL(one + other, 5) * 2 - 1", [9.0, 9.0, 21.0]),
    ],
)
def test_math_is_missing_where_a_side_is(expression: str, expected: Points) -> None:
    """As of "Using math expressions with CloudWatch metrics"."""
    start = datetime(2026, 2, 16, 12, tzinfo=UTC)
    data = {
        "one": [(start, 1.0), (start + 2 * MINUTE, 1.0)],
        "other": [(start + MINUTE, 20.0), (start + 2 * MINUTE, 10.0)],
    }
    asked = rule(1, periods=1, Metrics=math(expression))
    assert asked.points(data, start + 3 * MINUTE) == expected


def math(expression: str, stat: str = "Sum") -> list[dict[str, Any]]:
    queries = [
        {"Id": name, "MetricStat": {"Metric": {"Namespace": "N", "MetricName": name},
                                    "Period": 60, "Stat": stat}}
        for name in ("one", "other")
    ]  # fmt: skip
    return [{"Id": "sum", "Expression": expression, "ReturnData": True}, *queries]


@pytest.mark.parametrize(
    "unknown",
    [
        {"Statistic": None, "ExtendedStatistic": "p99"},
        {"Metrics": math("ANOMALY_DETECTION_BAND(one)")},
        {"Metrics": math("one / other")},
        {"Metrics": math("one + other", stat="p50")},
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        {"EvaluationWindow": {"WallClockWindow": {}}},
    ],
)
def test_what_is_not_known_is_refused(unknown: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        rule(**unknown)


def test_a_new_alarm_warms_up_until_its_window_is_filled() -> None:
    """As of "Alarm warm-up periods": what is missing before the first data tells nothing; once."""
    warming = rule(missing="breaching", WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 30})
    young, old = timedelta(minutes=29), timedelta(minutes=30)
    assert state(warming, "-----", UNKNOWN, young) == UNKNOWN
    assert state(warming, "---XX", UNKNOWN, young) == UNKNOWN
    assert state(warming, "--XXX", UNKNOWN, young) == ALARM
    assert state(warming, "-----", OK, young) == ALARM
    assert state(warming, "-----", UNKNOWN, old) == ALARM


def test_the_reason_tells_the_values_and_what_was_missing() -> None:
    reason = rule(2, "breaching").state(points("---X0"), OK, timedelta.max)[1]
    assert reason == "Threshold Crossed: [1.0, 0.0] gt 0.0 (2 of 3), 1 missing treated as breaching"
