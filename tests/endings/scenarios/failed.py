"""Runs that end by themselves without being published: the file's codes, the jobs' codes, the deadline."""

from typing import Any

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from reconciliation.contract import LINE_MAX_BYTES
from tests.endings import jobs
from tests.endings.account import refuses
from tests.endings.language import StateFailed
from tests.endings.scenarios import DAY, HEADER, KEY, START, family, scenario, upload, uploaded
from tests.endings.world import Work, World

NOT_STARTED = (
    "Glue.AWSGlueException", "Glue.InternalServiceException", "Glue.OperationTimeoutException",
    "Glue.ResourceNumberLimitExceededException", "Glue.ConcurrentRunsExceededException",
)  # fmt: skip


def _refused(world: World, given: bytes) -> None:
    """InspectFile refuses the file's bytes."""
    upload(world, given)
    world.run(START)


family(
    "e",
    _refused,
    not_csv=b"PK\x03\x04 a workbook",
    encoding=f"{HEADER}\nF1;O1;Jos\xe9;PETR4;{DAY};1.00\n".encode("latin-1"),
    nul=f"{HEADER}\nF1;O1;A\0;PETR4;{DAY};1.00\n".encode(),
    bare_cr=f"{HEADER}\rF1;O1;A;PETR4;{DAY};1.00\r".encode(),
    line_too_long=f"{HEADER}\nF1;{'O' * LINE_MAX_BYTES};A;PETR4;{DAY};1.00\n".encode(),
    empty=b"",
    header=b"a;b\n1;2\n3;4\n",
)


@scenario
def e_too_many_lines(world: World) -> None:
    """More lines than the rule allows."""
    world.variables["RULES"] = '{"min_partitions": 2, "max_lines": 30}'
    uploaded(world)
    world.run(START)


@scenario
def input_gone_before_it_was_inspected(world: World) -> None:
    """The version is deleted between PrepareRun and InspectFile."""
    version = uploaded(world)
    run = world.start(START)
    run.until("InspectFile")
    world.account.s3.delete_version("ingress", KEY, version)
    world.finish(run)


@scenario
def inspect_file_fails(world: World) -> None:
    """S3 takes no plan."""
    uploaded(world)
    world.account.faults.append(refuses("s3", "PutObject", key="plan.json"))
    world.run(START)


def _in_validation(world: World, given: Work) -> None:
    """The validation job fails."""
    uploaded(world)
    world.jobs[VALIDATION.name] = [given]
    world.run(START)


def refused_whole(world: World, arguments: dict[str, str]) -> None:
    """The rejects of a file that the job refuses stand beside its checkpoint, and their list."""
    beside = f"s3://checkpoints/{arguments['--job_id']}"
    world.account.put(f"{beside}/rejeitos.parquet", "rejects")
    fingerprint = jobs.plan_of(world, arguments)["fingerprint"]
    world.account.put(f"{beside}/linhas-recusadas.csv", "rejects", fingerprint=fingerprint)


family(
    "validation",
    _in_validation,
    finds_no_rows=jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40", after=refused_whole),
    finds_another_day=jobs.failing("E_WRONG_DAY: nenhuma linha válida é de 2026-02-16", after=refused_whole),
    finds_too_many_rejects=jobs.failing("E_TOO_MANY_REJECTS: 9 de 40 linhas rejeitadas", after=refused_whole),
    finds_the_input_gone=jobs.failing("INPUT_GONE: s3://ingress/2026-02-16/input.csv foi apagado"),
    finds_unbalanced_totals=jobs.failing("UNBALANCED_TOTALS: 40 linhas de dados, mas 39 decididas"),
    fails_in_glue_s_words=jobs.failing(
        "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 7; ValueError: not of ours"
    ),
    is_out_of_memory=jobs.failing("Command failed with exit code 137"),
    says_nothing=jobs.failing(""),
    exceeds_glue_s_timeout=jobs.failing("", "TIMEOUT"),
    is_in_error=jobs.failing("internal service error", "ERROR"),
    expires=jobs.failing("", "EXPIRED"),
    is_stopped_by_hand=lambda _, __: "STOPPED",
)


@scenario
def validation_finds_another_day_than_the_folder_s(world: World) -> None:
    """Folders carry the processing day of a file of the day before: so do the steps and the message."""
    world.variables["RULES"] = '{"min_partitions": 2, "reference_day_offset": -1}'
    message = "E_WRONG_DAY: nenhuma linha válida é de 2026-02-15, a data de referência da pasta 2026-02-16"
    _in_validation(world, jobs.failing(message, after=refused_whole))


@scenario
def validation_never_finds_a_place(world: World) -> None:
    """Glue has too many runs, for longer than the machine tries."""

    def refused(_: World, __: dict[str, str]) -> None:
        raise StateFailed("Glue.ConcurrentRunsExceededException", "Concurrent runs exceeded")

    uploaded(world)
    world.jobs[VALIDATION.name] = [refused] * 21
    world.run(START)


def _not_started(error: str) -> Work:
    def refused(_: World, __: dict[str, str]) -> None:
        raise StateFailed(error, "Rate exceeded")

    return refused


@scenario
def every_job_starts_late(world: World) -> None:
    """Glue refuses each start once in each of its ways: the day is published all the same."""
    uploaded(world)
    for job in (VALIDATION.name, RECONCILIATION.name, OUTPUT.name):
        world.jobs[job] = [_not_started(error) for error in NOT_STARTED]
    world.run(START)


@scenario
def validation_is_never_started(world: World) -> None:
    """Glue refuses the start for longer than the machine tries."""
    uploaded(world)
    world.jobs[VALIDATION.name] = [_not_started("Glue.AWSGlueException")] * 6
    world.run(START)


def _in_reconciliation(world: World, given: Work) -> None:
    """The reconciliation job fails."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [given]
    world.run(START)


family(
    "reconciliation",
    _in_reconciliation,
    **{
        f"finds_{code.lower()}": jobs.failing(f"{code}: o que houve, e o que fazer")
        for code in (
            "RDS_UNREACHABLE", "RDS_AUTH", "RDS_QUERY_TIMEOUT", "E_BASE_NO_UNIQUE_INDEX", "E_BASE_SCHEMA",
            "E_BASE_DUP_OR_NULL_KEY", "E_BASE_SESSION", "BASE_EMPTY", "UNBALANCED_TOTALS", "LOCK_LOST",
        )
    },
    fails_half_way=jobs.failing("KeyError: 'x'", after=jobs.half_reconciled),
    is_out_of_memory=jobs.failing("java.lang.OutOfMemoryError: Java heap space", after=jobs.half_reconciled),
    exceeds_glue_s_timeout=jobs.failing("", "TIMEOUT"),
    is_stopped_by_hand=lambda _, __: "STOPPED",
)  # fmt: skip


def _in_output(world: World, given: Work) -> None:
    """The output job fails before it publishes."""
    uploaded(world)
    world.jobs[OUTPUT.name] = [given]
    world.run(START)


def _without_data(world: World, arguments: dict[str, str]) -> None:
    world.account.delete(arguments["--input_path"])
    world.publish(arguments)


def _another_s_day(world: World, arguments: dict[str, str]) -> None:
    world.publish({**arguments, "--attempt": "7"})


family(
    "output",
    _in_output,
    finds_no_data=_without_data,
    loses_the_day=_another_s_day,
    fails=jobs.failing("ConnectionClosedError: S3 is not there"),
    exceeds_glue_s_timeout=jobs.failing("", "TIMEOUT"),
)


# --- the deadline


def _too_late(world: World, given: dict[str, Any]) -> None:
    """The deadline is reached while a job runs; StopJobs stops it."""
    uploaded(world)
    world.jobs |= {name: list(work) for name, work in given["jobs"].items()}  # it may be played again
    world.run({**START, **given.get("input", {})})


family(
    "timeout",
    _too_late,
    in_validation={"jobs": {VALIDATION.name: [jobs.hangs]}},
    of_ninety_seconds={"jobs": {VALIDATION.name: [jobs.hangs]}, "input": {"deadline_s": 90}},
    in_reconciliation={"jobs": {RECONCILIATION.name: [jobs.hangs]}},
    half_way_in_reconciliation={"jobs": {RECONCILIATION.name: [jobs.then_hangs(jobs.half_reconciled)]}},
    before_publishing={"jobs": {OUTPUT.name: [jobs.hangs]}},
    after_publishing={"jobs": {OUTPUT.name: [jobs.then_hangs(jobs.publish)]}},
)


@scenario
def timeout_before_a_job_that_would_not_stop(world: World) -> None:
    """Glue's run stays STOPPING: the checkpoint and the alert say so."""
    uploaded(world)
    world.account.never_stop = True
    world.jobs[RECONCILIATION.name] = [jobs.hangs]
    world.run(START)


@scenario
def timeout_and_the_stopped_job_wakes_up(world: World) -> None:
    """The cancelled output job goes on after the run was closed: it can publish nothing."""
    uploaded(world)
    late: list[dict[str, str]] = []

    def sleeps(_: World, arguments: dict[str, str]) -> Any:
        late.append(arguments)
        return jobs.hangs(world, arguments)

    world.jobs[OUTPUT.name] = [sleeps]
    world.run(START)
    try:
        world.publish(late[0])
    except Exception as exc:
        world.answers.append({"the job": str(exc)})
