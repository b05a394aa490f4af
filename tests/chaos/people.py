"""What operators and the machinery do at a wrong moment: stops, deadlines, resumes, repeated ends."""

import json
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.fault import AFTER, DIED, STAGES, Count, Fault, codes, once, shown_by_its_code
from tests.chaos.moments import ANY, COMPARISON, END, IN_JOBS, PUBLICATION, VALIDATION
from tests.chaos.scene import Scene
from tests.faults.held import OUTPUT_JOB
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE
from tests.waiting import eventually

_STOPPED = codes("ABORTED")
_LATE = codes("TIMEOUT")
_DEAF = {"service": "glue", "do": "answer", "target": "BatchStopJobRun", "status": 200, "body": "{}"}
_STOP_FAILS = {"service": "glue", "do": "answer", "target": "BatchStopJobRun", "status": 500, "times": 4,
               "body": '{"__type": "InternalServiceException", "message": "again"}'}  # fmt: skip


def _stop(scene: Scene) -> int:
    """Whatever runs of the day."""
    running = [arn for arn in scene.executions() if scene.described(arn)["status"] == "RUNNING"]
    for arn in running:
        scene.hurt.client("stepfunctions").stop_execution(executionArn=arn, cause="por engano")
    return len(running)


def _stop_job(scene: Scene) -> int:
    """The Glue run, from outside."""
    glue, stopped = scene.hurt.client("glue"), 0
    for job in glue.get_jobs()["Jobs"]:
        for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]:
            if run["JobRunState"] in ("STARTING", "RUNNING"):
                answer = glue.batch_stop_job_run(JobName=job["Name"], JobRunIds=[run["Id"]])
                stopped += len(answer.get("SuccessfulSubmissions", ()))
    return stopped


def _deadline(least: float, most: float) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        scene.given["deadline_s"] = round(scene.dice.uniform(least, most))
        scene.is_event = False

    return act


@contextmanager
def _asleep_past_the_deadline(scene: Scene) -> Iterator[Count]:
    """The job hears no cancel, and goes on once its run is over, which has a short deadline."""
    asleep = scene.hurt.processes() if _ends_soon(scene) else []
    with scene.hurt.faults(_DEAF) as met:
        for process in asleep:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGSTOP)
        try:
            eventually(lambda: not asleep or scene.over.is_set() or not scene.is_running(), 120)
        finally:
            for process in asleep:
                with suppress(Exception):
                    process.send_signal(signal.SIGCONT)
        cancelled = sum(met()) if asleep else 0
    yield lambda: cancelled


def _ends_soon(scene: Scene) -> bool:
    running = [one for one in map(scene.described, scene.executions()) if one["status"] == "RUNNING"]
    return any("deadline_s" in one["input"] for one in running)


@contextmanager
def _cancel_fails(scene: Scene) -> Iterator[Count]:
    _deadline(1, 8)(scene)
    with scene.hurt.faults(_STOP_FAILS) as met:
        yield lambda: sum(met())


def _watch(times: int) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        with ThreadPoolExecutor(times) as pool:
            list(pool.map(lambda _: scene.watch(), range(times)))

    return act


def _end_event_again(scene: Scene) -> int:
    """EventBridge tells CloseRun of each."""
    eventually(lambda: scene.over.is_set() or (scene.executions() and not scene.is_running()), 120)
    ended = [scene.described(arn) for arn in scene.executions()]
    for one in ended:
        detail = {
            "executionArn": one["executionArn"], "status": one["status"], "input": one["input"],
            "startDate": int(one["startDate"].timestamp() * 1000),
        }  # fmt: skip
        for _ in range(3):
            scene.invoke("reconciliation-close-run", json.dumps({"detail": detail}).encode())
    return len(ended)


def _resume_given(scene: Scene) -> dict[str, Any] | None:
    """Of the day's checkpoint, once there is one."""
    try:
        held = scene.hurt.day_object(scene.reference_date)
        where = f"{held['job_id']}/checkpoint.json"
        scene.hurt.json_at(CHECKPOINTS, where)
    except ClientError:
        return None
    location = f"s3://{CHECKPOINTS}/{where}"
    return {"job_id": held["job_id"], "checkpoint_location": location, "reprocess_from_checkpoint": True}


def _after_a_stop(act: Callable[[Scene, dict[str, Any]], bool]) -> Callable[[Scene], int]:
    """The run is stopped at this moment; what it left is met in this way. `act` answers whether it could."""

    def stop_and_act(scene: Scene) -> int:
        before = len(scene.executions())
        _stop(scene)
        given = eventually(lambda: scene.over.is_set() or _resume_given(scene) or _closed_without(scene), 60)
        if not isinstance(given, dict):
            return 0
        is_done = act(scene, given)
        scene.hurt.start(given)
        eventually(lambda: len(scene.executions()) > before, 20)
        return int(is_done)

    return stop_and_act


def _closed_without(scene: Scene) -> bool:
    """The run was stopped before it held its day, or published all the same."""
    return scene.is_published() or (
        not scene.is_running() and not scene.hurt.processes() and scene.over.wait(5)
    )


def _resume_thrice_more(scene: Scene, given: dict[str, Any]) -> bool:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: scene.hurt.start(given), range(3)))
    return True


def _forge(change: Callable[[bytes], bytes]) -> Callable[[Scene, dict[str, Any]], bool]:
    def act(scene: Scene, given: dict[str, Any]) -> bool:
        s3, where = (
            scene.hurt.client("s3"),
            {"Bucket": CHECKPOINTS, "Key": f"{given['job_id']}/checkpoint.json"},
        )
        body = s3.get_object(**where)["Body"].read()
        s3.put_object(**where, Body=change(body))
        return change(body) != body

    return act


def _elsewhere(_: Scene, given: dict[str, Any]) -> bool:
    given["checkpoint_location"] = f"s3://{CHECKPOINTS}/JOB-20260101-000001/checkpoint.json"
    return True


def _part_is_gone(scene: Scene, given: dict[str, Any]) -> bool:
    s3, day = scene.hurt.client("s3"), scene.reference_date
    parts = [key for key in scene.hurt.objects(INTERMEDIATE, f"{day}/") if "/part-" in key]
    if parts:
        s3.delete_object(Bucket=INTERMEDIATE, Key=scene.dice.choice(parts))
    return bool(parts)


def _file_replaced(scene: Scene, _: dict[str, Any]) -> bool:
    with scene.hurt._unheard():
        scene.hurt.upload(scene.key, scene.sent + b"\n")
    return True


def _base_changed(scene: Scene, _: dict[str, Any]) -> bool:
    scene.ask("UPDATE transacoes SET valor = valor + 1 WHERE right(ordem_id, 1) = '3'")
    scene.note_base()
    return True


def _output_by_hand(scene: Scene) -> int:
    day = scene.reference_date
    paths = {"--input_path": f"s3://{INTERMEDIATE}/{day}/divergences.parquet",
             "--output_path": f"s3://reconciliation-output/{day}/divergencias.parquet"}  # fmt: skip
    return _started_by_hand(scene, paths)


def _report_by_hand(scene: Scene) -> int:
    return _started_by_hand(scene, {"--report_day": str(scene.reference_date)})


def _started_by_hand(scene: Scene, arguments: dict[str, str]) -> int:
    """None, where as many run as may."""
    with suppress(ClientError):
        scene.hurt.client("glue").start_job_run(JobName=OUTPUT_JOB, Arguments=arguments)
        return 1
    return 0


def _take_over(scene: Scene) -> int:
    """The incident that a second file's refusal opens. While nobody can be told of that, there is none."""
    scene.hurt.upload(f"{scene.reference_date}/other.csv", scene.sent)
    eventually(lambda: scene.over.is_set() or scene.alarms() or not scene.is_running(), 120)
    given = {"dia": str(scene.reference_date), "assumido_por": "ana"}
    answer = scene.invoke("reconciliation-incident", json.dumps(given).encode())
    return int(answer.get("estado") == "aberto" and answer.get("assumido_por") == "ana")


def _explain(scene: Scene) -> int:
    """Whatever the day is like by then, what answers is the function and no failure of it."""
    given = {"ordem_id": "ORD-00000010003", "dia": str(scene.reference_date)}
    answer = scene.invoke("reconciliation-explain", json.dumps(given).encode())
    return int({"ok", "codigo", "texto"} <= set(answer))


_RUNNING = (*VALIDATION[1:], *COMPARISON, *PUBLICATION, *END)
_BEFORE_PUBLISHING = (*VALIDATION[4:], *COMPARISON)
_REFUSED = _STOPPED | {"CHECKPOINT_REFUSED", "DAY_BUSY"}

PEOPLE = (
    Fault("the execution is stopped", once(_stop), _RUNNING, _STOPPED, AFTER),
    Fault("the Glue run is stopped", once(_stop_job), IN_JOBS, STAGES, AFTER),
    Fault("the deadline comes early", shown_by_its_code(_deadline(1, 4)), ends=_LATE, told=AFTER),
    Fault("the deadline comes about the end", shown_by_its_code(_deadline(5, 12)), ends=_LATE, told=AFTER),
    Fault("the cancel fails", _cancel_fails, ends=_LATE, told=AFTER),
    Fault("a job sleeps past its run's end", _asleep_past_the_deadline, IN_JOBS,
          _LATE | STAGES | {"LOCK_LOST"}, AFTER, before=_deadline(8, 12)),
    Fault("the watchdog comes", once(_watch(1)), ANY, told_twice=True),
    Fault("the watchdog comes three times at once", once(_watch(3)), ANY, told_twice=True),
    Fault("the end is told three times", once(_end_event_again), ANY, waits=True, told_twice=True),
    Fault("a stopped run is resumed four times at once", once(_after_a_stop(_resume_thrice_more)), _RUNNING,
          _REFUSED | {"NEEDS_FORCE"}, AFTER, waits=True),
    Fault("a stopped run's checkpoint is cut short", once(_after_a_stop(_forge(lambda body: body[:-9]))),
          _BEFORE_PUBLISHING, _REFUSED, AFTER, waits=True),
    Fault("a stopped run's checkpoint is another job's", once(_after_a_stop(_forge(
          lambda body: body.replace(b'"JOB-', b'"JOB-1')))), _BEFORE_PUBLISHING, _REFUSED, AFTER, waits=True),
    Fault("a stopped run's checkpoint names NaN", once(_after_a_stop(_forge(
          lambda body: body.replace(b'"attempt": 1', b'"attempt": NaN')))), _BEFORE_PUBLISHING, _REFUSED,
          AFTER, waits=True),
    Fault("a stopped run is resumed from elsewhere", once(_after_a_stop(_elsewhere)), _BEFORE_PUBLISHING,
          _REFUSED, AFTER, waits=True),
    Fault("a stopped run's part is gone", once(_after_a_stop(_part_is_gone)), _BEFORE_PUBLISHING,
          _REFUSED, AFTER, waits=True),
    Fault("the file is replaced before a resume", once(_after_a_stop(_file_replaced)), _BEFORE_PUBLISHING,
          _REFUSED, AFTER, waits=True),
    Fault("the base changes before a resume", once(_after_a_stop(_base_changed)), _BEFORE_PUBLISHING,
          _REFUSED, AFTER, waits=True),
    Fault("somebody starts the output job", once(_output_by_hand), ("result", *PUBLICATION),
          DIED | {"LOCK_LOST"}, AFTER),
    Fault("somebody starts the report", once(_report_by_hand), ("published", "summary", "report", *END),
          told=AFTER),
    Fault("somebody takes the incident over", once(_take_over), ("noted", *VALIDATION[4:], *COMPARISON),
          codes("DAY_BUSY", "NEEDS_FORCE"), waits=True),
    Fault("somebody asks about an order", once(_explain), ANY),
)  # fmt: skip
