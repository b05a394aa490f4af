"""What the calendar wants of the days, on moto with a moved clock (runbook 1.1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from lambdas import prepare_run
from reconciliation import alert_places, daily, layout
from reconciliation.adapters.history import published_before, size_bytes
from reconciliation.adapters.store import Store
from reconciliation.adapters.subscriptions import Subscriptions
from reconciliation.alert_texts import subject_of, text_of
from reconciliation.calendar import Calendar
from reconciliation.channels import CHANNEL
from reconciliation.day import CLOSED, RUNNING
from reconciliation.lifecycle import judging as judging_module
from reconciliation.lifecycle import watching
from reconciliation.lifecycle.judging import Judging
from reconciliation.lifecycle.telling import Teller
from reconciliation.run import Tuning
from reconciliation.wording import SAO_PAULO
from tests.functions.world import DAY, JOB, World

BEFORE, AFTER = datetime(2026, 2, 17, 10, 59, tzinfo=UTC), datetime(2026, 2, 17, 11, 0, tzinfo=UTC)
"""08:00 in São Paulo is 11:00 UTC, of the day after DAY."""
ON_THE_DAY = AFTER - timedelta(days=1)
EVERY_DAY = Calendar.of(expected_by=["mon-sun 08:00"], holidays="none")


def judging(world: World, calendar: Calendar = EVERY_DAY) -> Judging:
    return replace(world.judging, calendar=calendar)


def check(world: World, now: datetime) -> str | None:
    return judging(world).check(now)


def miss(world: World, now: datetime) -> str | None:
    return judging(world).miss(now)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have come for long: moto's objects are of the real day, which is none of the moved clock's."""
    monkeypatch.setattr(judging_module, "first_upload", lambda *_: datetime(2026, 2, 1, tzinfo=UTC))


def lines(alert: dict[str, Any]) -> list[str]:
    """The six points of the message."""
    return [line for line in text_of(alert).split("\n") if line.startswith(("✓", "✗"))]


def test_a_good_day_is_six_ticks_told_once(world: World) -> None:
    world.write_published()
    world.store.put(alert_places.alert_mark("checkpoints", f"{JOB}-1-SUCCEEDED", CHANNEL), b"")
    assert check(world, BEFORE) is None
    assert check(world, AFTER) == DAY
    assert check(world, AFTER) is None
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["id"]) == (
        "DAILY_CHECK", "LOW", f"{DAY}-DAILY_CHECK",
    )  # fmt: skip
    assert subject_of(alert) == "[LOW] Conciliação 2026-02-16 DAILY_CHECK: 6 de 6 pontos em ordem"
    assert text_of(alert).startswith("Verificação diária de 2026-02-16: 6 de 6 pontos em ordem\n")
    assert lines(alert) == [
        f"✓ Execução do dia: publicada ({JOB}, tentativa 1)",
        "✓ Tempo de processamento: 1 min 01 s (limite 20 min 00 s)",
        "✓ Taxa de divergências: 5,00% (sem histórico)",
        f"✓ Notificações: {JOB}-1-SUCCEEDED; e-mail: sim; Slack: sim",
        "✓ Espaço em S3: 1,50 MB do dia; 1,50 MB em 3 objetos de output",
        "✓ QuickSight: não faz parte desta implantação",
    ]


@pytest.mark.parametrize(
    ("at_most", "figure"),
    [
        (2, "1,50 MB do dia; pelo menos 1,50 MB em 2 objetos de output"),
        (1, "pelo menos 1,50 MB do dia; pelo menos 1,50 MB em 1 objetos de output"),
    ],
)
def test_what_is_counted_in_part_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch, at_most: int, figure: str
) -> None:
    """A day with the most objects counted may have more, too."""
    monkeypatch.setattr(daily, "COUNTED_MAX", at_most)
    world.write_published()
    check(world, AFTER)
    (alert,) = world.alerts()
    assert lines(alert)[4] == f"✓ Espaço em S3: {figure}"


class Endless:
    """A bucket without a last page, as the watchdog's four minutes see a large one."""

    pages = 0

    def list_objects_v2(self, **_: str) -> dict[str, Any]:
        self.pages += 1
        keys = [f"{self.pages}/{number}" for number in range(1000)]
        found = [{"Key": key, "ETag": '"e"', "Size": 2, "LastModified": AFTER} for key in keys]
        marks = {"IsTruncated": True, "NextContinuationToken": str(self.pages), "KeyCount": len(keys)}
        return {"Name": "output", "Contents": found, **marks}


def test_no_page_is_asked_for_beyond_what_is_counted() -> None:
    bucket = Endless()
    assert size_bytes(Store(bucket), layout.Location("output", ""), 2000) == (4000, 2000)
    assert bucket.pages == 2


def test_a_watchdog_that_dies_of_the_daily_check_has_taken_its_other_turns(world: World) -> None:
    """Out of its time, say: no later round finds them left behind the same check."""
    taken: list[str] = []

    def dies(*_: object) -> None:
        raise SystemExit

    def takes(name: str) -> Any:
        return lambda *_: taken.append(name)

    judging = type(
        "Judging", (), {"check": dies, "miss": takes("missed"), "tell_overdue": takes("overdue")}
    )()
    follows = type("Refreshing", (), {"follow": takes("refreshed")})()
    posts = type("Posting", (), {"post": takes("posted")})()
    with pytest.raises(SystemExit):
        replace(world.watching, judging=judging, refreshing=follows, posting=posts).watch(AFTER)
    assert taken == ["overdue", "missed", "refreshed", "posted"]


def test_the_age_is_put_in_each_round_even_before_the_first_file(world: World) -> None:
    """A round that puts nothing is, to the alarm, a watchdog that is not called."""
    ages: list[float] = []
    kept = type("Kept", (), {"put_since_published": lambda _, seconds, at: ages.append(seconds)})()
    watching, hour = replace(world.watching, metrics=kept), timedelta(hours=1)
    now = datetime.now(UTC)
    watching.tell_age(now + hour)
    assert ages == [0], "nothing came: nothing is missed"
    world.store.put(layout.Location("ingress", f"{DAY}/input.csv"), b"x")
    watching.tell_age(now + hour)
    world.write_published()
    watching.tell_age(now + 3 * hour)
    assert [round(age / 3600, 1) for age in ages] == [0, 1, 3]


def test_an_earlier_summary_that_cannot_be_read_is_left_out_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write_published("2026-02-14")
    world.store.put(layout.summary("output", "2026-02-15"), b"cut short")
    (earlier,) = published_before(world.store, "output", DAY)
    assert earlier.day == "2026-02-14"
    assert [(record.message, vars(record)["day"]) for record in caplog.records] == [
        ("summary_not_read", "2026-02-15")
    ]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (["a@b.example"], "; sem inscrição confirmada: a@b.example"),
        (None, "; as inscrições de e-mail não puderam ser vistas"),
    ],
)
def test_an_address_that_is_told_nothing_is_a_cross(
    world: World, missing: list[str] | None, said: str
) -> None:
    """The run's alert reached SNS and Slack all the same."""
    world.write_published()
    world.store.put(alert_places.alert_mark("checkpoints", f"{JOB}-1-SUCCEEDED", CHANNEL), b"")

    class Asked:
        def missing(self) -> list[str]:
            if missing is None:
                raise ClientError({"Error": {"Code": "AuthorizationError"}}, "ListSubscriptionsByTopic")
            return missing

    replace(judging(world), subscriptions=Asked()).check(AFTER)
    (alert,) = world.alerts()
    assert lines(alert)[3] == f"✗ Notificações: {JOB}-1-SUCCEEDED; e-mail: sim; Slack: sim{said}"
    assert alert["proximo_comando"].startswith(
        "aws sns list-subscriptions-by-topic --topic-arn"
        " arn:aws:sns:us-east-1:123456789012:reconciliation-alerts --query "
    )


def test_only_a_confirmed_subscription_counts(world: World) -> None:
    """What SNS puts in the ARN's place until the link is opened: ListSubscriptionsByTopic's own example."""
    topic, sns = world.settings.alerts_topic_arn, boto3.client("sns")
    for address in ("confirmed@b.example", "waits@b.example"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    subscribed = sns_backends["123456789012"]["us-east-1"].subscriptions.values()
    (waiting,) = [one for one in subscribed if one.endpoint == "waits@b.example"]
    waiting.arn = "PendingConfirmation"
    wanted = [f"{name}@b.example" for name in ("waits", "confirmed", "gone")]
    assert Subscriptions({topic: wanted}).missing() == ["gone@b.example", "waits@b.example"]


@pytest.mark.usefixtures("used")
def test_a_turn_that_fails_keeps_no_other_from_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "last_published", lambda *_: {}["the age"])
    with pytest.raises(KeyError, match="the age"):
        replace(world.watching, judging=judging(world)).watch(ON_THE_DAY)
    assert [alert["codigo"] for alert in world.alerts()] == ["NO_FILE", "DAILY_CHECK"]


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


def test_a_day_that_failed_has_its_crosses(world: World) -> None:
    world.write_published("2026-02-15")
    world.write_day(CLOSED, alert_id=f"{JOB}-1-E_HEADER")
    check(world, AFTER)
    (alert,) = world.alerts()
    assert alert["proximo_comando"] == "aws s3 cp s3://reconciliation-checkpoints/days/2026-02-16.json -"
    assert lines(alert) == [
        f"✗ Execução do dia: encerrada sem publicar ({JOB}, tentativa 1)",
        "✗ Tempo de processamento: – (limite 20 min 00 s)",
        "✗ Taxa de divergências: – (média de 1 dia publicado: 5,00%)",
        f"✗ Notificações: {JOB}-1-E_HEADER; e-mail: sim; Slack: não",
        "✗ Espaço em S3: 0,00 MB do dia; 1,50 MB em 3 objetos de output",
        "✓ QuickSight: não faz parte desta implantação",
    ]


def test_a_run_under_way_is_waited_for(world: World) -> None:
    world.write_day(RUNNING, holder="e1")
    assert check(world, AFTER) is None
    assert world.alerts() == []
    world.write_published()
    assert check(world, AFTER) == DAY


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


def test_a_day_is_judged_by_the_deployments_own_deadline(world: World) -> None:
    world.settings = replace(world.settings, tuning=Tuning(deadline_s=60))
    world.write_published()
    check(world, AFTER)
    (alert,) = world.alerts()
    assert lines(alert)[1] == "✗ Tempo de processamento: 1 min 01 s (limite 1 min 00 s)"


def test_an_old_result_of_the_day_is_not_todays(world: World) -> None:
    """A forced run failed: what stands is another run's."""
    world.write_published()
    world.write_day(CLOSED, published_etag="another")
    check(world, AFTER)
    assert lines(world.alerts()[0])[0].startswith("✗ Execução do dia: encerrada sem publicar")


def test_a_refused_start_is_told_with_its_own_values(world: World) -> None:
    given = {
        "input": {"s3_key": f"{DAY}/gone.csv"},
        "execution_arn": "arn:e9",
        "started_at": AFTER.isoformat(),
        "closed_before": 0,
    }
    assert prepare_run.handler(given, None)["error"] == "INPUT_GONE"
    (alert,) = world.alerts()
    assert (alert["dia"], alert["id"]) == (DAY, "e9-INPUT_GONE")
    assert f"list-object-versions --bucket reconciliation-ingress --prefix {DAY}/" in alert["proximo_comando"]
