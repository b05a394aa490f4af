"""What an execution may be asked, and the names that follow from an object."""

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.layout import day_of_upload
from reconciliation.run import (
    FileRequest,
    ResumeRequest,
    Tuning,
    execution_name,
    job_ids,
    parse_input,
    workers_for,
)

KEY = "2026-02-16/input.csv"
RESUME = {
    "job_id": "JOB-20260216-001234",
    "checkpoint_location": "s3://reconciliation-checkpoints/JOB-20260216-001234/checkpoint.json",
    "reprocess_from_checkpoint": True,
}


def test_the_operators_inputs() -> None:
    """As the runbook writes them (2.1, 2.2)."""
    assert parse_input({"s3_key": KEY, "force_reprocess": True}, Tuning()) == (
        FileRequest(s3_key=KEY, force_reprocess=True),
        Tuning(),
    )
    request, _ = parse_input(RESUME, Tuning())
    assert request == ResumeRequest(
        job_id=RESUME["job_id"], checkpoint_location=RESUME["checkpoint_location"]
    )


def test_numbers_may_come_as_text() -> None:
    _, tuning = parse_input(
        {"s3_key": KEY, "workers": "15", "deadline_s": 90, "worker_type": "G.2X"}, Tuning()
    )
    assert (tuning.workers, tuning.deadline_s, tuning.worker_type) == (15, 90, "G.2X")


def test_what_the_input_leaves_out_is_the_deployments() -> None:
    _, tuning = parse_input({"s3_key": KEY, "workers": 15}, Tuning(workers_max=4, deadline_s=600))
    assert (tuning.workers, tuning.deadline_s, tuning.worker_type) == (15, 600, "G.1X")
    _, tuning = parse_input({"s3_key": KEY}, Tuning(workers_max=4))
    assert (tuning.workers, tuning.workers_max) == (None, 4), "as many as the file needs, at most four"


@pytest.mark.parametrize(
    ("data_lines", "base_readers", "most", "workers"),
    [
        (1, 1, 10, 2),
        (1_000_000, 1, 10, 2),
        (2_000_000, 1, 10, 2),
        (2_000_001, 1, 10, 3),
        (10_000_000, 1, 10, 6),
        (18_000_000, 1, 10, 10),
        (100_000_000, 1, 10, 10),
        (100_000_000, 1, 50, 50),
        (10_000_000, 1, 2, 2),
        (1_000_000, 4, 10, 2),
        (1_000_000, 5, 10, 3),
        (1_000_000, 16, 10, 5),
        (1_000_000, 16, 3, 3),
        (10_000_000, 16, 10, 6),
    ],
)
def test_a_run_gets_the_workers_that_its_file_and_its_readers_need(
    data_lines: int, base_readers: int, most: int, workers: int
) -> None:
    assert workers_for(data_lines, most, base_readers) == workers


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {},
        {"s3_key": KEY, "colour": 1},
        {"s3_key": KEY, **RESUME},
        {**RESUME, "reprocess_from_checkpoint": False},
        {**RESUME, "job_id": "../x"},
        {"job_id": RESUME["job_id"]},
        {"s3_key": KEY, "force_reprocess": "yes"},
        {"s3_key": KEY, "version_id": 7},
        *({"s3_key": KEY, "deadline_s": value} for value in (0, 1201, "1e3", -1, 1.5, True, None)),
        *({"s3_key": KEY, "workers": value} for value in (1, 51, "--x")),
        {"s3_key": KEY, "worker_type": "G.9X"},
    ],
)
def test_anything_else_is_refused_not_bent(given: object) -> None:
    with pytest.raises(ReconciliationError) as refused:
        parse_input(given, Tuning())
    assert refused.value.code == "INVALID_INPUT"


@pytest.mark.parametrize(
    "s3_key",
    ["2026-02-30/a.csv", "a.csv", "2026-02-16/../a.csv", "2026-02-16/a/b.csv", "2026-02-16/a.csv\n",
     "2026-02-16/á.csv", "٢٠٢٦-02-16/a.csv", "2026-02-16/a.parquet", "2026-02-16/" + "a" * 121 + ".csv", 7],
)  # fmt: skip
def test_a_key_of_another_form(s3_key: object) -> None:
    with pytest.raises(ReconciliationError) as refused:
        parse_input({"s3_key": s3_key}, Tuning())
    assert refused.value.code == "E_S3_KEY"


def test_names_follow_from_the_object_alone() -> None:
    assert day_of_upload(KEY) is not None
    assert execution_name(KEY, "v1") == execution_name(KEY, "v1") != execution_name(KEY, "v2")
    ids = job_ids(KEY, "v1")
    first, second = next(ids), next(ids)
    assert first.startswith("JOB-20260216-")
    assert int(second[-6:]) == (int(first[-6:]) + 1) % 1_000_000
    assert execution_name(KEY, "v1").startswith(first)
