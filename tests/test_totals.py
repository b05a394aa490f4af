"""The control totals: each equation by itself, with the amount by which it breaks."""

from dataclasses import replace

import pytest

from reconciliation.errors import ReconciliationError
from reconciliation.totals import Totals

BALANCED = Totals(
    data_lines=110, rejected=6, identical_duplicates=4, valid_keys=100,
    equal=90, tipo_1=3, tipo_2=5, tipo_3=7, base_in_scope=102,
    file_cents=10**19 + 7, base_cents=10**19, difference_cents=7,
)  # fmt: skip


def test_what_balances_is_let_through() -> None:
    BALANCED.check()
    assert BALANCED.divergence_rate_percent == round(100 * 15 / 105, 4)


@pytest.mark.parametrize(
    ("name", "change", "broken"),
    [
        ("data_lines", 1, ["linhas de dados = rejeitadas + duplicatas idênticas + chaves válidas"]),
        ("rejected", -1, ["linhas de dados = rejeitadas + duplicatas idênticas + chaves válidas"]),
        (
            "identical_duplicates",
            -1,
            ["linhas de dados = rejeitadas + duplicatas idênticas + chaves válidas"],
        ),
        ("tipo_1", -1, ["chaves válidas = iguais + TIPO_1 + TIPO_3"]),
        ("tipo_2", -1, ["base no escopo = iguais + TIPO_2 + TIPO_3"]),
        ("base_in_scope", 1, ["base no escopo = iguais + TIPO_2 + TIPO_3"]),
        (
            "tipo_3",
            -1,
            ["chaves válidas = iguais + TIPO_1 + TIPO_3", "base no escopo = iguais + TIPO_2 + TIPO_3"],
        ),
        ("file_cents", 1, ["centavos do arquivo - da base = das diferenças"]),
        ("base_cents", -1, ["centavos do arquivo - da base = das diferenças"]),
        ("difference_cents", -1, ["centavos do arquivo - da base = das diferenças"]),
    ],
)
def test_an_equation_that_breaks_is_named_with_its_amount(name: str, change: int, broken: list[str]) -> None:
    wrong = replace(BALANCED, **{name: getattr(BALANCED, name) + 3 * change})
    with pytest.raises(ReconciliationError) as refused:
        wrong.check()
    assert refused.value.code == "UNBALANCED_TOTALS"
    assert str(refused.value) == "; ".join(f"{equation} (diferença de 3)" for equation in broken)
