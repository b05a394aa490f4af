"""One story on the local stack: a real fault of each playbook, and who copies the pages' blocks."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg2

from infra.names import OPERATOR
from local.generated_day import GeneratedDay
from reconciliation import layout
from reconciliation.contract import HEADER
from tests.e2e.conftest import Operator
from tests.people import shell
from tests.runbooks.pages import block_of, blocks, script, variables
from tests.waiting import eventually

CANARY = "CANARIA DA SILVA 92714"
PUBLISHED_OBJECTS = (layout.published, layout.published_rejects, layout.summary)
PUBLISHED, STOPPED, EMPTY = (date(2026, 6, day) for day in (1, 2, 3))


@dataclass
class Story:
    """What happened: the executions by day, and what the blocks that were part of it answered."""

    operator: Operator
    folder: Path
    began: datetime
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: dict[tuple[str, str], str] = field(default_factory=dict)

    def cause(self, name: str) -> dict[str, Any]:
        found = self.ended[name]
        return dict(json.loads(found.get("cause") or found["output"]))

    def values(self, page: str) -> dict[str, str]:
        """What an operator copies from the alert."""
        name, day = {
            "2.1": ("refused", PUBLISHED), "2.2": ("timeout", STOPPED), "2.3": ("empty", EMPTY),
            "2.5": ("abnormal", STOPPED), "4": ("stopped", PUBLISHED), "README": ("abnormal", STOPPED),
        }.get(page, ("published", PUBLISHED))  # fmt: skip
        arn = self.ended[name]["executionArn"]
        copied = self.cause("abnormal") if "abnormal" in self.ended else {}
        known = {
            "INGESTION_ID": f"{copied.get('job_id')}-{copied.get('attempt')}",
            "TENTATIVA": str(copied.get("attempt")),
            "INCIDENTE": f"INC-{arn.rsplit(':', 1)[-1]}", "NOME": "Ana Silva",
            "DIA": str(day), "ARQUIVO": "input.csv", "VERSION_ID": "null", "EXECUTION_ARN": arn,
            "EXECUTION_ID": arn.rsplit(":", 1)[-1], "JOB_ID": self.cause(name).get("job_id") or "",
            "INICIO": f"{self.began:%Y-%m-%dT%H:%M:%SZ}",
            "FIM": f"{datetime.now(UTC) + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}",
            "DE": str(PUBLISHED), "ATE": str(EMPTY), "ORDEM": "ORD-1", "FORNECEDOR": "F1", "TIPO": "TIPO_1",
            "Q": "'", "CONSULTA": "0",
        }  # fmt: skip
        return {variable: known[variable] for variable in variables(file_of(page))}

    def run(self, key: tuple[str, str], role: str = OPERATOR) -> str:
        """What the block says, in that person's shell."""
        place = Path(mkdtemp(prefix=re.sub(r"\W", "", "".join(key))[:40], dir=self.folder))
        block = script(block_of(key), self.values(key[0]))
        return shell(self.operator.stack, role, ["-eu", "-c", block], place)


def file_of(page: str) -> str:
    return next(block.page for block in blocks("bash") if block.page.startswith(page))


def tell(operator: Operator, folder: Path) -> Story:
    told = Story(operator, folder, datetime.now(UTC) - timedelta(seconds=1))
    refuse_then_publish_while_quicksight_fails(told)
    stop_then_time_out_then_resume(told)
    find_the_base_empty(told)
    return told


def refuse_then_publish_while_quicksight_fails(story: Story) -> None:
    operator = story.operator
    story.ended["refused"] = upload(operator, PUBLISHED, f"fornecedor,ordem\n1,{CANARY}\n".encode())
    assert story.ended["refused"]["error"] == "E_HEADER"
    body, before = operator.load(GeneratedDay(2_000, PUBLISHED)), operator.executions()
    key = ("2.1", 'corrected.csv", "force')
    with (
        variable(operator, "reconciliation-finish-run", QUICKSIGHT_DATASET="no-such-dataset"),
        variable(operator, "reconciliation-watchdog", QUICKSIGHT_DATASET="no-such-dataset"),
    ):
        operator.upload(f"{PUBLISHED}/corrected.csv", body)
        arn = operator.newest(before + 1)
        story.said[key] = story.run(key)  # as somebody in haste would: the upload has started the day already
        assert "DUPLICATE" in operator.end_of(json.loads(story.said[key])["executionArn"])["output"]
        story.ended["published"] = operator.end_of(arn)
        operator.client("lambda").invoke(FunctionName="reconciliation-watchdog")  # its turn: five minutes
    assert story.ended["published"]["status"] == "SUCCEEDED"


def stop_then_time_out_then_resume(story: Story) -> None:
    """What the resume publishes is far from ordinary: the base knows two of its hundred orders."""
    operator = story.operator
    rows = [f"F1;K{n};{CANARY};PETR4;{STOPPED};1.00" for n in range(100)]
    before = operator.executions()
    with locked_base(operator):
        operator.upload(f"{STOPPED}/input.csv", "\n".join((HEADER, *rows)).encode())
        arn = operator.newest(before + 1)
        story.ended["stopped"] = {"executionArn": arn, "cause": "{}"}
        story.said["4", "stop-execution"] = story.run(("4", "stop-execution"))
        operator.end_of(arn)
        eventually(lambda: operator.alerts("ABORTED"), 60)
        given = {"s3_key": f"{STOPPED}/input.csv", "deadline_s": 2}
        story.ended["timeout"] = operator.end_of(operator.start(given))
    assert story.ended["timeout"]["error"] == "TIMEOUT"
    story.said["2.2", "# Localizar checkpoint"] = story.run(("2.2", "# Localizar checkpoint"))
    fill_base(operator, [f"('F1', 'K{n}', '{CANARY}', 'PETR4', '{STOPPED}', 1)" for n in range(2)])
    key = ("2.2", "Reprocessamento parcial")
    story.said[key] = story.run(key)
    story.ended["abnormal"] = operator.end_of(json.loads(story.said[key])["executionArn"])
    assert story.ended["abnormal"]["status"] == "SUCCEEDED", story.ended["abnormal"]


def find_the_base_empty(story: Story) -> None:
    rows = [f"F1;K{n};{CANARY};PETR4;{EMPTY};1.00" for n in range(10)]
    story.ended["empty"] = upload(story.operator, EMPTY, "\n".join((HEADER, *rows)).encode())
    assert story.ended["empty"]["error"] == "BASE_EMPTY"


def upload(operator: Operator, day: date, body: bytes) -> dict[str, Any]:
    before = operator.executions()
    operator.upload(f"{day}/input.csv", body)
    return operator.end_of(operator.newest(before + 1))


def fill_base(operator: Operator, rows: list[str]) -> None:
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE transacoes; INSERT INTO transacoes VALUES {', '.join(rows)}")


@contextmanager
def locked_base(operator: Operator) -> Iterator[None]:
    """No run gets past its reading, however quick it is."""
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
        yield
    connection.close()


@contextmanager
def expired(operator: Operator, day: str, like: str) -> Iterator[None]:
    """A published day whose data are no longer kept: what another one published, while the block lasts."""
    s3, bucket = operator.client("s3"), "reconciliation-output"
    places = [(made(bucket, like).key, made(bucket, day).key) for made in PUBLISHED_OBJECTS]
    for here, there in places:
        published = s3.get_object(Bucket=bucket, Key=here)
        s3.put_object(
            Bucket=bucket,
            Key=there,
            Metadata=published["Metadata"],
            Body=published["Body"].read().replace(f'"day": "{like}"'.encode(), f'"day": "{day}"'.encode()),
        )
    yield
    for _, there in places:
        s3.delete_object(Bucket=bucket, Key=there)


@contextmanager
def variable(operator: Operator, function: str, **changes: str) -> Iterator[None]:
    """As another deployment would set them, while the block lasts."""
    functions = operator.client("lambda")
    usual = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    for variables_now in ({**usual, **changes}, usual):
        functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables_now}
        )
        if variables_now is not usual:
            yield
