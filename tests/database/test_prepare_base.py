"""The function: from its event and the two secrets to an answer, which tells no password."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas import prepare_base
from reconciliation.access import preparing
from reconciliation.adapters.database.secret import PLACE
from tests.database.conftest import POSTGRES, Server
from tests.database.emptied import Empty, emptied

pytestmark = pytest.mark.stack


@pytest.fixture
def deployed(started: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Empty]:
    for name, value in (("DEFAULT_REGION", "sa-east-1"), ("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "s")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in (("SECRET_ID", "reader"), ("OWNER_SECRET_ID", "rds!db-1"), ("DATABASE_CA", "")):
        monkeypatch.setenv(name, value)
    with emptied(started) as empty, mock_aws():
        monkeypatch.setenv("DATABASE", json.dumps({name: empty.reader[name] for name in PLACE}))
        owner = {name: empty.owner[name] for name in ("username", "password")}  # as RDS keeps it
        for name, secret in (("reader", empty.reader), ("rds!db-1", owner)):
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
        yield empty


def ask(action: str) -> dict[str, Any]:
    return prepare_base.handler({"acao": action}, None)


@POSTGRES
def test_the_answer_says_what_became_of_each_step(deployed: Empty) -> None:
    looked = ask("verificar")
    assert (looked["ok"], looked["codigo"]) == (False, None)
    made = ask("criar_tabela")
    assert made == {
        "ok": True,
        "acao": "criar_tabela",
        "codigo": None,
        "passos": [
            {
                "passo": "tabela",
                "estado": "feito",
                "detalhe": "transacoes, com as colunas do contrato",
                "codigo": None,
            }
        ],
    }
    assert [ask("tudo")["ok"] for _ in range(2)] == [True, True]


@POSTGRES
@pytest.mark.parametrize(("name", "other"), [("host", "localhost"), ("port", 1), ("dbname", "postgres")])
def test_the_owners_password_goes_to_the_stacks_own_database_alone(
    deployed: Empty, monkeypatch: pytest.MonkeyPatch, name: str, other: str | int
) -> None:
    """People write the reader's secret, and the rotation does."""
    boto3.client("secretsmanager").put_secret_value(
        SecretId="reader", SecretString=json.dumps({**deployed.reader, name: other})
    )
    monkeypatch.setattr(preparing, "session", lambda *_, **__: pytest.fail("it connected"))
    answer = ask("tudo")
    assert (answer["codigo"], answer["passos"][0]["passo"]) == ("RDS_AUTH", "segredo")
    assert name in answer["passos"][0]["detalhe"]


@POSTGRES
def test_a_failure_is_an_answer_and_tells_no_password(
    deployed: Empty, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = boto3.client("secretsmanager")
    secrets.put_secret_value(
        SecretId="rds!db-1", SecretString=json.dumps({"username": "dona", "password": "c4n4ry"})
    )
    with caplog.at_level(logging.DEBUG, logger="reconciliation"):
        wrong = ask("tudo")
        secrets.delete_secret(SecretId="rds!db-1", ForceDeleteWithoutRecovery=True)
        gone = ask("tudo")
    for answer, step in ((wrong, "conexao_do_dono"), (gone, "segredo")):
        assert (answer["ok"], answer["codigo"], answer["passos"][0]["passo"]) == (False, "RDS_AUTH", step)
    said = f"{wrong}{gone}{caplog.text}"
    assert "recusados" in caplog.text
    assert "c4n4ry" not in said
    assert deployed.reader["password"] not in said
