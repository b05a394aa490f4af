"""The jobs' own work in a `World`: their arguments, their reading and writing, their Parquet; no Spark.

The file has thirty lines, one of them refused; the base is a list. So a run is cut among real parts, and
whoever goes on from them must be able to read them.
"""

import re
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any, Final
from unittest import mock

import polars as pl

from glue_jobs import reconciliation_job, validation_job
from glue_jobs.executor import PlainExecutor
from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings import jobs
from tests.endings.account import BUCKETS, REGION
from tests.endings.machine import HANGS
from tests.endings.scenarios import DAY, HEADER
from tests.endings.world import JobFailed, Work, World
from tests.jobs.whole_day import listed
from tests.oracle import BaseRow

FILE: Final = "\n".join(
    [
        HEADER,
        *(f"F1;O{number};Ana;PETR4;{DAY};{number}.00" for number in range(1, 30)),
        f"F1;O30;A;P;{DAY};x",
        "",
    ]
).encode()
_ROW: Final = partial(BaseRow, "F1", nome="Ana", ativo_id="PETR4", data=date.fromisoformat(DAY))
BASE: Final = [
    *(_ROW(ordem_id=f"O{number}", valor=Decimal(number)) for number in range(1, 28)),
    _ROW(ordem_id="O28", valor=Decimal("28.01")),
    _ROW(ordem_id="O31", valor=Decimal(31)),
]
PUBLISHED: Final = [("TIPO_1", "O29"), ("TIPO_2", "O31"), ("TIPO_3", "O28")]
"""What a run over the two says, whoever begins it and whoever ends it. (O30's line is refused.)"""
_DEFAULTS: Final = {
    "--aws_region": REGION,
    "--secret_id": "none",
    **{f"--{bucket}_bucket": bucket for bucket in BUCKETS},
}


def published(world: World) -> list[tuple[str, str]] | None:
    """What stands at the day's published object, as `PUBLISHED`; None where nothing does."""
    found = world.account.s3.at("output", f"{DAY}/divergencias.parquet")
    if found is None:
        return None
    frame = pl.read_parquet(BytesIO(found.body or b""))
    return sorted(frame.select("tipo_divergencia", "ordem_id").rows())


class Killed(BaseException):
    """A process that is gone: no code of ours catches it."""


def killed_before_writing(key: str, work: Work) -> Work:
    """The job's process dies before it writes that key (Python's re), and nobody hears of it."""

    def kill(service: str, operation: str, given: dict[str, Any]) -> None:
        if service == "s3" and operation in ("PutObject", "CopyObject") and re.search(key, given["Key"]):
            raise Killed

    def cut(world: World, arguments: dict[str, str]) -> Any:
        world.account.faults.append(kill)
        try:
            work(world, arguments)
        except Killed:
            return HANGS
        finally:
            world.account.faults.remove(kill)
        raise AssertionError("it ended before the cut")

    return cut


def _run(module: Any, needed: tuple[str, ...], world: World, arguments: dict[str, str]) -> None:
    world.account.clock.pass_s(60)
    given = {name: _DEFAULTS[name] for name in ("--aws_region", *needed)} | arguments
    with (
        mock.patch.object(module, "SparkExecutor", return_value=PlainExecutor()),
        mock.patch.object(reconciliation_job, "_base_of", return_value=listed(BASE)),
    ):
        try:
            module.main([module.__name__, *(part for pair in given.items() for part in pair)])
        except Exception as exc:
            raise JobFailed(f"{type(exc).__name__}: {exc}") from exc


VALIDATE: Final[Work] = partial(_run, validation_job, VALIDATION.arguments)
RECONCILE: Final[Work] = partial(_run, reconciliation_job, RECONCILIATION.arguments)
USUAL: Final[dict[str, Work]] = {
    VALIDATION.name: VALIDATE,
    RECONCILIATION.name: RECONCILE,
    OUTPUT.name: jobs.publish,
}
