"""Bad files on the local stack: refused with their code; one bad line costs its neighbours nothing."""

import json
from datetime import date
from io import BytesIO

import polars as pl
import psycopg2
import pytest

from tests import oracle_file
from tests.cases.case import DAY, HEADER, Case
from tests.cases.contract import cases
from tests.e2e.conftest import Operator

pytestmark = pytest.mark.stack
FOUND_BY_THE_JOB = {"E_NO_ROWS", "E_WRONG_DAY"}
REFUSED = {case.code: case for case in reversed(cases()) if case.code and case.code != "E_TOO_MANY_REJECTS"}
"""The first case of each code with which a file is refused whole."""


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_file_is_refused_with_its_code(operator: Operator, case: Case) -> None:
    before, day = operator.executions(), f"2026-04-{1 + list(REFUSED).index(str(case.code)):02d}"
    operator.upload(f"{day}/input.csv", case.file)
    ended = operator.end_of(operator.newest(before + 1))
    assert (ended["status"], ended["error"]) == ("FAILED", case.code)
    cause = json.loads(ended["cause"])
    assert (cause["stage"], cause["severity"]) == ("validation", "CRITICAL")
    assert len(operator.on_slack(cause["job_id"])) == 1
    assert len(operator.on_slack(cause["job_id"], "#ops-oncall")) == 1, "CRITICAL wakes somebody"
    assert operator.objects("reconciliation-output", day) == []


def test_one_bad_line_costs_its_neighbours_nothing(operator: Operator) -> None:
    """Every line that the cases refuse, among good ones: all of them in one day."""
    day = date(2026, 5, 1)
    bad = [
        case.file.split(b"\n")[linha - 1]
        for case in cases()
        if case.code is None
        for linha, code in case.rejects
        if code != "E_DUP_CONFLICT" and not case.file.startswith(b"\xef\xbb\xbf")
    ]
    lines = []
    for number in range(len(bad) * 25):
        lines.append(f"F1;K{number};Ana;PETR4;{day};1.00".encode())
        if number % 25 == 0:
            lines.append(bad[number // 25].replace(str(DAY).encode(), str(day).encode()))
    file = b"\n".join((HEADER.encode(), *lines)) + b"\n"
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE transacoes")
        cursor.execute("INSERT INTO transacoes VALUES ('F1', 'K0', 'Ana', 'PETR4', %s, 1)", (day,))
    before = operator.executions()
    operator.upload(f"{day}/input.csv", file)
    ended = operator.end_of(operator.newest(before + 1))
    assert ended["status"] == "SUCCEEDED", ended
    wanted = oracle_file.validate(file, day)
    body = operator.client("s3").get_object(
        Bucket="reconciliation-output", Key=f"rejeitos/{day}/rejeitos.parquet"
    )
    rejects = pl.read_parquet(BytesIO(body["Body"].read()))
    assert rejects.select("linha", "codigo", "ordem_id").rows() == [
        tuple(reject) for reject in wanted.rejects
    ]
    assert len(set(rejects["codigo"])) >= 10
    assert "E_VALOR_SCALE" in operator.on_slack(str(day))[0]["corpo"]


def test_too_many_bad_lines_are_shown_to_the_supplier(operator: Operator) -> None:
    day = "2026-05-02"
    lines = [
        f"F1;K{n};Ana;PETR4;{day};1,00" if n % 10 == 0 else f"F1;K{n};Ana;PETR4;{day};1.00"
        for n in range(200)
    ]
    before = operator.executions()
    operator.upload(f"{day}/input.csv", "\n".join((HEADER, *lines)).encode())
    ended = operator.end_of(operator.newest(before + 1))
    assert ended["error"] == "E_TOO_MANY_REJECTS"
    message = json.loads(ended["cause"])["message"]
    assert message == (
        "20 de 200 linhas rejeitadas; o limite é 5,00%: linhas 2, 12, 22, 32, 42, 52, 62, 72, 82 e 92:"
        " valor não é um número como 1234.56, sem milhar, sinal + ou símbolo (E_VALOR)"
    )
    job_id = json.loads(ended["cause"])["job_id"]
    assert f"{job_id}/rejeitos.parquet" in operator.objects("reconciliation-checkpoints", job_id)
    list_of, message_of = (
        operator.client("s3").get_object(Bucket="reconciliation-checkpoints", Key=f"{job_id}/{name}")
        for name in ("linhas-recusadas.csv", "mensagem.txt")
    )
    assert len(list_of["Body"].read().splitlines()) == 1 + 20
    assert "está no arquivo linhas-recusadas.csv" in message_of["Body"].read().decode()
    assert operator.objects("reconciliation-output", f"rejeitos/{day}") == []
