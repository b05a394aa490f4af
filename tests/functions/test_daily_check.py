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
from reconciliation.channels import CHANNEL
from reconciliation.day import CLOSED, RUNNING
from reconciliation.lifecycle import watching
from reconciliation.run import Tuning
from tests.functions.judged import AFTER, BEFORE, ON_THE_DAY, check, judging, lines
from tests.functions.world import DAY, JOB, World


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
