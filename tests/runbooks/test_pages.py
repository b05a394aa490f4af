"""The runbook's pages: nothing of the user's document is lost, links lead somewhere."""

import re
from itertools import zip_longest

import pytest

from reconciliation import wording
from reconciliation.errors import FAILURES
from reconciliation.incident import Note
from reconciliation.playbooks import steps_of
from reconciliation.runbook import ROUTINE, SECTIONS
from tests.events import event
from tests.runbooks.pages import pages

PROMISED = {
    "README.md": (
        "1.1 Monitoramento", "Verificar execução do dia anterior (CloudWatch Dashboard",
        "Validar que tempo de processamento ≤ 20 minutos",
        "Verificar taxa de divergências (comparar com histórico)", "Validar que notificações foram enviadas",
        "Verificar espaço em S3", "Verificar atualização do dashboard QuickSight",
        "Dashboard \"Visão Geral de Divergências\"", "`Reconciliation-Dashboard`", "`reconciliation-output`",
    ),
    "2.1-falha-na-ingestao.md": (
        "CRITICAL", "≤ 15 minutos", "Identificar erro", "Validar CSV", "Ações corretivas", "Reprocessamento",
        "/aws/lambda/reconciliation-trigger", "/aws-glue/jobs/output", "head -20", "deve ser `;`", "UTF-8",
        "`fornecedor_id;ordem_id;nome;ativo_id;data;valor`", "ReconciliationGlueRole", "s3-read",
        "1.5M linhas", "corrected.csv", "force_reprocess", "#conciliação-alerts",
    ),
    "2.2-timeout.md": (
        "CRITICAL", "20 minutos", "Ações automáticas", "Verificar checkpoint", "Analisar causa",
        "Identificar gargalo", "Decidir ação", "checkpoint.json", "last_processed_partition",
        "validated_data", "partial_reconciliation", "Processamento excedeu 20 minutos", "ReadLatency",
        "reconciliation-db", "pg_indexes", "read replica", "particionamento",
        "Opção 1", "Opção 2", "reprocess_from_checkpoint",
    ),
    "2.3-falha-na-conciliacao.md": (
        "HIGH", "≤ 30 minutos", "test-rds-connection", "glue-sg", "reconciliation-rds-credentials",
        "describe-vpc-endpoints", "idx_ordem_id", "pg_stat_user_indexes", "SHOW INDEX FROM transacoes",
        "EXPLAIN SELECT", "CPUUtilization", "DatabaseConnections", "ReadLatency", "pg_stat_statements",
        "slow_query_log", "authorize-security-group-ingress", "modify-db-instance", "db.r5.2xlarge",
        "export diário", "VALIDAÇÃO CRÍTICA",
    ),
    "2.4-falha-na-entrega.md": (
        "MEDIUM", "≤ 10 minutos", "s3-write", "policy/s3-write-policy", "s3:PutObjectAcl",
        "get-bucket-lifecycle-configuration", "reconciliation-output-job", "divergences.parquet",
        "divergencias.parquet", "reconciliation-dataset", "create-ingestion", "INCREMENTAL_REFRESH",
    ),
    "2.5-taxa-anormal.md": (
        "MEDIUM", "≤ 1 hora", "> 10%", "DivergenceRate", "Name=tipo_divergencia,Value=TIPO_1",
        "média dos últimos 7 dias", "Investigar causa", "Notificar stakeholders", "${FORNECEDOR3}: ${QTD3}",
    ),
    "3-contatos-e-escalonamento.md": (
        "ops-conciliacao@empresa.com", "po-conciliacao@empresa.com", "eng-conciliacao@empresa.com",
        "negocio-conciliacao@empresa.com", "#ops-oncall", "#eng-conciliacao", "24/7", "≤ 1 dia útil",
        "Nível 4 (Diretoria)",
    ),
    "4-ferramentas.md": (
        "4.1 CloudWatch", "4.2 Step Functions", "4.3 Glue", "4.4 S3", "list-executions", "get-jobs",
        "get-job-runs", "./local.parquet", "--human-readable",
    ),
}  # fmt: skip
"""What the user's document names, by the page that has it now."""


@pytest.mark.parametrize("page", PROMISED)
def test_nothing_of_the_users_document_is_lost(page: str) -> None:
    assert [promise for promise in PROMISED[page] if promise not in pages()[page]] == []


@pytest.mark.parametrize("code", [*ROUTINE, *sorted(FAILURES)])
def test_an_alerts_code_is_in_its_section(code: str) -> None:
    playbook = FAILURES[code].playbook if code in FAILURES else "1.1"
    assert f'<a id="{code.lower()}"></a>' in pages()[SECTIONS[playbook]]


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_a_codes_row_has_the_alerts_steps_in_their_order(code: str) -> None:
    """By their own titles, as a first alert has them; behind one the page may say more, in brackets."""
    opened = Note(id="INC-20260216", state="abre")
    steps = steps_of(event(code, ingestion_id="i-1", incident=opened))
    titles = [f"{place}. {step.title}" for place, step in enumerate(steps, start=1)]
    row = rf'^\| <a id="{code.lower()}"></a>`{code}` \| [^|]+ \| ([^|]+) \|$'
    (cell,) = re.findall(row, pages()[SECTIONS[FAILURES[code].playbook]], re.MULTILINE)
    pairs = zip_longest(cell.split("<br>"), titles, fillvalue="")
    assert all(re.fullmatch(rf"{re.escape(title)}( \(.+\))?", shown) for shown, title in pairs), titles


def test_what_an_alerts_command_asks_for_is_among_the_readmes_variables() -> None:
    """And what the pages' own blocks begin with that is to be copied from the alert."""
    opened = Note(id="INC-20260216", state="abre")
    nowhere = {"s3_key": None, "day": None, "checkpoint_location": None}
    events = [event(code, incident=opened, **facts) for code in sorted(FAILURES) for facts in ({}, nowhere)]
    wrong_key = event("E_S3_KEY", day=None, s3_key="x/y.csv")
    commands = [step.command or "" for each in (*events, wrong_key) for step in steps_of(each)]
    asked = set(re.findall(r"\$\{(\w+):\?", " ".join(commands)))
    assert asked == {"DIA", "OUTRO_DIA", "ARQUIVO", "NOME"}
    table, told = (re.search(pattern, pages()["README.md"], re.DOTALL) for pattern in VARIABLES)
    assert table
    assert told
    assert {name for name in asked | {"VERSION_ID"} if f"`{name}`" not in table[0]} == set()
    assert {name for name in asked if f"${{{name}:?…}}" not in told[0]} == set()


VARIABLES = (r"\| variável \|.*?\n\n", r"Onde um comando do alerta traz.*?\n\n")
"""Of the README: its table of what to copy, and its sentence on what only a person knows."""


OURS = re.compile(
    r"\bmake [a-z]|\bdocs/|\b(infra|local|tests|glue_jobs|lambdas)/|\bcdk\.json|\.py\b|\.venv|reposit"
)
"""Of a checkout, which operators do not have."""


@pytest.mark.parametrize("page", pages())
def test_no_page_sends_an_operator_to_the_repository(page: str) -> None:
    assert [line for line in pages()[page].splitlines() if OURS.search(line)] == []


@pytest.mark.parametrize("page", sorted({*pages()} - {"4-ferramentas.md", "diferencas.md"}))
def test_a_log_is_shown_to_whoever_comes_late(page: str) -> None:
    """From when the execution began, or of a day at least: not what comes from now on."""
    tails = re.findall(r"^aws logs tail .*$", re.sub(r"\\\n *", "", pages()[page]), re.MULTILINE)
    assert [tail for tail in tails if not re.search(r" --since (\$\{INICIO\}|24h|7d)( |$)", tail)] == []
    assert [tail for tail in tails if "--follow" in tail] == []


@pytest.mark.parametrize("code", wording.REJECTS)
def test_a_refused_line_is_explained(code: str) -> None:
    assert f"`{code}`" in pages()["2.1-falha-na-ingestao.md"]


@pytest.mark.parametrize("page", pages())
def test_every_link_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", pages()[page]):
        name, _, anchor = target.partition("#")
        text = pages()[name or page]
        assert not anchor or f'<a id="{anchor}"></a>' in text or anchor in headings(text), target


def headings(text: str) -> set[str]:
    """Anchors that a page's headings get."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
