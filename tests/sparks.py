"""Which tests on a local stack start real Spark, and why. Jobs of all others run by `tests/without_spark`.

A run of Spark costs some ten seconds of CPU more, and most tests on a stack show what is not Spark's: alerts,
ends, refusals, rights, incidents, commands. What the two have in common is tests/jobs/test_spark.py, one
program on both, and a day that both publish alike (tests/e2e/test_day.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.place import Place
from local.stack import Stack

REAL = {
    "e2e/test_day.py::test_from_an_empty_server": "a whole day as deployed",
    "e2e/test_day.py::test_a_deadline": "one that is cut, resumed and forced, which the stand-in repeats",
    "e2e/test_adversarial_days.py::test_an_adversarial_day_is_what_the_oracle_says[1": "its own exchange",
    "e2e/test_bad_files.py::test_too_many": "a file that is refused by a job",
    "e2e/test_denied.py::test_a_job_that_may_not_write": "what AWS refuses a worker, out of a JVM's text",
    "faults/test_bad_day.py": "the workers' requests fail, and Spark tries tasks again",
    "faults/test_cuts.py::test_a_cut_run_resumed_is_the_uninterrupted_one[stop": "among Spark's tasks",
    "faults/test_database.py::test_a_database_that_crashes": "the session starts beside the copy that is cut",
    "faults/test_kills.py::test_killed_processes": "the JVM and a worker are what is killed",
}
"""Tests by what their ids begin with, below tests/, and the reason."""
STAND_IN = Path(__file__).with_name("without_spark")
_stacks: list[Path] = []
_is_real = False


def is_real(test: str) -> bool:
    return any(test.startswith(f"tests/{name}") for name in REAL)


def use(*, real: bool) -> None:
    """By what the jobs of this process's stacks run, from now on."""
    global _is_real  # noqa: PLW0603 - a process runs one test after the other
    _is_real = real
    for place in _stacks:
        _put(place)


@contextmanager
def choosing(stack: Stack) -> Iterator[Stack]:
    """The stack, whose jobs run by what is chosen."""
    place = Place(stack.directory, 0).before_packages
    _stacks.append(place)
    _put(place)
    yield stack
    _stacks.remove(place)


def _put(place: Path) -> None:
    place.unlink(missing_ok=True)
    if not _is_real:
        place.symlink_to(STAND_IN)
