"""A day by the jobs' functions, held against the oracle's."""

from collections.abc import Callable
from fractions import Fraction

from glue_jobs.base import OpenBase
from glue_jobs.executor import Executor, PlainExecutor
from reconciliation.config import Rules
from reconciliation.contract import TYPES
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.schemas import DIVERGENCES
from tests import oracle, oracle_file
from tests.cases.case import DAY
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow


def check_day(
    file: bytes,
    base: list[BaseRow],
    share: Fraction,
    *,
    partitions: int,
    cut_bytes: int,
    base_readers: int = 1,
    open_base: OpenBase | None = None,
    executor: Callable[[], Executor] = PlainExecutor,
) -> None:
    """The jobs' day beside the oracle's: row for row, or the same refusal."""
    wanted = oracle.reconcile(file, base, DAY, oracle_file.Rules(max_rejected_share=share))
    rules = Rules(max_rejected_share=float(share))
    try:
        found = run_day(
            file, base, rules, partitions=partitions, cut_bytes=cut_bytes, base_readers=base_readers,
            open_base=open_base, executor=executor,
        )  # fmt: skip
    except ReconciliationError as exc:
        assert (exc.code, str(exc)) == (wanted.code, str(exc))
        return
    assert wanted.code is None
    assert found.rejects == [tuple(reject) for reject in wanted.rejects]
    for row in wanted.divergences:
        row["job_id"] = "JOB-20260216-000001"
    assert found.divergences == [{name: row[name] for name in DIVERGENCES} for row in wanted.divergences]
    assert found.summary["totals"] == {"lines": wanted.lines, "cents": wanted.cents}
    assert {k: v for k, v in found.summary["warnings"].items() if k != "MIXED_EOL"} == {
        k: v for k, v in wanted.warnings.items() if k != "MIXED_EOL"
    }
    gross = dict.fromkeys(TYPES, 0)
    for row in wanted.divergences:
        gross[row["tipo_divergencia"]] += abs(int(row["diferenca_valor"] * 100))
    assert found.summary["value_by_type_cents"] == gross
    of_file = {
        one["fornecedor_id"]: (one["file_keys"], one["file_cents"]) for one in found.summary["suppliers"]
    }
    assert {supplier: counted for supplier, counted in of_file.items() if counted[0]} == wanted.suppliers
    absent = found.summary["suppliers_absent"]
    assert {
        one["fornecedor_id"]: (one["base_rows"], one["base_cents"]) for one in absent["largest"]
    } == wanted.absent_suppliers, "as many as a small day has"
