"""The peers: scripts that answer the same question, each as its users would write it, and how one is run.

Some run in our own environment, by the pins of the jobs; the others in `.local/peers`, so that what they
need never touches ours (`requirements/peers.txt`).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from benchmarks.contestants import Span, WrongAnswer, require, run, scratch
from benchmarks.day import peer_mistakes
from local.generated_day import GeneratedDay
from local.place import CHECKOUT, DEFAULT_DIRECTORY

OURS_PYTHON = Path(sys.executable)
PEERS_PYTHON = DEFAULT_DIRECTORY / "peers" / "bin" / "python"
_CACHE = DEFAULT_DIRECTORY / "cache"
_SPARK = """
import json, sys
from pathlib import Path
from local import spark
cache, scratch, checkout = map(Path, sys.argv[1:])
print(json.dumps(spark.environment(cache, scratch, [checkout])))
"""


@dataclass(frozen=True)
class Script:
    """A module of `benchmarks/peers`, what the table tells of it, and what it is known to get wrong."""

    module: str
    note: str
    python: Path = PEERS_PYTHON
    is_usual: bool = False
    """Runs without PEERS=all, and as often as ours."""
    is_spark: bool = False
    errs: str = ""


PEERS: Mapping[str, Script] = MappingProxyType(
    {
        "Polars": Script(
            "polars_script",
            "one process; no line is checked, no copy kept, no resume, no totals",
            OURS_PYTHON,
            is_usual=True,
        ),
        "DuckDB": Script("duckdb_script", "the same", is_usual=True),
        "Spark DataFrames, COPY": Script(
            "spark_dataframes",
            "session start counted; text CSV, full join; checks as Polars",
            OURS_PYTHON,
            is_usual=True,
            is_spark=True,
        ),
        "pandas": Script("pandas_script", "one process, Arrow's decimals; checks as Polars"),
        "datacompy, Polars": Script(
            "datacompy_polars",
            "over the Polars script's frames, with the Polars that it wants",
            errs="it compares amounts as doubles, which above 2**53 miss a cent",
        ),
        "datacompy, Spark": Script(
            "datacompy_spark",
            "both sides kept in memory first; dates as texts, since it takes no DATE",
            is_spark=True,
        ),
        "spark-extension, diff": Script(
            "spark_extension",
            "both sides kept in memory first; all rows pass through its result",
            is_spark=True,
        ),
        "PostgreSQL itself": Script(
            "postgresql",
            "COPY in, full join in SQL, COPY out; its CPU is the database's, its memory not seen",
        ),
        "reladiff, database to database": Script(
            "reladiff_script",
            "COPY in, then checksums of segments; its CPU is mostly the database's",
            errs="it looks for no order of another date, and takes the base's blanks for a difference",
        ),
    }
)


@dataclass(frozen=True)
class Peer:
    """A script on its way to be run. `variables` are added to its environment."""

    script: Script
    url: str
    day: GeneratedDay
    file: Path
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self) -> Span:
        """Raises WrongAnswer, but where the script is known to err: then the span says what is wrong."""
        with scratch(self.folder) as folder:
            out = folder / "out.parquet"
            asked = [str(self.file), self.url, str(self.day.reference_date), str(out), str(folder)]
            environment = {**_environment(self.script.python, folder), **self.variables}
            began = time.monotonic()
            run(["-m", f"benchmarks.peers.{self.script.module}", *asked], environment, self.script.python)
            ended = time.monotonic()
            wrong = peer_mistakes(out, self.day.expected())
        if not self.script.errs:
            require(wrong)
        return Span(began, ended, wrong=tuple(wrong))


def _environment(python: Path, folder: Path) -> dict[str, str]:
    """That of our jobs, of the Spark that this Python has: every session has the same settings."""
    if not python.exists():
        raise WrongAnswer(f"{python} is missing: say `make bench`, which makes it")
    variables = {"PATH": os.environ["PATH"]}
    where = [str(path) for path in (_CACHE, folder, CHECKOUT)]
    said = run(["-c", _SPARK, *where], {**variables, "PYTHONPATH": str(CHECKOUT)}, python)
    found: dict[str, str] = json.loads(said)
    return variables | found
