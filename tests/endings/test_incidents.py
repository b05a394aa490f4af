"""One incident from its opening to its recovery, as SNS was given it: every playbook, in process."""

import json
from collections import Counter
from typing import Any

import pytest

from infra.jobs import OUTPUT, RECONCILIATION
from tests.endings import jobs
from tests.endings.account import once_before_a_write, refuses
from tests.endings.incidents import (
    DOWN,
    HOUR,
    ROUND,
    WRONG_KEY,
    ask,
    corrected,
    incident,
    states,
    told,
    watch_for,
)
from tests.endings.scenarios import DAY, START, upload, uploaded
from tests.endings.world import EVERY_DAY, World


def fails_in(name: str, message: str) -> Any:
    """A run of which that job fails, then its resume, which publishes."""

    def play(world: World) -> Any:
        uploaded(world)
        world.jobs[name] = [jobs.failing(message)]
        run = world.run(START)
        watch_for(world, 2 * HOUR + ROUND)
        world.resume(run)

    return play


def _bad_file(world: World) -> None:
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    watch_for(world, 2 * HOUR)
    corrected(world)


def _timeout(world: World) -> None:
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.then_hangs(jobs.half_reconciled)]
    run = world.run(START)
    watch_for(world, 2 * HOUR)
    world.resume(run)


def _abnormal(world: World) -> None:
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.many_divergences]
    world.run(START)
    watch_for(world, 2 * HOUR)
    world.run({**START, "force_reprocess": True})


@pytest.mark.parametrize(
    ("play", "code", "severity", "reminded"),
    [
        (_bad_file, "E_HEADER", "CRITICAL", 3),
        (_timeout, "TIMEOUT", "CRITICAL", 3),
        (
            fails_in(RECONCILIATION.name, "RDS_UNREACHABLE: o banco não responde"),
            "RDS_UNREACHABLE",
            "HIGH",
            3,
        ),
        (fails_in(OUTPUT.name, "OUTPUT_FAILED: sem permissão"), "OUTPUT_FAILED", "MEDIUM", 0),
        (_abnormal, "ABNORMAL_RATE", "MEDIUM", 0),
    ],
    ids=["2.1", "2.2", "2.3", "2.4", "2.5"],
)
def test_an_incident_of_each_playbook_opens_is_reminded_of_and_ends(
    world: World, play: Any, code: str, severity: str, reminded: int
) -> None:
    play(world)
    job, last = (world.account.alerts[at]["body"]["job_id"] for at in (0, -1))
    opening, *reminders, recovery = told(world)
    if code != "ABNORMAL_RATE":  # its subject is the runbook's own
        assert opening == (f"[{severity}] Conciliação {job} {code}", "abre")
    assert opening[1] == "abre"
    assert reminders == [(f"[{severity}] Lembrete: Conciliação {job} {code}", "repete")] * reminded
    assert recovery == (f"[LOW] Recuperado: Conciliação {last} SUCCEEDED", "encerra")
    assert world.account.alerts[-1]["body"]["motivo"].startswith(f"Recuperado: {code}. Dia {DAY}: ")
    assert {alert["body"]["incidente"]["id"] for alert in world.account.alerts} == {"INC-20260216"}
    assert incident(world)["matters"] == []
    assert len({alert["body"]["id"] for alert in world.account.alerts}) == 2 + reminded


def test_reminders_come_when_they_are_due_and_rise_by_the_runbook_s_levels(world: World) -> None:
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    began = world.account.clock.now
    sent = []
    for _ in range(24 * HOUR // ROUND):
        world.account.clock.pass_s(ROUND)
        world.watch()
        for alert in world.account.alerts[1 + len(sent) :]:
            sent.append(
                ((world.account.clock.now - began).total_seconds() / 60, alert["attributes"]["nivel"])
            )
    assert sent == [(15, "2"), (30, "3"), (60, "4")]
    text = world.account.alerts[1]["email"]
    assert "Lembrete 1 de 3, nível 2 (Engenharia). Dia 2026-02-16: " in text
    assert "${NOME:?" in text
    assert "aws s3" in text or "aws stepfunctions" in text, "and the failure's own command"


def test_a_deployment_s_own_response_times_count(world: World) -> None:
    world.variables["RESPONSE_MINUTES"] = '{"2.1": 120}'
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    watch_for(world, 2 * HOUR - ROUND)
    assert len(world.account.alerts) == 1
    watch_for(world, ROUND)
    assert len(world.account.alerts) == 2


def test_who_takes_it_over_hears_no_more_and_is_shown_in_the_daily_check(world: World) -> None:
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    watch_for(world, 15 * 60)
    assert ask(world, dia=DAY) == {
        "incidente": "INC-20260216", "estado": "aberto", "codigos": {"E_HEADER": 1},
        "assumido_por": None, "assumido_em": None, "encerrado_por": None, "encerrado_em": None,
    }  # fmt: skip
    taken = ask(world, dia=DAY, assumido_por="ana@empresa.com")
    assert (taken["estado"], taken["assumido_por"]) == ("aberto", "ana@empresa.com")
    watch_for(world, 2 * HOUR)
    assert len(world.account.alerts) == 2
    uploaded(world, s3_key="2026-02-17/input.csv")
    world.run({"s3_key": "2026-02-17/input.csv"})
    world.variables["CALENDAR"] = EVERY_DAY
    world.watch()
    check = next(alert for alert in world.account.alerts if alert["body"]["codigo"] == "DAILY_CHECK")
    assert "Incidentes abertos:" in check["email"]
    assert "INC-20260216 [CRITICAL] E_HEADER, aberto desde 17/02 06:" in check["email"]
    assert "; assumido por ana@empresa.com em 17/02 " in check["email"]
    assert check["body"]["incidente"] == {"id": "INC-20260216", "estado": "repete"}


@pytest.mark.parametrize(
    "given",
    [
        {}, {"dia": "2026-2-16"}, {"dia": DAY, "incidente": "INC-20260216"}, {"dia": DAY, "quem": "ana"},
        {"dia": DAY, "assumido_por": ""}, {"dia": DAY, "assumido_por": "ana\n<!channel>"}, {"dia": 1},
        {"dia": DAY, "encerrado_por": 1},
        {"dia": DAY, "assumido_por": "ana", "encerrado_por": "ana"},
        {"incidente": "../days/2026-02-16"},
    ],
)  # fmt: skip
def test_a_take_over_that_cannot_be_is_refused(world: World, given: dict[str, Any]) -> None:
    assert ask(world, **given)["failed"] == "INVALID_INPUT"
    assert [key for key in world.account.s3.keys("checkpoints") if key.startswith("incidents/")] == []


def test_what_has_no_day_is_taken_over_by_its_id(world: World) -> None:
    world.uploaded(WRONG_KEY, upload(world, b"a", WRONG_KEY))
    (alert,) = world.account.alerts
    which = alert["body"]["incidente"]["id"]
    watch_for(world, 15 * 60)
    assert ask(world, incidente=which, assumido_por="ana")["estado"] == "aberto"
    watch_for(world, 2 * HOUR)
    assert [state for _, state in states(world)] == ["abre", "repete"]


def test_a_day_of_twenty_failing_runs_opens_each_code_once(world: World) -> None:
    uploaded(world)
    codes = ["RDS_UNREACHABLE", "RDS_AUTH", "RDS_UNREACHABLE", "BASE_EMPTY"] * 5
    for code in codes:
        world.jobs[RECONCILIATION.name] = [jobs.failing(f"{code}: outra vez")]
        world.run(START)
        watch_for(world, ROUND)
    opening = Counter(code for code, state in states(world) if state == "abre")
    assert opening == {"RDS_UNREACHABLE": 1, "RDS_AUTH": 1, "BASE_EMPTY": 1}
    ends = [alert for alert in world.account.alerts if "LEMBRETE" not in alert["body"]["id"]]
    assert [alert["body"]["codigo"] for alert in ends] == codes, "each run's end is told, once"


def test_nothing_is_lost_in_an_hour_without_sns(world: World) -> None:
    """A held day's end, a refusal, a wrong key and QuickSight's: all are told once it is back, each once."""
    world.account.faults.append(down := refuses(*DOWN, times=10_000))
    world.uploaded("16-02-2026/input.csv", "1")
    world.run({**START, "forse": True})
    world.account.faults.append(refuses("quicksight", "CreateIngestion", times=9))
    uploaded(world, s3_key="2026-02-13/input.csv")
    world.run({"s3_key": "2026-02-13/input.csv"})
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.run(START)
    watch_for(world, HOUR)
    assert world.account.alerts == []
    world.account.faults.remove(down)
    watch_for(world, 3 * ROUND)
    ends = [alert["body"] for alert in world.account.alerts if "LEMBRETE" not in alert["body"]["id"]]
    assert sorted((body["codigo"], body["incidente"] and body["incidente"]["estado"]) for body in ends) == [
        ("E_S3_KEY", "abre"), ("INVALID_INPUT", "abre"), ("QUICKSIGHT_FAILED", "abre"),
        ("RDS_AUTH", "abre"), ("SUCCEEDED", None),
    ]  # fmt: skip
    assert len({body["id"] for body in ends}) == 5
    before = len(world.account.alerts)
    watch_for(world, ROUND)
    assert len(world.account.alerts) == before


def test_an_alert_leaves_without_its_incident_where_that_cannot_be_written(world: World) -> None:
    world.account.faults.append(refuses("s3", "PutObject", key="incidents/", times=99))
    upload(world, b"a;b\n1;2\n")
    run = world.run(START)
    assert (run.error, states(world)) == ("E_HEADER", [("E_HEADER", None)])
    held = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    assert (held["holder"], held["alert_sent"]) == (None, True)


def test_an_end_that_could_not_be_noted_reminds_nobody(world: World) -> None:
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    world.account.faults.append(broken := refuses("s3", "PutObject", key="incidents/", times=99))
    corrected(world)
    world.account.faults.remove(broken)
    watch_for(world, HOUR)
    assert states(world) == [("E_HEADER", "abre"), ("SUCCEEDED", None)]
    assert incident(world)["matters"] == []


def test_a_day_that_is_published_by_hand_is_told_as_recovered(world: World) -> None:
    """Runbook 2.4: the output job alone. Nobody else would say so."""
    uploaded(world)
    world.jobs[OUTPUT.name] = [jobs.failing("OUTPUT_FAILED: sem permissão")]
    world.run(START)
    world.account.clock.pass_s(ROUND)
    world.publish(
        {
            "--input_path": f"s3://intermediate/{DAY}/divergences.parquet",
            "--output_path": f"s3://output/{DAY}/divergencias.parquet",
        }
    )
    world.account.clock.pass_s(ROUND)
    world.watch()
    world.watch()
    assert states(world) == [("OUTPUT_FAILED", "abre"), ("SUCCEEDED", "encerra")]


def test_two_who_write_one_incident_at_once_lose_nothing(world: World) -> None:
    """A refusal comes in while CloseRun writes."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    busy = {"s3_key": f"{DAY}/other.csv"}
    upload(world, b"", f"{DAY}/other.csv")
    world.account.faults.append(
        once_before_a_write("incidents/", "RDS_AUTH", lambda: world.run({**busy, "version_id": "0" * 40}))
    )
    world.run(START)
    assert sorted(matter["last"]["code"] for matter in incident(world)["matters"]) == [
        "INPUT_GONE",
        "RDS_AUTH",
    ]
    assert sorted(states(world)) == [("INPUT_GONE", "abre"), ("RDS_AUTH", "abre")]


def test_each_alert_that_was_sent_marks_its_execution(world: World) -> None:
    world.account.faults.append(down := refuses(*DOWN, times=10_000))
    refused = world.run({**START, "forse": True})
    marks = f"alerts/of-execution/{refused.context['Execution']['Name']}/"
    assert world.account.s3.keys("checkpoints", marks) == []
    world.account.faults.remove(down)
    world.watch()
    assert world.account.s3.keys("checkpoints", marks) == [f"{marks}execution-1-INVALID_INPUT"]
