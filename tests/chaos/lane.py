"""A stack on which runs follow one another: its database behind a proxy, its commands warm.

    python -m tests.chaos.lane FOLDER RESULTS COMMIT SEED RUN…

is what the campaign starts, several side by side: a line of JSON for each run, at the end of RESULTS. It ends
at SIGTERM, or with who started it.
"""

import fcntl
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import NoReturn

from infra.names import OPERATOR, SUPPLIER
from tests import sparks
from tests.chaos.evidence import keep
from tests.chaos.plan import draw
from tests.chaos.proxy import Proxy
from tests.chaos.runner import Came, play
from tests.chaos.surroundings import variables
from tests.faults.stack import Hurt, hurt_stack
from tests.warm_cli import warm_cli

_OF_JOBS = ("/aws-glue/jobs/output", "/aws-glue/jobs/error")
DEADLINE_S = 120
"""Of runs that the file's event starts."""
_SERVICES = ("s3", "stepfunctions", "lambda", "glue", "logs", "secretsmanager", "iam", "ec2")
RUNS_OF_A_STACK = 30
"""What it keeps of them makes it slower."""


@contextmanager
def lane(hurt: Hurt) -> Iterator[Proxy]:
    """The stack made ready for runs; as it was, afterwards."""
    for service in _SERVICES:  # a session of boto3 makes one after the other
        hurt.client(service)
    for service, role in (("s3", SUPPLIER), ("stepfunctions", OPERATOR)):
        hurt.client(service, role)
    for name in _OF_JOBS:  # made by the first job of a deployment, and alerts' commands read them
        with suppress(hurt.client("logs").exceptions.ResourceAlreadyExistsException):
            hurt.client("logs").create_log_group(logGroupName=name)
    proxy = Proxy(int(hurt.stack.database["port"]))
    tuning = {"TUNING": json.dumps({"deadline_s": DEADLINE_S})}
    try:
        _point_at(hurt, proxy.port)
        with variables(hurt, "prepare-run", **tuning):
            yield proxy
    finally:
        _point_at(hurt, int(hurt.stack.database["port"]))
        proxy.close()


def _point_at(hurt: Hurt, port: int) -> None:
    """The reader's secret, whose password may have been rotated meanwhile."""
    secrets, name = hurt.client("secretsmanager"), "reconciliation-rds-credentials"
    now = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
    secrets.put_secret_value(SecretId=name, SecretString=json.dumps({**now, "port": port}))


def run_all(folder: Path, results: Path, commit: str, seed: int, runs: list[int]) -> None:
    left = iter(runs)
    while batch := list(islice(left, RUNS_OF_A_STACK)):
        place = folder / f"stack-{batch[0]}"
        while batch:
            batch = _on_one_stack(place, results, commit, seed, batch)
            shutil.rmtree(place, ignore_errors=True)


def _on_one_stack(place: Path, results: Path, commit: str, seed: int, batch: list[int]) -> list[int]:
    """Until one breaks, after which nobody knows what its stack is worth; answers the runs that are left."""
    place.mkdir(parents=True, exist_ok=True)
    with (
        hurt_stack(place / "stack") as hurt,
        sparks.choosing(hurt.stack),
        warm_cli(hurt.stack),
        lane(hurt) as proxy,
    ):
        for place_of, run in enumerate(batch):
            plan = draw(seed, run)
            sparks.use(real=plan.is_real)
            came, scene = play(plan, hurt, proxy, place / str(run))
            kept = (
                keep(results.parent / "evidence" / f"{seed}-{run}", plan, came, hurt, scene)
                if came.breaks
                else None
            )
            _add(results, {"commit": commit, **plan.to_dict(), **asdict(came), "evidence": kept})
            if came.breaks:
                return batch[place_of + 1 :]
            shutil.rmtree(place / str(run), ignore_errors=True)
    return []


def _add(results: Path, line: dict[str, object]) -> None:
    """Whole, whoever else writes."""
    with results.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{json.dumps(line, ensure_ascii=False)}\n")


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> None:
    signal.signal(signal.SIGTERM, _interrupted)
    folder, results, commit, seed, *runs = sys.argv[1:]
    try:
        run_all(Path(folder), Path(results), commit, int(seed), [int(run) for run in runs])
    except KeyboardInterrupt:
        os._exit(1)  # a fault's thread may wait for something still


__all__ = ["Came", "lane", "run_all"]

if __name__ == "__main__":
    main()
