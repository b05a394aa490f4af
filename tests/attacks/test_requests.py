"""Whoever may upload, or start an execution or a job by hand: nothing starts that should not, nor is bent."""

import json
import re
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.options import OutputOptions, ReconciliationOptions, ReportOptions, ValidationOptions
from reconciliation.contract import COMPANIONS
from reconciliation.errors import ReconciliationError
from reconciliation.lifecycle.starting import Starting
from reconciliation.run import RANGES, WORKER_TYPES, FileRequest, Tuning, is_job_id, parse_input
from tests.attacks.anything import ANYTHING, TEXTS

NOW = datetime(2026, 2, 16, 7, tzinfo=UTC)
UPLOAD = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})/[A-Za-z0-9._-]{1,120}\.csv")
NAME = re.compile(r"JOB-[0-9]{8}-[0-9]{6}-[0-9a-f]{16}")
KEYS = st.one_of(
    TEXTS,
    st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}/[A-Za-z0-9._-]{1,5}\.csv\Z"),
    st.tuples(
        st.sampled_from(("2026-02-16", "2026-02-30", "٢٠٢٦-02-16", "0000-01-01", "..", "")),
        st.sampled_from(("/", "//", "/../", "\n/", "%2F", "")),
        st.sampled_from(("a.csv", "á.csv", "a.csv\n", "a.CSV", "a.csv.tmp", "", "a" * 121 + ".csv")),
    ).map("".join),
)  # fmt: skip


class Heard:
    """Step Functions and the teller in one: what is started, and what people are told."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str]] = []
        self.told: list[str] = []

    def start(self, name: str, text: str) -> bool:
        self.started.append((name, text))
        return True

    def event(self, code: str, *_: Any, **__: Any) -> str:
        return code

    def tell(self, code: str) -> None:
        self.told.append(code)


def is_a_days_file(key: str) -> bool:
    match = UPLOAD.fullmatch(key)
    try:
        return bool(match and key.isascii() and date.fromisoformat(match[1]))
    except ValueError:
        return False


@given(key=KEYS, version=TEXTS, size=st.sampled_from((0, 1, 10**30)))
def test_an_upload_starts_a_run_only_by_its_proper_name(key: str, version: str, size: int) -> None:
    heard = Heard()
    starting = Starting(heard, heard, COMPANIONS)  # type: ignore[arg-type]  # what it calls of its ports
    name = starting.start(key, version, size, NOW)
    if not is_a_days_file(key):
        assert (name, heard.started) == (None, [])
        assert set(heard.told) <= {"E_S3_KEY"}
        return
    ((started, text),) = heard.started
    assert NAME.fullmatch(started)
    request, tuning = parse_input({"s3_key": key}, Tuning())
    assert (request, tuning) == (FileRequest(s3_key=key), Tuning())
    assert set(json.loads(text)) == {"s3_key", "version_id"}


FIELDS = ("s3_key", "version_id", "force_reprocess", "job_id", "checkpoint_location",
          "reprocess_from_checkpoint", "worker_type", *RANGES, "Arguments", "--plan")  # fmt: skip
INPUTS = st.one_of(
    ANYTHING,
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(ANYTHING, KEYS, st.booleans()), max_size=4),
)


@given(given_=INPUTS)
def test_an_executions_input_is_what_it_may_be_or_refused(given_: object) -> None:
    try:
        request, tuning = parse_input(given_, Tuning())
    except ReconciliationError as exc:
        assert exc.code in ("INVALID_INPUT", "E_S3_KEY")
        assert len(str(exc)) < 1_500, "an alert carries it"
        return
    assert isinstance(given_, dict)
    assert set(given_) <= set(FIELDS[:-2])
    if isinstance(request, FileRequest):
        assert is_a_days_file(request.s3_key)
    else:
        assert is_job_id(request.job_id)
    assert tuning.worker_type in WORKER_TYPES
    for name, (least, most) in RANGES.items():
        value = getattr(tuning, name)
        assert value is None or least <= value <= most


JOBS = (ValidationOptions, ReconciliationOptions, OutputOptions, ReportOptions)
ARGUMENTS = sorted({name for kind in JOBS for name in kind.__dataclass_fields__})
WORDS = st.one_of(
    TEXTS,
    st.sampled_from(ARGUMENTS).map("--{}".format),
    st.sampled_from(("1", "-1", "1e3", "2026-02-16", "=", "--")),
)


@pytest.mark.parametrize("kind", JOBS)
@given(data=st.data())
def test_no_argument_is_smuggled_into_another(kind: Any, data: st.DataObject) -> None:
    """Each value is the one that stands behind its own name; a name is no value."""
    whole = [word for name in kind.__dataclass_fields__ for word in (f"--{name}", "1")]
    argv = ["job.py", *data.draw(st.one_of(st.lists(WORDS, max_size=12), st.just(whole)))]
    for _ in range(data.draw(st.integers(0, 3))):
        argv.insert(data.draw(st.integers(1, len(argv))), data.draw(WORDS))
    try:
        options = kind.from_argv(argv)
    except ReconciliationError as exc:
        assert exc.code == "INVALID_INPUT"
        return
    for name, field in kind.__dataclass_fields__.items():
        value = str(getattr(options, name))
        assert not value.startswith("--")
        behind = [after for before, after in pairwise(argv) if before == f"--{name}"]
        behind += [word.partition("=")[2] for word in argv if word.startswith(f"--{name}=")]
        if value != str(field.default):
            assert value in behind or int(value) in map(_whole, behind), (argv, name)


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
