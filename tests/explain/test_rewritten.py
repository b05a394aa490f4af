"""What somebody wrote in the place of what a run published: a sentence, once no publication can go on."""

from datetime import timedelta

import pytest

from reconciliation import layout
from reconciliation.explaining.looking import PUBLISHING_MAX
from tests.cases.case import DAY
from tests.explain.days import BEFORE, LATER, Ran, base_of, file_of

LONG_AFTER = PUBLISHING_MAX + timedelta(minutes=1)


def rewrite(ran: Ran, published: str) -> None:
    """As a console does: other bytes, or the same without their metadata; the run's data are gone."""
    ran.run(LATER, file_of(("O-9", "x"), day=LATER), base_of(day=LATER), attempt=2)
    ran.forget(LATER)
    where = getattr(layout, published)("output", str(LATER))
    other = layout.published("output", str(BEFORE)) if published == "published" else where
    ran.store.put(where, ran.at(other)["body"])


@pytest.mark.parametrize("published", ["published", "published_rejects"])
def test_it_is_asked_again_only_as_long_as_a_publication_can_take(ran: Ran, published: str) -> None:
    rewrite(ran, published)
    assert ran.ask("O-9", dia=str(LATER)).codigo == "DAY_BUSY"
    answered = ran.ask("O-9", dia=str(LATER), after=LONG_AFTER)
    assert (answered.ok, answered.codigo) == (False, "CHECKPOINT_REFUSED")
    assert str(getattr(layout, published)("output", str(LATER))) in answered.mensagem
    assert "há mais de 30 minutos: foi regravado à mão, ou uma publicação não terminou." in answered.mensagem
    assert "se o dia está em execução (4.2); senão, reprocesse-o (2.5, force_reprocess)" in answered.mensagem
    ran.run(LATER, file_of(("O-9", "1"), day=LATER), base_of(("O-9", "1"), day=LATER), attempt=3)
    assert ran.told("O-9", dia=str(LATER))["desfecho"] == "IGUAL", "what the sentence says mends it"


@pytest.mark.parametrize("published", ["published", "published_rejects"])
def test_it_keeps_no_other_day_from_being_asked(ran: Ran, published: str) -> None:
    rewrite(ran, published)
    answered = ran.ask("O-0012", after=LONG_AFTER)
    assert answered.explicacao
    assert (answered.explicacao["dia"], answered.explicacao["desfecho"]) == (str(DAY), "DIVERGENTE")
    (unread,) = answered.explicacao["dias_nao_lidos"]
    assert unread["dia"] == str(LATER)
    assert "foi regravado à mão" in unread["por_que"]
