"""The daily check and the end of a published day, on moto with a moved clock (runbook 1.1, 2.4, 2.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import prepare_run
from reconciliation import daily, layout
from reconciliation.adapters import dataset
from reconciliation.adapters.history import published_before
from reconciliation.alert_texts import text_of
from reconciliation.alerts import CHANNEL
from reconciliation.daily import SAO_PAULO
from reconciliation.day import CLOSED, PUBLISHED, RUNNING
from reconciliation.documents.run_document import StartedRun
from reconciliation.lifecycle import watching
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.watching import Watching
from reconciliation.run import Tuning
from tests.functions.world import DAY, JOB, World

BEFORE, AFTER = datetime(2026, 2, 16, 10, 59, tzinfo=UTC), datetime(2026, 2, 16, 11, 0, tzinfo=UTC)
"""08:00 in São Paulo is 11:00 UTC."""


def check(world: World, now: datetime, expected_by: str) -> str | None:
    return replace(world.watching, expected_by=expected_by).check(now)


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have come for long: moto's objects are of the real day, which is none of the moved clock's."""
    monkeypatch.setattr(Watching, "_first_upload", lambda _: datetime(2026, 2, 1, tzinfo=UTC))


def lines(alert: dict[str, Any]) -> list[str]:
    """The six points of the message."""
    return [line for line in text_of(alert).split("\n") if line.startswith(("✓", "✗"))]


def test_a_good_day_is_six_ticks_told_once(world: World) -> None:
    world.write_published()
    world.store.put(layout.alert_mark("checkpoints", f"{JOB}-1-SUCCEEDED", CHANNEL), b"")
    assert check(world, BEFORE, "08:00") is None
    assert check(world, AFTER, "08:00") == DAY
    assert check(world, AFTER, "08:00") is None
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["id"]) == (
        "DAILY_CHECK", "LOW", f"{DAY}-DAILY_CHECK",
    )  # fmt: skip
    assert text_of(alert).startswith("Verificação diária de 2026-02-16 (08:00): 6 de 6 pontos em ordem\n")
    assert lines(alert) == [
        f"✓ Execução do dia: publicada ({JOB}, tentativa 1)",
        "✓ Tempo de processamento: 1 min 01 s (limite 20 min 00 s)",
        "✓ Taxa de divergências: 5,00% (média de 0 dia(s) publicado(s): sem histórico)",
        f"✓ Notificações: {JOB}-1-SUCCEEDED; e-mail: sim; Slack: sim",
        "✓ Espaço em S3: 1,50 MB do dia; 1,50 MB em 2 objetos de output",
        "✓ QuickSight: não faz parte desta implantação",
    ]


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


@pytest.mark.usefixtures("used")
def test_a_turn_that_fails_keeps_no_other_from_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "last_published", lambda *_: {}["the age"])
    with pytest.raises(KeyError, match="the age"):
        replace(world.watching, expected_by="08:00").watch(AFTER)
    assert [alert["codigo"] for alert in world.alerts()] == ["NO_FILE"]


@pytest.mark.usefixtures("used")
def test_a_file_that_never_came_is_critical_and_told_once(world: World) -> None:
    for _ in range(3):
        check(world, AFTER, "08:00")
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["playbook"]) == ("NO_FILE", "CRITICAL", "2.1")
    assert alert["mensagem"] == "nenhum arquivo de 2026-02-16 foi processado até 08:00 (hora de São Paulo)"
    assert [line[0] for line in lines(alert)] == ["✗", "✗", "✗", "✗", "✗", "✓"]
    assert alert["proximo_comando"] == "aws s3 ls s3://reconciliation-ingress/ --recursive | tail -n 20"


@pytest.mark.parametrize("day", [layout.day_objects("checkpoints"), layout.day_folder("ingress", DAY)])
def test_no_file_is_missed_before_the_first_one_came(world: World, day: layout.Location) -> None:
    """Right after a deployment; from the next day on it is, whether the first one was ever taken or not."""
    today = datetime.now(SAO_PAULO).replace(hour=11)  # as the objects of this test are dated
    tomorrow = today + timedelta(days=1)
    world.store.put(layout.Location("ingress", f"{DAY}/"), b"")  # a folder that somebody made in the console
    for now in (today, tomorrow):
        assert check(world, now, "08:00") is None
    world.store.put(day / ("input.csv" if day.bucket == "ingress" else f"{DAY}.json"), b"{}")
    assert check(world, today, "08:00") is None
    assert world.alerts() == []
    assert check(world, tomorrow, "08:00") == f"{tomorrow:%Y-%m-%d}"
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
    check(world, AFTER, "08:00")
    (alert,) = world.alerts()
    assert lines(alert) == [
        f"✗ Execução do dia: encerrada sem publicar ({JOB}, tentativa 1)",
        "✗ Tempo de processamento: – (limite 20 min 00 s)",
        "✗ Taxa de divergências: – (média de 1 dia(s) publicado(s): 5,00%)",
        f"✗ Notificações: {JOB}-1-E_HEADER; e-mail: sim; Slack: não",
        "✗ Espaço em S3: 0,00 MB do dia; 1,50 MB em 2 objetos de output",
        "✓ QuickSight: não faz parte desta implantação",
    ]


def test_a_run_under_way_is_waited_for(world: World) -> None:
    world.write_day(RUNNING, holder="e1")
    assert check(world, AFTER, "08:00") is None
    assert world.alerts() == []
    world.write_published()
    assert check(world, AFTER, "08:00") == DAY


@pytest.mark.usefixtures("used")
def test_each_day_has_its_own_check(world: World) -> None:
    assert check(world, AFTER, "08:00") == DAY
    assert check(world, AFTER.replace(day=17, hour=2), "08:00") is None, "still the 16th there"
    assert check(world, AFTER.replace(day=17), "08:00") == "2026-02-17"


def test_without_an_hour_there_is_no_check(world: World) -> None:
    assert check(world, AFTER, "") is None
    assert world.alerts() == []


@pytest.mark.usefixtures("used")
def test_a_message_that_sns_refuses_is_sent_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Teller, "try_to_tell", lambda *_: False)
        assert check(world, AFTER, "08:00") is None
    assert check(world, AFTER, "08:00") == DAY
    assert len(world.alerts()) == 1


def test_a_day_is_judged_by_the_deployments_own_deadline(world: World) -> None:
    world.settings = replace(world.settings, tuning=Tuning(deadline_s=60))
    world.write_published()
    check(world, AFTER, "08:00")
    (alert,) = world.alerts()
    assert lines(alert)[1] == "✗ Tempo de processamento: 1 min 01 s (limite 1 min 00 s)"


def test_an_old_result_of_the_day_is_not_todays(world: World) -> None:
    """A forced run failed: what stands is another run's."""
    world.write_published()
    world.write_day(CLOSED, published_etag="another")
    check(world, AFTER, "08:00")
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


# --- the end of a published day


def finish(world: World, now: datetime | None = None) -> list[dict[str, Any]]:
    world.write_day(PUBLISHED, holder="arn:e1", alert_id=None, alert_sent=False)
    run = StartedRun(job_id=JOB, attempt=1, day=DAY, started_at=AFTER, execution_arn="arn:e1")
    world.finishing.finish(run, now or datetime.now(UTC))
    return world.alerts()


def test_a_rate_is_judged_against_the_published_days(world: World) -> None:
    for number in (9, 13, 14):
        world.write_published(f"2026-02-{number:02d}", rate=2.0)
    world.write_published(rate=4.5)
    (alert,) = finish(world)
    assert (alert["codigo"], alert["severidade"]) == ("ABNORMAL_RATE", "MEDIUM")
    assert alert["numeros"]["Fora do normal"] == ["taxa de 4,50%, mais que o dobro da média (2,00%)"]
    assert alert["numeros"]["Mesmo dia da semana anterior"] == "2,00%"
    assert alert["relatorio"].startswith("Assunto: Taxa de Divergências Anormal - 2026-02-16\n")
    assert alert["numeros"]["Avisos"] == "BOM (o arquivo começa com BOM (aceito)): 1"


def test_an_ordinary_day_has_no_report(world: World) -> None:
    world.write_published()
    (alert,) = finish(world)
    assert (alert["codigo"], alert["severidade"], alert["relatorio"]) == ("SUCCEEDED", "LOW", "")


class QuickSight:
    """Remembers what it was asked; fails as it is told."""

    def __init__(self, code: str = "") -> None:
        self.code, self.asked = code, []

    def create_ingestion(self, **asked: str) -> None:
        self.asked.append(asked)
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "conta 123"}}, "CreateIngestion")


@pytest.fixture
def quicksight(world: World, monkeypatch: pytest.MonkeyPatch) -> QuickSight:
    fake, real = QuickSight(), boto3.client
    own = {**world.settings.own, "QUICKSIGHT_DATASET": "reconciliation-dataset"}
    world.settings = replace(world.settings, own=own)
    monkeypatch.setattr(
        dataset.boto3, "client", lambda name, **more: fake if name == "quicksight" else real(name, **more)
    )
    return fake


@pytest.mark.parametrize(
    ("today", "kind"),
    [
        (datetime(2026, 2, 16, tzinfo=UTC), "INCREMENTAL_REFRESH"),
        (datetime(2026, 2, 22, tzinfo=UTC), "INCREMENTAL_REFRESH"),
        (datetime(2026, 2, 23, tzinfo=UTC), "FULL_REFRESH"),
    ],
)
def test_a_day_beyond_the_window_needs_a_full_refresh(
    world: World, quicksight: QuickSight, today: datetime, kind: str
) -> None:
    world.write_published()
    assert [alert["codigo"] for alert in finish(world, today)] == ["SUCCEEDED"]
    assert quicksight.asked == [
        {"AwsAccountId": "123456789012", "DataSetId": "reconciliation-dataset",
         "IngestionId": f"{JOB}-1", "IngestionType": kind}
    ]  # fmt: skip


def test_a_refresh_that_fails_is_told_and_the_day_stays_published(
    world: World, quicksight: QuickSight
) -> None:
    quicksight.code = "LimitExceededException"
    world.write_published()
    told = {alert["codigo"]: alert for alert in finish(world)}
    assert set(told) == {"QUICKSIGHT_FAILED", "SUCCEEDED"}
    assert told["QUICKSIGHT_FAILED"]["severidade"] == "MEDIUM"
    assert told["QUICKSIGHT_FAILED"]["mensagem"].endswith("não foi atualizado: LimitExceededException")
    held = world.days.read(DAY)
    assert held is not None
    assert (held.day.state, held.day.holder) == (PUBLISHED, None)


def test_a_refresh_asked_twice_is_one(world: World, quicksight: QuickSight) -> None:
    quicksight.code = "ResourceExistsException"
    world.write_published()
    assert [alert["codigo"] for alert in finish(world)] == ["SUCCEEDED"]


def test_figures_that_cloudwatch_does_not_take_touch_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServiceFault", "Message": ""}}, "PutMetricData")

    monkeypatch.setattr(
        world.metrics, "cloudwatch", type("Down", (), {"put_metric_data": staticmethod(refuse)})
    )
    world.write_published()
    assert [alert["codigo"] for alert in finish(world)] == ["SUCCEEDED"]
