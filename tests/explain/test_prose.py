"""What people read: numbers and plurals, what is not there, and what a terminal would take badly."""

import re
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import pytest

from reconciliation.adapters.database.connecting import ENGINES
from reconciliation.adapters.database.preflight import Trust
from reconciliation.adapters.database.session import PaddingProof
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.explaining.explanation import Alike, Explanation, Run
from reconciliation.explaining.prose import BASE_FACTS, FACT_VALUES, text
from tests.cases.case import DAY
from tests.explain.days import BEFORE, LATER, Ran, base_of, file_of

UNKNOWN = Explanation(
    ordem_id="O-1", dia="2026-02-16", desfecho="DESCONHECIDA", sem_dia=False, guardado=True,
    dias_olhados=("2026-02-16",), procurada_em=("aqui",),
)  # fmt: skip


def test_nothing_is_counted_in_the_wrong_number(ran: Ran) -> None:
    """No `1 dias`, `0 linhas` or `1 objetos`, whatever is asked."""
    asked = [ran.ask(key, **more) for key in ("O-1", "O-2", "none", "!") for more in ({}, {"dia": str(DAY)})]
    ran.forget(BEFORE)
    asked += [ran.ask("O-2"), ran.ask("none", dia=str(BEFORE)), Ran().ask("O-1")]
    many, one = "(objetos|leituras|dias|linhas|outras)", "(objeto|leitura|dia|linha|outra)"
    for answered in asked:
        assert not re.search(rf"\b1 {many}|\b0 (?!objetos|KB|ms)|\b[2-9] {one}\b", answered.texto), (
            answered.texto
        )


def test_other_spellings_are_told_only_where_they_were_looked_for() -> None:
    assert "Nenhuma parecida, entre as divergências do dia." in text(UNKNOWN)
    one, many = (text(replace(UNKNOWN, grafias_procuradas=tried)) for tried in (1, 64))
    assert "entre as divergências do dia e 1 outra grafia do arquivo e da base." in one
    assert "entre as divergências do dia e 64 outras grafias do arquivo e da base." in many


def test_what_is_alike_is_counted_where_it_is_too_many() -> None:
    near = (Alike(ordem_id="O-01", onde=("arquivo", "base")), Alike(ordem_id="O\u202e1", onde=("base",)))
    said = text(replace(UNKNOWN, parecidas=near, parecidas_a_mais=1234))
    assert "\n  O-01 (arquivo, base)\n  O⟨U+202E⟩1 (base)\n  e mais 1.234\n" in said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "O dia tem 1 linha recusada sem ordem_id legível: a ordem pode estar nela."),
        (2, "O dia tem 2 linhas recusadas sem ordem_id legível: a ordem pode estar em uma delas."),
    ],
)
def test_a_line_without_a_key_may_be_the_order_s(count: int, said: str) -> None:
    assert said in text(replace(UNKNOWN, linhas_sem_chave=count))


def test_an_empty_row_of_the_file_may_be_no_order_s() -> None:
    ran = Ran()
    ran.run(DAY, file_of() + b";;;;;\nonly;three;fields\n", base_of())
    assert ran.told("O-1")["linhas_sem_chave"] == 1


def test_without_a_day_it_is_said_how_many_were_looked_through(ran: Ran) -> None:
    said = "procurada em 3 dias publicados, de 13/02/2026 a 17/02/2026: nenhum a conhece"
    assert said in ran.ask("none").texto
    assert said not in ran.ask("none", dia=str(LATER)).texto


def test_no_day_at_all_is_one_sentence() -> None:
    texto = Ran().ask("O-1").texto
    wanted = [
        "Ordem O-1",
        "SEM PUBLICAÇÃO: não há nenhum dia publicado no período pedido; uma execução em curso só é olhada"
        " depois de publicada.",
    ]
    assert texto.split("\n\n")[:-1] == wanted


def test_a_key_that_would_move_a_terminal_is_spelled_and_a_long_one_cut(ran: Ran) -> None:
    texto = ran.ask("\x1b[2J\u202eO-1\n2").texto
    assert texto.startswith("Ordem ⟨U+001B⟩[2J⟨U+202E⟩O-1⟨U+000A⟩2, dia")
    assert f"Ordem {'k' * 300}… (60.000 caracteres), dia" in ran.ask("k" * 60_000).texto


def test_the_base_s_null_is_no_missing_row() -> None:
    ran = Ran()
    (anchor, row) = base_of(("O-1", "1"))
    ran.run(DAY, file_of(("O-1", "1"), ("O-2", "1")), [anchor, row._replace(valor=None)])
    assert re.search(r"valor +1\.00 +\(nulo\)  ≠", ran.ask("O-1").texto)
    assert re.search(r"valor +1\.00 +—\n", ran.ask("O-2").texto)
    assert re.search(r"nome +— +Ana\n", _only_in_the_base())


def _only_in_the_base() -> str:
    ran = Ran()
    ran.run(DAY, file_of(), base_of(("O-1", "1")))
    return ran.ask("O-1").texto


def test_each_fact_of_the_base_has_its_words() -> None:
    assert set(BASE_FACTS) == set(BaseFacts.__annotations__)
    assert {name: set(words) for name, words in FACT_VALUES.items()} == {
        "engine": {*ENGINES, "s3_export"},
        "unique_proof": set(get_args(get_type_hints(Trust)["unique_proof"])),
        "padded_keys": {*get_args(PaddingProof), "scan", "in_scope"},
    }


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ({"engine": "postgres", "newest_date": None}, "lida de PostgreSQL"),
        ({"engine": "s3_export", "snapshot_time": None, "objects": 3},
         "lida de um export no S3; objetos do export 3"),
        ({"unique_proof": "index", "padded_keys": "unproved"},
         "chave única provada por índice único; chaves com espaços em volta não procuradas"),
        ({"engine": "mysql", "replica_lag_s": None}, "lida de MySQL; atraso da réplica desconhecido"),
        ({"replica_lag_s": 0.0}, "atraso da réplica em segundos 0.0"),
        ({"engine": "another"}, "lida de another"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_base_is_told_in_words(base: dict[str, Any], said: str) -> None:
    run = Run(
        job_id="JOB-20260216-000001", attempt=1, linhagem=None, data_de_referencia=None,
        arquivo={"s3_key": "k", "version_id": "v", "sha256": "s"}, base=base, regras={}, rules_sha256="r",
        fingerprint="f", published_etag="e",
    )  # fmt: skip
    assert f"\n  base: {said}\n" in text(replace(UNKNOWN, execucao=run))
