"""The table of mechanisms names lines and tests that there are: it cannot rot between two of its runs."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.place import CHECKOUT
from tests.endings.recording import path_of
from tests.promises.mechanism import Mechanism
from tests.promises.page import PAGE, text
from tests.promises.promises import BALANCE, GUARDS, INVARIANTS, MECHANISMS, NOT_PROMISED, PROMISES
from tests.promises.switching import copied, noticed

CHEAP = ("tests/test_", "tests/lifecycle/", "tests/jobs/test_options", "tests/jobs/test_what_is_read")
"""Where a test takes neither a server nor a synth, and hardly a second."""
DRAWN = 2
TESTS = {test for each in MECHANISMS for test in each.tests.split()} | {each.test for each in NOT_PROMISED}


def test_none_was_dropped() -> None:
    """Whoever takes one away says so here: none may get lost where its code moves."""
    names = [mechanism.name for mechanism in MECHANISMS]
    assert len(set(names)) == len(names) >= 140


def test_every_promise_is_kept_by_something_and_everything_keeps_one() -> None:
    kept = {name for promise in PROMISES for name in promise.kept_by}
    assert kept == {mechanism.name for mechanism in MECHANISMS}
    assert all(promise.kept_by for promise in PROMISES)
    assert [promise.name for promise in INVARIANTS] == [f"I{number}" for number in range(1, 12)]
    assert (len(GUARDS), len(BALANCE)) == (12, 5)


def test_the_page_is_current() -> None:
    """`python -m tests.promises.page` makes it anew."""
    assert (CHECKOUT / PAGE).read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_its_line_stands_once_and_can_be_switched_off(mechanism: Mechanism) -> None:
    text = (CHECKOUT / mechanism.file).read_text(encoding="utf-8")
    assert text.count(mechanism.line) == 1
    switched_off = text.replace(mechanism.line, mechanism.off)
    assert switched_off != text
    if mechanism.file.endswith(".json"):
        json.loads(switched_off)
    elif mechanism.file.endswith(".py"):
        compile(switched_off, mechanism.file, "exec")


@pytest.mark.parametrize("test", sorted(TESTS))
def test_the_test_that_must_notice_is_there(test: str) -> None:
    """By its text: to have pytest collect it would import the whole of it."""
    file, _, name = test.partition("::")
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    function, _, parameter = name.partition("[")
    assert re.search(rf"^(def |class )?{function}\b", text, re.MULTILINE)
    if file == "tests/endings/test_endings.py":
        assert path_of(parameter.rstrip("]")).exists()
    elif parameter:
        assert f'"{parameter.rstrip("]")}"' in text


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    with copied() as folder:
        yield folder


def drawn() -> list[Mechanism]:
    """Others wherever the code is another."""
    cheap = [each for each in MECHANISMS if each.tests.startswith(CHEAP) and " " not in each.tests]
    code = "".join((CHECKOUT / each.file).read_text(encoding="utf-8") for each in cheap)
    return random.Random(code).sample(cheap, DRAWN)


@pytest.mark.parametrize("mechanism", drawn(), ids=lambda mechanism: mechanism.name)
def test_switched_off_it_is_noticed(copy: Path, mechanism: Mechanism) -> None:
    """With it on the test passes: that is in this very run."""
    assert noticed(copy, mechanism)
