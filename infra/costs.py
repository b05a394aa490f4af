"""What a deployment costs, by service: `python -m infra.costs [name=value …]`; docs/costs.md is made from it.

An estimate: list prices times an assumed day. Taxes, free tiers and discounts are left out.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from infra.settings import Settings, SettingsError

PRICED = "sa-east-1, on demand, US dollars, February 2026, from memory: nobody fetched them, so check first"
DPU_HOUR = 0.69
DATABASE_HOUR = {"db.r6g.large": 0.358, "db.r6g.xlarge": 0.716, "db.r6g.2xlarge": 1.432}
"""Of one instance; a standby costs as much again."""
DATABASE_GB_MONTH = 0.219
ENDPOINT_HOUR = 0.021
"""In one zone."""
STORAGE_GB_MONTH = 0.0405
PUT_1000, GET_1000 = 0.007, 0.00056
KEY_MONTH, KEY_USE_10000 = 1.00, 0.03
SECRET_MONTH = 0.40
FUNCTION_GB_S, FUNCTION_CALL = 0.0000166667, 0.0000002
TRANSITION = 0.0000375
LOGS_GB = 0.90
ALARM_MONTH, DASHBOARD_MONTH, METRIC_MONTH = 0.10, 3.00, 0.30
ATHENA_TB = 9.00
AUTHOR_MONTH, READER_MONTH, SPICE_GB_MONTH = 24.00, 3.00, 0.38

RUN = "one run a day of a file with 1,000,000 lines (100 MB), 5 % divergent"
JOB_MINUTES = {"validation": 2.0, "reconciliation": 3.0}
OUTPUT_WORKER_MINUTES = 2.0
"""Two workers, one minute: the least that is billed."""
INPUT_GB, INTERMEDIATE_GB, OUTPUT_GB, LOG_GB = 0.10, 0.15, 0.01, 0.05
PUTS, GETS, TRANSITIONS, METRICS = 200, 2_000, 30, 25
RUN_GB_S = 60.0
"""Of all functions, in one run."""
WATCHDOG_GB_S = 288 * 0.5
"""A day's 288 looks, of a second and 512 MB."""
PEOPLE = (1, 5)
"""Authors and readers of the dashboard."""
ALARMS, SECRETS, ENDPOINTS, ZONES = 15, 4, 4, 2
DAYS = 30
HOURS = 730

_DPUS = {"G.1X": 1, "G.2X": 2, "G.4X": 4}


@dataclass(frozen=True)
class Cost:
    """US dollars: a month without a run, and what each run adds."""

    service: str
    billed: str
    idle_month: float
    run: float = 0.0

    @property
    def month(self) -> float:
        return self.idle_month + DAYS * self.run


def costs(settings: Settings) -> list[Cost]:
    """By service, the dearest first. Raises SettingsError for an instance class without a price."""
    return sorted(_costs(settings), key=lambda cost: -cost.month)


def _costs(settings: Settings) -> Iterator[Cost]:
    minutes = settings.workers * sum(JOB_MINUTES.values()) + OUTPUT_WORKER_MINUTES
    dpus = _DPUS[settings.worker_type]
    yield Cost(
        "Glue", f"{settings.workers} workers {settings.worker_type}", 0, DPU_HOUR * dpus * minutes / 60
    )
    if settings.creates_database:
        copies = 2 if settings.multi_az else 1
        if settings.instance_class not in DATABASE_HOUR:
            raise SettingsError(f"{settings.instance_class} has no price in infra/costs.py: write it there.")
        hours, size = HOURS * DATABASE_HOUR[settings.instance_class], settings.storage_gb * DATABASE_GB_MONTH
        billed = f"{copies} x {settings.instance_class}, {settings.storage_gb} GB"
        yield Cost("RDS", billed, copies * (hours + size))
        places = ENDPOINTS * ZONES
        yield Cost("VPC", f"{places} endpoints", places * HOURS * ENDPOINT_HOUR)
    yield Cost("S3", "a year's days and requests", STORAGE_GB_MONTH * _kept_gb(settings), _requests())
    yield Cost("KMS", "one key", KEY_MONTH, KEY_USE_10000 * (PUTS + GETS) / 10_000)
    yield Cost("Secrets Manager", f"{SECRETS} secrets", SECRETS * SECRET_MONTH)
    yield Cost(
        "Lambda", "the watchdog; a run's functions", DAYS * _calls(288, WATCHDOG_GB_S), _calls(10, RUN_GB_S)
    )
    yield Cost("Step Functions", f"{TRANSITIONS} transitions a run", 0, TRANSITIONS * TRANSITION)
    watch = ALARMS * ALARM_MONTH + DASHBOARD_MONTH
    yield Cost(
        "CloudWatch",
        f"{ALARMS} alarms, logs, metrics",
        watch,
        LOG_GB * LOGS_GB + METRICS * METRIC_MONTH / HOURS,
    )
    yield Cost("Athena", "the dataset's refresh", 0, ATHENA_TB * 8 * OUTPUT_GB / 1000)
    if settings.quicksight:
        authors, readers = PEOPLE
        people = authors * AUTHOR_MONTH + readers * READER_MONTH
        spice_gb = settings.quicksight_days * OUTPUT_GB * 3  # SPICE takes about thrice what Parquet does
        yield Cost("QuickSight", f"{authors} author, {readers} readers", people + spice_gb * SPICE_GB_MONTH)


def _kept_gb(settings: Settings) -> float:
    return 365 * (INPUT_GB + OUTPUT_GB) + settings.intermediate_days * INTERMEDIATE_GB


def _requests() -> float:
    return PUTS / 1000 * PUT_1000 + GETS / 1000 * GET_1000


def _calls(count: int, gb_s: float) -> float:
    return count * FUNCTION_CALL + gb_s * FUNCTION_GB_S


def table(settings: Settings) -> str:
    """Markdown."""
    found = costs(settings)
    total = Cost("**All**", "", sum(cost.idle_month for cost in found), sum(cost.run for cost in found))
    lines = [
        "| service | what | idle, a month | a run (a day) | a month of 30 runs |",
        "|---|---|---:|---:|---:|",
        *(
            f"| {cost.service} | {cost.billed} | {cost.idle_month:.2f} | {cost.run:.3f} | {cost.month:.2f} |"
            for cost in (*found, total)
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    try:
        settings = Settings.from_context(dict(pair.partition("=")[::2] for pair in sys.argv[1:]))
        sys.stdout.write(f"{PRICED}.\n{RUN}.\n\n{table(settings)}\n")
    except SettingsError as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main()
