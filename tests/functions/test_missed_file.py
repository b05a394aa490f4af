"""A file that does not come by its hour (runbook 1.1): told once, and on no day that wants none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciliation import daily, layout
from reconciliation.alert_texts import subject_of
from reconciliation.calendar import Calendar
from reconciliation.day import CLOSED
from reconciliation.lifecycle.telling import Teller
from reconciliation.wording import SAO_PAULO
from tests.functions.judged import AFTER, ON_THE_DAY, check, judging, lines, miss
from tests.functions.world import DAY, World


@pytest.mark.usefixtures("used")
def test_a_file_that_never_came_is_critical_and_told_once(world: World) -> None:
    monday = judging(world, Calendar.of(expected_by=["mon 08:00"], holidays="none"))
    told = [monday.miss(ON_THE_DAY + timedelta(minutes=late)) for late in (-5, 0, 5)]
    assert told == [None, DAY, None]
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["playbook"]) == ("NO_FILE", "CRITICAL", "2.1")
    assert (alert["id"], alert["relatorio"]) == (f"{DAY}-NO_FILE", "")
    assert alert["mensagem"] == "nenhum arquivo de 2026-02-16 foi processado até 08:00 (hora de São Paulo)"
    assert (
        alert["proximo_comando"] == "aws s3 ls s3://reconciliation-ingress/ --recursive | sort | tail -n 20"
    )


@pytest.mark.usefixtures("used")
def test_the_day_without_a_file_is_checked_on_the_next_one_with_its_six_points(world: World) -> None:
    miss(world, ON_THE_DAY)
    assert check(world, AFTER) == DAY
    _, alert = world.alerts()
    assert [line[0] for line in lines(alert)] == ["✗", "✗", "✗", "✗", "✗", "✓"]
    assert (alert["codigo"], alert["severidade"], alert["limite_sla"]) == (
        "DAILY_CHECK", "MEDIUM", "≤ 4 horas",
    )  # fmt: skip
    assert subject_of(alert).startswith(
        "[MEDIUM] Conciliação 2026-02-16 DAILY_CHECK: 5 de 6 pontos falharam: Execução do dia,"
    )
    assert (
        alert["proximo_comando"] == "aws s3 ls s3://reconciliation-ingress/ --recursive | sort | tail -n 20"
    )
    assert [step["titulo"].split()[2] for step in alert["passos"]] == ["últimos", "que", "últimos", "últimas"]


@pytest.mark.usefixtures("used")
def test_a_file_that_came_late_is_checked_as_any_other(world: World) -> None:
    assert miss(world, ON_THE_DAY) == DAY
    world.write_published()
    assert miss(world, ON_THE_DAY + timedelta(hours=2)) is None
    assert check(world, AFTER) == DAY
    assert [alert["codigo"] for alert in world.alerts()] == ["NO_FILE", "DAILY_CHECK"]


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(
    ("late", "is_told"), [(timedelta(hours=15, minutes=59), True), (timedelta(days=1), False)]
)
def test_a_watchdog_that_was_dead_for_hours_tells_later(world: World, late: timedelta, is_told: bool) -> None:
    """Until the hour comes again; by then its own silence has rung."""
    monday = Calendar.of(expected_by=["mon 08:00"], holidays="none")
    assert judging(world, monday).miss(ON_THE_DAY + late) == (DAY if is_told else None)


@pytest.mark.parametrize("day", [layout.day_objects("checkpoints"), layout.day_folder("ingress", DAY)])
def test_no_file_is_missed_before_the_first_one_came(world: World, day: layout.Location) -> None:
    """Right after a deployment; from the next day on it is, whether the first one was ever taken or not."""
    today = datetime.now(SAO_PAULO).replace(hour=11)  # as the objects of this test are dated
    tomorrow = today + timedelta(days=1)
    world.store.put(layout.Location("ingress", f"{DAY}/"), b"")  # a folder that somebody made in the console
    for now in (today, tomorrow):
        assert (miss(world, now), check(world, now)) == (None, None)
    world.store.put(day / ("input.csv" if day.bucket == "ingress" else f"{DAY}.json"), b"{}")
    assert miss(world, today) is None
    assert world.alerts() == []
    assert miss(world, tomorrow) == f"{tomorrow:%Y-%m-%d}"
    assert check(world, tomorrow) is None, "the day of the first file"
    assert [alert["codigo"] for alert in world.alerts()] == ["NO_FILE"]


@pytest.mark.parametrize(
    ("first_upload", "is_expected"),
    [
        (None, False),
        (datetime(2026, 2, 16, 2, 59, tzinfo=UTC), True),  # the day before, in São Paulo
        (datetime(2026, 2, 16, 3, 0, tzinfo=UTC), False),
        (datetime(2026, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_file_must_come_from_the_day_after_the_first(
    first_upload: datetime | None, is_expected: bool
) -> None:
    assert daily.is_expected(DAY, first_upload) is is_expected


@pytest.mark.usefixtures("used")
def test_each_day_has_its_own_messages(world: World) -> None:
    assert miss(world, AFTER) == "2026-02-17"
    assert miss(world, AFTER.replace(day=18, hour=2)) is None, "still the 17th there"
    assert miss(world, AFTER.replace(day=18)) == "2026-02-18"
    assert check(world, AFTER.replace(day=18)) == "2026-02-17"


@pytest.mark.usefixtures("used")
def test_a_weekend_is_silent_and_monday_checks_friday(world: World) -> None:
    """13 February of 2026 is a Friday; Carnival's Monday and Tuesday are holidays of the banks."""
    usual, banks = (Calendar.of(expected_by=["08:00"], holidays=holidays) for holidays in ("none", "banks"))
    for hours in range(24, 72):
        assert (
            judging(world, usual).miss(datetime(2026, 2, 13, 11, tzinfo=UTC) + timedelta(hours=hours)) is None
        )
    assert judging(world, usual).check(ON_THE_DAY) == "2026-02-13"
    assert judging(world, banks).miss(ON_THE_DAY) is None
    assert judging(world, banks).miss(AFTER) is None
    assert judging(world, banks).check(AFTER) is None
    assert judging(world, banks).miss(AFTER.replace(day=18)) == "2026-02-18"


@pytest.mark.usefixtures("used")
def test_where_nobody_expects_a_file_there_is_no_message(world: World) -> None:
    nobody = judging(world, Calendar.of())
    assert (nobody.miss(AFTER), nobody.check(AFTER)) == (None, None)
    assert world.alerts() == []


@pytest.mark.usefixtures("used")
def test_a_message_that_sns_refuses_is_sent_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Teller, "try_to_tell", lambda *_: False)
        assert (miss(world, AFTER), check(world, AFTER)) == (None, None)
    assert (miss(world, AFTER), check(world, AFTER)) == ("2026-02-17", DAY)
    assert len(world.alerts()) == 2


@pytest.mark.usefixtures("used")
def test_a_day_is_overdue_from_its_hour_until_it_is_published(world: World) -> None:
    """It stays so over days without work; where the calendar wants nothing, the figure is put as 0."""
    seconds: list[float] = []
    kept = type("Kept", (), {"put_overdue": lambda _, seconds_, at: seconds.append(seconds_)})()
    monday = Calendar.of(expected_by=["mon 08:00"], holidays="none")
    judge = replace(judging(world, monday), metrics=kept)
    for hours in (0, 1, 72):
        judge.tell_overdue(ON_THE_DAY + timedelta(hours=hours))
    world.write_day(CLOSED)
    judge.tell_overdue(ON_THE_DAY + timedelta(hours=73))
    world.write_published()
    judge.tell_overdue(ON_THE_DAY + timedelta(hours=74))
    replace(judge, calendar=Calendar.of()).tell_overdue(AFTER)
    assert [each / 3600 for each in seconds] == [0, 1, 72, 73, 0, 0]
