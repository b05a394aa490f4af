"""Every path is taken apart to what it was made of, and the plan's paths travel as they were."""

from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from reconciliation import alert_places, layout
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location, RunPaths

DAY, JOB = "2026-02-16", "JOB-20260216-001234"
PATHS = RunPaths.of("intermediate", DAY, "f")


def test_a_runs_paths() -> None:
    """By these names they stand in plan.json, and these are what the runbook and the interface show."""
    root = f"s3://intermediate/{DAY}"
    assert {name: str(where) for name, where in vars(PATHS).items()} == {
        "validated": f"{root}/validated.parquet/f/",
        "rejects": f"{root}/rejects.parquet/f/",
        "base": f"{root}/base.parquet/f/",
        "partial": f"{root}/partial.parquet/f/",
        "divergences": f"{root}/divergences.parquet",
    }


@pytest.mark.parametrize("uri", ["", "intermediate/x", "s3://", "s3://b", "s3://b/", "S3://b/x", "s3://B/x"])
def test_an_address_that_is_none_is_refused(uri: str) -> None:
    with pytest.raises(ReconciliationError, match="is not an s3://bucket/key address") as refused:
        Location.parse(uri)
    assert refused.value.code == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("made", "taken_apart"),
    [
        (layout.published, layout.day_of),
        (layout.divergences, layout.day_of),
        (lambda bucket, day: layout.upload(bucket, day, "input.csv"), layout.day_of),
        (lambda bucket, day: layout.upload(bucket, day, "input.csv"), layout.day_of_upload),
        (layout.day_object, layout.day_of_document),
        (layout.waiting, layout.day_of_document),
        (lambda bucket, day: layout.waiting_other(bucket, f"{day}/input.csv"), layout.day_of_document),
        (layout.summary, layout.day_of_summary),
    ],
)
def test_a_days_path_tells_its_day(
    made: Callable[[str, str], Location], taken_apart: Callable[[str], str | None]
) -> None:
    assert taken_apart(made("b", DAY).key) == DAY


def test_a_part_tells_its_partition() -> None:
    for partition in (0, 7, 99_999, 100_000):
        assert layout.partition_of_part(layout.part(PATHS.partial, partition).key) == partition
    others = (layout.base_day_part(PATHS.base, 3), layout.ready_summary(PATHS.partial), PATHS.divergences)
    assert [layout.partition_of_part(where.key) for where in others] == [None] * 3


@pytest.mark.parametrize(
    "key",
    [
        f"{DAY}/divergences.parquet",
        f"{DAY}/divergencias.parquet.tmp",
        f"x{DAY}/divergencias.parquet",
        f"a/{DAY}/divergencias.parquet",
        f"{DAY}/{DAY}/divergencias.parquet",
        "2026-02-1/divergencias.parquet",
        "٢٠٢٦-02-16/divergencias.parquet",
        "divergencias.parquet",
    ],
)
def test_a_day_is_at_its_own_place_alone(key: str) -> None:
    assert layout.day_at(layout.published("b", DAY), layout.published) == DAY
    assert layout.day_at(Location("b", key), layout.published) is None


@pytest.mark.parametrize(
    "s3_key",
    [
        "2026-02-30/input.csv",
        "2026-02-16/input.CSV",
        "2026-02-16/a/b.csv",
        "2026-02-16/.csv/",
        "2026-02-16/input.csv.gz",
        "2026-02-16/input.csv\n",
        "input.csv",
        "",
    ],
)
def test_an_upload_of_another_form_has_no_day(s3_key: str) -> None:
    assert layout.day_of_upload(s3_key) is None


def test_a_checkpoint_is_named_by_its_object_or_its_folder() -> None:
    """Runbook 2.2 writes the object, and the checkpoint itself its folder."""
    folder = f"s3://checkpoints/{JOB}"
    named = (f"{folder}/checkpoint.json", f"{folder}/", folder)
    assert all(layout.is_checkpoint_of("checkpoints", JOB, address) for address in named)
    others = ("", f"{folder}/job.json", f"{folder}//", f"s3://other/{JOB}/checkpoint.json", f"{folder}5/")
    assert not any(layout.is_checkpoint_of("checkpoints", JOB, address) for address in others)


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        (layout.day_folder("b", layout.ANY_DAY).key + "*", PATHS.validated.key),
        (layout.day_folder("b", layout.ANY_DAY).key + "*", layout.published("b", DAY).key),
        (layout.job_folder("b", layout.ANY_JOB).key + "*", layout.checkpoint("b", JOB).key),
        (layout.timer_token("b", layout.ANY_JOB, "*").key, layout.timer_token("b", JOB, 2).key),
    ],
)
def test_a_policys_pattern_takes_the_key(pattern: str, key: str) -> None:
    """And neither the rejects' keys, which not everybody who reads a day may read, nor others beside it."""
    others = (
        layout.published_rejects("b", DAY),
        layout.day_object("b", DAY),
        alert_places.alert_mark("b", "A", "slack"),
    )
    assert fnmatchcase(key, pattern)
    assert not any(fnmatchcase(where.key, pattern) for where in others)
