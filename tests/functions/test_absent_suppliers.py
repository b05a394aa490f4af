"""What the alert of a published day says of the suppliers that its file lacks."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from glue_jobs.suppliers import summary_suppliers
from lambdas import finish_run, inspect_file
from reconciliation import layout
from reconciliation.alert_texts import text_of
from reconciliation.documents.summary import SummaryDraft
from reconciliation.kernels.schemas import SUPPLIERS
from reconciliation.objects import to_json
from tests.functions.world import GOOD, KEY, World

NAMED, MORE = "Fornecedores sem nenhuma linha no arquivo", "E mais"


def finished(world: World, absent: int, rate: float = 5.0) -> dict[str, Any]:
    """The alert of a day of which so many suppliers are absent."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run, rate)
    rows = [("F1", 1, 1050, 0, 1, 1050)] + [(f"A{n:02d}", 0, 0, 0, 1000 + n, 123456) for n in range(absent)]
    where = layout.ready_summary(world.plan(run).paths.partial)
    ready = world.store.get(where)
    assert ready
    warnings = {"SUPPLIER_ABSENT": absent} if absent else {}
    every = pl.DataFrame(rows, SUPPLIERS, orient="row")
    summary = replace(ready.read_as(SummaryDraft), warnings=warnings, **summary_suppliers(every))
    world.store.put(where, to_json(summary.to_dict()))
    world.publish(run)
    finish_run.handler(run, None)
    (alert,) = world.alerts()
    return alert


def test_ten_are_named_and_the_rest_is_counted(world: World) -> None:
    alert = finished(world, 13)
    assert alert["codigo"] == "SUCCEEDED"
    assert alert["numeros"]["Avisos"].startswith("SUPPLIER_ABSENT (fornecedores da base sem nenhuma linha")
    assert alert["numeros"]["Avisos"].endswith(": 13")
    named = alert["numeros"][NAMED]
    assert list(named) == [f"A{n:02d}" for n in range(12, 2, -1)]
    assert named["A12"] == "1.012 linhas da base (R$ 1.234,56)"
    assert alert["numeros"][MORE] == "3 fornecedores, 3.003 linhas da base (R$ 3.703,68)"
    assert f"{NAMED}: A12: 1.012 linhas da base (R$ 1.234,56), A11: " in text_of(alert)


@pytest.mark.parametrize("absent", [0, 10])
def test_nothing_is_said_of_no_others(world: World, absent: int) -> None:
    numbers = finished(world, absent)["numeros"]
    assert (NAMED in numbers, MORE in numbers) == (bool(absent), False)


def test_the_template_of_an_abnormal_day_stays_as_it_is(world: World) -> None:
    alert = finished(world, 2, rate=50.0)
    assert (alert["codigo"], list(alert["numeros"][NAMED])) == ("ABNORMAL_RATE", ["A01", "A00"])
    assert "A01" not in alert["relatorio"]
