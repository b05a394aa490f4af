"""Of a file that is refused whole its supplier is sent the refused lines: the first ones, as a list."""

import csv
import io
from typing import Any

import polars as pl
import pytest

from glue_jobs import validation
from glue_jobs.executor import PlainExecutor
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.schemas import REJECTS
from reconciliation.objects import FINGERPRINT
from tests.cases.case import HEADER
from tests.jobs.whole_day import plan_of
from tests.memory_s3 import MemoryS3

LINES = (";;;;;", "F1;O1;Ana;PETR4;2026-02-16;1", "F1;=2;Ana;PETR4;2026-02-16;1,00", "F2;O3", ";;;;;",
         "F2;O4;Bia;PETR4;2026-13-16;1")  # fmt: skip


def listed(*lines: str) -> list[list[str]]:
    """The rows of what stands there once the file was refused, or accepted; none where nothing does."""
    file = "\n".join((HEADER, *lines, "")).encode()
    store, plan = Store(MemoryS3()), plan_of(file, Rules(), 3, 64)
    store.put(plan.input.location, file)
    try:
        validation.validate(plan, "checkpoints", PlainExecutor, lambda: store)
    except ReconciliationError as exc:
        assert exc.code in ("E_TOO_MANY_REJECTS", "E_NO_ROWS")
    stored = store.get(layout.refused_list("checkpoints", plan.job_id))
    assert stored is None or stored.metadata == {FINGERPRINT: plan.fingerprint}, "an attempt's own"
    text = stored.body.decode("utf-8-sig") if stored else ""
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_it_has_number_order_reason_and_code_and_nothing_that_runs() -> None:
    head, *rows = listed(*LINES)
    assert head == ["linha", "ordem_id", "motivo", "código"]
    assert [(line, order, code) for line, order, _, code in rows] == [
        ("2", "", "E_BLANK"), ("4", "'=2", "E_VALOR"), ("5", "", "E_COLS"), ("6", "", "E_BLANK"),
        ("7", "O4", "E_DATA"),
    ]  # fmt: skip
    assert all(reason for _, _, reason, _ in rows)


def test_a_file_of_the_header_alone_says_so_and_nothing_of_refused_lines() -> None:
    file = f"{HEADER}\n".encode()
    store, plan = Store(MemoryS3()), plan_of(file, Rules(), 1, 64)
    store.put(plan.input.location, file)
    with pytest.raises(ReconciliationError, match="só tem o cabeçalho") as stopped:
        validation.validate(plan, "checkpoints", PlainExecutor, lambda: store)
    assert (stopped.value.code, "entre 0" in str(stopped.value)) == ("E_NO_ROWS", False)


class Refusing(Store):
    """S3 takes nothing beside the checkpoints."""

    def put(self, where: layout.Location, *given: Any, **more: Any) -> str:
        if where.bucket == "checkpoints":
            raise OSError("refused")
        return super().put(where, *given, **more)


def panic(*_: object) -> None:
    """As Polars does over a bug of its own."""
    raise pl.exceptions.PanicException("in a supplier's text")


@pytest.mark.parametrize("what", ["S3 refuses it", "its writer has a bug"])
def test_what_cannot_be_listed_is_refused_all_the_same(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own code, and not as a validation that failed: another playbook, and no message."""
    if what == "S3 refuses it":
        monkeypatch.setattr("tests.jobs.test_refused_list.Store", Refusing)
    else:
        monkeypatch.setattr(validation, "write_csv", panic)
    assert listed(*LINES) == []


def test_blank_lines_take_no_other_one_s_place() -> None:
    rows = [(line, "E_BLANK" if line in (2, 6) else "E_COLS", "", None, None) for line in (2, 4, 5, 6, 7)]
    rejects = pl.DataFrame(rows, REJECTS, orient="row")
    assert validation.telling(rejects, 3)["linha"].to_list() == [4, 5, 7]
    assert validation.telling(rejects, 4)["linha"].to_list() == [2, 4, 5, 7]


def test_there_is_none_of_a_file_that_is_accepted_or_has_no_line() -> None:
    assert listed(LINES[1]) == listed() == []
