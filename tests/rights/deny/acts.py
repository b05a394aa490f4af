"""What is done on a local stack: each act is small, begins on a day of its own, and says what its doer sees.

An act never raises for a refusal: that is what it is there to tell. What it tells has no id and no time, so
that two of them are equal where everything went alike.
"""

import json
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.names import DEPLOYER, OPERATOR, READER
from local.generated_day import GeneratedDay
from local.place import CHECKOUT
from tests.cases.case import HEADER
from tests.e2e.runbook_story import Story, tell
from tests.people import environment
from tests.rights.deny import explaining, invoking
from tests.rights.deny.explaining import file_of, newest_published
from tests.rights.deny.hands import PATIENCE_S, Act, Hands, told
from tests.runbooks import pages

LINES = 40
CRITICAL_TOLD = 6
"""People and channels that a CRITICAL alert reaches."""


def acts(hands: Hands) -> list[Act]:
    """In the order in which they are done: those that leave days unfinished behind come last."""
    invoked = [
        Act(f"invoke {name}", partial(invoking.invoke, hands, name, event)) for name, event in EVENTS.items()
    ]
    return [
        *invoked,
        Act("rotate the secret", partial(invoking.rotate, hands)),
        Act("hear an alarm", partial(invoking.hear_alarm, hands)),
        Act("an alarm in its queue", partial(invoking.queued_alarm, hands)),
        Act("a dead letter in its queue", partial(invoking.queued_letter, hands)),
        Act("tell a dead letter", partial(invoking.relay, hands, "reconciliation-alert-replay", queued=True)),
        Act("tell Slack", partial(invoking.relay, hands, "reconciliation-slack-notifier", queued=False)),
        Act("Slack is away", partial(invoking.slack_away, hands)),
        Act("watch", partial(invoking.watch, hands)),
        Act("read as the business", partial(_read, hands)),
        Act("put a webhook", partial(_put_webhook, hands)),
        Act("look at the stack", partial(_look_at_stack, hands)),
        Act("send a file by hand", partial(_send, hands)),
        Act("make first-checks", partial(_first_checks, hands)),
        Act("start by hand", partial(_start, hands)),
        Act("a file of a wrong name", partial(_misnamed, hands)),
        Act("a refused file", partial(_refused, hands)),
        Act("a day", partial(_whole, hands)),
        Act("explain an order of it", partial(explaining.explain, hands)),
        Act("explain an order, of what is published", partial(explaining.explain_published, hands)),
        Act("the same day, corrected", partial(_corrected, hands)),
        Act("hear of a slow day", partial(invoking.hear_slow_day, hands)),
        Act("a file that a job refuses", partial(_refused_by_a_job, hands)),
        Act("a day that is stopped", partial(_stopped, hands, "reconciliation-validation-job")),
        Act("a day that is stopped later", partial(_stopped, hands, "reconciliation-job")),
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
    return [Act(f"block {key[0]}: {_first(key[1])}", partial(_paste, story, key)) for key in keys]


def _first(text: str) -> str:
    return next(line for line in text.splitlines() if "aws " in line)[:80]


EVENTS: dict[str, dict[str, Any]] = {
    "test-rds-connection": {},
    "reconciliation-query": {"consulta": "indices"},
    "reconciliation-prepare-base": {"acao": "verificar"},
    "reconciliation-watchdog": {"source": "aws.events"},
    "reconciliation-explain": {"ordem_id": "ORD-12345"},
    "reconciliation-incident": {"dia": "2026-02-16", "assumido_por": "nome.sobrenome"},
}


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


def _look_at_stack(hands: Hands) -> str:
    """As docs/deploy.md does after a deployment that failed."""
    stacks = hands.client("cloudformation", DEPLOYER)
    stacks.describe_stacks(StackName="Reconciliation")
    stacks.list_stack_resources(StackName="Reconciliation")
    stacks.get_template(StackName="Reconciliation")
    return "seen"


def _send(hands: Hands) -> str:
    """What an alert's last step does, of a file that starts nothing; and what validated the one before."""
    key = f"{hands.day()}/corrected.csv.tmp"
    hands.client("s3", OPERATOR).put_object(Bucket="reconciliation-ingress", Key=key, Body=b"x")
    hands.client("glue", OPERATOR).get_job_runs(JobName="reconciliation-validation-job")
    return "sent"


def _first_checks(hands: Hands) -> str:
    command = [sys.executable, "-m", "infra.first_checks"]
    env = environment(hands.operator.stack, DEPLOYER)
    done = subprocess.run(command, env=env, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    marks = "".join(line[:1] for line in done.stdout.splitlines())
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return f"{marks} {last[-300:]}".strip()


def _start(hands: Hands) -> str:
    """Of a file that never came: it ends at once."""
    began_ms = int(time.time() * 1000)
    ended = hands.operator.end_of(hands.operator.start({"s3_key": f"{hands.day()}/none.csv"}))
    return f"{ended['status']}; {_logged(hands, began_ms, 'prepare-run', 'close-run')}"


_OF_REFUSED = ("trigger", "prepare-run", "inspect-file", "stop-jobs", "close-run")
"""The functions that a refused file goes through."""


def _misnamed(hands: Hands) -> str:
    day = hands.day()
    hands.operator.upload(f"{day}/nome errado {day}.csv", b"x")
    return told(hands, f"nome errado {day}", CRITICAL_TOLD)


def _refused(hands: Hands) -> str:
    """A header that is none: no Spark, and yet from the upload to the last alert."""
    day, before, began_ms = hands.day(), hands.operator.executions(), int(time.time() * 1000)
    hands.operator.upload(f"{day}/input.csv", b"fornecedor,ordem\n1,2\n")
    ended, heard = _end(hands, before), told(hands, str(day), CRITICAL_TOLD)
    return f"{ended}; {heard}; {_logged(hands, began_ms, *_OF_REFUSED)}"


def _whole(hands: Hands) -> str:
    _forget_jobs_logs(hands)
    operator, generated = hands.operator, GeneratedDay(LINES, hands.day())
    body, before, began_ms = operator.load(generated), operator.executions(), int(time.time() * 1000)
    operator.upload(f"{generated.reference_date}/input.csv", body)
    ended = _end(hands, before)
    published = operator.objects("reconciliation-output", f"{generated.reference_date}/")
    heard = told(hands, str(generated.reference_date), 2)
    logged = f"{_jobs_logged(hands)} jobs logged; {_logged(hands, began_ms, 'prepare-run', 'finish-run')}"
    return f"{ended}; published {len(published)}; {logged}; {heard}"


def _forget_jobs_logs(hands: Hands) -> None:
    """The jobs make their log groups anew, as the first run does."""
    for group in ("/aws-glue/jobs/output", "/aws-glue/jobs/error"):
        with suppress(ClientError):
            hands.client("logs").delete_log_group(logGroupName=group)


def _corrected(hands: Hands) -> str:
    """The newest published day without its first line: the report of that tells what was replaced."""
    operator, day = hands.operator, newest_published(hands)
    header, _, *rest = file_of(hands, day)
    before, key = operator.executions(), f"{day}/input.csv"
    failed = len(operator.alerts("REPORT_FAILED"))
    operator.upload(key, b"".join((header, *rest)))
    held = _end(hands, before)
    forced = operator.end_of(operator.start({"s3_key": key, "force_reprocess": True}))
    return f"{held}, {forced['status']}; {told(hands, 'REPORT_FAILED', failed + 1, failed)}"


def _refused_by_a_job(hands: Hands) -> str:
    """Of too many lines that are refused, which stand beside the checkpoint, for whoever asks for them."""
    _forget_jobs_logs(hands)
    day, before = hands.day(), hands.operator.executions()
    lines = (f"F1;K{n};Ana;PETR4;{day};{'1,00' if n % 10 == 0 else '1.00'}" for n in range(LINES))
    hands.operator.upload(f"{day}/input.csv", "\n".join((HEADER, *lines)).encode())
    arn = _newest(hands, before)
    ended = hands.operator.end_of(arn)
    job_id = arn.rpartition(":")[2].rpartition("-")[0]
    left = hands.operator.objects("reconciliation-checkpoints", f"{job_id}/rejeitos")
    return f"{ended.get('error')}; {len(left)} lists; {_jobs_logged(hands)} jobs logged"


def _logged(hands: Hands, began_ms: int, *functions: str) -> str:
    """Which of them have a log since."""
    said = (invoking.logged(hands, f"reconciliation-{name}", began_ms) for name in functions)
    return ", ".join(f"{name} {how}" for name, how in zip(functions, said, strict=True))


def _jobs_logged(hands: Hands) -> int:
    """How many jobs' newest runs have a log."""
    logs, glue = hands.client("logs"), hands.client("glue")
    jobs = (job["Name"] for job in glue.get_jobs()["Jobs"])
    runs = [glue.get_job_runs(JobName=job)["JobRuns"] for job in jobs]
    newest = [max(each, key=_started)["Id"] for each in runs if each]
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="/aws-glue/jobs/output")
    streams = {stream["logStreamName"] for page in pages for stream in page["logStreams"]}
    return len(streams & set(newest))


def _started(run: dict[str, Any]) -> Any:
    return run["StartedOn"]


def _stopped(hands: Hands, job: str) -> str:
    """By the operator, while that job runs."""
    operator, generated = hands.operator, GeneratedDay(LINES, hands.day())
    body, before = operator.load(generated), operator.executions()
    operator.upload(f"{generated.reference_date}/input.csv", body)
    arn = _newest(hands, before)
    limit = time.monotonic() + 30
    while time.monotonic() < limit and not _runs(hands, job):
        time.sleep(0.1)
    hands.client("stepfunctions", OPERATOR).stop_execution(executionArn=arn)
    heard = told(hands, str(generated.reference_date), 2)
    time.sleep(1)
    return f"stopped; {heard}; {len(operator.running_jobs())} jobs run on"


def _runs(hands: Hands, job: str) -> bool:
    return any(
        run["JobRunState"] == "RUNNING" for run in hands.client("glue").get_job_runs(JobName=job)["JobRuns"]
    )


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
    how = " ".join(filter(None, (ended["status"], ended.get("error"))))
    return f"{how}: {cause[:250]}" if "AWS recusou" in cause or "authorized" in cause else how


def _paste(story: Story, key: tuple[str, str]) -> str:
    """The command line's own words, where one of the block's commands was refused."""
    try:
        story.run(key)
    except AssertionError as exc:
        said = [line for line in str(exc).splitlines() if "when calling the" in line]
        return said[0][-250:] if said else "failed"
    return "answered"
