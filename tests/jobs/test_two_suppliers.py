"""Two suppliers, two files, one day: the first file is published, and says whom it lacks."""

import polars as pl
import pytest

from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from reconciliation import layout
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.kernels.codec import from_parquet, parquet_metadata, to_parquet, to_text
from reconciliation.kernels.schemas import SUPPLIERS
from tests.jobs.two_suppliers import BASE
from tests.jobs.validated import open_base, validated_day
from tests.jobs.whole_day import run_day

ALL_MAY_BE_REFUSED = Rules(max_rejected_share=1)
FIRST = ["F1;O1;Ana;PETR4;2026-02-16;10.50"]
F2_ABSENT = {"suppliers": 1, "base_rows": 2, "base_cents": 2000}


def file_of(lines: list[str]) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_the_supplier_of_the_other_file_is_absent(partitions: int) -> None:
    summary = run_day(file_of(FIRST), BASE, ALL_MAY_BE_REFUSED, partitions=partitions).summary
    assert summary["warnings"] == {"SUPPLIER_ABSENT": 1}
    assert summary["types"] == {"TIPO_1": 0, "TIPO_2": 3, "TIPO_3": 0}
    named = [{"fornecedor_id": "F2", "base_rows": 2, "base_cents": 2000}]
    assert summary["suppliers_absent"] == {**F2_ABSENT, "largest": named}
    of_file_and_base = {
        one.pop("fornecedor_id"): tuple(one.values()) for one in map(dict, summary["suppliers"])
    }
    order = ("base_cents", "base_rows", "file_cents", "file_keys", "refused_lines")
    assert tuple(sorted(set(summary["suppliers"][0]) - {"fornecedor_id"})) == order
    assert of_file_and_base == {"F1": (1050, 1, 1050, 1, 0), "F2": (2000, 2, 0, 0, 0), "": (100, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    "lines",
    [
        ["F2;X9;Bia;VALE3;2026-02-16;1"],
        ['"F2" ;X9;Bia;VALE3;2026-02-16;1', 'F2;X9;Bia;VALE3;2026-02-16;1,00'],
        ["F2;X9;Bia;VALE3;2026-02-16;1,00"],
        ["F2;;Bia;VALE3;2026-02-16;1"],
        ["F2;X9;Bia;VALE3;2026-02-16;1", "F2;X9;Bia;VALE3;2026-02-16;2"],
        ["F2;X9;Bia;VALE3;2026-02-16;1", "F2;X9;Bia;VALE3;2026-02-16;1.00"],
    ],
    ids=["good", "quoted and refused", "refused", "no key", "conflict", "identical"],
)  # fmt: skip
def test_any_line_of_a_supplier_is_one(lines: list[str]) -> None:
    summary = run_day(file_of(FIRST + lines), BASE, ALL_MAY_BE_REFUSED).summary
    assert "SUPPLIER_ABSENT" not in summary["warnings"]
    assert summary["suppliers_absent"]["suppliers"] == 0


@pytest.mark.parametrize("supplier", ["f2", "F2\u00a0", "F 2", "F"])
def test_another_suppliers_line_is_not(supplier: str) -> None:
    lines = [*FIRST, f"{supplier};X9;Bia;VALE3;2026-02-16;1"]
    assert run_day(file_of(lines), BASE, ALL_MAY_BE_REFUSED).summary["suppliers_absent"]["suppliers"] == 1


def test_the_sums_are_the_control_totals() -> None:
    summary = run_day(file_of(FIRST), BASE, ALL_MAY_BE_REFUSED).summary
    sums = {name: sum(one[name] for one in summary["suppliers"]) for name in ("file_keys", "base_rows")}
    cents = {side: sum(one[f"{side}_cents"] for one in summary["suppliers"]) for side in ("file", "base")}
    lines = summary["totals"]["lines"]
    assert sums == {"file_keys": lines["valid_keys"], "base_rows": lines["base_in_scope"]}
    assert cents == {side: summary["totals"]["cents"][side] for side in ("file", "base")}


def test_a_resume_tells_what_was_committed() -> None:
    """What was compared before the run stopped is not compared anew, and counts as it was committed."""
    store, plan = validated_day()
    reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
    summary_at = layout.ready_summary(plan.paths.partial)
    whole = store.get(summary_at)
    assert whole
    again, same_plan = validated_day()
    kept = store.get(layout.part(plan.paths.partial, 1))
    assert kept
    marked = to_text(pl.DataFrame([("F9", 0, 0, 0, 7, 0)], SUPPLIERS, orient="row"))
    about = {"reconciliation": parquet_metadata(kept.body)["reconciliation"], "suppliers": marked}
    again.put(layout.part(same_plan.paths.partial, 1), to_parquet(from_parquet(kept.body), about))
    reconcile(same_plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: again)
    resumed = again.get(summary_at)
    assert resumed
    assert [one["fornecedor_id"] for one in whole.json()["suppliers"]] == ["F1"]
    assert {one["fornecedor_id"]: one["base_rows"] for one in resumed.json()["suppliers"]}["F9"] == 7
