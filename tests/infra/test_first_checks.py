"""What nobody has done yet after a deployment is a sentence of its own; only what is broken is a cross."""

from dataclasses import asdict
from datetime import date
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from infra import first_checks
from infra.account import AccountError
from infra.first_checks import Finding
from infra.people import told_severities
from infra.settings import Settings
from reconciliation.access.checking import Reached
from reconciliation.errors import Code
from tests.functions.socket_s3 import served
from tests.infra.template import IMPORTED

SETTINGS = Settings(suffix="-dev")
THEIRS = Settings.from_context({**IMPORTED, "suffix": "-dev"})
TOPIC = "arn:aws:sns:sa-east-1:123456789012:reconciliation-alerts-dev"
BUSINESS = "arn:aws:sns:sa-east-1:123456789012:reconciliation-business-dev"
WANTED = {
    TOPIC: [f"{name}-conciliacao@empresa.com" for name in ("ops", "po", "eng")],
    BUSINESS: ["negocio-conciliacao@empresa.com"],
}
TIMED_OUT = "2026-02-16T12:00:00Z 0 Task timed out after 60.00 seconds"
"""Lambda's own, of a function whose network does not reach Secrets Manager."""


def people(**changed: str | None) -> Finding:
    arns = {
        (topic, address): changed.get(address.split("-")[0], f"{topic}:1")
        for topic, addresses in WANTED.items()
        for address in addresses
    }
    return first_checks.people(WANTED, {who: arn for who, arn in arns.items() if arn})


def webhook(stored: str | None) -> Finding:
    return first_checks.webhook("#ops-oncall", "reconciliation-slack-oncall-webhook-dev", stored)


def base(
    etapa: str,
    codigo: Code | None,
    engine: str | None = "postgres",
    *,
    outdated: bool | None = None,
    settings: Settings = SETTINGS,
) -> Finding:
    answer = Reached(
        ok=codigo is None, etapa=etapa, codigo=codigo, ms=1, engine=engine, indice_unico=None,
        indice_desatualizado=outdated,
    )  # fmt: skip
    return first_checks.base(settings, asdict(answer))


def files(*uploads: str, published: tuple[str, ...] = ()) -> Finding:
    return first_checks.files(SETTINGS, uploads, published)


@pytest.mark.parametrize(
    ("finding", "mark", "words"),
    [
        (people(), "✓", ["4 confirmados"]),
        (people(po="PendingConfirmation"), "·", ["po-conciliacao@empresa.com ainda não abriu o link"]),
        (people(po=None, ops="PendingConfirmation"), "✗", ["po-conciliacao@", f"--topic-arn {TOPIC} "]),
        (people(negocio=None), "✗", ["negocio-conciliacao@empresa.com não tem", f"--topic-arn {BUSINESS} "]),
        (webhook("https://hooks.slack.com/services/T0/B0/SEGREDO"), "✓", []),
        (webhook("hooks.slack.com/services/T0/B0/SEGREDO"), "✗", ["oncall-webhook-dev não é uma URL https"]),
        (webhook(""), "✗", ["--secret-id reconciliation-slack-oncall-webhook-dev"]),
        (webhook(None), "·", ["só por e-mail", "--secret-id reconciliation-slack-oncall-webhook-dev"]),
        (base("select", None), "✓", []),
        (base("select", "E_BASE_SCHEMA", outdated=None), "·", ["transacoes ainda não existe"]),
        (base("auth", "RDS_AUTH"), "·", ["reconciliation_reader, que ainda não existe", "docs/deploy.md"]),
        (base("auth", "RDS_AUTH", None), "✗", ["rds-credentials-dev não tem valor, não pode ser lido"]),
        (base("auth", "RDS_AUTH", None, settings=THEIRS), "·", ["não tem valor", "docs/deploy.md, passo 3"]),
        (base("auth", "RDS_AUTH", settings=THEIRS), "·", ["o banco recusa o usuário do segredo"]),
        (base("select", "RDS_AUTH"), "·", ["ainda não pode ler transacoes"]),
        (base("select", "E_BASE_SCHEMA"), "·", ["transacoes ainda não existe", "/test-rds-connection-dev"]),
        (base("select", "E_BASE_NO_UNIQUE_INDEX", outdated=False), "·", ["ainda não tem um índice único"]),
        (
            base("select", "E_BASE_NO_UNIQUE_INDEX", outdated=True),
            "✗",
            ["já não tem", 'runbook 2.3, passo 2, "Índice em outra ordem"', "/test-rds-connection-dev"],
        ),
        (base("tcp", "RDS_UNREACHABLE"), "✗", ["etapa tcp", "runbook 2.3"]),
        (base("tls", "RDS_AUTH"), "✗", []),
        (first_checks.base(SETTINGS, {"errorMessage": TIMED_OUT}), "✗", [TIMED_OUT, "runbook 2.3"]),
        (first_checks.base(SETTINGS, None), "·", ["repita em dois minutos"]),
        (first_checks.posted(SETTINGS, "s3://a/1.html", ""), "·", ["reconciliation-output-dev/runbook/"]),
        (first_checks.posted(SETTINGS, "s3://a/2.html", "s3://a/1.html"), "·", ["de outra implantação"]),
        (first_checks.posted(SETTINGS, "s3://a/1.html", "s3://a/1.html"), "✓", ["no console"]),
        (files(), "·", ["nenhum chegou ainda a s3://reconciliation-ingress-dev/"]),
        (files("2026-02-16/", "2026-02-16/input.csv.tmp"), "·", ["nenhum chegou ainda"]),
        (files("2026-02-16/input.csv"), "·", ["nenhum dia publicado", "runbook 2.1"]),
        (files(published=("2026-02-16", "2026-02-17")), "✓", ["2026-02-17"]),
        (first_checks.ringing([]), "✓", []),
        (first_checks.ringing(["a", "b"]), "✗", ["a, b"]),
        (first_checks.python(date(2026, 12, 29)), "✓", ["python3.11", "até 2027-06-30"]),
        (first_checks.python(date(2026, 12, 30)), "·", ["2027-06-30, 2027-07-31 e 2027-08-31"]),
        (first_checks.python(date(2027, 7, 31)), "✗", ["python3.11"]),
    ],
)  # fmt: skip
def test_a_state_has_its_sentence(finding: Finding, mark: str, words: list[str]) -> None:
    assert finding.mark == mark, finding
    assert "SEGREDO" not in finding.said
    assert [word for word in words if word not in finding.said] == [], finding


def test_a_webhook_is_read_where_there_is_one() -> None:
    answers: dict[str, dict[str, Any]] = {
        "describe-secret": {"VersionIdsToStages": {"1": ["AWSCURRENT"]}},
        "get-secret-value": {"SecretString": "not a url"},
    }
    assert first_checks._stored(lambda *words: answers[words[1]], "s") == "not a url"
    answers["get-secret-value"] = {"SecretBinary": "AA=="}
    assert first_checks._stored(lambda *words: answers[words[1]], "s") == ""
    del answers["get-secret-value"], answers["describe-secret"]["VersionIdsToStages"]
    assert first_checks._stored(lambda *words: answers[words[1]], "s") is None


@pytest.mark.parametrize(
    ("status", "code", "is_asleep"),
    [
        (502, "ResourceNotReadyException", True),
        (502, "ENINotReadyException", True),
        (409, "ResourceConflictException", True),
        (404, "ResourceNotFoundException", False),
    ],
)
def test_a_function_without_its_network_is_no_end_of_the_checks(
    status: int, code: str, is_asleep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As AWS's command line tells of what Lambda answers; any other refusal ends the checks."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"Message": "not yet"}'
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = served(Refusing)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    try:
        ask = partial(first_checks.told, SETTINGS)
        if is_asleep:
            assert first_checks._connection(SETTINGS, ask) is None
        else:
            with pytest.raises(AccountError, match=code):
                first_checks._connection(SETTINGS, ask)
    finally:
        server.shutdown()
        server.server_close()


def test_two_people_at_one_address_are_asked_once() -> None:
    names = ("operations", "product_owner", "engineering")
    one = Settings.from_context({f"email_{name}": "a@b.example" for name in names})
    wanted = {TOPIC: [*told_severities(one)]}
    assert first_checks.people(wanted, {(TOPIC, "a@b.example"): "arn"}).said == "1 confirmados"
