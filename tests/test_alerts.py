"""What people are told: the playbook's next command, filled in, and never a way to mention a channel."""

import inspect
import json
import re
import shlex
from dataclasses import replace
from typing import Any

import pytest

from glue_jobs import suppliers, validation
from reconciliation import line, wording
from reconciliation.adapters.database import base, preflight
from reconciliation.adapters.export import taken
from reconciliation.alert_texts import escaped, subject_of, text_of, text_of_alarm
from reconciliation.alerts import attributes_of, body_of
from reconciliation.errors import FAILURES
from reconciliation.event import Standing
from reconciliation.inspection import Inspector
from reconciliation.kernels import duplicates
from reconciliation.run import Attempt
from tests.events import CHECKPOINT, MACHINE, event

ROUTINE = ("SUCCEEDED", "DAILY_CHECK")


@pytest.mark.parametrize("code", [*ROUTINE, *sorted(FAILURES)])
def test_every_code_has_its_whole_text(code: str) -> None:
    body = body_of(event(code))
    assert body["id"] == f"JOB-20260216-000001-2-{code}"
    assert all(body[name] for name in ("severidade", "motivo", "playbook", "tempo_resposta", "responsavel"))
    text = text_of(body)
    assert text.startswith(f"[{body['severidade']}] Dia 2026-02-16: ")
    assert code in text
    assert len(subject_of(body)) < 100
    assert subject_of(body).isprintable()
    assert attributes_of(event(code))["codigo"] == code
    assert shlex.split(str(body["proximo_comando"]))[0] == "aws"


def test_a_refused_resume_is_run_from_its_file_where_that_is_known() -> None:
    told = str(body_of(event("CHECKPOINT_REFUSED"))["proximo_comando"])
    assert json.loads(shlex.split(told)[-1]) == {"s3_key": "2026-02-16/input.csv", "version_id": "v1"}
    unknown = event("CHECKPOINT_REFUSED", s3_key=None, checkpoint_location=None)
    told = body_of(unknown)["proximo_comando"]
    assert told == "aws s3 ls s3://reconciliation-checkpoints-dev/JOB-20260216-000001/"


def test_a_refused_start_is_no_attempt() -> None:
    assert "\nJob ID: JOB-20260216-000001, tentativa 2\n" in text_of(body_of(event("RDS_AUTH")))
    assert "\nJob ID: JOB-20260216-000001\n" in text_of(body_of(event("RDS_AUTH", attempt=None)))


def test_what_happened_is_said_differently_for_each_code() -> None:
    assert set(wording.OUTCOMES) == {*ROUTINE, "ALARM", *FAILURES}
    assert len(set(wording.OUTCOMES.values())) == len(wording.OUTCOMES)


@pytest.mark.parametrize(
    ("code", "severity", "response", "limit", "escalation"),
    [
        ("E_HEADER", "CRITICAL", "≤ 15 minutos", "≤ 15 minutos", "Product Owner + Engenharia"),
        ("TIMEOUT", "CRITICAL", "imediato", "≤ 15 minutos", "Product Owner + Engenharia"),
        ("RDS_UNREACHABLE", "HIGH", "≤ 30 minutos", "≤ 1 hora", "Engenharia"),
        ("OUTPUT_FAILED", "MEDIUM", "≤ 10 minutos", "≤ 4 horas", "–"),
        ("ABNORMAL_RATE", "MEDIUM", "≤ 1 hora", "≤ 4 horas", "–"),
    ],
)
def test_who_answers_how_soon_is_the_runbooks(
    code: str, severity: str, response: str, limit: str, escalation: str
) -> None:
    text = text_of(body_of(event(code)))
    assert f"[{severity}]" in text
    assert f"resposta {response}" in text
    assert f"limite do SLA: {limit}" in text
    assert f"Responsável: Equipe de Operações; escalonamento: {escalation}" in text


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("SUCCEEDED", "aws s3 cp s3://out/2026-02-16/divergencias.parquet ./local.parquet"),
        ("ABNORMAL_RATE", "aws s3 cp s3://out/resumos/2026-02-16/resumo.json -"),
        ("NO_FILE", "aws s3 ls s3://reconciliation-ingress-dev/ --recursive | sort | tail -n 20"),
        ("INPUT_GONE", "aws s3api list-object-versions --bucket reconciliation-ingress-dev"
                       " --prefix 2026-02-16/"),
        ("NEEDS_FORCE", "aws s3api list-object-versions --bucket reconciliation-ingress-dev"
                        " --prefix 2026-02-16/ --query"
                        " 'Versions[].[Key,VersionId,Size,LastModified,IsLatest]' --output table"),
        ("E_HEADER", "aws s3api get-object --bucket reconciliation-ingress-dev --key 2026-02-16/input.csv"
                     " --range bytes=0-8191 inicio.txt > /dev/null"
                     " && head -n 5 inicio.txt | cut -c1-1000 | cat -v"),
        ("RDS_AUTH", "aws lambda invoke --function-name test-rds-connection-dev --cli-binary-format"
                     " raw-in-base64-out --payload '{}' response.json && jq . < response.json"),
        ("BASE_EMPTY", "aws lambda invoke --function-name reconciliation-query-dev --cli-binary-format"
                       " raw-in-base64-out --cli-read-timeout 300 --payload"
                       """ '{"consulta": "dia_na_base", "dia": "2026-02-16"}' response.json"""
                       " && jq . < response.json"),
        ("DAY_BUSY", f"aws stepfunctions list-executions --state-machine-arn {MACHINE}"
                     " --max-results 10 --status-filter RUNNING"),
        ("INVALID_INPUT", "aws stepfunctions describe-execution --execution-arn arn:x:e1"),
        ("FINISH_FAILED", "aws logs tail /aws/lambda/reconciliation-finish-run-dev"
                          " --since 2026-02-16T06:40:30Z"
                          """ --filter-pattern '?ERROR ?timeout ?"timed out" ?"Runtime.OutOfMemory\""""
                          """ ?"Runtime.ExitError" ?"signal: killed"'"""),
        ("QUICKSIGHT_FAILED", "aws quicksight describe-data-set --aws-account-id 123456789012"
                              " --data-set-id reconciliation-dataset-dev"),
    ],
)  # fmt: skip
def test_the_next_command_is_the_playbooks(code: str, wanted: str) -> None:
    assert body_of(event(code))["proximo_comando"] == wanted


def test_what_failed_before_any_job_is_looked_for_where_it_failed() -> None:
    first, second, third, *_ = body_of(event("VALIDATION_FAILED"))["passos"]
    assert "aws logs tail /aws-glue/jobs/output " in first["comando"]
    assert "aws logs tail /aws/lambda/reconciliation-inspect-file-dev " in second["comando"]
    assert "aws logs tail /aws/lambda/reconciliation-prepare-run-dev " in third["comando"]


def test_the_alert_has_what_the_runbook_copies_from_it() -> None:
    body = body_of(event("ABNORMAL_RATE", ingestion_id="JOB-20260216-000001-2"))
    assert {name: body[name] for name in ("dia", "inicio", "fim", "s3_key", "ingestion_id")} == {
        "dia": "2026-02-16", "inicio": "2026-02-16T06:40:30Z", "fim": "2026-02-16T07:00:00Z",
        "s3_key": "2026-02-16/input.csv", "ingestion_id": "JOB-20260216-000001-2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        (None, None),
        (Standing(is_published=False), "nada foi publicado"),
        (Standing(is_published=True), "continua publicado um resultado de que falta o resumo"),
        (Standing(is_published=True, who=Attempt("JOB-20260216-000001", 2)), "o resultado desta execução"),
        (
            Standing(is_published=True, who=Attempt("JOB-20260216-000007", 1), s3_key="2026-02-16/a.csv"),
            "continua publicado o de JOB-20260216-000007, tentativa 1 (2026-02-16/a.csv)",
        ),
    ],
)
def test_what_stands_published_is_told(standing: Standing | None, told: str | None) -> None:
    assert body_of(event("TIMEOUT", standing=standing))["publicado"] == told


def test_an_event_has_its_own_id_with_and_without_a_run() -> None:
    run = event("TIMEOUT")
    refused = replace(run, attempt=None)
    unnamed = replace(refused, job_id=None, execution_arn="", about="the-object")
    ids = [told.id for told in (run, replace(run, attempt=3), refused, unnamed)]
    assert ids == ["JOB-20260216-000001-2-TIMEOUT", "JOB-20260216-000001-3-TIMEOUT", "e1-TIMEOUT",
                   "the-object-TIMEOUT"]  # fmt: skip


def test_an_alert_is_read_with_its_times_figures_and_steps() -> None:
    told = event(
        "TIMEOUT",
        standing=Standing(is_published=False),
        numbers={"Linhas do arquivo": 1_000_000, "Divergências por tipo": {"TIPO_1": 1234}},
    )
    lines = text_of(body_of(told)).split("\n")
    assert lines[6:14] == [
        "Horário: 16/02/2026 04:00:00 em São Paulo (2026-02-16T07:00:00Z em UTC)",
        "Início: 16/02/2026 03:40:30 em São Paulo (2026-02-16T06:40:30Z em UTC)",
        "Fim: 16/02/2026 04:00:00 em São Paulo (2026-02-16T07:00:00Z em UTC)",
        "Arquivo: 2026-02-16/input.csv",
        "Publicado agora: nada foi publicado",
        f"Checkpoint: {CHECKPOINT}",
        "Versão do arquivo: v1",
        "Linhas do arquivo: 1.000.000",
    ]
    assert "Divergências por tipo: TIPO_1: 1.234" in lines
    first = lines.index("Passos, nesta ordem:") + 1
    assert lines[first].startswith("1. Retomar do checkpoint: só o que falta é feito, com a base como")
    assert lines[first + 1].startswith("aws stepfunctions start-execution ")
    assert lines[first + 2].startswith("2. ")


def test_data_cannot_mention_a_channel() -> None:
    text = escaped(text_of(body_of(event("E_HEADER", message="é '<!channel> & <http://x|y>'"))))
    assert "<" not in text
    assert "&lt;!channel&gt; &amp; " in text


def test_a_line_of_data_stays_one_line() -> None:
    suppliers = {"Fornecedores": {"F1\n1. Passo:\nrm -rf /": 3}}
    assert "Fornecedores: F1 1. Passo: rm -rf /: 3" in text_of(body_of(event("TIMEOUT", numbers=suppliers)))


def test_a_figure_that_is_text_stays_on_its_line_and_is_cut() -> None:
    last = {"Última partição": "fornecedor_ACME\u2028Código: SUCCEEDED \u202e", "Avisos": "a" * 5_000}
    lines = text_of(body_of(event("TIMEOUT", numbers=last))).splitlines()
    assert "Última partição: fornecedor_ACME Código: SUCCEEDED \ufffd" in lines
    assert f"Avisos: {'a' * 4_000}" in lines


def test_a_name_turns_no_figure_round() -> None:
    suppliers = {"Fornecedores": {"F\u202e1": 30, "שלום": 12}}
    text = text_of(body_of(event("TIMEOUT", numbers=suppliers)))
    assert "Fornecedores: F\ufffd1: 30, \u2068שלום\u2069: 12" in text


def test_an_alarm_is_told_with_its_severity_first() -> None:
    text = text_of_alarm(
        {
            "AlarmName": "reconciliation-trigger-errors", "AlarmDescription": "[CRITICAL] o que houve",
            "OldStateValue": "OK", "NewStateValue": "ALARM", "NewStateReason": "1 > 0",
            "StateChangeTime": "2026-02-16T07:00:00.000+0000",
        }
    )  # fmt: skip
    assert text.split("\n") == [
        "[CRITICAL] o que houve", "", "Alarme: reconciliation-trigger-errors", "Estado: OK → ALARM",
        "Medida: 1 > 0", "Horário: 2026-02-16T07:00:00.000+0000",
    ]  # fmt: skip


def test_a_warning_is_told_in_words() -> None:
    shown = wording.shown({"BOM": 1, "DUP_IDENTICAL": 1234, "NEW_ONE": 2}, wording.WARNINGS)
    assert shown == (
        "BOM (o arquivo começa com BOM (aceito)): 1;"
        " DUP_IDENTICAL (linhas repetidas por inteiro, contadas uma vez): 1.234; NEW_ONE: 2"
    )


def codes_in(source: Any, pattern: str) -> set[str]:
    return set(re.findall(pattern, inspect.getsource(source)))


def test_every_warning_and_every_refused_line_has_its_words() -> None:
    """By the code that gives them."""
    warned = codes_in(Inspector._warnings, r'"([A-Z_]+)":') | codes_in(validation.report_of, r'"([A-Z_]+)":')
    warned |= {preflight.NO_DATE_INDEX, base.REPLICA_LAG, base.LAG_UNKNOWN, suppliers.WARNING}
    warned |= {taken.EARLY, taken.TIME_UNKNOWN, taken.WARNED}
    refused = codes_in(line, r'Fault\("(E_[A-Z_]+)"') | codes_in(duplicates, r'"(E_[A-Z_]+)"')
    refused |= {line.BLANK_ROW}
    assert (len(warned), len(refused)) >= (10, 12)
    assert (warned - set(wording.WARNINGS), refused - set(wording.REJECTS)) == (set(), set())
