"""What the jobs read of the file and of what is committed: that version, all of it, and once."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.parts import commit_part, read_part
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import check_file, decide_part, read_cut, report_of, validate
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.contract import HEADER, SUPPLIER_KEPT_CHARS
from reconciliation.errors import ReconciliationError
from reconciliation.plan import Plan
from tests.jobs.validated import FILE, open_base, validated_day
from tests.jobs.whole_day import plan_of
from tests.memory_s3 import MemoryS3


class AskedS3(MemoryS3):
    """It notes which version of the file each reading asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.versions: list[str | None] = []

    def get_object(self, **asked: Any) -> dict[str, Any]:
        if asked["Bucket"] == "ingress":
            self.versions.append(asked.get("VersionId"))
        return super().get_object(**asked)


def uploaded(s3: MemoryS3, cut_bytes: int) -> tuple[Store, Plan]:
    store, plan = Store(s3), plan_of(FILE, Rules(), 3, cut_bytes)
    store.put(plan.input.location, FILE)
    return store, plan


def after_header(file: bytes) -> bytes:
    return file[file.index(b"\n") + 1 :]


def test_the_version_that_was_inspected_is_validated() -> None:
    s3 = AskedS3()
    store, plan = uploaded(s3, cut_bytes=20)
    assert len(plan.cuts) == 2
    validate(plan, "checkpoints", PlainExecutor, lambda: store)
    assert s3.versions == [plan.input.version_id] * 2


def test_of_a_file_that_is_gone_the_end_says_which_version_and_what_s3_answered() -> None:
    store, plan = uploaded(MemoryS3(), cut_bytes=4096)
    where, version = plan.input.location, plan.input.version_id
    stored = store.head(where)
    assert stored
    store.delete(where, stored.etag)
    with pytest.raises(ReconciliationError) as gone:
        validate(plan, "checkpoints", PlainExecutor, lambda: store)
    assert gone.value.code == "INPUT_GONE"
    assert f"{where} (versão {version}), de que o S3 respondeu NoSuchKey: " in str(gone.value)


def test_a_cut_that_comes_short_stops_the_day() -> None:
    """By whole lines, too: what is left of them would balance among itself."""
    _, plan = uploaded(MemoryS3(), cut_bytes=4096)
    (cut,) = plan.cuts
    whole = FILE[cut.offset :]
    for came in (b"", whole[:-1], whole[: whole.index(b"\n") + 1]):
        with pytest.raises(ReconciliationError, match=f"{len(came)} de {len(whole)} bytes lidos") as stopped:
            list(read_cut(plan, cut, came))
        assert stopped.value.code == "UNBALANCED_TOTALS"


def test_a_line_that_nobody_decided_stops_the_day() -> None:
    store, plan = uploaded(MemoryS3(), cut_bytes=4096)
    with pytest.raises(ReconciliationError, match="3 linhas de dados, mas 2 decididas") as stopped:
        validate(replace(plan, data_lines=3), "checkpoints", PlainExecutor, lambda: store)
    assert stopped.value.code == "UNBALANCED_TOTALS"
    assert store.head(layout.validation_report(plan.paths.validated)) is None


def test_refused_lines_that_are_not_kept_stop_the_day() -> None:
    refused = FILE + b"F1;O3;Ana;PETR4;2026-02-16;x\n"
    plan = plan_of(refused, Rules(max_rejected_share=1), 1, 4096)
    decided = decide_part(plan, [blob for _, blob in read_cut(plan, plan.cuts[0], after_header(refused))])
    parts, report = [decided.report], report_of(plan, [decided.report])
    check_file(plan, parts, report, decided.rejects)
    with pytest.raises(ReconciliationError, match="1 linhas rejeitadas, mas 0 guardadas") as stopped:
        check_file(plan, parts, report, decided.rejects.clear())
    assert stopped.value.code == "UNBALANCED_TOTALS"


def test_a_part_that_is_done_again_is_the_same_or_an_error() -> None:
    store, plan = uploaded(MemoryS3(), cut_bytes=4096)
    rows, notes = pl.DataFrame({"done": [1, 2]}), {"counted": "2"}
    commit_part(store, plan.paths.partial, 0, rows, notes)
    commit_part(store, plan.paths.partial, 0, rows, notes, group_rows=1)  # written otherwise
    for other, said in ((rows.head(1), notes), (rows, {"counted": "1"})):
        with pytest.raises(ReconciliationError, match="não é o que se calculou agora") as refused:
            commit_part(store, plan.paths.partial, 0, other, said)
        assert refused.value.code == "UNBALANCED_TOTALS"
    assert read_part(store, plan.paths.partial, 0)["done"].to_list() == [1, 2]


def test_a_resume_reads_no_base_that_was_copied(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor does it take that for the copy of a job that is at work."""
    store, plan = validated_day()
    with pytest.raises(ReconciliationError, match="tomado por outra"):
        reconcile(plan, Fence("checkpoints", 6), BaseSource(open_base), PlainExecutor, lambda: store)

    def gone() -> Any:
        raise AssertionError("the base has its snapshot")

    capsys.readouterr()
    reconcile(plan, Fence("checkpoints", 7), BaseSource(gone), PlainExecutor, lambda: store)
    assert store.head(plan.paths.divergences)
    assert "base_copied" not in capsys.readouterr().out


def test_the_last_supplier_is_told_as_the_summary_tells_it() -> None:
    """A line may hold one of 64 KiB, and an alert that had it could not be sent."""
    file = f"{HEADER}\n{'A' * 60_000};O1;Ana;PETR4;2026-02-16;1.00\n".encode()
    plan = plan_of(file, Rules(), 1, 100_000)
    decided = decide_part(plan, [blob for _, blob in read_cut(plan, plan.cuts[0], after_header(file))])
    assert decided.report.last_supplier == "A" * SUPPLIER_KEPT_CHARS
    assert decided.valid["fornecedor_id"].to_list() == ["A" * 60_000]
