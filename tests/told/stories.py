"""Days of which people are told, each played on a `Delivery`: an incident of each playbook, and bad hours."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from infra.jobs import OUTPUT, RECONCILIATION
from tests.endings import jobs
from tests.endings.account import refuses
from tests.endings.machine import Machine
from tests.endings.scenarios import file_of, upload
from tests.endings.world import Work
from tests.told.delivery import Delivery

DAY: Final = "2026-03-05"
START: Final = datetime(2026, 3, 5, 10, 2, tzinfo=UTC)
"""A Thursday, an hour before the file is expected; the next holiday is far."""
FRIDAY, MONDAY = "2026-03-06", "2026-03-09"

Story = Callable[[Delivery], None]


def sends(on: Delivery, day: str = DAY, body: bytes | None = None) -> Machine:
    """The supplier sends the day's file; answers the run that it started, over by then."""
    key = f"{day}/input.csv"
    on.world.uploaded(key, upload(on.world, body or file_of(day=day), key))
    on.world.run_started()
    return on.world.executions[-1]


def fails(on: Delivery, job: str, work: Work) -> Machine:
    """The day's file comes, and that job fails so."""
    on.world.jobs[job] = [work]
    return sends(on)


def again(on: Delivery, **given: Any) -> Machine:
    return on.world.run({"s3_key": f"{DAY}/input.csv", **given})


# --- one incident of each playbook, from its opening to its recovery


def bad_file(on: Delivery) -> None:
    sends(on, body=b"fornecedor,ordem\n1,2\n")
    on.pass_minutes(40)
    sends(on)


def timeout(on: Delivery) -> None:
    run = fails(on, RECONCILIATION.name, jobs.then_hangs(jobs.half_reconciled))
    on.pass_minutes(20)
    on.world.resume(run)


def base_away(on: Delivery) -> None:
    run = fails(
        on, RECONCILIATION.name, jobs.failing("RDS_UNREACHABLE: o banco não responde em db.internal:5432")
    )
    on.pass_minutes(40)
    on.world.resume(run)


def output_denied(on: Delivery) -> None:
    run = fails(on, OUTPUT.name, jobs.failing("OUTPUT_FAILED: a AWS recusou (AccessDenied) s3:PutObject"))
    on.pass_minutes(20)
    on.world.resume(run)


def abnormal_rate(on: Delivery) -> None:
    fails(on, RECONCILIATION.name, jobs.many_divergences)
    on.pass_minutes(60)
    again(on, force_reprocess=True)


PLAYBOOKS: Final[dict[str, Story]] = {
    "2.1 E_HEADER": bad_file,
    "2.2 TIMEOUT": timeout,
    "2.3 RDS_UNREACHABLE": base_away,
    "2.4 OUTPUT_FAILED": output_denied,
    "2.5 ABNORMAL_RATE": abnormal_rate,
}

# --- what once rang more often than it should


def timed_out(on: Delivery) -> None:
    """Before anybody does anything."""
    fails(on, RECONCILIATION.name, jobs.then_hangs(jobs.half_reconciled))
    on.pass_minutes(14)


def needs_force(on: Delivery) -> None:
    sends(on)
    on.pass_minutes(10)
    on.counted_from = on.now
    sends(on, body=file_of(rows=30, day=DAY))


def weekend(on: Delivery) -> None:
    """Thursday and Friday are published; then nothing comes until Monday at 07:00."""
    sends(on)
    on.until(START.replace(day=6))
    sends(on, FRIDAY)
    on.until(datetime(2026, 3, 7, 3, tzinfo=UTC))
    on.counted_from = on.now
    on.until(datetime(2026, 3, 9, 10, tzinfo=UTC))


def hour_without_slack(on: Delivery) -> None:
    on.slack_is_down = True
    sends(on, body=b"fornecedor,ordem\n1,2\n")
    on.pass_minutes(60)
    on.slack_is_down = False


def hour_without_sns(on: Delivery) -> None:
    """A run's end, a wrong key and a refused start, of which two are of no day."""
    on.world.account.faults.append(away := refuses("sns", "Publish", times=1_000_000))
    fails(on, RECONCILIATION.name, jobs.failing("RDS_AUTH: o banco recusou usuário ou senha"))
    on.world.uploaded("05-03-2026/input.csv", upload(on.world, b"x", "05-03-2026/input.csv"))
    again(on, forse=True)
    on.pass_minutes(60)
    on.world.account.faults.remove(away)


def twenty_failing_runs(on: Delivery) -> None:
    """Seven minutes from each to the next, of five codes."""
    sends(on, body=b"fornecedor,ordem\n1,2\n")
    sends(on, body=b"ordem\n1\n")
    upload(on.world, file_of(day=DAY), f"{DAY}/input.csv")
    for code in ("RDS_UNREACHABLE", "RDS_AUTH", "BASE_EMPTY", "RDS_AUTH", "E_BASE_SCHEMA", "RDS_AUTH") * 3:
        on.world.jobs[RECONCILIATION.name] = [jobs.failing(f"{code}: outra vez")]
        again(on)
        on.pass_minutes(7)


COUNTED: Final[dict[str, Story]] = {
    "TIMEOUT": timed_out,
    "NEEDS_FORCE": needs_force,
    "a weekend": weekend,
    "an hour without Slack": hour_without_slack,
    "an hour without SNS": hour_without_sns,
    "twenty failing runs": twenty_failing_runs,
}


def lived_through(on: Delivery, steps: list[str | int]) -> None:
    """A day by its steps: a code is a run that fails so, a number minutes; SNS and Slack go and come back."""
    upload(on.world, file_of(day=DAY), f"{DAY}/input.csv")
    away = refuses("sns", "Publish", times=1_000_000)
    faults = on.world.account.faults
    for step in steps:
        if isinstance(step, int):
            on.pass_minutes(step)
        elif step == "Slack":
            on.slack_is_down = not on.slack_is_down
        elif step == "SNS":
            (faults.remove if away in faults else faults.append)(away)
        else:
            on.world.jobs[RECONCILIATION.name] = [jobs.failing(f"{step}: outra vez")]
            again(on)
    faults.clear()
    on.slack_is_down = False
