"""The table of mechanisms names lines and tests that there are: it cannot rot between two of its runs."""

import json
import re

import pytest

from local.place import CHECKOUT
from tests.endings.recording import path_of
from tests.faults.mechanisms import MECHANISMS, Mechanism


def test_none_was_dropped() -> None:
    """Whoever takes one away says so here: none may get lost where its code moves."""
    names = [mechanism.name for mechanism in MECHANISMS]
    assert len(set(names)) == len(names) >= 57


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda mechanism: mechanism.name)
def test_its_line_stands_once_and_can_be_switched_off(mechanism: Mechanism) -> None:
    text = (CHECKOUT / mechanism.file).read_text(encoding="utf-8")
    assert text.count(mechanism.line) == 1
    switched_off = text.replace(mechanism.line, mechanism.off)
    assert switched_off != text
    if mechanism.file.endswith(".json"):
        json.loads(switched_off)
    else:
        compile(switched_off, mechanism.file, "exec")


@pytest.mark.parametrize("test", sorted({test for each in MECHANISMS for test in each.tests.split()}))
def test_the_test_that_must_notice_is_there(test: str) -> None:
    """By its text: to have pytest collect it would import the whole of it."""
    file, _, name = test.partition("::")
    text = (CHECKOUT / file).read_text(encoding="utf-8")
    function, _, parameter = name.partition("[")
    assert re.search(rf"^(def )?{function}\b", text, re.MULTILINE)
    if file == "tests/endings/test_endings.py":
        assert path_of(parameter.rstrip("]")).exists()
    elif parameter:
        assert f'"{parameter.rstrip("]")}"' in text
