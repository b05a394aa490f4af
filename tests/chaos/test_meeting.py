"""A fault that nobody met is told apart from one that somebody did."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos.fault import Count, Fault, Make, codes, for_seconds, once, shown_by_its_code
from tests.chaos.plan import Drawn
from tests.chaos.runner import Armed
from tests.faults.server import Rule

SCENE: Any = SimpleNamespace()


def armed(make: Make) -> Armed:
    fault = Fault("a fault", make, ends=codes("TIMEOUT"))
    return Armed(fault, Drawn("a fault", "start", is_held=False, after_s=0), SCENE)


@pytest.mark.parametrize(("hurt", "is_met"), [(None, True), (2, True), (0, False)])
def test_what_is_done_once_is_met_by_what_it_hurt(hurt: int | None, is_met: bool) -> None:
    one = armed(once(lambda _: hurt))
    assert not one.is_met(["TIMEOUT"]), "it was never made"
    one.make()
    one.take_back()
    assert one.is_met([]) is is_met
    assert one.is_met(["TIMEOUT"]) is is_met


def test_what_was_only_set_is_met_where_its_code_was_told() -> None:
    one = armed(shown_by_its_code(lambda _: None))
    assert not one.is_met(["TIMEOUT"]), "it was never made"
    one.make()
    one.take_back()
    assert one.is_met(["TIMEOUT"])
    assert not one.is_met(["SUCCEEDED"])


def test_what_lasts_for_a_while_is_counted_when_it_ends_by_itself() -> None:
    is_over, hits = threading.Event(), [0]

    @contextmanager
    def make(_: Any) -> Iterator[Count]:
        yield lambda: hits[0]
        is_over.set()

    one = armed(for_seconds(make, 0.05))
    one.make()
    hits[0] = 1
    assert is_over.wait(5)
    hits[0] = 9  # what comes later did not meet it
    one.take_back()
    assert one.times == 1


def meetings(*rules: Rule) -> Callable[[str], Rule | None]:
    from tests.faults.server import Faulty  # noqa: PLC0415 - local.server wants its environment

    faulty = Faulty(None)
    faulty._sets["test"] = list(rules)
    return lambda target: faulty._first("s3", target)


def test_a_rule_that_only_sees_leaves_the_request_to_others() -> None:
    seen, lost = Rule("s3", "see", "PUT /a", times=1), Rule("s3", "lose", "PUT /")
    first = meetings(seen, lost)
    assert first("PUT /a/1") is lost
    assert first("PUT /a/2") is lost
    assert (seen.hits, lost.hits) == (1, 2)
