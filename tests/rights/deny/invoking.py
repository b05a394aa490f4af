"""Functions by themselves: invoked as a person or an event does, or by what waits in their queue."""

import json
import time
from contextlib import suppress
from typing import Any

import psycopg2
from botocore.exceptions import ClientError
from psycopg2.sql import SQL, Identifier, Literal

from local.aws.functions import RETRIES_S
from reconciliation.alert_places import business_message
from reconciliation.alerts import body_of
from tests.events import event
from tests.rights.deny.hands import PATIENCE_S, Hands, told


def invoke(hands: Hands, function: str, event: dict[str, Any]) -> str:
    """The answer in short, and whether the log has its end; the process is a new one, as after a pause."""
    functions, began_ms = hands.client("lambda"), int(time.time() * 1000)
    hands.renew(function)
    answer = json.loads(functions.invoke(FunctionName=function, Payload=json.dumps(event))["Payload"].read())
    return f"{_brief(answer)}, {logged(hands, function, began_ms)}"


def _brief(answer: Any) -> str:
    if not isinstance(answer, dict):
        return "answered"
    if "errorType" in answer:
        text = str(answer["errorMessage"])
        denied = text[text.find("is not authorized") :] if "is not authorized" in text else text
        return f"{answer['errorType']}: {denied[:200]}"
    said = {name: answer[name] for name in ("ok", "etapa", "codigo", "mensagem") if answer.get(name)}
    return f"answered {said}" if said else "answered"


def logged(hands: Hands, function: str, began_ms: int) -> str:
    """Whether its log has an end since."""
    logs, limit = hands.client("logs"), time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        with suppress(ClientError):
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", startTime=began_ms)
            if any("REPORT" in event["message"] for event in found["events"]):
                return "logged"
        time.sleep(0.1)
    return "no log"


def _errors(hands: Hands, function: str, began_ms: int) -> str:
    """Whether it logged, and how many of its calls failed: moto asks for no answer of a rotation's steps."""
    if (said := logged(hands, function, began_ms)) != "logged":
        return said
    logs = hands.client("logs")
    found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", startTime=began_ms)
    failed = sum('"ERROR"' in event["message"] for event in found["events"])
    return f"{said}, {failed} failed"


def rotate(hands: Hands) -> str:
    """moto knows no RotationSchedule: the function is named here. And it takes a rotation that ended for one
    that is under way while AWSPENDING is beside AWSCURRENT, as the guide has it end.
    """
    secrets, name = hands.client("secretsmanager"), "reconciliation-rds-credentials"
    function = hands.client("lambda").get_function_configuration(FunctionName="reconciliation-rotate-secret")
    _as_before(hands, name)
    before, began_ms = secrets.get_secret_value(SecretId=name)["VersionId"], int(time.time() * 1000)
    hands.renew("reconciliation-rotate-secret")
    with suppress(ClientError):
        secrets.update_secret_version_stage(
            SecretId=name, VersionStage="AWSPENDING", RemoveFromVersionId=before
        )
    try:
        secrets.rotate_secret(SecretId=name, RotationLambdaARN=function["FunctionArn"])
        after = secrets.get_secret_value(SecretId=name)["VersionId"]
    finally:
        with suppress(ClientError):  # one that was not ended is in the way of the next
            secrets.cancel_rotate_secret(SecretId=name)
    said = _errors(hands, "reconciliation-rotate-secret", began_ms)
    return f"{'the same version' if before == after else 'a new version'}; {said}"


def _as_before(hands: Hands, secret: str) -> None:
    """The reader's first password, in its secret and in the database: one that was refused leaves either."""
    known = hands.operator.stack.database
    hands.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(known))
    changed = SQL("ALTER USER {} PASSWORD {}").format(
        Identifier(known["username"]), Literal(known["password"])
    )
    with (
        psycopg2.connect(hands.operator.stack.base_database_url) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(changed)


def hear_alarm(hands: Hands) -> str:
    """As the queue hands it over."""
    before = len(hands.operator.alerts("ALARM"))
    records = [{"body": json.dumps(each)} for each in _alarms()]
    answer = invoke(hands, "reconciliation-alarms", {"Records": records})
    return f"{answer}; {told(hands, 'ALARM', before + 1, before)}"


def hear_slow_day(hands: Hands) -> str:
    """An alarm for which each day of the last minutes was too slow."""
    before = len(hands.operator.alerts("ALARM"))
    alarm = {**_alarms()[0], "AlarmName": "reconciliation-over-limit"}
    answer = invoke(hands, "reconciliation-alarms", {"Records": [{"body": json.dumps(alarm)}]})
    return f"{answer}; {told(hands, 'ALARM', before + 1, before)}"


def _alarms() -> list[dict[str, Any]]:
    """As the topic leaves them in the queue: of a function, and of an execution."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    message = {
        "AlarmName": "reconciliation-alert-replay-errors", "AlarmDescription": "[HIGH] Falha (runbook 2.4).",
        "NewStateValue": "ALARM", "NewStateReason": "1 > 0", "StateChangeTime": moment,
        "Trigger": {"Threshold": 0.0},
    }  # fmt: skip
    return [message, {**message, "AlarmName": "reconciliation-executions-failed"}]


def queued_alarm(hands: Hands) -> str:
    """The queue's five minutes are not waited for."""
    before = len(hands.operator.alerts("ALARM"))
    _send(hands, "reconciliation-alarms", _alarms()[0])
    return told(hands, "ALARM", before + 1, before)


def queued_letter(hands: Hands) -> str:
    body = _alert(hands)
    event_of_sns = {"Records": [{"Sns": {"MessageId": body["id"], "Message": json.dumps(body)}}]}
    _send(hands, "reconciliation-alerts-dead-letters", event_of_sns)
    return told(hands, body["dia"], 3)


def _send(hands: Hands, queue: str, message: dict[str, Any]) -> None:
    """As whoever fills the queue; what nobody took is taken out again by the next turn."""
    sqs = hands.client("sqs")
    address = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=address, MessageBody=json.dumps(message), DelaySeconds=0)


def relay(hands: Hands, function: str, *, queued: bool) -> str:
    """An alert to each channel, as SNS hands it over or as the queue keeps it."""
    body = _alert(hands)
    event = {"Records": [{"Sns": {"MessageId": body["id"], "Message": json.dumps(body)}}]}
    answer = invoke(hands, function, {"Records": [{"body": json.dumps(event)}]} if queued else event)
    return f"{answer}; {told(hands, body['dia'], 3)}"


def slack_away(hands: Hands) -> str:
    """Of one channel, for as long as Lambda tries: what then lies in the queue is told once it is back."""
    notifier, channel = "reconciliation-slack-notifier", "reconciliation-slack-webhook"
    secrets, body = hands.client("secretsmanager"), _alert(hands)
    webhook = secrets.get_secret_value(SecretId=channel)["SecretString"]
    event_of_sns = {"Records": [{"Sns": {"MessageId": body["id"], "Message": json.dumps(body)}}]}
    secrets.put_secret_value(SecretId=channel, SecretString="http://127.0.0.1:9/nobody")
    try:
        hands.renew(notifier)
        hands.client("lambda").invoke(
            FunctionName=notifier, InvocationType="Event", Payload=json.dumps(event_of_sns)
        )
        _await_a_letter(hands)
    finally:
        secrets.put_secret_value(SecretId=channel, SecretString=webhook)
        hands.renew("reconciliation-alert-replay")
    return told(hands, body["dia"], 3)


def _await_a_letter(hands: Hands) -> None:
    """After the last try; where none comes, no longer than three of a process's starts may take."""
    sqs, limit = hands.client("sqs"), time.monotonic() + sum(RETRIES_S) + 3 * PATIENCE_S
    address = sqs.get_queue_url(QueueName="reconciliation-alerts-dead-letters")["QueueUrl"]
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    while time.monotonic() < limit:
        found = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=counts)["Attributes"]
        if any(int(count) for count in found.values()):
            return
        time.sleep(0.2)


def watch(hands: Hands) -> str:
    """A round with a message for the business area that waits, and a page of the runbook that is gone."""
    s3, page = hands.client("s3"), "runbook/ABNORMAL_RATE.html"
    body = _alert(hands, "ABNORMAL_RATE", relatorio="relatório")
    kept = business_message("reconciliation-checkpoints", body["id"])
    s3.put_object(Bucket=kept.bucket, Key=kept.key, Body=json.dumps(body))
    s3.delete_object(Bucket="reconciliation-output", Key=page)
    answer = invoke(hands, "reconciliation-watchdog", {"source": "aws.events"})
    heard = told(hands, f"Anormal - {body['dia']}", 1)
    is_there = hands.operator.objects("reconciliation-output", page) != []
    s3.delete_object(Bucket=kept.bucket, Key=kept.key)
    return f"{answer}; {heard}; page {'there' if is_there else 'gone'}"


def _alert(hands: Hands, code: str = "E_HEADER", **more: str) -> dict[str, Any]:
    """One of the notifier's tests, of another day."""
    body, day = body_of(event(code)), str(hands.day())
    known = json.loads(json.dumps(body).replace(str(body["dia"]), day))
    return {**known, "id": f"{day}-{code}", **more}
