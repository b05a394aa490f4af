"""Each alarm of the template through simulated days, minute by minute: none flaps, is blind or silent.

The judge is local/aws/alarm_rules.py, by CloudWatch's own tables. How many periods CloudWatch looks at beyond
those that an alarm names is not known, so each day is lived through with none, with two and with five.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.aws import alarm_rules
from local.aws.alarm_rules import ALARM, OK, UNKNOWN, Data, Rule
from reconciliation.alarms import OF_EXECUTIONS, Alarm, Execution, untold
from reconciliation.calendar import Calendar
from reconciliation.deployment import Deployment
from tests.infra.template import Template

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday, of a week without holidays; the day's file is expected by 11:00 UTC."""
ROUND = 5 * MINUTE
OVERDUE, VISIBLE, HIDDEN = (
    "SecondsOverdue", "ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible",
)  # fmt: skip
USUAL = Calendar.of(expected_by=["08:00"])
LATE, DUE = timedelta(minutes=20), 11 * HOUR


@pytest.fixture(params=[0, 2, 5], ids="{} periods more".format, autouse=True)
def _beyond(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_rules, "EXTRA_PERIODS", request.param)


def rule(template: Template, name: str) -> Rule:
    return Rule.of(template.of("AWS::CloudWatch::Alarm")[f"reconciliation-{name}"])


def rings(
    rule: Rule,
    put: dict[str, Data],
    lasts: timedelta = DAY,
    *,
    is_new: bool = False,
    late: timedelta = 0 * MINUTE,
) -> list[timedelta]:
    """When it tells somebody, after the start. `late`: so long after its moment a datum is there."""
    state, told = UNKNOWN if is_new else OK, []
    data = {name: put.get(series.name, []) for name, series in rule.series.items()}
    for passed in every(MINUTE, lasts):
        known = {name: each[: bisect(each, (START + passed - late, 1e9))] for name, each in data.items()}
        before = state
        state, _ = rule.state(rule.points(known, START + passed), before, passed if is_new else timedelta.max)
        if state == ALARM != before:
            told.append(passed)
    return told


def every(step: timedelta, lasts: timedelta, start: timedelta = 0 * MINUTE) -> Iterator[timedelta]:
    while start < lasts:
        yield start
        start += step


def at(moments: Iterable[timedelta], value: float = 1.0) -> Data:
    return [(START + passed, value) for passed in moments]


def rounds(until: timedelta) -> Iterator[timedelta]:
    """They were there before the start."""
    return every(ROUND, until, -2 * HOUR)


def overdue(rounds: Iterable[timedelta], *missing: str, calendar: Calendar = USUAL) -> dict[str, Data]:
    """What the watchdog puts in its rounds: each day but the missing ones is published 20 minutes late."""
    put = []
    for passed in rounds:
        now = START + passed
        owed = calendar.owed(now)
        waits = owed is not None and (owed.day in missing or now < owed.since + LATE)
        put.append((now, (now - owed.since).total_seconds() if owed and waits else 0.0))
    return {OVERDUE: put}


def test_on_a_day_as_any_other_none_rings(template: Template) -> None:
    """From midnight until an hour after its publication."""
    lasts = 12 * HOUR
    day = overdue(rounds(lasts))
    day |= {"Errors": at(every(ROUND, lasts), 0), VISIBLE: at(every(MINUTE, lasts), 0)}
    day |= {"ProcessingTime": at([8 * HOUR], 600)}
    alarms = template.of("AWS::CloudWatch::Alarm")
    told = {name: rings(Rule.of(alarm), day, lasts) for name, alarm in alarms.items()}
    assert told == {name: [] for name in alarms}


# --- the watchdog's figure


def test_a_monday_without_a_file_rings_once(template: Template) -> None:
    """In its evening: by then NO_FILE was told long ago, or was lost."""
    week = overdue(rounds(7 * DAY), "2026-03-02")
    (told,) = rings(rule(template, "nothing-published"), week, 7 * DAY)
    assert DUE + 12 * HOUR < told <= DUE + 12 * HOUR + 4 * ROUND


def test_a_friday_without_a_file_rings_once_and_no_more_over_the_weekend(template: Template) -> None:
    week = overdue(rounds(8 * DAY), "2026-03-06")
    (told,) = rings(rule(template, "nothing-published"), week, 8 * DAY)
    assert 4 * DAY + DUE + 12 * HOUR < told <= 4 * DAY + DUE + 12 * HOUR + 4 * ROUND


def test_days_without_work_ring_nothing(template: Template) -> None:
    """Two weeks, of which five days are no working days: the weekends, and one of the company's own."""
    own = Calendar.of(expected_by=["08:00"], days_off=["2026-03-11"])
    weeks = overdue(rounds(14 * DAY), "2026-03-11", calendar=own)
    assert rings(rule(template, "nothing-published"), weeks, 14 * DAY) == []


def test_where_nobody_expects_a_file_only_the_watchdogs_silence_rings(template: Template) -> None:
    """`expected_by=`."""
    put = overdue(rounds(8 * DAY), calendar=Calendar.of())
    (told,) = rings(rule(template, "nothing-published"), put, 9 * DAY)
    assert 8 * DAY < told <= 8 * DAY + 6 * 15 * MINUTE


def test_a_watchdog_that_is_not_called_any_more_rings_once(template: Template) -> None:
    (told,) = rings(rule(template, "nothing-published"), overdue(rounds(2 * HOUR)))
    assert 2 * HOUR < told <= 2 * HOUR + 6 * 15 * MINUTE


def test_a_round_that_is_lost_or_late_rings_nobody(template: Template) -> None:
    kept = (passed for count, passed in enumerate(rounds(DAY)) if count % 10)
    shaken = [passed + (index % 7) * 10 * timedelta(seconds=1) for index, passed in enumerate(kept)]
    assert rings(rule(template, "nothing-published"), overdue(shaken), late=2 * MINUTE) == []


@pytest.mark.parametrize("first", [1, 5, 60])
def test_a_new_deployment_rings_nobody_before_the_first_round(template: Template, first: int) -> None:
    """Whenever in the deployment the rule is made; no file ever came, so that 0 is put."""
    put = {OVERDUE: at(every(ROUND, DAY, first * MINUTE), 0)}
    assert rings(rule(template, "nothing-published"), put, is_new=True) == []


def test_a_new_deployment_whose_watchdog_is_never_called_rings_once(template: Template) -> None:
    assert rings(rule(template, "nothing-published"), {}, is_new=True) == [2 * HOUR]


# --- alerts that Slack does not take


def test_an_alert_that_is_tried_again_and_again_rings_once(template: Template) -> None:
    """In flight all the time but for moments: of all five minutes it is seen as visible hardly ever."""
    moments = list(every(MINUTE, 6 * HOUR, HOUR))
    seen = [passed for index, passed in enumerate(moments) if index % 90 == 7]
    hidden = [passed for passed in moments if passed not in seen]
    put = {VISIBLE: at(seen), HIDDEN: at(hidden)}
    put[VISIBLE] = sorted(
        [*put[VISIBLE], *at([passed for passed in every(MINUTE, DAY) if passed not in seen], 0)]
    )
    (told,) = rings(rule(template, "undelivered-alerts"), put)
    assert HOUR < told <= HOUR + 4 * MINUTE


def test_alerts_that_nobody_takes_out_of_the_queue_ring_once(template: Template) -> None:
    """Nothing is in flight, and that series does not exist."""
    (told,) = rings(rule(template, "undelivered-alerts"), {VISIBLE: at(every(MINUTE, DAY), 3)})
    assert told <= 4 * MINUTE


def test_an_alert_that_the_first_try_delivers_rings_nobody(template: Template) -> None:
    put = {VISIBLE: at(every(MINUTE, DAY), 0), HIDDEN: at([HOUR])}
    assert rings(rule(template, "undelivered-alerts"), put) == []


# --- functions and runs


@pytest.mark.parametrize("name", ["watchdog-errors", "alert-replay-errors", "alarms-errors"])
@pytest.mark.parametrize("late", [0, 1, 4])
def test_what_fails_in_each_round_rings_once(template: Template, name: str, late: int) -> None:
    """The watchdog may take four minutes to time out: the error counts at its start."""
    (told,) = rings(rule(template, name), {"Errors": at(every(ROUND, DAY, HOUR))}, late=late * MINUTE)
    assert HOUR < told <= HOUR + (late + 1) * MINUTE


def test_an_event_that_fails_three_times_rings_once(template: Template) -> None:
    """Lambda tries again after one minute, then after two."""
    tries = at([HOUR, HOUR + MINUTE + timedelta(seconds=9), HOUR + 3 * MINUTE + timedelta(seconds=20)])
    for name in ("trigger-errors", "close-run-errors", "watchdog-errors"):
        assert rings(rule(template, name), {"Errors": tries}) == [HOUR + MINUTE], name


def test_an_upload_whose_trigger_fails_later_rings_again(template: Template) -> None:
    found = rings(rule(template, "trigger-errors"), {"Errors": at([HOUR, 2 * HOUR])})
    assert found == [HOUR + MINUTE, 2 * HOUR + MINUTE]


def test_an_event_that_is_kept_waiting_rings_once(template: Template) -> None:
    """Lambda tries again after a second, then after ever longer, up to five minutes, for six hours."""
    waits = [HOUR, HOUR + MINUTE, HOUR + 3 * MINUTE, *every(ROUND, 7 * HOUR, HOUR + 7 * MINUTE)]
    assert rings(rule(template, "trigger-throttles"), {"Throttles": at(waits)}) == [HOUR + MINUTE]


def test_an_event_that_is_dropped_rings_once(template: Template) -> None:
    dropped = {"AsyncEventsDropped": at([7 * HOUR])}
    assert rings(rule(template, "trigger-events-dropped"), dropped) == [7 * HOUR + MINUTE]


@pytest.mark.parametrize(
    ("name", "metric", "value"),
    [
        ("near-limit", "ProcessingTime", 961),
        ("over-limit", "ProcessingTime", 1201),
        ("executions-failed", "ExecutionsFailed", 1),
        ("executions-timed-out", "ExecutionsTimedOut", 1),
        ("executions-aborted", "ExecutionsAborted", 1),
    ],
)
def test_a_run_rings_once(template: Template, name: str, metric: str, value: float) -> None:
    assert rings(rule(template, name), {metric: at([HOUR], value)}, late=MINUTE // 2) == [HOUR + MINUTE]


# --- what of all that rings people are told


TIMEOUT, REFUSED = (
    Execution(arn="run", status="FAILED", stopped=START, took_s=took_s, is_heard=True) for took_s in (1230, 2)
)
UNTOLD = replace(TIMEOUT, is_heard=False)
SLOW = replace(TIMEOUT, status="SUCCEEDED", took_s=1000)


@pytest.mark.parametrize(
    ("put", "ended", "rung", "told"),
    [
        ({"ExecutionsFailed": [1], "ProcessingTime": [1225]}, [TIMEOUT],
         {"executions-failed", "near-limit", "over-limit"}, set()),
        ({"ExecutionsFailed": [1], "ProcessingTime": [1225]}, [UNTOLD],
         {"executions-failed", "near-limit", "over-limit"}, {"executions-failed"}),
        ({"ExecutionsFailed": [1]}, [REFUSED], {"executions-failed"}, set()),
        ({"ProcessingTime": [990]}, [SLOW], {"near-limit"}, {"near-limit"}),
    ],
    ids=["TIMEOUT", "a TIMEOUT whose alert did not come", "NEEDS_FORCE", "a slow day that is published"],
)  # fmt: skip
def test_a_run_s_end_is_told_once(
    template: Template, put: dict[str, list[float]], ended: list[Execution], rung: set[str], told: set[str]
) -> None:
    data = {name: [(START + HOUR, value) for value in values] for name, values in put.items()}
    of_runs = [
        name.removeprefix("reconciliation-")
        for name in template.of("AWS::CloudWatch::Alarm")
        if name.removeprefix("reconciliation-") in OF_EXECUTIONS
    ]
    ringing = {kind for kind in of_runs if rings(rule(template, kind), data, 2 * HOUR)}
    assert ringing == rung
    assert {kind for kind in ringing if untold(changed(template, kind), ended, [], START + HOUR)} == told


def test_an_hour_without_slack_is_told_once(template: Template) -> None:
    """The replay fails in each round, from the first dead letter on."""
    put = {"Errors": at(every(ROUND, 2 * HOUR, HOUR)), HIDDEN: at(every(MINUTE, 2 * HOUR, HOUR))}
    names = ("undelivered-alerts", "alert-replay-errors", "lost-alerts")
    ringing = {kind: rings(rule(template, kind), put, 3 * HOUR) for kind in names}
    assert [len(moments) for moments in ringing.values()] == [1, 1, 0]
    # five minutes after the replay's first failure the other one is on
    assert ringing["undelivered-alerts"][0] < ringing["alert-replay-errors"][0] + 5 * MINUTE
    on = ["undelivered-alerts"]
    assert [kind for kind in names[:2] if untold(changed(template, kind), [], on, START + HOUR)] == on


def changed(template: Template, kind: str) -> Alarm:
    """The alarm as it tells that it is on."""
    alarm = template.of("AWS::CloudWatch::Alarm")[f"reconciliation-{kind}"]
    said = {"NewStateValue": "ALARM", "NewStateReason": "x", "StateChangeTime": START.isoformat()}
    deployment = Deployment(region="sa-east-1", account_id="123456789012", suffix="")
    trigger = {"Threshold": alarm["Threshold"]}
    return Alarm.of_message({**alarm, **said, "Trigger": trigger}, deployment)
