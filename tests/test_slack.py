"""Slack slow, over its limit, failing or absent: an alert comes late, never twice; the run does not care."""

import json
import re
import threading
import traceback
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas import alert_replay, slack_notifier
from lambdas.context import Context
from reconciliation import business
from reconciliation.adapters import slack
from reconciliation.adapters.slack import NotTold, Patience
from reconciliation.alerts import body_of
from reconciliation.config import Rules
from reconciliation.lifecycle import informing
from reconciliation.lifecycle.relaying import Relaying
from reconciliation.lifecycle.settings import Settings
from reconciliation.webhooks import is_address
from tests.events import DEPLOYMENT, event

CHANNELS = ("#conciliação-alerts", "#eng-conciliacao", "#ops-oncall")
"""All of them are told what is CRITICAL, in this order; the first two what is HIGH."""
SECRETS = dict(zip(CHANNELS, ("alerts", "engineering", "oncall"), strict=True))


class Slack:
    """A webhook that answers as it is told, then 200; `told` are the messages that it took."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.told: list[dict[str, str]] = []
        self.asked = 0
        slack = self

        class Webhook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                slack.asked += 1
                status, headers = slack.answers.pop(0) if slack.answers else (200, {})
                if status == 200:
                    slack.told.append(message)  # before the answer, after which the test looks
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/secret"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    webhook = Slack()
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="checkpoints")
        for name in SECRETS.values():
            boto3.client("secretsmanager").create_secret(Name=name, SecretString=webhook.url)
        names = ("ingress_bucket", "intermediate_bucket", "output_bucket", "state_machine_arn",
                 "alerts_topic_arn")  # fmt: skip
        found = Context(
            Settings(
                **dict.fromkeys(names, "-"),
                checkpoints_bucket="checkpoints",
                stage_jobs={},
                rules=Rules(),
                deployment=DEPLOYMENT,
                own={
                    "SLACK_SECRETS": json.dumps(SECRETS),
                },
            )
        )
        relay_by(monkeypatch, replace(found.relaying, patience=Patience(first_wait_s=0.01)))
        yield webhook
    webhook.server.shutdown()
    webhook.server.server_close()


def relay_by(monkeypatch: pytest.MonkeyPatch, relaying: Relaying) -> None:
    for module in (slack_notifier, alert_replay):
        monkeypatch.setattr(module, "context", lambda: SimpleNamespace(relaying=relaying))


def has_patience(monkeypatch: pytest.MonkeyPatch, in_all_s: float) -> None:
    """From now on."""
    relaying = slack_notifier.context().relaying
    relay_by(monkeypatch, replace(relaying, patience=replace(relaying.patience, in_all_s=in_all_s)))


def delivery(code: str, **facts: Any) -> dict[str, Any]:
    """What SNS hands to the function."""
    return {"Records": [{"Sns": {"MessageId": "m", "Message": json.dumps(body_of(event(code, **facts)))}}]}


def channels(webhook: Slack) -> list[str]:
    return [message["channel"] for message in webhook.told]


def test_critical_wakes_somebody_and_the_rest_does_not(webhook: Slack) -> None:
    slack_notifier.handler(delivery("TIMEOUT"), None)
    assert channels(webhook) == list(CHANNELS)
    slack_notifier.handler(delivery("RDS_AUTH"), None)
    assert channels(webhook) == [*CHANNELS, *CHANNELS[:2]]
    slack_notifier.handler(delivery("OUTPUT_FAILED"), None)
    assert channels(webhook)[5:] == [CHANNELS[0]]
    assert webhook.told[0]["text"].startswith("[CRITICAL] Dia 2026-02-16: ")


@pytest.mark.parametrize(
    "answers",
    [
        [(429, {"Retry-After": "1"}), (429, {"Retry-After": "0"})],
        [(500, {}), (503, {}), (502, {})],
    ],
)
def test_a_passing_trouble_is_waited_for(webhook: Slack, answers: list[tuple[int, dict[str, str]]]) -> None:
    webhook.answers, asked = answers, len(answers) + 1
    slack_notifier.handler(delivery("OUTPUT_FAILED"), None)
    assert (channels(webhook), webhook.asked) == ([CHANNELS[0]], asked)


def test_a_lasting_trouble_is_an_error_that_keeps_the_address_to_itself(
    webhook: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_patience(monkeypatch, slack._TIMEOUT_S + 2)
    webhook.answers = [(503, {})] * 100
    with pytest.raises(NotTold, match="HTTP 503") as failed:
        slack_notifier.handler(delivery("RDS_AUTH"), None)
    assert webhook.asked > 2
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("status", [404, 302, 303])
def test_what_slack_refuses_for_good_is_not_asked_again(webhook: Slack, status: int) -> None:
    """Nor is another address: a page that answers to GET would count as told."""
    webhook.answers = [(status, {"Location": "https://slack.example/"})]
    with pytest.raises(NotTold, match=f"HTTP {status}"):
        slack_notifier.handler(delivery("OUTPUT_FAILED"), None)
    assert webhook.asked == 1


def test_no_slack_at_all_is_an_error_too(webhook: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    has_patience(monkeypatch, 0.0)
    webhook.server.shutdown()
    webhook.server.server_close()
    with pytest.raises(NotTold, match="#conciliação-alerts: "):
        slack_notifier.handler(delivery("RDS_AUTH"), None)


def test_the_same_alert_is_told_once_however_often_it_comes(webhook: Slack) -> None:
    for _ in range(3):
        slack_notifier.handler(delivery("TIMEOUT"), None)
    assert channels(webhook) == list(CHANNELS)
    slack_notifier.handler(delivery("TIMEOUT", attempt=3), None)
    assert channels(webhook) == [*CHANNELS, *CHANNELS]


def test_a_replay_tells_only_the_channel_that_was_not_told(webhook: Slack) -> None:
    webhook.answers = [(200, {}), (200, {}), (410, {})]
    told = delivery("TIMEOUT")
    with pytest.raises(NotTold, match=r"^#ops-oncall: HTTP 410$"):
        slack_notifier.handler(told, None)
    alert_replay.handler({"Records": [{"body": json.dumps(told)}]}, None)
    alert_replay.handler({"Records": [{"body": json.dumps(told)}]}, None)
    assert channels(webhook) == list(CHANNELS)


def test_a_replay_that_fails_leaves_the_message_where_it_is(webhook: Slack) -> None:
    webhook.answers = [(404, {})]
    with pytest.raises(NotTold):
        alert_replay.handler({"Records": [{"body": json.dumps(delivery("RDS_AUTH"))}]}, None)


def kept_for_business() -> list[dict[str, Any]]:
    """The alerts that the business area is to be told of."""
    s3 = boto3.client("s3")
    found = s3.list_objects_v2(Bucket="checkpoints", Prefix="alerts/of-business/").get("Contents", [])
    bodies = [s3.get_object(Bucket="checkpoints", Key=item["Key"])["Body"].read() for item in found]
    return [json.loads(body) for body in bodies]


NUMBERS = {"Fora do normal": ["taxa de 98,00%"], "Avisos": "ALTER TABLE x", "Linhas do arquivo": "1.000"}


def test_the_business_area_is_to_be_told_in_its_own_words(webhook: Slack) -> None:
    """Slack's failure is none of its own; of nothing else it is told."""
    webhook.answers = [(404, {})]
    report = "Assunto: Taxa de Divergências Anormal - 2026-02-16\n\nTaxa de divergências detectada: 98,00%"
    told = delivery("ABNORMAL_RATE", report=report, numbers=NUMBERS)
    with pytest.raises(NotTold):
        slack_notifier.handler(told, None)
    alert_replay.handler({"Records": [{"body": json.dumps(told)}]}, None)
    slack_notifier.handler(delivery("SUCCEEDED"), None)
    slack_notifier.handler(delivery("TIMEOUT"), None)
    (body,) = kept_for_business()
    assert business.subject_of(body) == "Taxa de Divergências Anormal - 2026-02-16"
    text = business.text_of(body, is_shown=True, is_reported=True)
    assert text.split("\n") == [
        "O resultado da conciliação de 16/02/2026 está publicado e foge do normal.", "",
        "Taxa de divergências detectada: 98,00%", "",
        "Fora do normal: taxa de 98,00%", "Linhas do arquivo: 1.000", "",
        "O painel (QuickSight) já mostra este resultado.", "",
        "Relatório do dia (abre no console da AWS, para quem pode ler os relatórios):",
        body["links"]["Relatório"], "",
        "Quem acompanha: Equipe de Operações, que procura a causa.",
    ]  # fmt: skip
    assert not re.search(r"JOB-|s3://|arn:|aws ", text)


def test_what_cannot_be_kept_for_the_business_area_waits_as_slack_s_does(
    webhook: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the dead letters, and nobody else is told twice."""
    refused = ClientError({"Error": {"Code": "SlowDown", "Message": "quoted"}}, "PutObject")
    told = delivery("ABNORMAL_RATE")
    with monkeypatch.context() as patched:
        patched.setattr(informing, "keep", Mock(side_effect=refused))
        with pytest.raises(NotTold, match=r"^reconciliation-business: SlowDown$"):
            slack_notifier.handler(told, None)
    alert_replay.handler({"Records": [{"body": json.dumps(told)}]}, None)
    assert channels(webhook) == [CHANNELS[0]]
    assert len(kept_for_business()) == 1


def test_a_command_stands_in_a_code_block(webhook: Slack) -> None:
    slack_notifier.handler(delivery("E_S3_KEY", s3_key="2026-02-16/a & b <é>.csv", day=None), None)
    lines = webhook.told[0]["text"].split("\n")
    (command,) = (line for line in lines if line.startswith("```aws s3api get-object"))
    assert command == (
        "```aws s3api get-object --bucket reconciliation-ingress-dev"
        " --key '2026-02-16/a &amp; b &lt;é&gt;.csv' --range bytes=0-8191 inicio.txt &gt; /dev/null"
        " &amp;&amp; head -n 5 inicio.txt | cut -c1-1000 | cat -v```"
    )


def test_an_alert_of_an_earlier_deployment_is_told_too(webhook: Slack) -> None:
    """It may have waited fourteen days, and knows nothing of what alerts say by now."""
    body = json.loads(delivery("TIMEOUT")["Records"][0]["Sns"]["Message"])
    for name in ("passos", "inicio", "fim", "s3_key", "ingestion_id", "publicado"):
        del body[name]
    slack_notifier.handler({"Records": [{"Sns": {"MessageId": "m", "Message": json.dumps(body)}}]}, None)
    assert channels(webhook) == list(CHANNELS)


def test_an_alarm_reaches_slack(webhook: Slack) -> None:
    alarm = {"AlarmName": "a", "AlarmDescription": "[CRITICAL] <!channel>", "NewStateValue": "ALARM",
             "StateChangeTime": "t1"}  # fmt: skip
    for moment in ("t1", "t1", "t2"):
        message = json.dumps({**alarm, "StateChangeTime": moment})
        slack_notifier.handler({"Records": [{"Sns": {"MessageId": "m", "Message": message}}]}, None)
    assert channels(webhook) == [*CHANNELS, *CHANNELS]
    assert webhook.told[0]["text"].startswith("[CRITICAL] &lt;!channel&gt;\n")


def test_any_other_message_of_the_topic_is_shown_as_it_is(webhook: Slack) -> None:
    slack_notifier.handler({"Records": [{"Sns": {"MessageId": "m", "Message": "olá"}}]}, None)
    assert [message["text"] for message in webhook.told] == ["olá"]


def unset(name: str) -> None:
    """As the template makes a webhook's secret: without a value."""
    secrets = boto3.client("secretsmanager")
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name=name)


def test_a_webhook_that_nobody_has_put_yet_is_no_failure(webhook: Slack) -> None:
    """Right after a deployment: else alerts fill the dead letters, and these ring every five minutes."""
    for name in SECRETS.values():
        unset(name)
    told = delivery("TIMEOUT")
    slack_notifier.handler(told, None)
    alert_replay.handler({"Records": [{"body": json.dumps(told)}]}, None)
    assert webhook.asked == 0
    boto3.client("secretsmanager").put_secret_value(SecretId="alerts", SecretString=webhook.url)
    slack_notifier.handler(told, None)
    assert channels(webhook) == [CHANNELS[0]], "nothing says that it was told before"


def test_a_webhook_s_secret_that_is_gone_is_a_failure(webhook: Slack) -> None:
    boto3.client("secretsmanager").delete_secret(SecretId="oncall", ForceDeleteWithoutRecovery=True)
    with pytest.raises(NotTold, match=r"#ops-oncall: .* cannot be read \(ResourceNotFoundException\)"):
        slack_notifier.handler(delivery("TIMEOUT"), None)
    assert channels(webhook) == list(CHANNELS[:2])


@pytest.mark.parametrize(
    "stored",
    [
        "hooks.slack.com/services/T0/B0/SEGREDO",
        "SEGREDO, not a url",
        "http://hooks.slack.com/services/SEGREDO",
        "https://hooks.slack.com/services/SEGREDO\n",
        "https://hooks.slack.com/services/SEGREDO é",
        "https://hooks.slack.com:SEGREDO/",
        "https://.SEGREDO/",
        "file:///SEGREDO",
    ],
)
def test_a_webhook_that_is_no_address_is_shown_nowhere(
    webhook: Slack, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What Lambda logs of an error is its traceback, with all that caused it; the other channel is told."""
    boto3.client("secretsmanager").put_secret_value(SecretId="oncall", SecretString=stored)
    told = delivery("TIMEOUT")
    for handler, given in (
        (slack_notifier.handler, told),
        (alert_replay.handler, {"Records": [{"body": json.dumps(told)}]}),
    ):
        with pytest.raises(NotTold) as failed:
            handler(given, None)
        assert str(failed.value) == "#ops-oncall: o segredo oncall não é uma URL https"
        assert "SEGREDO" not in "".join(traceback.format_exception(failed.value)) + caplog.text
    assert channels(webhook) == list(CHANNELS[:2])


@pytest.mark.parametrize("unfit", [f"https://{'SEGREDO' * 10}.example/x", "https://127.0.0.1:99999/SEGREDO"])
def test_what_only_the_connection_refuses_is_shown_nowhere(webhook: Slack, unfit: str) -> None:
    """A label of more than 63 characters is a ValueError, a port above 65,535 an OverflowError."""
    assert is_address(unfit)
    with pytest.raises(NotTold) as failed:
        slack.post(unfit, {}, 0.0, 1.0)
    assert "SEGREDO" not in "".join(traceback.format_exception(failed.value))
