"""What is said of a file that is refused for its lines: each thing once."""

import polars as pl
import pytest

from glue_jobs.validation import in_one_sentence
from reconciliation.supplier_message import of_refused_file

REJECTS = pl.DataFrame(
    {
        "linha": [2, 3, 5, 9, 12],
        "codigo": ["E_VALOR", "E_DATA", "E_VALOR", "E_BLANK", "E_VALOR"],
        "detalhe": ["valor não é um número", "data fora da forma", "valor não é um número", "vazia",
                    "valor não é um número"],
    }
)  # fmt: skip


def test_lines_that_are_refused_for_the_same_are_one_example() -> None:
    assert in_one_sentence(REJECTS, 4) == (
        "linhas 2, 5 e 12: valor não é um número (E_VALOR); linha 3: data fora da forma (E_DATA)"
    )
    assert in_one_sentence(REJECTS, 2) == (
        "linha 2: valor não é um número (E_VALOR); linha 3: data fora da forma (E_DATA)"
    )


def test_the_supplier_reads_them_below_what_is_wrong() -> None:
    message = f"5 de 40 linhas rejeitadas; o limite é 5,00%: {in_one_sentence(REJECTS, 4)}"
    text = of_refused_file(
        "E_TOO_MANY_REJECTS", message, "2026-02-16", "2026-02-16/input.csv",
        is_listed=False, reference_day_offset=0,
    )  # fmt: skip
    assert "- 5 de 40 linhas rejeitadas; o limite é 5,00%\n\n" in text
    assert (
        "Exemplos, pelo número da linha no arquivo:\n"
        "- linhas 2, 5 e 12: valor não é um número (E_VALOR)\n"
        "- linha 3: data fora da forma (E_DATA)\n\n" in text
    )


@pytest.mark.parametrize(
    ("offset", "folder"),
    [(0, "à pasta dela."), (-1, "à pasta de 1 dia depois dela."), (31, "à pasta de 31 dias antes dela.")],
)
def test_a_file_of_another_date_is_asked_for_in_the_folder_of_its_day(offset: int, folder: str) -> None:
    text = of_refused_file(
        "E_WRONG_DAY", "nenhuma linha válida é de 2026-02-15", "2026-02-16", "2026-02-16/input.csv",
        is_listed=False, reference_day_offset=offset,
    )  # fmt: skip
    assert f"- As linhas dessa data; ou, se o arquivo é de outra data, o envio {folder}\n" in text
