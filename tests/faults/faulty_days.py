"""How each code's fault is made on the local stack, by real means; `desk.broken` is what a person mends."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from local.generated_day import GeneratedDay
from reconciliation.contract import HEADER
from tests.e2e.runbook_story import variable
from tests.faults.desk import ROWS, Desk
from tests.faults.held import hold, while_held
from tests.faults.invariants import watched
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE, OUTPUT, Hurt
from tests.waiting import eventually

Fault = Callable[[Desk], object]

# --- the file


def bad_file(change: Callable[[bytes], bytes]) -> Fault:
    """The day's file as it must not be."""
    return lambda desk: desk.send(change(desk.body))


def wrong_key(desk: Desk) -> None:
    desk.send(desk.body, f"{desk.reference_date}/relatório 1ª versão 'nova'.csv")


def other_day(desk: Desk) -> None:
    desk.send(b"".join(GeneratedDay(desk.rows, desk.other_date).csv_chunks()))


def too_many_lines(desk: Desk) -> None:
    desk.broken.enter_context(desk.hurt.rules(max_lines=desk.rows))
    desk.send(desk.body + desk.body.split(b"\n", 1)[1])


def gone(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    desk.hurt.client("s3").delete_object(Bucket="reconciliation-ingress", Key=desk.key)
    desk.start()


# --- the base


@contextmanager
def secret(hurt: Hurt, **changed: Any) -> Iterator[None]:
    """The reader's secret, with other values."""
    secrets, name = hurt.client("secretsmanager"), "reconciliation-rds-credentials"
    usual = secrets.get_secret_value(SecretId=name)["SecretString"]
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({**json.loads(usual), **changed}))
    try:
        yield
    finally:
        secrets.put_secret_value(SecretId=name, SecretString=usual)


def with_secret(**changed: Any) -> Fault:
    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        desk.broken.enter_context(secret(desk.hurt, **changed))
        desk.start()

    return make


def other_password(desk: Desk) -> None:
    """Somebody gave the reader another one; the alert's command mends it."""
    reader = desk.hurt.stack.database
    given = f"ALTER ROLE {reader['username']} PASSWORD"
    desk.hurt.put(desk.day)
    owner(desk, f"{given} 'outra'")
    desk.broken.callback(owner, desk, f"{given} '{reader['password']}'")
    desk.start()


def owner(desk: Desk, statement: str) -> None:
    """By itself, outside of any transaction, as an index that is made while others write wants it."""
    connection = psycopg2.connect(desk.hurt.stack.base_database_url)
    connection.autocommit = True
    connection.cursor().execute(statement)
    connection.close()


def with_table(broken: str, mended: str) -> Fault:
    """Statements of the base's owner, in which `<day>` is the desk's."""

    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        owner(desk, broken.replace("<day>", str(desk.reference_date)))
        desk.broken.callback(owner, desk, mended)
        desk.start()

    return make


def without_index(desk: Desk) -> None:
    """The alert's own statement mends it."""
    desk.hurt.put(desk.day)
    owner(desk, "DROP INDEX idx_ordem_id")

    def mend() -> None:
        (statement,) = re.findall(r"CREATE UNIQUE INDEX [^;]+", desk.alert("E_BASE_NO_UNIQUE_INDEX"))
        owner(desk, statement)

    desk.broken.callback(mend)
    desk.start()


def empty_base(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    owner(desk, "TRUNCATE transacoes")
    desk.broken.callback(desk.hurt.load, desk.day)
    desk.start()


def locked(**given: Any) -> Fault:
    """Somebody has the table, and nobody else gets it."""

    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        connection = psycopg2.connect(desk.hurt.stack.base_database_url)
        desk.broken.callback(connection.close)
        connection.cursor().execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
        desk.start(**given)

    return make


# --- a run


def started(**given: Any) -> Fault:
    """The day's file, asked for in that way."""

    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        desk.start(**given)

    return make


def refused(target: str) -> Fault:
    """S3 lets nobody do that."""

    def make(desk: Desk) -> None:
        desk.hurt.put(desk.day)
        desk.broken.enter_context(desk.hurt.faults(_denied(target)))
        desk.start()

    return make


def _denied(target: str) -> dict[str, Any]:
    body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    return {"service": "s3", "do": "answer", "status": 403, "target": target, "body": body}


def timed_out_by_glue(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    run = {"JobRun": {"Id": "jr", "JobName": "j", "JobRunState": "TIMEOUT", "ErrorMessage": "timed out"}}
    told = {"service": "glue", "do": "answer", "status": 200, "target": "GetJobRun ", "times": 1}
    with desk.hurt.faults({**told, "body": json.dumps(run)}):
        desk.start()


def timed_out(desk: Desk) -> dict[str, Any]:
    """Held at its comparison, however quick it is until there."""
    desk.hurt.put(desk.day)
    with desk.hurt.faults(_partial()):
        return desk.start(deadline_s=2)


def killed(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    seen = watched(desk.hurt, desk.day)

    def kill() -> None:
        desk.hurt.driver(desk.hurt.running_jobs()[0]).kill()

    while_held(desk.hurt, seen, {"s3_key": desk.key}, _partial(), kill)


def aborted(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    arn = desk.hurt.start({"s3_key": desk.key})
    desk.hurt.client("stepfunctions").stop_execution(executionArn=arn)


_PARTIAL = rf"PUT /{INTERMEDIATE}/.*partial\.parquet/.*part-"


def _partial() -> dict[str, Any]:
    return hold(_PARTIAL)


def forged(desk: Desk) -> None:
    """The checkpoint of a run that was stopped is another's."""
    resume = desk.hurt.resume_of(timed_out(desk))
    where = f"{resume['job_id']}/checkpoint.json"
    content = {**desk.hurt.json_at(CHECKPOINTS, where), "attempt": 7}
    desk.hurt.client("s3").put_object(Bucket=CHECKPOINTS, Key=where, Body=json.dumps(content))
    desk.hurt.end_of(desk.hurt.start(resume))


def unbalanced(desk: Desk) -> None:
    """The validation's report was changed before the run went on."""
    desk.hurt.put(desk.day)
    with desk.hurt.faults(_denied(_PARTIAL)):
        ended = desk.start()
    (where,) = (
        key
        for key in desk.hurt.objects(INTERMEDIATE, f"{desk.reference_date}/validated.parquet/")
        if key.endswith("/validation.json")
    )
    report = desk.hurt.json_at(INTERMEDIATE, where)
    report["file_cents"] += 1
    desk.hurt.client("s3").put_object(Bucket=INTERMEDIATE, Key=where, Body=json.dumps(report))
    desk.hurt.end_of(desk.hurt.start(desk.hurt.resume_of(ended)))


def lost(desk: Desk) -> None:
    """Somebody changed the day's object under the run."""
    desk.hurt.put(desk.day)
    seen = watched(desk.hurt, desk.day)

    def take() -> None:
        other = {**desk.hurt.day_object(desk.reference_date), "fingerprint": "0" * 32}
        where = f"days/{desk.reference_date}.json"
        desk.hurt.client("s3").put_object(Bucket=CHECKPOINTS, Key=where, Body=json.dumps(other))

    while_held(desk.hurt, seen, {"s3_key": desk.key}, _partial(), take)


# --- after publishing, and refused starts


def published_otherwise(desk: Desk) -> None:
    """Another file of the day is published."""
    desk.send(desk.body.rsplit(b"\n", 2)[0] + b"\n", f"{desk.reference_date}/first.csv")
    eventually(lambda: desk.hurt.objects(OUTPUT, f"resumos/{desk.reference_date}/"), 90)
    desk.wait()
    desk.hurt.upload(desk.key, desk.body)


def without_quicksight(desk: Desk) -> None:
    """FinishRun is refused, and then the watchdog; the copies of other days have ended before."""
    functions, wrong = desk.hurt.client("lambda"), {"QUICKSIGHT_DATASET": "no-such-dataset"}
    for _ in range(2):
        functions.invoke(FunctionName="reconciliation-watchdog")
    desk.hurt.put(desk.day)
    with (
        variable(desk.hurt, "reconciliation-finish-run", **wrong),
        variable(desk.hurt, "reconciliation-watchdog", **wrong),
    ):
        desk.start()
        desk.wait()  # the upload may have been first
        functions.invoke(FunctionName="reconciliation-watchdog")


def wrong_rule(desk: Desk) -> None:
    desk.hurt.put(desk.day)
    for function in ("reconciliation-prepare-run", "reconciliation-inspect-file"):
        desk.broken.enter_context(variable(desk.hurt, function, RULES='{"min_partitions": 0}'))
    desk.start()


def busy(desk: Desk) -> None:
    """Another file, of the same bytes, has the day."""
    desk.hurt.put(desk.day)
    desk.broken.callback(desk.wait)
    desk.broken.enter_context(desk.hurt.faults(_partial()))
    desk.hurt.start({"s3_key": desk.key})
    eventually(desk.hurt.running_jobs, 60)
    desk.hurt.upload(f"{desk.reference_date}/other.csv", desk.body)


def far_from_the_base(desk: Desk) -> None:
    """The base's load stopped early; the file is right."""
    desk.hurt.put(desk.day)
    owner(desk, "DELETE FROM transacoes WHERE ctid NOT IN (SELECT ctid FROM transacoes LIMIT 20)")
    desk.broken.callback(desk.hurt.load, desk.day)
    desk.start()


FAULTS: dict[str, Fault] = {
    # 2.1
    "E_NOT_CSV": bad_file(gzip.compress),
    "E_ENCODING": bad_file(lambda body: body + "F1;K1;José;A;2027-03-01;1.00\n".encode("latin-1")),
    "E_NUL": bad_file(lambda body: body + b"F1;K\0;A;A;2027-03-01;1.00\n"),
    "E_BARE_CR": bad_file(lambda body: body + b"F1;K1\rX;A;A;2027-03-01;1.00\n"),
    "E_LINE_TOO_LONG": bad_file(lambda body: body + b"x" * 70_000 + b"\n"),
    "E_EMPTY": bad_file(lambda _: b""),
    "E_HEADER": bad_file(lambda body: b"fornecedor,ordem\n" + body),
    "E_NO_ROWS": bad_file(lambda _: HEADER.encode() + b"\n"),
    "E_WRONG_DAY": other_day,
    "E_TOO_MANY_REJECTS": bad_file(lambda body: body + b"1;2\n" * ROWS),
    "E_TOO_MANY_LINES": too_many_lines,
    "E_S3_KEY": wrong_key,
    "INPUT_GONE": gone,
    "VALIDATION_TIMEOUT": timed_out_by_glue,
    "VALIDATION_FAILED": refused(rf"PUT /{INTERMEDIATE}/.*validated\.parquet/.*part-"),
    # 2.2
    "TIMEOUT": timed_out,
    # 2.3
    "RDS_UNREACHABLE": with_secret(port=9),
    "RDS_AUTH": other_password,
    "RDS_QUERY_TIMEOUT": locked(query_timeout_s=2),
    "OUT_OF_MEMORY": killed,
    "E_BASE_NO_UNIQUE_INDEX": without_index,
    "E_BASE_SCHEMA": with_table(
        "ALTER TABLE transacoes RENAME nome TO nome_2", "ALTER TABLE transacoes RENAME nome_2 TO nome"
    ),
    "E_BASE_DUP_OR_NULL_KEY": with_table(
        "ALTER TABLE transacoes ALTER ordem_id DROP NOT NULL; "
        "INSERT INTO transacoes (data) VALUES (DATE '<day>')",
        "DELETE FROM transacoes WHERE ordem_id IS NULL; ALTER TABLE transacoes ALTER ordem_id SET NOT NULL",
    ),
    "E_BASE_SESSION": with_table(
        "ALTER TABLE transacoes ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE transacoes DISABLE ROW LEVEL SECURITY",
    ),
    "BASE_EMPTY": empty_base,
    "UNBALANCED_TOTALS": unbalanced,
    "LOCK_LOST": lost,
    "CHECKPOINT_REFUSED": forged,
    "RECONCILIATION_FAILED": refused(_PARTIAL),
    "ABORTED": aborted,
    # 2.4
    "OUTPUT_FAILED": refused(rf"HEAD /{OUTPUT}/resumos/"),  # once it publishes, it is no failure any more
    "QUICKSIGHT_FAILED": without_quicksight,
    "REPORT_FAILED": refused(rf"PUT /{OUTPUT}/relatorios/.*/relatorio\.html"),
    "FINISH_FAILED": refused(rf"PUT /{OUTPUT}/resumos/.*AWS_Lambda"),
    "INVALID_INPUT": started(forse=True),
    "INVALID_SETTING": wrong_rule,
    "NEEDS_FORCE": published_otherwise,
    "DAY_BUSY": busy,
    # 2.5
    "ABNORMAL_RATE": far_from_the_base,
    "SUCCEEDED": started(),
}
"""By code. NO_FILE is of the real day, and DAILY_CHECK asks for nothing: neither is here."""
