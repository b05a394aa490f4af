"""300 orders of every fate, each explained as the oracle would: it knows the contract, and no code here."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest

from tests import oracle, oracle_file
from tests.cases.case import DAY
from tests.explain.days import Ran
from tests.explain.expected import Day, expected, expected_of_the_published, said
from tests.explain.seeded import FATES, seeded

ORDERS = 300


@dataclass
class Explained:
    ran: Ran
    day: Day
    fates: dict[str, str]


@pytest.fixture(scope="module")
def explained() -> Explained:
    made, ran = seeded(19, ORDERS), Ran()
    truth = oracle.reconcile(made.file, made.base, DAY, oracle_file.Rules(max_rejected_share=Fraction(1)))
    assert truth.code is None
    job_id = ran.run(DAY, made.file, made.base).job_id
    return Explained(ran, Day(DAY, job_id, made.file, made.base, truth), made.fates)


def test_every_order_is_explained_as_the_oracle_would(explained: Explained) -> None:
    assert len(explained.fates) >= ORDERS
    assert set(explained.fates.values()) == {*FATES, "E_KEY_LONG", "E_KEY_CHARS"}
    as_expected(explained, explained.ran, expected)


def test_every_order_is_explained_once_the_runs_data_expired(explained: Explained) -> None:
    forgotten = Ran()
    forgotten.s3.objects |= explained.ran.s3.objects
    forgotten.forget(DAY)
    as_expected(explained, forgotten, expected_of_the_published)


def as_expected(explained: Explained, ran: Ran, expect: Callable[[Day, str], dict[str, Any]]) -> None:
    for key, fate in explained.fates.items():
        wanted = expect(explained.day, key)
        assert said(ran.told(key, dia=str(DAY)), wanted) == wanted, (fate, key)


def test_what_people_read_is_the_same(explained: Explained) -> None:
    """A glance at each fate: its outcome is in it, and nothing that no person would read."""
    for key, fate in list(explained.fates.items())[: len(FATES)]:
        answered = explained.ran.ask(key, dia=str(DAY))
        assert answered.texto.startswith("Ordem "), fate
        assert answered.explicacao
        assert f"{answered.explicacao['desfecho'].replace('_', ' ')}" in answered.texto
        assert "None" not in answered.texto, answered.texto
        assert "Lido no S3: " in answered.texto
