"""What a deployment is billed for, and how much of it: `python -m infra.costs [name=value …]`.

`docs/costs.md` is made from it. There is no price here: prices differ by region and change, and AWS's
calculator knows today's. The quantities are the settings times an assumed day.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from infra.settings import Settings, SettingsError
from reconciliation.run import workers_for

CALCULATOR = "https://calculator.aws/"
LINES = 1_000_000
RUN = f"one run a day of a file with {LINES:,} lines (100 MB), 5 % divergent"
JOB_MINUTES = {"validation": 2.0, "reconciliation": 3.0}
OUTPUT_WORKER_MINUTES = 2.0
"""Two workers, one minute: the least that is billed."""
INPUT_GB, INTERMEDIATE_GB, OUTPUT_GB, LOG_GB = 0.10, 0.15, 0.01, 0.05
PUTS, GETS, TRANSITIONS, METRICS = 200, 2_000, 30, 40
"""In one run; a metric is billed for each hour in which it is put."""
RUN_GB_S, RUN_CALLS = 60.0, 10
"""Of all functions, in one run."""
WATCHDOG_CALLS = 288
"""A day's looks, each of a second and 512 MB."""
PEOPLE = (1, 5)
"""Authors and readers of the dashboard."""
ALARMS, SECRETS, ENDPOINTS, ZONES = 18, 5, 4, 2
"""An alarm on the sum of two metrics is billed as two."""
DAYS = 30
HOURS = 730
"""Of a month."""

_DPUS = {"G.1X": 1, "G.2X": 2, "G.4X": 4}


@dataclass(frozen=True)
class Billed:
    """How many of a service's units a month without a run takes, and each run adds."""

    service: str
    unit: str
    idle_month: float
    run: float = 0.0
    settings: str = ""
    """Names of the settings that move it."""

    @property
    def month(self) -> float:
        return self.idle_month + DAYS * self.run


def billed(settings: Settings) -> Iterator[Billed]:
    """What a deployment of these settings is billed for, each service's units together."""
    minutes = workers_for(LINES, settings.workers) * sum(JOB_MINUTES.values()) + OUTPUT_WORKER_MINUTES
    yield Billed("Glue", "DPU-hour", 0, _DPUS[settings.worker_type] * minutes / 60, "worker_type")
    if settings.creates_database:
        copies = 2 if settings.multi_az else 1
        instance = f"hour of {settings.instance_class}, {settings.engine}"
        yield Billed("RDS", instance, copies * HOURS, settings="instance_class, multi_az")
        yield Billed(
            "RDS", "GB of storage, a month", copies * settings.storage_gb, settings="storage_gb, multi_az"
        )
    if settings.creates_network:
        yield Billed("VPC", "hour of an interface endpoint in a zone", ENDPOINTS * ZONES * HOURS)
    yield Billed("S3", "GB kept, a month, after a year", _kept_gb(settings), settings="intermediate_days")
    yield Billed("S3", "PUT request", 0, PUTS)
    yield Billed("S3", "GET request", 0, GETS)
    yield Billed("KMS", "key, a month", 1)
    yield Billed("KMS", "use of a key", 0, PUTS + GETS)
    yield Billed("Secrets Manager", "secret, a month", SECRETS)
    yield Billed("Lambda", "GB-second", DAYS * WATCHDOG_CALLS * 0.5, RUN_GB_S)
    yield Billed("Lambda", "call", DAYS * WATCHDOG_CALLS, RUN_CALLS)
    yield Billed("Step Functions", "transition", 0, TRANSITIONS)
    yield Billed("CloudWatch", "alarm, a month", ALARMS)
    yield Billed("CloudWatch", "dashboard, a month", 1)
    yield Billed("CloudWatch", "GB of logs taken in", 0, LOG_GB)
    yield Billed("CloudWatch", "hour of a metric", 0, METRICS)
    yield Billed("Athena", "GB read by the dataset's refresh", 0, 8 * OUTPUT_GB)
    if settings.quicksight:
        authors, readers = PEOPLE
        yield Billed("QuickSight", "author, a month", authors)
        yield Billed("QuickSight", "reader, a month", readers)
        spice_gb = settings.quicksight_days * OUTPUT_GB * 3  # SPICE takes about thrice what Parquet does
        yield Billed("QuickSight", "GB in SPICE, a month", spice_gb, settings="quicksight_days")


def _kept_gb(settings: Settings) -> float:
    return 365 * (INPUT_GB + OUTPUT_GB) + settings.intermediate_days * INTERMEDIATE_GB


def table(settings: Settings) -> str:
    """Markdown."""
    lines = [
        "| service | unit | idle, a month | a run (a day) | a month of 30 runs | settings |",
        "|---|---|---:|---:|---:|---|",
        *(
            f"| {row.service} | {row.unit} | {_shown(row.idle_month)} | {_shown(row.run)}"
            f" | {_shown(row.month)} | {row.settings} |"
            for row in billed(settings)
        ),
    ]
    return "\n".join(lines)


def _shown(amount: float) -> str:
    return f"{amount:,.2f}".rstrip("0").rstrip(".")


def main() -> None:
    try:
        settings = Settings.from_context(dict(pair.partition("=")[::2] for pair in sys.argv[1:]))
        sys.stdout.write(f"Units, for {RUN}; prices: {CALCULATOR}\n\n{table(settings)}\n")
    except SettingsError as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main()
