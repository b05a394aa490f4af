"""What is done on a local stack: each act is small, begins on a day of its own, and says what its doer sees.

An act never raises for a refusal: that is what it is there to tell. What it tells has no id and no time, so
that two of them are equal where everything went alike.
"""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.names import DEPLOYER, OPERATOR, READER
from local.generated_day import GeneratedDay
from local.place import CHECKOUT
from reconciliation.alerts import body_of
from tests.e2e.conftest import Operator
from tests.e2e.runbook_story import Story, tell
from tests.events import event
from tests.people import environment
from tests.runbooks import pages

LINES = 40
CRITICAL_TOLD = 6
"""People and channels that a CRITICAL alert reaches."""
PATIENCE_S = 8.0
"""How long what comes by itself is waited for: an alert, a start."""
IDLE_S = 5.0


@dataclass(frozen=True)
class Act:
    name: str
    do: Callable[[], str]

    def told(self) -> str:
        """What its doer sees; a service's refusal of what the doer asks for himself by its code."""
        try:
            return self.do()
        except ClientError as exc:
            return f"{exc.operation_name}: {exc.response['Error']['Code']}"
        except AssertionError as exc:
            return str(exc).strip().splitlines()[0][:300] if str(exc) else "nothing came"


@dataclass
class Hands:
    """Who does the acts."""

    operator: Operator
    folder: Path
    story: Story | None = None
    days: Iterator[int] = field(default_factory=itertools.count)

    def day(self) -> date:
        """Another one each time."""
        return date(2025, 1, 1) + timedelta(days=next(self.days))

    def client(self, service: str, role: str = "") -> Any:
        return self.operator.client(service, role)


def acts(hands: Hands) -> list[Act]:
    """In the order in which they are done: those that leave days unfinished behind come last."""
    invoked = [
        Act(f"invoke {name}", lambda name=name, event=event: _invoke(hands, name, event))  # type: ignore[misc]
        for name, event in EVENTS.items()
    ]
    return [
        Act("nothing, for a while", lambda: time.sleep(IDLE_S) or ""),  # type: ignore[func-returns-value]
        *invoked,
        Act("rotate the secret", lambda: _rotate(hands)),
        Act("hear an alarm", lambda: _hear_alarm(hands)),
        Act("tell a dead letter", lambda: _relay(hands, "reconciliation-alert-replay", queued=True)),
        Act("tell Slack", lambda: _relay(hands, "reconciliation-slack-notifier", queued=False)),
        Act("read as the business", lambda: _read(hands)),
        Act("put a webhook", lambda: _put_webhook(hands)),
        Act("make first-checks", lambda: _first_checks(hands)),
        Act("start by hand", lambda: _start(hands)),
        Act("a file of a wrong name", lambda: _misnamed(hands)),
        Act("a refused file", lambda: _refused(hands)),
        Act("a day", lambda: _whole(hands)),
        Act("a day that is stopped", lambda: _stopped(hands)),
    ]


def blocks(hands: Hands) -> list[Act]:
    """The runbook's blocks, as its operator pastes them after the story of tests/e2e/test_runbook.py."""
    if hands.story is None:
        hands.story = tell(hands.operator, hands.folder)
    story = hands.story
    keys = [
        (block.page.partition("-")[0].removesuffix(".md"), block.text)
        for block in pages.blocks("bash")
        if "aws " in block.text and "start-execution" not in block.text
    ]
    return [Act(f"block {key[0]}: {_first(key[1])}", lambda key=key: _paste(story, key)) for key in keys]  # type: ignore[misc]


def _first(text: str) -> str:
    return next(line for line in text.splitlines() if "aws " in line)[:80]


EVENTS: dict[str, dict[str, Any]] = {
    "test-rds-connection": {},
    "reconciliation-query": {"consulta": "indices"},
    "reconciliation-prepare-base": {},
    "reconciliation-watchdog": {"source": "aws.events"},
    "reconciliation-incident": {"dia": "2026-02-16", "assumido_por": "nome.sobrenome"},
}


def _invoke(hands: Hands, function: str, event: dict[str, Any]) -> str:
    """The answer in short, and whether the log has its end; the process is a new one, as after a pause."""
    functions, began_ms = hands.client("lambda"), int(time.time() * 1000)
    functions.update_function_configuration(FunctionName=function, Description=f"at {began_ms}")
    answer = json.loads(functions.invoke(FunctionName=function, Payload=json.dumps(event))["Payload"].read())
    return f"{_brief(answer)}, {_logged(hands, function, began_ms)}"


def _brief(answer: Any) -> str:
    if not isinstance(answer, dict):
        return "answered"
    if "errorType" in answer:
        text = str(answer["errorMessage"])
        denied = text[text.find("is not authorized") :] if "is not authorized" in text else text
        return f"{answer['errorType']}: {denied[:200]}"
    said = {name: answer[name] for name in ("ok", "etapa", "codigo", "mensagem") if answer.get(name)}
    return f"answered {said}" if said else "answered"


def _logged(hands: Hands, function: str, began_ms: int) -> str:
    logs, limit = hands.client("logs"), time.monotonic() + 2
    while time.monotonic() < limit:
        with suppress(ClientError):
            found = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", startTime=began_ms)
            if any("REPORT" in event["message"] for event in found["events"]):
                return "logged"
        time.sleep(0.1)
    return "no log"


def _rotate(hands: Hands) -> str:
    secrets, name = hands.client("secretsmanager"), "reconciliation-rds-credentials"
    before = secrets.get_secret_value(SecretId=name)["VersionId"]
    try:
        secrets.rotate_secret(SecretId=name)
        after = secrets.get_secret_value(SecretId=name)["VersionId"]
    finally:
        with suppress(ClientError):  # one that was not ended is in the way of the next
            secrets.cancel_rotate_secret(SecretId=name)
    return "the same version" if before == after else "a new version"


def _hear_alarm(hands: Hands) -> str:
    """As the topic leaves it in the queue, whose five minutes are not waited for."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    message = {
        "AlarmName": "reconciliation-alert-replay-errors", "AlarmDescription": "[HIGH] Falha (runbook 2.4).",
        "NewStateValue": "ALARM", "NewStateReason": "1 > 0", "StateChangeTime": moment,
        "Trigger": {"Threshold": 0.0},
    }  # fmt: skip
    other = {**message, "AlarmName": "reconciliation-executions-failed"}
    records = [{"body": json.dumps(each)} for each in (message, other)]
    return _invoke(hands, "reconciliation-alarms", {"Records": records})


def _relay(hands: Hands, function: str, *, queued: bool) -> str:
    """An alert to each channel, as SNS hands it over or as the queue keeps it."""
    body = _alert(hands)
    event = {"Records": [{"Sns": {"MessageId": body["id"], "Message": json.dumps(body)}}]}
    answer = _invoke(hands, function, {"Records": [{"body": json.dumps(event)}]} if queued else event)
    return f"{answer}; {_told(hands, body['dia'], 3)}"


def _alert(hands: Hands) -> dict[str, Any]:
    """One of the notifier's tests, of another day."""
    told, day = body_of(event("E_HEADER")), str(hands.day())
    return {**json.loads(json.dumps(told).replace(str(told["dia"]), day)), "id": f"{day}-E_HEADER"}


def _read(hands: Hands) -> str:
    key = "2025-01-01/divergencias.parquet"
    hands.client("s3").put_object(Bucket="reconciliation-output", Key=key, Body=b"x")
    hands.client("s3", READER).get_object(Bucket="reconciliation-output", Key=key)
    return "read"


def _put_webhook(hands: Hands) -> str:
    """Each channel's, with the value that it has."""
    secrets, deployer = hands.client("secretsmanager"), hands.client("secretsmanager", DEPLOYER)
    for part in ("", "engineering-", "oncall-"):
        name = f"reconciliation-slack-{part}webhook"
        value = secrets.get_secret_value(SecretId=name)["SecretString"]
        deployer.put_secret_value(SecretId=name, SecretString=value)
    return "put"


def _first_checks(hands: Hands) -> str:
    command = [sys.executable, "-m", "infra.first_checks"]
    env = environment(hands.operator.stack, DEPLOYER)
    done = subprocess.run(command, env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    marks = "".join(line[:1] for line in done.stdout.splitlines())
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return f"{marks} {last[-300:]}".strip()


def _start(hands: Hands) -> str:
    """Of a file that never came: it ends at once."""
    return str(hands.operator.end_of(hands.operator.start({"s3_key": f"{hands.day()}/none.csv"}))["status"])


def _misnamed(hands: Hands) -> str:
    day = hands.day()
    hands.operator.upload(f"{day}/nome errado {day}.csv", b"x")
    return _told(hands, f"nome errado {day}", CRITICAL_TOLD)


def _refused(hands: Hands) -> str:
    """A header that is none: no Spark, and yet from the upload to the last alert."""
    day, before = hands.day(), hands.operator.executions()
    hands.operator.upload(f"{day}/input.csv", b"fornecedor,ordem\n1,2\n")
    return f"{_end(hands, before)}; {_told(hands, str(day), CRITICAL_TOLD)}"


def _whole(hands: Hands) -> str:
    operator, generated = hands.operator, GeneratedDay(LINES, hands.day())
    body, before = operator.load(generated), operator.executions()
    operator.upload(f"{generated.reference_date}/input.csv", body)
    ended = _end(hands, before)
    published = operator.objects("reconciliation-output", f"{generated.reference_date}/")
    return f"{ended}; published {len(published)}; {_told(hands, str(generated.reference_date), 2)}"


def _stopped(hands: Hands) -> str:
    """By the operator, while its first job runs."""
    operator, generated = hands.operator, GeneratedDay(LINES, hands.day())
    body, before = operator.load(generated), operator.executions()
    operator.upload(f"{generated.reference_date}/input.csv", body)
    arn = _newest(hands, before)
    limit = time.monotonic() + 30
    while time.monotonic() < limit and not operator.running_jobs():
        time.sleep(0.2)
    hands.client("stepfunctions", OPERATOR).stop_execution(executionArn=arn)
    told = _told(hands, str(generated.reference_date), 2)
    time.sleep(1)
    return f"stopped; {told}; {len(operator.running_jobs())} jobs run on"


def _newest(hands: Hands, before: int) -> str:
    limit = time.monotonic() + PATIENCE_S
    while time.monotonic() < limit:
        if hands.operator.executions() > before:
            return hands.operator.newest(before + 1)
        time.sleep(0.1)
    raise AssertionError("the upload started nothing")


def _end(hands: Hands, before: int) -> str:
    ended = hands.operator.end_of(_newest(hands, before))
    cause = ended.get("cause", "")
    try:
        cause = json.loads(cause).get("message", "")
    except ValueError:
        cause = cause[-200:]
    told = " ".join(filter(None, (ended["status"], ended.get("error"))))
    return f"{told}: {cause[:250]}" if "AWS recusou" in cause or "authorized" in cause else told


def _told(hands: Hands, about: str, wanted: int) -> str:
    """Who was told of it: as soon as so many were, or after a while."""
    limit = time.monotonic() + PATIENCE_S
    while len(found := hands.operator.alerts(about)) < wanted and time.monotonic() < limit:
        time.sleep(0.1)
    return f"{len(found)} told"


def _paste(story: Story, key: tuple[str, str]) -> str:
    story.run(key)
    return "answered"
