"""The causes of a reconciled day stand in its summary, and never in its way."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from glue_jobs.base_copy import BaseSource
from glue_jobs.causes import History
from glue_jobs.executor import PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from reconciliation import layout
from reconciliation.config import Rules
from reconciliation.rates import Figures
from tests.cases.case import DAY, HEADER
from tests.jobs.validated import open_base, validated_day
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow


def summary_with(history: History) -> Any:
    store, plan = validated_day()
    source = BaseSource(open_base)
    reconcile(plan, Fence("checkpoints", 7), source, PlainExecutor, lambda: store, history)
    stored = store.get(layout.ready_summary(plan.paths.partial))
    assert stored
    return stored.json()


@pytest.mark.parametrize("failure", [ConnectionError, pl.exceptions.PanicException])
def test_a_failure_leaves_a_warning_and_the_day(failure: type[BaseException]) -> None:
    def fail() -> Sequence[Figures]:
        raise failure("a row of the data")

    with_it, without = summary_with(fail), summary_with(tuple)
    assert (with_it["causes"], with_it["warnings"]) == ([], without["warnings"] | {"CAUSES_UNKNOWN": 1})
    assert with_it["totals"] == without["totals"]


def test_a_cause_is_in_the_summary() -> None:
    keys = [f"O{number}" for number in range(30)]
    file = "\n".join([HEADER, *(f"F1;{key};Ana Lima;PETR4;2026-02-16;1" for key in keys), ""]).encode()
    base = [BaseRow("F1", key, "Ana", "PETR4", DAY, Decimal(1)) for key in keys]
    (cause,) = run_day(file, base, Rules()).summary["causes"]
    assert (cause["code"], cause["evidence"]) == ("UM_CAMPO", "Em 100,00% dos TIPO_3 (30 de 30).")


def test_a_supplier_whose_orders_came_as_anothers_is_warned_of_and_no_cause() -> None:
    keys = [f"O{number}" for number in range(30)]
    file = "\n".join([HEADER, *(f"F1;{key};Ana;PETR4;2026-02-16;1" for key in keys), ""]).encode()
    base = [BaseRow("9F1", key, "Ana", "PETR4", DAY, Decimal(1)) for key in keys]
    summary = run_day(file, base, Rules()).summary
    assert summary["suppliers_absent"]["base_rows"] == 30
    assert summary["warnings"]["SUPPLIER_ABSENT"] == 1
    assert "FORNECEDOR_AUSENTE" not in [cause["code"] for cause in summary["causes"]]


def day_of(file: Sequence[str], base: list[BaseRow]) -> Any:
    return run_day("\n".join([HEADER, *file, ""]).encode(), base, Rules()).summary


EQUAL = [BaseRow(f"F{number % 7}", f"O{number}", "Ana", "PETR4", DAY, Decimal(1)) for number in range(1000)]
LINES = [f"{row.fornecedor_id};{row.ordem_id};Ana;PETR4;2026-02-16;1" for row in EQUAL]


@pytest.mark.parametrize(
    ("lines", "sentence", "more"),
    [
        ([], "Nenhuma linha no arquivo: F9.", "ordens na base, R$ 30,00."),
        (
            [f"F9;P{number};Ana;2026-02-16;1" for number in range(30)],
            "Nenhuma linha que se leia no arquivo: F9.",
            "ordens na base, R$ 30,00. Há 30 linhas recusadas de que não se lê o fornecedor.",
        ),
        ([";;;;;"] * 30, "Nenhuma linha no arquivo: F9.", "ordens na base, R$ 30,00."),
    ],
    ids=["it sent none", "one column is missing", "blank lines are nobody's"],
)
def test_a_supplier_whose_lines_cannot_be_read_is_not_said_to_have_sent_none(
    lines: list[str], sentence: str, more: str
) -> None:
    base = [*EQUAL, *(BaseRow("F9", f"P{number}", "Ana", "PETR4", DAY, Decimal(1)) for number in range(30))]
    (cause,) = [
        one for one in day_of([*LINES, *lines], base)["causes"] if one["code"] == "FORNECEDOR_AUSENTE"
    ]
    assert cause["sentence"] == sentence
    assert cause["evidence"].endswith(more)


def test_base_rows_that_name_no_supplier_are_said_to() -> None:
    base = [*EQUAL, *(BaseRow(None, f"P{number}", "Ana", "PETR4", DAY, Decimal(5)) for number in range(25))]
    (cause,) = [one for one in day_of(LINES, base)["causes"] if one["code"] == "UM_FORNECEDOR"]
    assert cause["sentence"] == "As divergências se concentram em ordens sem fornecedor na base."
    assert cause["action"] == "Preencher fornecedor_id na base e reprocessar."


@pytest.mark.parametrize("sent_as", ["F9\x01", "", "F8"])
def test_a_supplier_whose_orders_stand_on_refused_lines_is_not_absent(sent_as: str) -> None:
    """A control character in its name, none, or another's with an amount that cannot be read."""
    base = [*EQUAL, *(BaseRow("F9", f"P{number}", "Ana", "PETR4", DAY, Decimal(1)) for number in range(30))]
    lines = [f"{sent_as};P{number};Ana;PETR4;2026-02-16;1,0" for number in range(30)]
    summary = day_of([*LINES, *lines], base)
    assert summary["motives"]["LINHA_REJEITADA"] == 30
    assert "FORNECEDOR_AUSENTE" not in [cause["code"] for cause in summary["causes"]]


def test_a_cause_names_a_supplier_as_it_is() -> None:
    """How its signs are shown is the reader's affair: a page writes what shows nothing by its code point."""
    base = [*EQUAL, *(BaseRow("שלום", f"P{number}", "Ana", "PETR4", DAY, Decimal(5)) for number in range(25))]
    (cause,) = [one for one in day_of(LINES, base)["causes"] if one["code"] == "UM_FORNECEDOR"]
    assert cause["sentence"] == "As divergências se concentram no fornecedor שלום."
