"""The runbook, done on the local stack: each alert comes once, and every block answers what its page says."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.names import ANALYST
from tests import said
from tests.e2e.conftest import Operator
from tests.e2e.runbook_story import CANARY, PUBLISHED, STOPPED, Story, expired, tell, variable
from tests.runbooks.pages import block_of, blocks
from tests.waiting import eventually

pytestmark = pytest.mark.stack

ANSWERS = {
    ("README", "days/${DIA}.json"): ['"state": "PUBLISHED"', "Reconciliation-Dashboard"],
    ("README", "resumo.json"): ['"seconds_by_stage"', '"Label": "UsualDivergenceRate"'],
    ("README", "alerts/${JOB_ID}"): [r"alerts/JOB-\S+ABNORMAL_RATE/", "ApproximateNumberOfMessages"],
    ("README", "--summarize"): [r"(Total Objects: [1-9](.|\n)*){2}"],
    ("README", "describe-ingestion"): ["RUNNING|COMPLETED"],
    ("2.1", "reconciliation-trigger --since"): ['"errorType": "E_HEADER"', '"error": "E_HEADER"'],
    ("2.1", "head -20 inicio.txt"): ["input.csv", "fornecedor,ordem"],
    ("2.1", "jq .error_details"): ["checkpoint.json", '"error_type": "E_HEADER"'],
    ("2.1", "mensagem.txt"): ["Assunto: Conciliação de .*: arquivo recusado", "O cabeçalho do contrato"],
    ("2.1", "--policy-name s3-read"): ["s3:GetObject"],
    ("2.1", "head-bucket"): ["reconciliation-trigger"],
    ("2.1", "list-object-versions"): ['"IsLatest": true'],
    ("2.1", 'corrected.csv", "force'): ['"executionArn"'],
    ("2.2", "# Localizar checkpoint"): [
        '"status": "TIMEOUT"', '"message": "Processamento excedeu 2 segundos"',
    ],
    ("2.2", "# Tempo total da execução"): ['"Maximum"(.|\n)*' * 3],
    ("2.2", "elapsed_s"): ["lines_checked", "base_copied", "partitions_compared"],
    ("2.2", "reconciliation-query"): ['"ok": true', "idx_ordem_id", "idx_data"],
    ("2.2", "list-object-versions"): [r"input\.csv *\|.*True"],
    ("2.2", "Reprocessamento parcial"): ['"executionArn"'],
    ("2.3", "test-rds-connection"): [
        '"ok": true', '"etapa": "select"', '"IpProtocol": "tcp"', '"Name": "reconciliation-rds-credentials"',
        "com.amazonaws.sa-east-1.secretsmanager",
    ],
    ("2.3", "chaves_repetidas"): ['("ok": true(.|\\n)*){3}', "indexdef", '"chave"', '"idx_scan"'],
    ("2.3", "criar_indices"): ['"ok": true', "nada_a_fazer"],
    ("2.3", "list-object-versions"): [r"input\.csv *\|.*True"],
    ("2.3", "bloqueios"): ['"ok": true', '"bloqueado_por"'],
    ("2.3", "# CPU Utilization"): ['"Maximum"(.|\n)*' * 3],
    ("2.3", "DBInstanceStatus"): ["available"],
    ("2.3", "modify-db-instance"): ['"DBInstanceIdentifier": "reconciliation-db"'],
    ("2.4", "--policy-name s3-write"): ["s3:PutObjectAcl", "arn:aws:s3:::reconciliation-output/\\*"],
    ("2.4", "get-bucket-lifecycle-configuration"): [r"Total Objects: 1\b", "NoncurrentVersionExpiration"],
    ("2.4", "RUN_ID="): [],
    ("2.4", "--report_day"): ['"JobRunId"', "divergencias.xlsx"],
    ("2.4", "--input_path"): ["divergences.parquet", '"JobRunId"'],
    ("2.4", "${INGESTION_ID}"): ["RUNNING|COMPLETED"],
    ("2.4", "describe-data-set"): ["reconciliation-dataset", '"IngestionStatus"'],
    ("2.4", "FULL_REFRESH"): ["RUNNING|COMPLETED"],
    ("2.4", "FILA="): ['"ApproximateNumberOfMessages"', "reconciliation-slack-oncall-webhook"],
    ("2.5", "# Taxa de divergências"): ['"Maximum"', '"Sum": 98.0'],
    ("2.5", "resumo.json"): ['"TIPO_1": 98', "download: "],
    ("2.5", "dia_na_base"): ['"ok": true', '"data_mais_nova"', r'"2026-06-02",\s+"2"'],
    ("2.5", "rejeitos.parquet"): ["download: "],
    ("3", "list-subscriptions-by-topic"): [r"email\s+ops-conciliacao@empresa.com", "negocio-conciliacao@"],
    ("3", "# Operações"): ['"SubscriptionArn"'],
    ("3", "# Engenharia"): ['"SubscriptionArn"'],
    ("3", "# Product Owner"): ['"SubscriptionArn"'],
    ("3", "# Área de Negócio"): ['"SubscriptionArn"'],
    ("3", "# Ver como está"): [r'"incidente": "INC-20260601",\s+"estado": "(aberto|encerrado)"'],
    ("3", "# Assumir o do dia"): [r'"incidente": "INC-20260601",\s+"estado": "(aberto|encerrado)"'],
    ("3", "# Assumir o que não"): ['"estado": "nenhum"'],
    ("3", "# Encerrar o do dia"): [r'"incidente": "INC-20260601",\s+"estado": "encerrado"'],
    ("4", "reconciliation-query"): ['"linhas_sem_chave"', '"consulta": "ordem"'],
    ("4", "# Ver logs em tempo real"): ['"event": "published"', '"Maximum"'],
    ("4", "# Listar execuções recentes"): ['"executions"', '"status": "ABORTED"'],
    ("4", "stop-execution"): ['"stopDate"'],
    ("4", "# Listar jobs"): ["reconciliation-validation-job", '"JobRunState": "SUCCEEDED"'],
    ("4", "# Listar arquivos no bucket"): ["divergencias.parquet", "download: ", r"\bKiB\b"],
}  # fmt: skip
"""What a block's output must hold, by its page and a text that only it has."""

NOT_RUN = {
    ("2.1", "./corrected.csv"): "o envio que o alerta traz, colado em tests/faults/test_pasted.py",
    ("2.2", "reprocessar do início"): "o mesmo comando de 2.1, que é executado",
    ("2.3", "trocar_senha"): "o mesmo comando do alerta, que é colado em tests/faults/test_pasted.py",
    ("2.3", '"workers": 15'): "a retomada de 2.2, que é executada, com mais workers",
    ("2.3", "GRUPO_GLUE="): "executado onde a regra falta: tests/faults/test_network.py",
    ("2.3", "--input '{\n    \"job_id\": \"'${JOB_ID}'\",\n    \"checkpoint_location\": \"s3://reconciliation-"
     "checkpoints/'${JOB_ID}'/checkpoint.json\",\n    \"reprocess_from_checkpoint\": true\n  }'"):
        "o mesmo comando de 2.2, que é executado",
    ("2.2", "# Do início, o mesmo"): "o mesmo comando do alerta, que é colado em tests/faults/test_pasted.py",
    ("2.3", "# Do início, o mesmo"): "o mesmo comando do alerta, que é colado em tests/faults/test_pasted.py",
    ("2.3", "'${ARQUIVO}'\", \"force"): "o mesmo comando de 2.1, que é executado",
    ("2.4", "reprocess_from_checkpoint"): "o mesmo comando de 2.2, que é executado",
    ("2.4", "put-secret-value"): "de outro papel: o mesmo comando de docs/deploy.md, que é executado",
    ("2.5", "# Depois de corrigida a base"): "o mesmo comando do alerta, que tests/faults/pasted.py cola",
    ("2.5", "corrected.csv"): "os mesmos comandos do alerta, que tests/faults/pasted.py cola",
    ("4", "reconciliation-explain"): "de outro papel: test_an_analyst_alone_is_told_of_an_order",
    ("4", "describe-alarm-history"): "a pilha local não guarda a história dos alarmes",
    ("4", "start-query-execution"): "de outro papel; recusada aqui: tests/local/test_athena.py",
    ("4", "get-query-execution"): "o resultado dessas consultas",
}  # fmt: skip
"""Blocks that are only checked by tests/runbooks, with the reason."""


def test_every_block_is_run_or_has_its_reason() -> None:
    listed = [block_of(key) for key in (*ANSWERS, *NOT_RUN)]
    assert len(set(listed)) == len(listed)
    rest = set(blocks("bash")) - set(listed)
    assert [block for block in rest if "aws " in block.text] == []


@pytest.fixture(scope="module")
def story(operator: Operator, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return tell(operator, tmp_path_factory.mktemp("runbook"))


ALERTS = {
    "E_HEADER": ("CRITICAL", "2.1", "refused"),
    "TIMEOUT": ("CRITICAL", "2.2", "timeout"),
    "BASE_EMPTY": ("HIGH", "2.3", "empty"),
    "QUICKSIGHT_FAILED": ("MEDIUM", "2.4", "published"),
    "ABNORMAL_RATE": ("MEDIUM", "2.5", "abnormal"),
}
EVERYBODY = {"email ops-conciliacao@empresa.com", "slack #conciliação-alerts"}
ALSO = {
    "E_HEADER": {
        "email eng-conciliacao@empresa.com",
        "email po-conciliacao@empresa.com",
        "slack #eng-conciliacao",
        "slack #ops-oncall",
    },
    "TIMEOUT": {
        "email eng-conciliacao@empresa.com",
        "email po-conciliacao@empresa.com",
        "slack #eng-conciliacao",
        "slack #ops-oncall",
    },
    "BASE_EMPTY": {"email eng-conciliacao@empresa.com", "slack #eng-conciliacao"},
}
"""Runbook 3.1 and 3.2: whom a severity reaches besides."""


@pytest.mark.parametrize("code", ALERTS)
def test_a_real_fault_is_told_once_to_each(story: Story, code: str) -> None:
    severity, playbook, name = ALERTS[code]
    job_id = story.cause(name)["job_id"]

    def told() -> list[dict[str, Any]]:
        lines = story.operator.alerts(job_id)
        return [line for line in lines if f"Código: {code}" in line["corpo"]]

    people = EVERYBODY | ALSO.get(code, set())
    eventually(lambda: len(told()) >= len(people), 60)
    assert sorted(f"{line['canal']} {line['destino']}" for line in told()) == sorted(people)
    (text,) = {plain(line["corpo"]) for line in told()}
    # the day's publication tells first what it ends
    assert re.search(rf"^\[{severity}\] (Recuperado: [^.]+\. )?Dia ", text, re.MULTILINE), text
    assert f"Playbook: {playbook} do runbook" in text
    assert f"Job ID: {job_id}, tentativa" in text
    if code == "ABNORMAL_RATE":
        assert text.startswith("Causa provável:")
        assert f"\nAssunto: Taxa de Divergências Anormal - {STOPPED}\n" in text
        subjects = {line["assunto"] for line in told() if line["canal"] == "email"}
        assert subjects == {f"Taxa de Divergências Anormal - {STOPPED}"}
        assert "1. F1: 98" in text


def plain(text: str) -> str:
    """Slack's text as the e-mail has it."""
    return text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&").replace("```", "")


def test_the_business_area_is_told_once_in_its_own_words(story: Story) -> None:
    def told() -> list[dict[str, Any]]:
        story.operator.answer("reconciliation-watchdog")  # its turn: five minutes
        lines = (line for line in story.operator.alerts("") if line["destino"].startswith("negocio-"))
        return [line for line in lines if str(STOPPED) in line["assunto"]]

    (mail,) = eventually(told, 60)
    assert (mail["canal"], mail["assunto"]) == ("email", f"Taxa de Divergências Anormal - {STOPPED}")
    assert "Tipo 1 (ausente na base): 98" in mail["corpo"]
    assert "O painel (QuickSight) já mostra este resultado." in mail["corpo"]
    assert f"/sn/dashboards/reconciliation-dashboard#p.Dia={STOPPED}T00%3A00%3A00\n" in mail["corpo"]
    assert f"&prefix=relatorios/{STOPPED}/relatorio.html\n" in mail["corpo"]
    assert not re.search(r"JOB-|s3://|arn:|aws |runbook", mail["corpo"])


def test_slack_is_down_for_a_while_and_every_block_answers_meanwhile(story: Story) -> None:
    """The alert waits in the queue, is told once to each channel, and one alarm says so meanwhile.

    Of the story's executions that ended badly no alarm says anything: each one's own alert did.
    """
    operator = story.operator
    with slack_down(operator):
        operator.upload(f"{PUBLISHED}/nome errado.csv", b"x")
        with ThreadPoolExecutor(3) as pool:
            keys = [key for key in ANSWERS if key not in story.said]
            story.said.update(zip(keys, pool.map(story.run, keys), strict=True))
        eventually(lambda: waiting(operator), 120)
        eventually(lambda: alarmed(operator, "reconciliation-undelivered-alerts"), 60)
        assert not on_slack(operator, "E_S3_KEY")
    eventually(lambda: len(on_slack(operator, "E_S3_KEY")) >= 3, 60)
    eventually(lambda: waiting(operator) == 0, 60)
    channels = ["#conciliação-alerts", "#eng-conciliacao", "#ops-oncall"]
    assert sorted(on_slack(operator, "E_S3_KEY")) == channels
    told = alarmed(operator, "Código: ALARM")
    assert {line["assunto"] for line in told} == {
        "[HIGH] Conciliação reconciliation-undelivered-alerts ALARM"
    }
    assert {line["destino"] for line in told} == {
        "ops-conciliacao@empresa.com",
        "eng-conciliacao@empresa.com",
    }


def on_slack(operator: Operator, code: str) -> list[str]:
    """The channels that were told of it."""
    return [line["destino"] for line in operator.alerts(code) if line["canal"] == "slack"]


@contextmanager
def slack_down(operator: Operator) -> Iterator[None]:
    secrets = operator.client("secretsmanager")
    names = [f"reconciliation-slack-{name}webhook" for name in ("", "engineering-", "oncall-")]
    urls = [secrets.get_secret_value(SecretId=name)["SecretString"] for name in names]
    for name in names:
        secrets.put_secret_value(SecretId=name, SecretString="http://127.0.0.1:9/nobody")
    yield
    for name, url in zip(names, urls, strict=True):
        secrets.put_secret_value(SecretId=name, SecretString=url)


def waiting(operator: Operator) -> int:
    sqs = operator.client("sqs")
    queue = sqs.get_queue_url(QueueName="reconciliation-alerts-dead-letters")["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(
        map(int, sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values())
    )


def alarmed(operator: Operator, name: str) -> list[dict[str, Any]]:
    """E-mails of that alarm."""
    return [line for line in operator.alerts(name) if line["canal"] == "email"]


@pytest.mark.parametrize("key", ANSWERS, ids=lambda key: " ".join(key)[:60])
def test_a_block_answers_what_its_page_says(story: Story, key: tuple[str, str]) -> None:
    said = story.said.get(key) or story.run(key)
    assert [wanted for wanted in ANSWERS[key] if not re.search(wanted, said)] == [], said


def test_the_result_published_by_hand_is_the_same(story: Story) -> None:
    """Runbook 2.4: the output job alone, by its two paths."""
    operator = story.operator
    said = story.said.get(("2.4", "--input_path")) or story.run(("2.4", "--input_path"))
    run_id = re.search(r'"JobRunId": "(\w+)"', said)
    assert run_id

    def ended() -> Any:
        run = operator.client("glue").get_job_run(JobName="reconciliation-output-job", RunId=run_id[1])
        return run["JobRun"]["JobRunState"] not in ("STARTING", "RUNNING") and run["JobRun"]

    assert eventually(ended, 60)["JobRunState"] == "SUCCEEDED"
    assert operator.published(PUBLISHED).height > 0
    assert len(operator.versions("reconciliation-output", f"{PUBLISHED}/divergencias.parquet")) >= 1


def test_a_published_day_is_in_quicksight(story: Story) -> None:
    run = story.cause("abnormal")
    (machine,) = story.operator.client("stepfunctions").list_state_machines()["stateMachines"]
    asked = {
        "AwsAccountId": machine["stateMachineArn"].split(":")[4],
        "DataSetId": "reconciliation-dataset",
        "IngestionId": f"{run['job_id']}-{run['attempt']}",
    }
    look = story.operator.client("quicksight").describe_ingestion
    assert eventually(lambda: look(**asked)["Ingestion"]["IngestionStatus"] == "COMPLETED", 10)


def test_the_daily_check_misses_no_file_on_the_day_of_the_first(story: Story) -> None:
    """Runbook 1.1, by the deployed watchdog: nobody has sent one for the real day, nor before it."""
    operator = story.operator
    every_day = json.dumps({"expected_by": ["mon-sun 00:00"], "checked_at": "00:00", "holidays": "none"})
    with variable(operator, "reconciliation-watchdog", CALENDAR=every_day):
        answer = operator.client("lambda").invoke(FunctionName="reconciliation-watchdog")
        told = json.loads(answer["Payload"].read())
        assert (told["closed"], told["started"], told["missed"], told["checked"]) == ([], [], None, None)
    assert operator.alerts("NO_FILE") == []


def test_an_analyst_alone_is_told_of_an_order(story: Story) -> None:
    """Runbook 4.7, on the resumed day: its names are the answer's, and no log's (the next test)."""
    key = ("4", "reconciliation-explain")
    said = story.run(key, ANALYST)
    assert re.search(r"DESCONHECIDA: (.|\n)*Lido no S3", said)
    assert '"desfecho": "SEM_PUBLICACAO"' in said or '"desfecho": "DESCONHECIDA"' in said
    with pytest.raises(AssertionError, match="AccessDenied"):
        story.run(key)
    told = ask_of_order(story, ordem_id="K7", dia=str(STOPPED))
    run, (line,) = story.cause("abnormal"), told["linhas"]
    assert (told["divergencia"]["tipo"], told["conferida"]) == ("TIPO_1", True)
    assert (line["linha"], line["texto"]) == (9, f"F1;K7;{CANARY};PETR4;{STOPPED};1.00")
    assert [told["execucao"][name] for name in ("job_id", "attempt")] == [run["job_id"], run["attempt"]]
    assert CANARY in told["texto"]
    with expired(story.operator, "2026-05-01", str(STOPPED)):
        old = ask_of_order(story, ordem_id="none", dia="2026-05-01")
    assert (old["desfecho"], old["guardado"]) == ("SEM_DIVERGENCIA", False)


def ask_of_order(story: Story, **asked: str) -> dict[str, Any]:
    functions = story.operator.client("lambda", ANALYST)
    answer = functions.invoke(FunctionName="reconciliation-explain", Payload=json.dumps(asked))
    told = json.loads(answer["Payload"].read())
    assert told["ok"], told
    return dict(told["explicacao"], texto=told["texto"])


def test_no_name_and_no_password_is_anywhere_but_in_the_data(story: Story) -> None:
    """Published divergences and the files beside the report have the name: it would be found."""
    operator = story.operator
    arns = [execution["executionArn"] for execution in operator.listed()]
    found = [*said.documents(operator, arns), *said.about_orders(operator, str(STOPPED))]
    naming = {Path(one.where).suffix for one in found if one.is_of_orders and CANARY in one.text}
    assert {".parquet", ".csv", ".xlsx"} <= naming
    assert sum(len(one.text) for one in found if not one.is_of_orders) > 10_000
    assert list(said.leaks(found, said.secrets_of(operator), [CANARY])) == []
