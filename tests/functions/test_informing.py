"""The business area's message: after QuickSight's copy, ten minutes after the day at the latest, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.sns.models import sns_backends

from reconciliation import alert_places, layout, places
from reconciliation.adapters.reports import PUBLISHED_ETAG
from reconciliation.business import text_of
from reconciliation.copies import Copy
from reconciliation.day import PUBLISHED
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.run_document import StartedRun
from reconciliation.lifecycle import informing
from reconciliation.objects import to_json
from tests.functions.world import DAY, JOB, KEY, World

PUBLISHED_AT = datetime(2026, 2, 17, 11, 0, tzinfo=UTC)
NOT_YET, BY_NOW = "ainda não mostra este resultado", "já mostra este resultado"
LINK = "/sn/dashboards/reconciliation-dashboard#p.Dia=2026-02-16T00%3A00%3A00"
REPORT = (
    "https://us-east-1.console.aws.amazon.com/s3/object/output"
    "?region=us-east-1&prefix=relatorios/2026-02-16/relatorio.html"
)


class Copies:
    """QuickSight's: of one state."""

    dataset_id = "reconciliation-dataset"

    def __init__(self) -> None:
        self.state, self.rows_dropped = "RUNNING", 0

    def refresh(self, day: date, now: datetime, ingestion_id: str) -> None: ...

    def copies(self) -> list[Copy]:
        dropped = self.rows_dropped
        return [
            Copy(id=f"{JOB}-1", state=self.state, began=PUBLISHED_AT, is_whole=False, rows_dropped=dropped)
        ]


@pytest.fixture
def copies(world: World) -> Copies:
    copies = Copies()
    world.__dict__["datasets"] = (copies,)
    return copies


@pytest.fixture(autouse=True)
def topic(world: World) -> None:
    boto3.client("sns").create_topic(Name="reconciliation-business")


def alert_of_an_abnormal_day(world: World) -> dict[str, Any]:
    """As FinishRun tells it and the notifier keeps it."""
    world.write_published(rate=98.0)
    world.write_day(PUBLISHED, holder="arn:e1", alert_id=None, alert_sent=False)
    run = StartedRun(
        job_id=JOB, attempt=1, day=DAY, started_at=PUBLISHED_AT - timedelta(minutes=5), execution_arn="arn:e1"
    )
    world.finishing.finish(run, PUBLISHED_AT)
    body = next(alert for alert in world.alerts() if alert["codigo"] == "ABNORMAL_RATE")
    published = world.store.head(layout.published("output", DAY))
    assert published
    world.store.put(places.report_page("output", DAY), b"<html>", {PUBLISHED_ETAG: published.etag})
    for _ in range(2):  # SNS may call the notifier twice
        informing.keep(world.store, "checkpoints", body)
    return body


def told() -> list[str]:
    topics = sns_backends["123456789012"]["us-east-1"].topics
    (business,) = (found for arn, found in topics.items() if arn.endswith("-business"))
    return [text for _, text, *_ in business.sent_notifications]


def rounds(world: World, first_s: int, late_s: int = 60) -> list[tuple[float, list[str]]]:
    """Three of the watchdog's rounds, the later ones late: when, in seconds, and what it told."""
    at = [first_s, first_s + 300 + late_s, first_s + 600 + late_s]
    return [(s, world.watching.inform(PUBLISHED_AT + timedelta(seconds=s))) for s in at]


@pytest.mark.parametrize("first_s", [0, 1, 119, 179, 180, 181, 240, 299])
def test_whenever_the_rounds_are_it_leaves_within_ten_minutes(
    world: World, copies: Copies, first_s: int
) -> None:
    body = alert_of_an_abnormal_day(world)
    sent = [(at, ids) for at, ids in rounds(world, first_s) if ids]
    assert [ids for _, ids in sent] == [[body["id"]]]
    assert sent[0][0] <= 600
    (text,) = told()
    assert NOT_YET in text


@pytest.mark.parametrize(
    ("attempts", "replaces", "is_said"),
    [(0, None, False), (1, None, False), (1, '"e"', True), (2, '"e"', False)],
)
def test_of_a_result_from_before_it_speaks_where_this_one_has_replaced_it(
    world: World, copies: Copies, attempts: int, replaces: str | None, is_said: bool
) -> None:
    """The second attempt's note tells what stood when that began: the first one's result."""
    alert_of_an_abnormal_day(world)
    if attempts:
        note = JobRecord(job_id=JOB, s3_key=KEY, version_id="v1")
        world.records.update(note, attempts=attempts, replaces=replaces)
    rounds(world, 299)
    (text,) = told()
    assert NOT_YET in text
    assert ("o de antes" in text) == is_said


def test_it_leaves_as_soon_as_the_copy_is_there(world: World, copies: Copies) -> None:
    alert_of_an_abnormal_day(world)
    assert world.watching.inform(PUBLISHED_AT + timedelta(seconds=10)) == []
    copies.state = "COMPLETED"
    assert len(world.watching.inform(PUBLISHED_AT + timedelta(seconds=20))) == 1
    (text,) = told()
    assert BY_NOW in text
    assert LINK in text
    assert REPORT in text.split("\n")


def test_a_dashboard_without_every_row_does_not_show_the_result(world: World, copies: Copies) -> None:
    alert_of_an_abnormal_day(world)
    copies.state, copies.rows_dropped = "COMPLETED", 1
    rounds(world, 299)
    (text,) = told()
    assert NOT_YET in text
    assert BY_NOW not in text


def test_of_a_result_that_was_replaced_meanwhile_nobody_is_told(world: World, copies: Copies) -> None:
    body = alert_of_an_abnormal_day(world)
    summary = world.store.get(layout.summary("output", DAY))
    assert summary
    world.store.put(layout.summary("output", DAY), to_json({**summary.json(), "attempt": 2}))
    assert rounds(world, 0) == [(0, []), (360, []), (660, [])]
    assert told() == []
    assert world.informing.kept(PUBLISHED_AT) == []
    assert body["attempt"] == 1


def test_where_s3_takes_no_mark_nobody_is_told_over_and_over(
    world: World, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert_of_an_abnormal_day(world)
    copies.state = "COMPLETED"
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "PutObject")

    def refuse(*_: Any) -> None:
        raise refused

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "swap", refuse)
        for number in range(3):
            with pytest.raises(ClientError):
                world.watching.inform(PUBLISHED_AT + number * timedelta(minutes=5))
    assert len(told()) <= 1
    assert len(world.watching.inform(PUBLISHED_AT + timedelta(minutes=15))) == 1


def test_without_a_dashboard_nothing_is_said_of_one(world: World) -> None:
    body = alert_of_an_abnormal_day(world)
    assert world.watching.inform(PUBLISHED_AT) == [body["id"]]
    (text,) = told()
    assert "QuickSight" not in text + body["relatorio"]


@pytest.mark.parametrize("of_another", [False, True])
def test_a_report_that_is_not_there_is_not_linked(world: World, of_another: bool) -> None:
    """Nor that of an earlier publication: its amounts are not this one's."""
    alert_of_an_abnormal_day(world)
    page = places.report_page("output", DAY)
    if of_another:
        world.store.put(page, b"<html>", {PUBLISHED_ETAG: "another"})
    else:
        world.delete(page)
    world.watching.inform(PUBLISHED_AT)
    (text,) = told()
    assert REPORT not in text
    assert "O relatório do dia ainda não está pronto" in text


def test_what_sns_refuses_is_sent_in_a_later_round_and_no_day_waits(
    world: World, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = alert_of_an_abnormal_day(world)
    copies.state = "FAILED"
    later = PUBLISHED_AT + timedelta(minutes=4)
    refused = ClientError({"Error": {"Code": "Throttled", "Message": ""}}, "Publish")

    def refuse(*_: Any) -> None:
        raise refused

    with monkeypatch.context() as patched:
        patched.setattr(type(world.informing.topic), "send", refuse)
        with pytest.raises(ClientError):
            world.watching.inform(later)
    held = world.days.read(DAY)
    assert held
    assert held.day.holder is None
    assert [world.watching.inform(later) for _ in range(2)] == [[body["id"]], []]
    assert NOT_YET in told()[0]


def test_one_that_cannot_be_read_keeps_no_other(world: World) -> None:
    body = alert_of_an_abnormal_day(world)
    world.store.put(alert_places.business_message("checkpoints", "0"), b"{")
    with pytest.raises(ValueError, match="of-business/0"):
        world.watching.inform(PUBLISHED_AT)
    assert len(told()) == 1
    assert text_of(body, is_shown=None, is_reported=True) in told()
