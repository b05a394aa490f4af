"""The end of a published day: its rate, its report, its figures (runbook 2.4, 2.5)."""

from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from reconciliation import layout
from reconciliation.day import PUBLISHED, Day
from reconciliation.documents.run_document import StartedRun
from reconciliation.objects import to_json
from tests.functions.finishing import AFTER, finish
from tests.functions.world import DAY, JOB, World


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


@pytest.mark.parametrize(
    ("page_of", "ending"),
    [(None, "/relatorio.html"), ('"older"', "nem os envia antes de ele ser feito")],
)
def test_a_day_without_its_report_says_what_stands_in_its_place(
    world: World, page_of: str | None, ending: str
) -> None:
    current = Day(
        day=DAY, state=PUBLISHED, epoch=1, job_id=JOB, attempt=1, fingerprint="f", holder=None,
        published_etag='"ours"', alert_id=None, alert_sent=False,
    )  # fmt: skip
    if page_of:
        world.leave_report(DAY, page_of)
    world.finishing.reporting.tell_missing(current, AFTER, execution_arn="arn:e1", started=None)
    (alert,) = world.alerts()
    assert alert["codigo"] == "REPORT_FAILED"
    assert alert["mensagem"].endswith(ending)


def test_the_money_of_each_type_is_put_once_gross_and_zeros_too(world: World) -> None:
    """An attempt is not counted twice where FinishRun is repeated."""
    world.write_published()
    where = layout.summary("output", DAY)
    stored = world.store.document(where)
    assert stored
    money = {"value_by_type_cents": {"TIPO_1": 12_345, "TIPO_2": 0, "TIPO_3": 5}}
    world.store.put(where, to_json({**stored.json(), **money}))
    put: list[dict[str, Any]] = []
    world.metrics.cloudwatch = Mock(put_metric_data=lambda **given: put.extend(given["MetricData"]))
    finish(world)
    world.write_day(PUBLISHED, holder="arn:e1", alert_id=f"{JOB}-1-SUCCEEDED", alert_sent=False)
    world.finishing.finish(
        StartedRun(job_id=JOB, attempt=1, day=DAY, started_at=AFTER, execution_arn="arn:e1"), AFTER
    )
    seen = [
        (tuple(d["Value"] for d in datum["Dimensions"]), datum["Value"], datum["Unit"])
        for datum in put
        if datum["MetricName"] == "DivergenceValue"
    ]
    assert sorted(seen) == [
        ((), 123.5, "None"), ((JOB,), 123.5, "None"),
        ((JOB, "TIPO_1"), 123.45, "None"), ((JOB, "TIPO_2"), 0.0, "None"), ((JOB, "TIPO_3"), 0.05, "None"),
        (("TIPO_1",), 123.45, "None"), (("TIPO_2",), 0.0, "None"), (("TIPO_3",), 0.05, "None"),
    ]  # fmt: skip


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
