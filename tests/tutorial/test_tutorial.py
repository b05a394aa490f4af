"""The tutorial's commands are the same in both languages, and its quick ones answer as it shows.

The others take minutes: `python -m tests.tutorial` follows the whole page.
"""

from pathlib import Path

from tests.targets.checkout import Checkout
from tests.tutorial.page import PAGES, Step, steps


def test_both_languages_have_the_same_commands_and_outputs() -> None:
    english, portuguese = map(steps, PAGES)
    assert english == portuguese
    assert sum(step.is_quick for step in english) > 3
    assert any(not step.is_quick for step in english)


def test_the_quick_commands_answer_as_shown(tmp_path: Path) -> None:
    checkout = Checkout.copied(tmp_path / "checkout")
    for step in filter(lambda step: step.is_quick, steps(PAGES[0])):
        _, said = checkout.run("sh", "-c", step.command)
        assert step.missing(said) is None, said


def test_what_is_not_said_is_noticed() -> None:
    step = Step("make demo", ("a  1,5 s", "…", "c"))
    assert step.missing("a  22,5 s\nb\nc\n") is None
    assert step.missing("c\na  22,5 s\n") == "c"
    assert step.missing("b\nc\n") == "a 0,0 s"
