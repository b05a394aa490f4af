"""What comes beside the alert of a run's end holds no day when it fails, and nobody is told twice."""

import json

from infra.jobs import OUTPUT, VALIDATION
from tests.endings import jobs
from tests.endings.account import refuses, untold
from tests.endings.scenarios import DAY, START, uploaded, whole_day
from tests.endings.scenarios.failed import refused_whole
from tests.endings.world import World

_KEPT = refuses("s3", "PutObject", key="alerts/kept/", times=99)
_MESSAGE = refuses("s3", "PutObject", key="mensagem.txt", times=99)


def ended(world: World) -> tuple[list[str], str | None]:
    """The codes that people were told, in order, and who holds the day."""
    held = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    return [alert["attributes"]["codigo"] for alert in world.account.alerts], held["holder"]


def test_a_supplier_s_message_that_is_not_written(world: World) -> None:
    """The refusal is told all the same: it is CRITICAL, and the message a help."""
    world.account.faults.append(_MESSAGE)
    uploaded(world)
    world.jobs[VALIDATION.name] = [jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40")]
    world.run(START)
    assert ended(world) == (["E_NO_ROWS"], None)


def test_a_missing_report_that_nobody_can_be_told_of(world: World) -> None:
    world.account.faults += [untold("REPORT_FAILED"), _KEPT]
    world.jobs[OUTPUT.name] = [jobs.publish_without_report]
    whole_day(world)
    assert ended(world) == (["SUCCEEDED"], None)


def test_the_same_where_the_day_could_not_be_finished(world: World) -> None:
    world.account.faults += [untold("REPORT_FAILED"), _KEPT]

    def publish(world: World, arguments: dict[str, str]) -> None:
        jobs.publish_without_report(world, arguments)
        world.account.put(f"s3://output/resumos/{DAY}/resumo.json", "{")

    world.jobs[OUTPUT.name] = [publish]
    whole_day(world)
    assert ended(world) == (["FINISH_FAILED"], None)


def test_what_operators_are_told_beside_a_refusal_is_not_the_supplier_s(world: World) -> None:
    world.account.faults.append(refuses("glue", "GetJobRuns", times=99))
    uploaded(world)
    world.jobs[VALIDATION.name] = [jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40")]
    world.run(START)
    (told,) = (alert["body"] for alert in world.account.alerts)
    text = world.account.get(f"s3://checkpoints/{told['job_id']}/mensagem.txt").decode()
    assert "não parou a tempo" in told["mensagem"]
    assert "- nenhuma linha válida entre 40\n" in text
    assert "linhas-recusadas.csv" not in text, "a list that is not there is not named"


def test_an_earlier_attempt_s_list_goes_with_no_later_message(world: World) -> None:
    """Its lines were refused under a rule that was mended since."""
    uploaded(world)
    refusal = jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40", after=refused_whole)
    world.jobs[VALIDATION.name] = [refusal, jobs.failing("E_WRONG_DAY: nenhuma linha válida é de 2026-02-16")]
    first = json.loads(str(world.run(START).cause))
    message = f"s3://checkpoints/{first['job_id']}/mensagem.txt"
    assert "linhas-recusadas.csv" in world.account.get(message).decode()
    again = json.loads(str(world.run({**START, "force_reprocess": True}).cause))
    assert (again["job_id"], again["attempt"], again["code"]) == (first["job_id"], 2, "E_WRONG_DAY")
    assert "linhas-recusadas.csv" not in world.account.get(message).decode()
    world.account.put(message.replace("mensagem.txt", "linhas-recusadas.csv"), "an older deployment's")
    world.variables["RULES"] = '{"max_lines": 30}'
    third = json.loads(str(world.run({**START, "force_reprocess": True}).cause))
    assert (third["attempt"], third["code"]) == (3, "E_TOO_MANY_LINES")
    assert "linhas-recusadas.csv" not in world.account.get(message).decode()
