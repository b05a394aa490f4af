"""Files that share what is dear to start are run by one worker."""

import pytest

from tests.quick import LEFT_OUT
from tests.workers import SHARED, TESTS, part_of


def test_a_shared_folder_has_so_many_parts() -> None:
    for folder, count in SHARED.items():
        files = list((TESTS / folder).rglob("test_*.py"))
        assert len({part_of(file) for file in files}) == count
    assert part_of(TESTS / "test_workers.py") == str(TESTS / "test_workers.py")


TURNS: list[int] = []


@pytest.mark.parametrize("turn", range(8))
def test_one_part_is_run_by_one_worker(turn: int) -> None:
    """Told apart test by test, no worker would run all of these."""
    TURNS.append(turn)
    assert list(range(turn + 1)) == TURNS


def test_what_the_fast_run_leaves_out_is_there() -> None:
    assert [name for name in LEFT_OUT if not (TESTS / name).exists()] == []
