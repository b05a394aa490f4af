"""What is said of a published day that is out of the usual: the probable cause first."""

from dataclasses import replace
from typing import Any

from reconciliation import business
from reconciliation.documents.summary import Cause, Summary
from reconciliation.lifecycle.announcing import numbers, report
from reconciliation.rates import Figures
from tests import documents

SUMMARY = Summary.from_dict(documents.SUMMARY)
TODAY = Figures.of(SUMMARY)


def told(*causes: Cause) -> str:
    return report(replace(SUMMARY, causes=causes), TODAY, [], "https://dashboard")


def test_the_causes_stand_before_the_template() -> None:
    cause = Cause(code="UM_CAMPO", sentence="Frase.", evidence="9 de 10.", action="Fazer isto.")
    first, second, blank, template, *_ = told(cause).splitlines()
    assert (first, second, blank) == ("Causa provável:", "- Frase. 9 de 10. Fazer isto.", "")
    assert template.startswith("Assunto: Taxa de Divergências Anormal - ")


def test_a_name_in_a_cause_turns_no_figure_round() -> None:
    cause = Cause(code="UM_FORNECEDOR", sentence="F\u202e1.", evidence="9 de 10.", action="Falar.")
    assert told(cause).splitlines()[1] == "- F\ufffd1. 9 de 10. Falar."


def test_a_name_that_is_read_from_the_right_ends_where_it_does() -> None:
    cause = Cause(code="UM_FORNECEDOR", sentence="No \u05e9\u05dc.", evidence="9 de 10.", action="Falar.")
    assert told(cause).splitlines()[1] == "- \u2068No \u05e9\u05dc.\u2069 9 de 10. Falar."


def test_a_day_without_a_cause_says_so_and_an_older_one_says_nothing() -> None:
    assert told().startswith("Causa provável: sem causa aparente.\n\nAssunto: ")
    older = replace(SUMMARY, causes=None, value_by_type_cents=None)
    assert report(older, TODAY, [], "https://dashboard").startswith("Assunto: ")
    assert "Valor das divergências" not in numbers(older, TODAY, [], [])


def test_the_business_area_reads_the_causes_and_the_money() -> None:
    figures = numbers(SUMMARY, TODAY, [], ["taxa de 12,50%"])
    body: dict[str, Any] = {
        "relatorio": told(*(SUMMARY.causes or ())), "numeros": figures, "dia": "2026-02-16",
        "responsavel": "Operações", "links": {},
    }  # fmt: skip
    text = business.text_of(body, is_shown=None, is_reported=False)
    assert "Causa provável:\n- s e a\n" in text
    assert "Assunto:" not in text
    assert "Valor das divergências: Tipo 1: R$ 0,00, Tipo 2: R$ 0,00, Tipo 3: R$ 0,05" in text
