"""What is asked and what was kept: the day, the history, near misses, resumed, forced and forgotten days."""

import json
import logging
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from reconciliation import layout
from reconciliation.explaining.answering import Explaining
from reconciliation.explaining.looking import Looking
from reconciliation.kernels import codec
from reconciliation.kernels.codec import to_parquet
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import FINGERPRINT, to_json
from tests.cases.case import DAY
from tests.explain.days import BEFORE, LATER, Ran, base_of, file_of


def test_without_a_day_it_is_the_newest_that_knows_the_order(ran: Ran) -> None:
    found = {key: ran.told(key) for key in ("O-1", "O-2", "O-3", "O-0012")}
    assert {key: (told["dia"], told["desfecho"]) for key, told in found.items()} == {
        "O-1": (str(LATER), "DIVERGENTE"), "O-2": (str(BEFORE), "DIVERGENTE"),
        "O-3": (str(LATER), "IGUAL"), "O-0012": (str(DAY), "DIVERGENTE"),
    }  # fmt: skip
    unknown = ran.told("none")
    assert (unknown["dia"], unknown["desfecho"]) == (str(LATER), "DESCONHECIDA")


def test_an_equal_order_is_found_on_a_day_before_the_newest_divergence(ran: Ran) -> None:
    newest = LATER + timedelta(days=1)
    ran.run(newest, file_of(("O-2", "3"), day=newest), base_of(("O-2", "3"), day=newest))
    told = ran.told("O-2")
    assert (told["dia"], told["desfecho"]) == (str(newest), "IGUAL")
    assert [past["dia"] for past in told["historico"]] == [str(BEFORE)]


def test_the_history_has_each_day_on_which_it_diverged(ran: Ran) -> None:
    told = ran.told("O-1", dia=str(DAY))
    assert told["desfecho"] == "IGUAL"
    assert [(past["dia"], past["divergencia"]["tipo"]) for past in told["historico"]] == [
        (str(LATER), "TIPO_2"), (str(BEFORE), "TIPO_3"),
    ]  # fmt: skip
    since = ran.told("O-1", dia=str(DAY), desde=str(DAY))
    assert [past["dia"] for past in since["historico"]] == [str(LATER)]
    assert since["dias_olhados"] == (str(LATER), str(DAY))
    assert "a primeira vez, em 13/02/2026" in ran.ask("O-1").texto


def test_an_unknown_order_names_what_is_written_almost_so(ran: Ran) -> None:
    near = {"ordem_id": "O-0012", "onde": ("arquivo", "divergências")}
    assert ran.told("o 12", dia=str(DAY))["parecidas"] == (near,)
    near = {"ordem_id": "O-1", "onde": ("base", "divergências")}
    assert ran.told("O1", dia=str(LATER), desde=str(LATER))["parecidas"] == (near,)
    assert "O-0012 (arquivo, divergências)" in ran.ask("o 12", dia=str(DAY)).texto


def test_a_day_that_nobody_published_says_so(ran: Ran) -> None:
    told = ran.told("O-1", dia="2026-01-01")
    assert (told["dia"], told["desfecho"], len(told["historico"])) == ("2026-01-01", "SEM_PUBLICACAO", 2)
    assert (
        "execuções em curso, recusadas ou que falharam não são olhadas aqui"
        in ran.ask("O-1", dia="2026-01-01").texto
    )
    assert Ran().told("O-1")["desfecho"] == "SEM_PUBLICACAO"


def test_a_resumed_day_says_whose_data_it_went_on_with() -> None:
    ran = Ran()
    plan = ran.plan(DAY, file_of(("O-1", "1")))
    ran.resume(plan, base_of(("O-1", "2")), attempt=2)
    told = ran.told("O-1")
    run = told["execucao"]
    assert (told["desfecho"], run["attempt"], run["linhagem"]) == ("DIVERGENTE", 2, f"{plan.job_id}/1")
    assert told["linhas"][0]["texto"], "its cuts are the first attempt's"
    assert f"tentativa 2, retomando os dados de {plan.job_id}/1" in ran.ask("O-1").texto


def test_a_forced_day_says_what_the_newest_attempt_said() -> None:
    ran = Ran()
    ran.run(DAY, file_of(("O-1", "1")), base_of(("O-1", "2")))
    ran.run(DAY, file_of(("O-1", "1")), base_of(("O-1", "1")), attempt=2)
    told = ran.told("O-1")
    assert (told["desfecho"], told["execucao"]["attempt"]) == ("IGUAL", 2)
    assert "tentativa 2, com dados que ela mesma leu" in ran.ask("O-1").texto


def test_a_day_whose_data_expired_tells_what_is_published(ran: Ran) -> None:
    ran.run(DAY, file_of(("O-1", "1"), ("O-9", "x")), base_of(("O-1", "2")), attempt=2)
    ran.forget(DAY)
    told = {key: ran.told(key, dia=str(DAY)) for key in ("O-1", "O-9", "O-2")}
    assert {key: (one["desfecho"], one["guardado"]) for key, one in told.items()} == {
        "O-1": ("DIVERGENTE", False), "O-9": ("SEM_DIVERGENCIA", False), "O-2": ("SEM_DIVERGENCIA", False),
    }  # fmt: skip
    (amounts,) = [field for field in told["O-1"]["comparacao"] if field["campo"] == "valor"]
    assert (amounts["arquivo"], amounts["base"], amounts["igual"]) == ("1.00", "2.00", False)
    assert told["O-1"]["linhas"][0]["texto"] is None
    assert "já não são guardados" in ran.ask("O-2", dia=str(DAY)).texto


def test_an_equal_order_with_a_refused_line_is_not_refused_once_the_data_expired() -> None:
    """Of E_VALOR another line may be the good one; conflicting lines leave none."""
    ran = Ran()
    lines = (("O-1", "1"), ("O-1", "x"), ("O-2", "1"), ("O-2", "2"), ("O-3", "x"))
    ran.run(DAY, file_of(*lines), base_of(("O-1", "1")))
    kept = {key: ran.told(key)["desfecho"] for key in ("O-1", "O-2", "O-3")}
    assert kept == {"O-1": "IGUAL", "O-2": "RECUSADA", "O-3": "RECUSADA"}
    ran.forget(DAY)
    expired = {key: ran.told(key)["desfecho"] for key in ("O-1", "O-2", "O-3")}
    assert expired == {"O-1": "SEM_DIVERGENCIA", "O-2": "RECUSADA", "O-3": "SEM_DIVERGENCIA"}
    told, text = ran.told("O-1"), ran.ask("O-1").texto
    assert [(line["linha"], line["codigo"]) for line in told["linhas"]] == [(4, "E_VALOR")]
    assert "não se sabe se a ordem tinha também uma linha boa" in text
    assert "Nenhuma parecida" not in text, "nobody looked for any"


def test_a_day_published_before_a_column_was_is_told_without_it(ran: Ran) -> None:
    """The rules of today make a row with that column: whether it says the same nobody can tell."""
    where = layout.published("output", str(BEFORE))
    frame = codec.from_parquet(ran.at(where)["body"]).drop("campos_so_invisiveis")
    summary = json.loads(ran.at(layout.summary("output", str(BEFORE)))["body"])
    etag = ran.store.put(where, to_parquet(frame))
    ran.store.put(layout.summary("output", str(BEFORE)), to_json({**summary, "published_etag": etag}))
    told = ran.told("O-1", dia=str(BEFORE))
    assert (told["desfecho"], told["conferida"]) == ("DIVERGENTE", None)
    ran.forget(BEFORE)
    assert not any(field["so_invisivel"] for field in ran.told("O-1", dia=str(BEFORE))["comparacao"])


def test_what_a_type_says_its_motive_does_not_say_again(ran: Ran) -> None:
    text = ran.ask("O-1", dia=str(BEFORE)).texto
    assert "TIPO_3, campos divergentes (valor); motivo CAMPOS; diferença -R$ 1,00" in text
    ran.run(DAY, file_of(("O-1", "x")), base_of(("O-1", "2")), attempt=2)
    text = ran.ask("O-1", dia=str(DAY)).texto
    assert "ausente no arquivo; motivo LINHA_REJEITADA, no arquivo só em linha rejeitada;" in text


def test_a_file_that_is_gone_leaves_its_lines_numbers(ran: Ran) -> None:
    del ran.s3.objects["ingress", f"{DAY}/input.csv"]
    (line,) = ran.told("O-1", dia=str(DAY))["linhas"]
    assert (line["linha"], line["texto"]) == (3, None)
    assert "esta versão do arquivo não existe mais" in ran.ask("O-1", dia=str(DAY)).texto


def test_a_publication_in_between_is_said(ran: Ran) -> None:
    """The object is replaced, and the summary not yet."""
    where = layout.published("output", str(DAY))
    ran.store.put(where, ran.at(layout.published("output", str(BEFORE)))["body"])
    answered = ran.ask("O-1", dia=str(DAY))
    assert (answered.ok, answered.codigo) == (False, "DAY_BUSY")


def test_refused_lines_of_another_publication_are_not_told_for_this_ones(ran: Ran) -> None:
    """The rejects are replaced, and the summary that was read is the one before."""
    ran.run(DAY, file_of(("O-1", "1"), ("O-9", "x")), base_of(("O-1", "1")), attempt=2)
    ran.forget(DAY)
    assert [line["codigo"] for line in ran.told("O-9", dia=str(DAY))["linhas"]] == ["E_VALOR"]
    where = layout.published_rejects("output", str(DAY))
    ran.store.put(where, ran.at(where)["body"], {FINGERPRINT: "another"})
    answered = ran.ask("O-9", dia=str(DAY))
    assert (answered.ok, answered.codigo) == (False, "DAY_BUSY")
    del ran.s3.objects[where.bucket, where.key]
    assert ran.ask("O-9", dia=str(DAY)).codigo == "OUTPUT_FAILED"


def test_near_keys_are_of_the_very_publication(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is replaced after the key was sought in it."""
    where = layout.published("output", str(DAY))
    other = ran.at(layout.published("output", str(BEFORE)))["body"]
    within = Looking._with_near

    def replacing(looking: Looking, *args: Any) -> Any:
        ran.store.put(where, other)
        return within(looking, *args)

    monkeypatch.setattr(Looking, "_with_near", replacing)
    assert ran.ask("o 12", dia=str(DAY)).codigo == "DAY_BUSY"


@pytest.mark.parametrize("body", [None, b"", b"no Parquet"])
def test_a_day_of_the_history_that_cannot_be_read_is_named(ran: Ran, body: bytes | None) -> None:
    """What is known of the others is told; the day itself, asked for, is refused."""
    where = layout.published("output", str(BEFORE))
    if body is None:
        del ran.s3.objects[where.bucket, where.key]
    else:
        ran.store.put(where, body)
    told, text = ran.told("O-1"), ran.ask("O-1").texto
    assert (told["dia"], told["dias_olhados"]) == (str(LATER), (str(LATER), str(DAY)))
    (unread,) = told["dias_nao_lidos"]
    assert unread["dia"] == str(BEFORE)
    assert str(where) in unread["por_que"]
    assert "Dia 13/02/2026 não lido" in text
    assert "divergiu em 1 de 2 dias publicados" in text
    assert ran.told("none")["desfecho"] == "DESCONHECIDA"
    asked = ran.ask("O-1", dia=str(BEFORE))
    assert asked.codigo == ("OUTPUT_FAILED" if body is None else "CHECKPOINT_REFUSED")


def test_a_day_whose_kept_data_cannot_be_read_is_passed_over_unless_the_key_is_known_there(ran: Ran) -> None:
    for _, key in [*ran.s3.objects]:
        if key.startswith(f"{LATER}/base.parquet/") and key.endswith(".parquet"):
            ran.store.put(Location("intermediate", key), b"no Parquet")
    newest = LATER + timedelta(days=1)
    ran.run(newest, file_of(day=newest), base_of(day=newest))
    told = ran.told("O-0012")
    assert (told["dia"], told["dias_olhados"]) == (str(DAY), (str(newest), str(DAY), str(BEFORE)))
    assert [day["dia"] for day in told["dias_nao_lidos"]] == [str(LATER)]
    assert ran.ask("O-1").codigo == "CHECKPOINT_REFUSED", "its history has it on that day"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"rules": {"a_newer_rule": 1}},
        {"a_newer_release_s": 1},
        {"partitions": 0},
        {
            "paths": {
                name: str(path) for name, path in vars(RunPaths.of("another", "2026-02-18", "f")).items()
            }
        },
    ],
)
def test_a_day_whose_plan_cannot_be_read_takes_no_other_s_answer_with_it(
    ran: Ran, spoiled: dict[str, Any]
) -> None:
    """As a newer release left it, that ran a day and was rolled back; or as somebody wrote it."""
    newest = LATER + timedelta(days=1)
    ran.run(newest, file_of(day=newest), base_of(day=newest))
    where = layout.plan("intermediate", str(newest), f"{newest}-1")
    stored = ran.store.get(where)
    assert stored
    plan = stored.json()
    for name, value in spoiled.items():
        plan[name] = {**plan[name], **value} if name in plan and isinstance(value, dict) else value
    ran.store.put(where, to_json(plan))
    told = ran.told("O-0012")
    assert told["dia"] == str(DAY)
    (unread,) = told["dias_nao_lidos"]
    assert unread["dia"] == str(newest)
    assert str(where) in unread["por_que"]
    asked = ran.ask("ÂNCORA", dia=str(newest))
    assert asked.codigo == "CHECKPOINT_REFUSED"
    assert str(where) in asked.mensagem


def test_where_no_published_day_can_be_read_nothing_is_answered(ran: Ran) -> None:
    for day in (BEFORE, DAY, LATER):
        ran.store.put(layout.published("output", str(day)), b"no Parquet")
    assert ran.ask("O-1").codigo == "CHECKPOINT_REFUSED"


@pytest.mark.parametrize("spoiled", [b"PAR1" * 9, b"x" * 99, b"\0" * 40 + b"\x14\0\0\0PAR1"])
def test_what_was_altered_is_said(ran: Ran, spoiled: bytes) -> None:
    plan = ran.run(DAY, file_of(("O-1", "1")), base_of(("O-1", "1")), attempt=3)
    for partition in range(plan.partitions):
        ran.store.put(layout.part(plan.paths.base, partition), spoiled)
    answered = ran.ask("O-1", dia=str(DAY))
    assert (answered.ok, answered.codigo) == (False, "CHECKPOINT_REFUSED")
    assert "base.parquet" in answered.mensagem


def test_what_the_rules_do_not_say_of_the_kept_lines_is_told(ran: Ran) -> None:
    """A part was replaced by another sound one."""
    plan = ran.run(DAY, file_of(("O-1", "1")), base_of(("O-1", "1")), attempt=3)
    for partition in range(plan.partitions):
        where = layout.part(plan.paths.base, partition)
        frame = codec.from_parquet(ran.at(where)["body"])
        ran.store.put(where, to_parquet(frame.with_columns(valor_cents=pl.col("valor_cents") + 1)))
    told = ran.told("O-1", dia=str(DAY))
    assert (told["desfecho"], told["conferida"]) == ("IGUAL", False)
    assert "ATENÇÃO" in ran.ask("O-1", dia=str(DAY)).texto


BAD: tuple[Any, ...] = (
    None, {}, [], "ORD", {"ordem_id": ""}, {"ordem_id": " \t"}, {"ordem_id": 7}, {"ordem_id": "\ud800"},
    {"ordem_id": "x" * 70_000}, {"ordem_id": "x", "dia": "16/02/2026"},
    {"ordem_id": "x", "dia": "2026-02-30"},
    {"ordem_id": "x", "dia": "2026-W07-1"}, {"ordem_id": "x", "desde": 7}, {"ordem_id": "x", "outro": "1"},
    {"ordem_id": "x", "dia": "2026-02-16", "desde": "2026-02-17"},
)  # fmt: skip


@pytest.mark.parametrize("event", BAD, ids=lambda event: str(event)[:40].encode("ascii", "replace").decode())
def test_what_cannot_be_asked_is_one_sentence(event: Any) -> None:
    asked = Explaining(store=Ran().store, output_bucket="output", intermediate_bucket="intermediate")
    answered = asked.answer(event)
    assert (answered.ok, answered.codigo, answered.texto) == (False, "INVALID_INPUT", "")
    assert "\n" not in answered.mensagem
    assert "x" * 9 not in answered.mensagem


def test_no_log_has_a_key_or_a_value(ran: Ran, caplog: pytest.LogCaptureFixture) -> None:
    """Root's level too: what a library would write is looked at as well."""
    with caplog.at_level(logging.DEBUG):
        ran.ask("O-1")
        ran.ask("CANARIA DA SILVA", dia=str(DAY))
        ran.ask("CANARIA DA SILVA", dia="CANARIA")
    assert "explained desfecho=DIVERGENTE" in caplog.text
    assert not [word for word in ("CANARIA", "O-1", "Ana", "F1") if word in caplog.text]
