"""The two expressions on real Spark, and on what stands in for it: what the jobs' tests take for granted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local import spark
from tests.sparks import STAND_IN

pytestmark = pytest.mark.spark
PROGRAM = """
import gc
import os
from botocore.exceptions import ClientError
from glue_jobs.credentials import METADATA_VARIABLES
from glue_jobs.executor import Blob
from glue_jobs.spark import SparkExecutor, TaskFailed
from reconciliation.errors import ReconciliationError, error

def read(unit):
    if unit == "bad":
        raise error("INPUT_GONE", "read")
    yield from ((n % 3, Blob("k", bytes([unit, n]))) for n in range(unit))

def write(partition, blobs):
    return partition, sorted(blob.data for blob in blobs), os.getpid()

def kept(partition, blobs, folder=os.getcwd()):
    list(blobs)
    open(f"{folder}/kept-{partition}", "w").close()

def work(item):
    if item == 13:
        raise error("RDS_AUTH", "work: 13")
    names = ("POLARS_MAX_THREADS", "AWS_REGION", "AWS_DEFAULT_REGION", *METADATA_VARIABLES)
    return item * 2, [os.environ.get(name) for name in names]

def refused(item):
    text = "User: u is not authorized to perform: s3:PutObject on resource: r"
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": text}}, "PutObject")

def quoting(item):
    try:
        refused(item)
    except ClientError:
        raise ValueError("Maria da Silva")

def failure(work):
    try:
        spread.each([1], work)
    except Exception as exc:
        return exc

def code(call):
    try:
        call()
    except ReconciliationError as exc:
        return exc.code, str(exc)

spread = SparkExecutor("sa-east-1")
parts = spread.exchange([2, 3, 7], read, write, 5)
wanted = [(p, sorted(bytes([u, n]) for u in (2, 3, 7) for n in range(u) if n % 3 == p)) for p in range(5)]
assert [part[:2] for part in parts] == wanted, parts
assert os.getpid() not in {part[2] for part in parts}
assert spread.each([], work) == []
given = ["1", "sa-east-1", "sa-east-1", "3", "2"]
assert spread.each([1, 2, 3], work) == [(2, given), (4, given), (6, given)]
assert not {"AWS_REGION", "AWS_DEFAULT_REGION"} & set(os.environ)
try:
    SparkExecutor("us-east-1")
except RuntimeError:
    pass
else:
    raise SystemExit("the session that was there gives its workers another region")
assert min(spread.each([1, 2], lambda _: gc.get_freeze_count())) > 10_000, "what was imported is not searched"
assert code(lambda: spread.exchange([3, "bad"], read, kept, 3)) == ("INPUT_GONE", "read")
assert not [name for name in os.listdir() if name.startswith("kept")], "each lacked the rows of a unit"
told = failure(refused)
assert type(told) is TaskFailed, told
assert str(told).startswith("botocore.exceptions.ClientError: An error occurred (AccessDenied) when"), told
assert str(told).endswith("s3:PutObject on resource: r"), told
assert type(failure(quoting)).__name__ == "Py4JJavaError"
spread.each([1, 13], work)
"""


@pytest.mark.parametrize("before_packages", [[], [STAND_IN]], ids=["Spark", "the stand-in"])
def test_the_expressions_on_two_workers(tmp_path: Path, before_packages: list[Path]) -> None:
    """Every blob arrives once, empty partitions too, in other processes; a coded error ends the traceback.

    Where one unit fails no partition is written: a resume would take it for whole.
    What AWS said to a worker arrives as well; another library's words, which may quote a row, do not.
    """
    checkout = Path(__file__).resolve().parents[2]
    environment = {
        **spark.environment(checkout / ".local" / "cache", tmp_path, [*before_packages, checkout]),
        "PATH": os.defpath,
    }
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(program)],
        check=False,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.stderr.strip().splitlines()[-1] == "RDS_AUTH: work: 13", ended.stderr[-2000:]
