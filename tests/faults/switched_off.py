"""Each mechanism that keeps a day whole, switched off in a copy of the checkout: which test notices?

    python -m tests.faults.switched_off [NAME]

NAME is a part of a mechanism's name; without it, all of them. Prints one line each.
Exit code 1: a mechanism can be switched off and nobody notices.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local.place import CHECKOUT

FUNCTIONS, STUCK = "tests/functions/test_run_to_its_end.py", "tests/functions/test_never_stuck.py"
STORE, FENCE = "tests/functions/test_store.py", "tests/jobs/test_snapshot_and_fence.py"
PREPARE, CLOSE = "lambdas/prepare_run.py", "lambdas/close_run.py"


@dataclass(frozen=True)
class Mechanism:
    """Its line, what stands there when it is off, and the tests that must notice."""

    name: str
    file: str
    line: str
    off: str
    tests: str


MECHANISMS = (
    Mechanism(
        "conditional writes",
        "reconciliation/adapters/store.py",
        "Metadata=marked, **condition",
        "Metadata=marked",
        STORE,
    ),
    Mechanism(
        "nonce read again",
        "reconciliation/adapters/store.py",
        "standing.metadata.get(_NONCE) == nonce",
        "False",
        STORE,
    ),
    Mechanism(
        "nonce compared",
        "reconciliation/adapters/store.py",
        "standing.metadata.get(_NONCE) == nonce",
        "True",
        STORE,
    ),
    Mechanism(
        "one holder",
        "reconciliation/day.py",
        "if current.holder is not None:",
        "if False:",
        "tests/test_day.py",
    ),
    Mechanism("epoch", "glue_jobs/reconciliation.py", "held.day.epoch != self.epoch", "False", FENCE),
    Mechanism(
        "PUBLISHING only for the holder",
        "reconciliation/day.py",
        "allowed = current.is_run(*run) and current.state in (RUNNING, PUBLISHING)",
        "allowed = True",
        "tests/test_day.py",
    ),
    Mechanism(
        "CLOSED is final",
        "reconciliation/day.py",
        "current.is_run(*run) and current.state in (RUNNING, PUBLISHING)",
        "current.is_run(*run)",
        "tests/test_day.py",
    ),
    Mechanism(
        "If-Match on the published object",
        "reconciliation/lifecycle/publishing.py",
        "_swap(store, target, ready.body, held.day.published_etag, fingerprint)",
        "store.put(target, ready.body)",
        STUCK,
    ),
    Mechanism(
        "everything read before PUBLISHING",
        "reconciliation/lifecycle/publishing.py",
        "rejects = _get(store, Location.parse(ready.metadata[REJECTS]))",
        "rejects = store.get(Location.parse(ready.metadata[REJECTS]))",
        STUCK,
    ),
    Mechanism(
        "jobs are stopped",
        "lambdas/stop_jobs.py",
        "found.runs.stop(alive)",
        "pass",
        "tests/functions/test_stop_jobs.py",
    ),
    Mechanism(
        "jobs are awaited",
        "lambdas/stop_jobs.py",
        "raise StillRunning",
        "return [] or print",
        "tests/functions/test_stop_jobs.py",
    ),
    Mechanism(
        "watchdog", "lambdas/watchdog.py", "    close_run.close_left_behind(found, held.day)\n", "", FUNCTIONS
    ),
    Mechanism(
        "watchdog finishes what was begun by hand",
        "lambdas/watchdog.py",
        "held.day.state == PUBLISHING and close_run.finish_publishing(found, held.day)",
        "False",
        STUCK,
    ),
    Mechanism(
        "a start finishes what was begun by hand",
        PREPARE,
        "close_run.finish_publishing(found, current):",
        "False:",
        STUCK,
    ),
    Mechanism(
        "a dead holder is closed",
        PREPARE,
        "close_run.close_left_behind(found, current)",
        "pass",
        FUNCTIONS + " " + STUCK,
    ),
    Mechanism(
        "the etag that stands there",
        PREPARE,
        "standing.etag if standing else None",
        "current and current.published_etag",
        STUCK,
    ),
    Mechanism(
        "a resume replaces what its run was to",
        PREPARE,
        "published_etag == record.replaces",
        "False",
        STUCK,
    ),
    Mechanism("a resume replaces nothing newer", PREPARE, "published_etag == record.replaces", "True", STUCK),
    Mechanism(
        "the checkpoint's very bytes",
        "reconciliation/checkpoint.py",
        "digest(body) != record.checkpoint_sha256",
        "False",
        "tests/test_checkpoint.py",
    ),
    Mechanism(
        "the plan is the job's own",
        PREPARE,
        "plan.input.version_id) != own",
        "plan.input.version_id) != own and False",
        STUCK,
    ),
    Mechanism("missing parts", PREPARE, "    if absent:", "    if False:", STUCK),
    Mechanism(
        "CloseRun settles the note",
        CLOSE,
        "record = _settled(found, current)",
        "record = found.records.read(current.job_id)",
        STUCK,
    ),
    Mechanism(
        "notes are merged",
        "reconciliation/adapters/records.py",
        "{**(standing.json() if standing else written), **noted}",
        "{**record.to_dict(), **noted}",
        STUCK,
    ),
    Mechanism(
        "an end that was begun is kept", CLOSE, "_checkpoint_of(found, current, record) or ", "", STUCK
    ),
    Mechanism(
        "told once",
        CLOSE,
        "if held.day.alert_sent or found.tell(event):",
        "if found.tell(event):",
        FUNCTIONS + " " + STUCK,
    ),
    Mechanism(
        "not released before people are told",
        CLOSE,
        "if held.day.alert_sent or found.tell(event):",
        "if held.day.alert_sent or found.tell(event) or True:",
        STUCK,
    ),
    Mechanism(
        "give up what is gone",
        CLOSE,
        "current.state == days.PUBLISHING and not finish_publishing(found, current)",
        "current.state == days.PUBLISHING and finish_publishing(found, current) and False",
        STUCK,
    ),
)


def main() -> int:
    """Answers the exit code."""
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
        ).stdout
        subprocess.run(
            ["xargs", "-0", "cp", "--parents", "-t", folder], cwd=CHECKOUT, input=tracked, check=True
        )
        for mechanism in (each for each in MECHANISMS if (sys.argv[1:] or [""])[0] in each.name):
            noticed = _noticed(Path(folder), mechanism)
            survivors += noticed is None
            print(f"{mechanism.name}: {noticed or 'NOBODY NOTICED'}", flush=True)
    return int(survivors > 0)


def _noticed(copy: Path, mechanism: Mechanism) -> str | None:
    """The first test that fails while it is off."""
    file = copy / mechanism.file
    text = file.read_text()
    assert text.count(mechanism.line) == 1, f"{mechanism.file} has not once: {mechanism.line}"
    file.write_text(text.replace(mechanism.line, mechanism.off))
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *mechanism.tests.split()]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    file.write_text(text)
    failed = [line.split(" - ")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
    return failed[0].removeprefix("FAILED ") if failed else None


if __name__ == "__main__":
    sys.exit(main())
