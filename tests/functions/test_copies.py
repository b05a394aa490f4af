"""QuickSight's copy of a published day: asked for, followed, told (runbook 2.4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from reconciliation import alert_places, layout
from reconciliation.adapters import dataset
from reconciliation.alert_texts import text_of
from reconciliation.calendar import Calendar
from reconciliation.channels import CHANNEL
from reconciliation.day import CLOSED, PUBLISHED
from reconciliation.run import Attempt
from tests.functions.finishing import AFTER, finish
from tests.functions.world import DAY, JOB, World, day_of


class QuickSight:
    """Remembers what it was asked; answers, and fails, as it is told."""

    def __init__(self) -> None:
        self.code, self.down = "", False
        self.asked: list[dict[str, str]] = []
        self.states: list[str] = []
        """Of the run's copy, in the order in which it is looked at; without any there is none."""
        self.dropped = 0
        """Rows that the run's copies left out."""
        self.others: list[dict[str, Any]] = []
        self.of_days, self.kind_of_days = "COMPLETED", ""
        """Of the second dataset's copy; "" until it is asked for."""

    def create_ingestion(self, **asked: str) -> None:
        if asked["DataSetId"] == "reconciliation-days":
            self.kind_of_days, self.of_days = asked["IngestionType"], self.of_days or "RUNNING"
            return
        self.asked.append(asked)
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "conta 123"}}, "CreateIngestion")

    def get_paginator(self, operation: str) -> "QuickSight":
        assert operation == "list_ingestions"
        return self

    def paginate(self, **given: str) -> list[dict[str, Any]]:
        if given["DataSetId"] == "reconciliation-days":
            return [{"Ingestions": [ingestion(f"{JOB}-1", self.of_days, AFTER)] if self.of_days else []}]
        if self.down:
            raise ClientError(
                {"Error": {"Code": "InternalFailureException", "Message": ""}}, "ListIngestions"
            )
        own = [ingestion(f"{JOB}-1", self.states.pop(0), AFTER, dropped=self.dropped)] if self.states else []
        return [{"Ingestions": self.others}, {"Ingestions": own}]


def ingestion(
    name: str, state: str, began: datetime, kind: str = "FULL_REFRESH", dropped: int = 0
) -> dict[str, Any]:
    """As ListIngestions tells it."""
    failed = {"ErrorInfo": {"Type": "CUSTOMER_ERROR", "Message": "valor 12"}}
    rows = {"RowInfo": {"RowsIngested": 9, "RowsDropped": dropped, "TotalRowsInDataset": 9 + dropped}}
    return {
        "IngestionId": name, "IngestionStatus": state, "CreatedTime": began, "RequestType": kind,
        **(rows if state == "COMPLETED" else failed),
    }  # fmt: skip


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


def follow(world: World, rounds: int = 1) -> list[list[str]]:
    """What the watchdog's rounds found to have ended."""
    return [world.refreshing.follow(datetime.now(UTC)) for _ in range(rounds)]


def test_the_days_are_always_copied_whole(world: World, quicksight: QuickSight) -> None:
    world.write_published()
    finish(world, datetime(2026, 2, 16, tzinfo=UTC))
    assert quicksight.kind_of_days == "FULL_REFRESH"


def test_a_day_is_there_once_it_is_in_both_datasets(world: World, quicksight: QuickSight) -> None:
    """And the one that nobody asked for is asked for; one that fails is told by its name."""
    world.write_published()
    quicksight.states, quicksight.of_days = ["COMPLETED"] * 4, ""
    assert follow(world) == [[]]
    assert quicksight.kind_of_days == "FULL_REFRESH", "asked for"
    quicksight.of_days = "FAILED"
    assert follow(world) == [[DAY]]
    (alert,) = world.alerts()
    assert "reconciliation-days não foi atualizado: FAILED" in alert["mensagem"]
    quicksight.of_days = "RUNNING"
    assert follow(world) == [[]]
    quicksight.of_days = "COMPLETED"
    assert follow(world) == [[DAY]]


def test_two_that_fail_are_one_alert_that_names_both_with_steps_for_each(
    world: World, quicksight: QuickSight
) -> None:
    world.write_published()
    quicksight.states, quicksight.of_days = ["FAILED"], "CANCELLED"
    assert follow(world) == [[DAY]]
    (alert,) = world.alerts()
    for name, state in (("dataset", "FAILED"), ("days", "CANCELLED")):
        assert f"reconciliation-{name} não foi atualizado: {state} CUSTOMER_ERROR" in alert["mensagem"]
        steps = [step["comando"] for step in alert["passos"]]
        assert any("create-ingestion" in step and f"reconciliation-{name} " in step for step in steps)


def test_a_copy_is_followed_until_it_ended(world: World, quicksight: QuickSight) -> None:
    """Running is neither good nor bad; once it is there, nobody looks again. A broken day hinders none."""
    world.store.put(layout.day_object("checkpoints", "2026-02-15"), b"{")
    world.write_published()
    quicksight.states = ["QUEUED", "RUNNING", "COMPLETED"]
    assert follow(world, 4) == [[], [], [DAY], []]
    assert quicksight.states == []
    assert (quicksight.asked, world.alerts()) == ([], [])


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_copy_that_fails_after_it_began_is_told_once(
    world: World, quicksight: QuickSight, state: str
) -> None:
    """Runbook 2.4's symptom; the text of QuickSight's error may quote data, and is not told."""
    world.write_published()
    quicksight.states = ["RUNNING", state, state]
    assert follow(world, 3) == [[], [DAY], []]
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["id"]) == (
        "QUICKSIGHT_FAILED", "MEDIUM", f"{JOB}-1-QUICKSIGHT_FAILED",
    )  # fmt: skip
    assert alert["mensagem"].endswith(f"reconciliation-dataset não foi atualizado: {state} CUSTOMER_ERROR")
    assert "valor" not in text_of(alert)


def test_a_copy_that_left_rows_out_is_told_and_is_not_there(world: World, quicksight: QuickSight) -> None:
    """COMPLETED all the same: a divergence fewer on the dashboard. One that has them all mends it."""
    world.write_published()
    quicksight.states, quicksight.dropped = ["RUNNING", "COMPLETED", "COMPLETED", "COMPLETED"], 3
    assert follow(world, 3) == [[], [DAY], []]
    (alert,) = world.alerts()
    assert alert["codigo"] == "QUICKSIGHT_FAILED"
    assert alert["mensagem"].endswith(
        "reconciliation-dataset foi atualizado, mas não por inteiro; linhas que o QuickSight descartou: 3"
    )
    assert world.refreshing.shown(DAY, Attempt(JOB, 1)) == "COMPLETED, linhas descartadas: 3"
    quicksight.states = ["COMPLETED"]
    quicksight.others = [ingestion("manual-1", "COMPLETED", datetime.now(UTC))]
    assert follow(world) == [[DAY]]
    incident = world.incidents.read(DAY)
    assert incident
    assert (incident.matters, incident.ended and incident.ended.by) == ((), "manual-1")


def test_a_copy_that_somebody_began_by_hand_mends_the_one_that_failed(
    world: World, quicksight: QuickSight
) -> None:
    """Under whatever id: the runbook's command makes one up. One that began before has not the day."""
    world.write_published()
    now = datetime.now(UTC)
    early = ingestion("manual-0", "COMPLETED", now - timedelta(days=1))
    under_way, done = (ingestion("manual-1", state, now) for state in ("RUNNING", "COMPLETED"))
    quicksight.states = ["FAILED"] * 3
    quicksight.others = [early]
    assert follow(world) == [[DAY]]
    quicksight.others = [early, under_way]
    assert follow(world) == [[]]
    assert world.refreshing.shown(DAY, Attempt(JOB, 1)) == "RUNNING"
    quicksight.states, quicksight.others = ["FAILED"] * 3, [early, done]
    assert world.refreshing.shown(DAY, Attempt(JOB, 1)) == "COMPLETED"
    assert follow(world, 2) == [[DAY], []]
    assert [alert["codigo"] for alert in world.alerts()] == ["QUICKSIGHT_FAILED"]
    incident = world.incidents.read(DAY)
    assert incident
    assert incident.ended
    assert (incident.matters, incident.ended.by) == ((), "manual-1")


def test_a_copy_of_the_newest_days_alone_mends_no_older_day(world: World, quicksight: QuickSight) -> None:
    """DAY is of February of 2026, and the files of this test are of today."""
    world.write_published()
    quicksight.states = ["FAILED"]
    quicksight.others = [
        ingestion("1", "COMPLETED", datetime(2026, 12, 1, tzinfo=UTC), "INCREMENTAL_REFRESH")
    ]
    assert world.refreshing.shown(DAY, Attempt(JOB, 1)) == "FAILED"


def test_the_copy_of_what_stands_is_followed_after_a_later_run_failed(
    world: World, quicksight: QuickSight
) -> None:
    world.write_published()
    etag = day_of(world).published_etag
    world.write_day(CLOSED, attempt=2, published_etag=etag, alert_id=f"{JOB}-2-TIMEOUT")
    quicksight.states = ["COMPLETED"] * 2
    assert follow(world, 2) == [[DAY], []]
    assert (quicksight.asked, world.alerts()) == ([], [])
    every_day = Calendar.of(expected_by=["mon-sun 08:00"], holidays="none")
    replace(world.judging, calendar=every_day).check(AFTER)
    (alert,) = world.alerts()
    lines = text_of(alert).split("\n")
    assert "✓ QuickSight: atualização: COMPLETED" in lines
    assert (
        f"✗ Execução do dia: publicada ({JOB}, tentativa 1);"
        f" a última terminou sem publicar ({JOB}, tentativa 2)"
    ) in lines


def test_a_refresh_that_is_refused_is_asked_for_again_and_then_told(
    world: World, quicksight: QuickSight
) -> None:
    """The day stays published; that FinishRun died before it asked is mended the same way."""
    quicksight.code = "LimitExceededException"
    world.write_published()
    assert [alert["codigo"] for alert in finish(world)] == ["SUCCEEDED"]
    held = world.days.read(DAY)
    assert held is not None
    assert (held.day.state, held.day.holder) == (PUBLISHED, None)
    assert follow(world, 2) == [[DAY], []]
    (alert,) = world.alerts()
    assert alert["mensagem"].endswith("não foi atualizado: LimitExceededException")
    quicksight.code, quicksight.states = "", ["COMPLETED"]
    assert follow(world) == [[DAY]], "somebody raised the limit"
    assert len(quicksight.asked) == 3


def test_what_cannot_be_seen_is_asked_for_and_told_where_that_is_refused(
    world: World, quicksight: QuickSight
) -> None:
    """A role without the right, or a service that is down: the copy may be there, and nobody knows."""
    world.write_published()
    quicksight.down = True
    assert follow(world) == [[]]
    assert (len(quicksight.asked), world.alerts()) == (1, [])
    quicksight.code = "AccessDeniedException"
    assert follow(world) == [[DAY]]
    assert [alert["codigo"] for alert in world.alerts()] == ["QUICKSIGHT_FAILED"]


def test_a_copy_of_a_day_that_somebody_holds_is_not_followed(world: World, quicksight: QuickSight) -> None:
    world.write_day(PUBLISHED, holder="arn:e1")
    assert follow(world) == [[]]
    assert quicksight.asked == []


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("RUNNING", "✗ QuickSight: atualização: RUNNING"),
        ("COMPLETED", "✓ QuickSight: atualização: COMPLETED"),
        ("COMPLETED", "✗ QuickSight: atualização: COMPLETED, linhas descartadas: 2"),
        ("FAILED", "✗ QuickSight: atualização: FAILED"),
        (None, "✗ QuickSight: atualização: nenhuma, ou o QuickSight não responde"),
    ],
)
def test_the_daily_check_calls_only_an_ended_copy_of_every_row_good(
    world: World, quicksight: QuickSight, state: str | None, line: str
) -> None:
    world.write_published()
    quicksight.dropped = 2 if "descartadas" in line else 0
    world.store.put(alert_places.alert_mark("checkpoints", f"{JOB}-1-SUCCEEDED", CHANNEL), b"")
    quicksight.states = [state] if state else []
    every_day = Calendar.of(expected_by=["mon-sun 08:00"], holidays="none")
    replace(world.judging, calendar=every_day).check(AFTER)
    (alert,) = world.alerts()
    assert line in text_of(alert).split("\n")
    is_fine = line.startswith("✓")
    assert alert["severidade"] == ("LOW" if is_fine else "MEDIUM")
    assert ("create-ingestion" in alert["proximo_comando"]) is not is_fine


def test_a_refresh_asked_twice_is_one(world: World, quicksight: QuickSight) -> None:
    quicksight.code = "ResourceExistsException"
    world.write_published()
    assert [alert["codigo"] for alert in finish(world)] == ["SUCCEEDED"]
