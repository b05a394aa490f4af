"""A message says why its supplier's lines are probably wrong, with an example of that supplier's own."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reconciliation.adapters.store import Store
from reconciliation.supplier_message import differing_order
from tests.memory_s3 import MemoryS3
from tests.report_files.day import PublishedDay, tipo_1, tipo_2, tipo_3

Rows = list[dict[str, Any]]


def amounts(of: Callable[[int], tuple[str, str]], count: int = 6, supplier: str = "F1") -> Rows:
    """Orders whose amounts differ: `of` says the file's and the base's, by number."""
    return [tipo_3(f"{supplier}-{n}", supplier, 10 + n, mine=of(n)[0], valor=of(n)[1]) for n in range(count)]


def hundredfold(n: int) -> tuple[str, str]:
    return f"{1_037 + n}.00", f"{Decimal(1_037 + n) / 100}"


def by_chance(n: int) -> tuple[str, str]:
    return f"{n * n * 7 + 3}.10", f"{n * 13 + 1}.55"


def dates(rows: Rows) -> Rows:
    return [
        {**row, "data_csv": date(2026, 2, 17), "campos_divergentes": "data", "valor_csv": row["valor_base"],
         "diferenca_valor": Decimal("0.00")}
        for row in rows
    ]  # fmt: skip


def keys(count: int = 5, supplier: str = "F1", theirs: str = "F1") -> Rows:
    mine = [tipo_1(f"{n + 1}", supplier, 20 + n) for n in range(count)]
    return [*mine, *(tipo_2(f"{n + 1:05d}", theirs) for n in range(count))]


def causes_of(rows: Rows, folder: str = "F1") -> list[str]:
    """The message's lines under that title."""
    made = PublishedDay(Store(MemoryS3()), rows).make_report()
    message = made[f"fornecedores/{folder}/mensagem.txt"].decode()
    sections = dict(part.split(":\n", 1) for part in message.split("\n\n") if ":\n" in part)
    return sections.get("Causa provável", "").splitlines()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (amounts(hundredfold),
         "- o valor do arquivo é o da base multiplicado por 100 (6 de 6 valores que diferem e os dois"
         " lados têm);"
         " por exemplo, linha 10: ordem F1-0: R$ 1.037,00 no arquivo, R$ 10,37 na base"),
        (amounts(lambda n: (f"-{n + 2}.50", f"{n + 2}.50")),
         "- o valor do arquivo é o da base com o sinal trocado (6 de 6 valores que diferem e os dois"
         " lados têm);"
         " por exemplo, linha 10: ordem F1-0: -R$ 2,50 no arquivo, R$ 2,50 na base"),
        (amounts(lambda n: (f"{n * n + 20}.37", f"{n * n + 20}.00")),
         "- o valor do arquivo tem R$ 0,37 a mais que o da base (6 de 6 valores que diferem e os dois"
         " lados têm);"
         " por exemplo, linha 10: ordem F1-0: R$ 20,37 no arquivo, R$ 20,00 na base"),
        (amounts(lambda n: (f"{n + 20}.00", f"{n + 20}.{n * 7 + 11}")),
         "- o valor do arquivo vem sem os centavos que o da base tem (6 de 6 valores que diferem e os dois"
         " lados têm);"
         " por exemplo, linha 10: ordem F1-0: R$ 20,00 no arquivo, R$ 20,11 na base"),
        (dates(amounts(hundredfold)),
         "- a data do arquivo está 1 dia depois da data da base (6 de 6 datas que diferem e os dois"
         " lados têm);"
         " por exemplo, linha 10: ordem F1-0: 17/02/2026 no arquivo, 16/02/2026 na base"),
        (keys(), "- 5 das 5 ordens que a base não tem parecem estar nela, com o mesmo valor, escritas de"
         " outro modo (zeros à esquerda, maiúsculas, pontuação ou espaços); por exemplo, linha 20:"
         " 1 no arquivo, 00001 na base"),
    ],
)  # fmt: skip
def test_what_is_off_in_the_same_way_is_said_once_with_an_example(rows: Rows, sentence: str) -> None:
    assert causes_of(rows) == [sentence]


def test_several_are_said_the_keys_first() -> None:
    told = causes_of([*amounts(hundredfold), *keys()])
    assert [line[:12] for line in told] == ["- 5 das 5 or", "- o valor do"]


@pytest.mark.parametrize(
    "rows",
    [
        amounts(hundredfold, 4),
        amounts(by_chance, 12),
        [*amounts(hundredfold, 5), *amounts(by_chance, 17)[5:]],
        keys(4),
    ],
    ids=["few", "by chance", "not most of them", "few keys"],
)
def test_what_is_no_pattern_is_not_said(rows: Rows) -> None:
    assert causes_of(rows) == []


def test_each_has_its_own_and_nothing_of_another_s() -> None:
    """Keys that the base has under another, or amounts of an order that is another's there, tell nothing."""
    others = [
        {**row, "fornecedor_id_base": "F2", "campos_divergentes": "fornecedor_id,valor"}
        for row in amounts(hundredfold)
    ]
    assert causes_of([*others, *keys(supplier="F1", theirs="F2")]) == []
    both = [*amounts(hundredfold, 6, "F1"), *amounts(lambda n: (f"{n + 5}.37", f"{n + 5}.00"), 6, "F2")]
    (of_one,), (of_other,) = causes_of(both), causes_of(both, "F2")
    assert ("F1-0" in of_one, "F2" in of_one) == (True, False)
    assert ("F2-0" in of_other, "F1" in of_other) == (True, False)


def test_what_nobody_sees_is_said_to_differ_in_that() -> None:
    fields = {"nome": ("José\u00a0Sá", "José Sá"), "valor": ("1,00", "1,01")}
    assert differing_order(7, "O1", fields).endswith(
        "José Sá na base (só no que não se vê: espaços, acentos, sinais sem forma);"
        " valor 1,00 no arquivo, 1,01 na base"
    )
