"""One incident from its opening to its recovery, as SNS was given it: every playbook, in process."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.functions import INCIDENT
from infra.jobs import OUTPUT, RECONCILIATION
from reconciliation import layout
from reconciliation.channels import CHANNEL
from reconciliation.run import execution_name
from tests.endings import jobs
from tests.endings.account import once_before_a_write, refuses
from tests.endings.scenarios import DAY, KEY, START, upload, uploaded
from tests.endings.world import EVERY_DAY, World, opened

HOUR, ROUND = 3600, 300
WRONG_KEY = "16-02-2026/input.csv"
DOWN = ("sns", "Publish")


@pytest.fixture
def world() -> Iterator[World]:
    with opened(jobs.USUAL) as found:
        yield found


def told(world: World) -> list[tuple[str, str | None]]:
    """Subject and state of each message so far."""
    return [
        (alert["subject"], (alert["body"]["incidente"] or {}).get("estado")) for alert in world.account.alerts
    ]


def states(world: World) -> list[tuple[str, str | None]]:
    return [
        (alert["body"]["codigo"], (alert["body"]["incidente"] or {}).get("estado"))
        for alert in world.account.alerts
    ]


def watch_for(world: World, seconds: int) -> None:
    """The watchdog's rounds; the last one at the end of that time."""
    for _ in range(seconds // ROUND):
        world.account.clock.pass_s(ROUND)
        world.watch()


def incident(world: World, key: str = DAY) -> dict[str, Any]:
    return dict(json.loads(world.account.get(f"s3://checkpoints/incidents/{key}.json")))


def ask(world: World, **given: Any) -> dict[str, Any]:
    world.ask(INCIDENT, given)
    return dict(world.answers[-1][INCIDENT.name])


def corrected(world: World) -> None:
    """Playbook 2.1: the corrected file comes, and starts the day by itself."""
    world.uploaded(KEY, uploaded(world))
    world.run_started()


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


def refuses_for_good(text: str) -> Any:
    """SNS, of each message that holds that text: as it does of one that is too long."""

    def fault(_: str, operation: str, given: dict[str, Any]) -> None:
        if operation == "Publish" and text in given["Message"]:
            raise ClientError({"Error": {"Code": "InvalidParameter", "Message": "too long"}}, operation)

    return fault


def test_what_sns_never_takes_is_told_in_short_and_holds_up_nothing_behind_it(world: World) -> None:
    world.account.faults.append(down := refuses(*DOWN, times=10_000))
    world.uploaded("16-02-2026/poison.csv", "1")
    world.run({**START, "forse": True})
    first, second = world.account.s3.keys("checkpoints", "alerts/kept/")
    assert ("E_S3_KEY" in first, "INVALID_INPUT" in second) == (True, True)
    world.account.faults.remove(down)
    world.account.faults.append(refuses_for_good("poison.csv"))
    world.watch()
    poison, other = (alert["body"] for alert in world.account.alerts)
    assert [poison["codigo"], other["codigo"]] == ["E_S3_KEY", "INVALID_INPUT"]
    where = f"s3://checkpoints/alerts/refused/{poison['id']}"
    assert (poison["severidade"], poison["proximo_comando"]) == ("CRITICAL", f"aws s3 cp {where} -")
    whole = json.loads(world.account.get(where))["body"]
    assert whole["s3_key"] == "16-02-2026/poison.csv"
    world.watch()
    assert len(world.account.alerts) == 2


def test_an_end_that_sns_never_takes_does_not_hold_its_day(world: World) -> None:
    world.account.faults.append(refuses_for_good("corrected.csv"))
    upload(world, b"a;b\n1;2\n")
    assert world.run(START).error == "E_HEADER"
    (alert,) = world.account.alerts
    assert (alert["body"]["codigo"], alert["body"]["dia"]) == ("E_HEADER", DAY)
    held = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    assert (held["holder"], held["alert_sent"]) == (None, True)


def finish_fails(world: World, **where: Any) -> None:
    """At each of FinishRun's tries, at that write."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.account.faults.append(refuses("s3", "PutObject", times=3, **where))
    world.finish(run)


def check_tomorrow(world: World) -> dict[str, Any]:
    """The day's check; its alerts reached Slack."""
    held = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    mark = layout.alert_mark("checkpoints", held["alert_id"], CHANNEL)
    world.account.put(str(mark), "")
    watch_for(world, ROUND)
    world.variables["CALENDAR"] = EVERY_DAY
    watch_for(world, 3 * HOUR)
    return dict(next(each for each in world.account.alerts if each["body"]["codigo"] == "DAILY_CHECK"))


def test_a_failed_finish_says_that_the_day_is_published_and_ends_with_its_check(world: World) -> None:
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.run(START)
    finish_fails(world, key="days/")
    assert states(world) == [("RDS_AUTH", "abre"), ("FINISH_FAILED", "encerra")]
    held = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    assert (held["alert_id"].rsplit("-", 1)[-1], held["alert_sent"]) == ("FINISH_FAILED", True)
    assert [matter["last"]["code"] for matter in incident(world)["matters"]] == ["FINISH_FAILED"]
    check = check_tomorrow(world)
    assert "6 de 6 pontos em ordem" in check["email"]
    assert check["subject"].startswith("[LOW] Recuperado: Conciliação")
    assert "Incidentes abertos" not in check["email"]
    assert (
        "Incidentes encerrados desde esse dia:\nINC-20260216 RDS_AUTH, encerrado em 17/02 " in check["email"]
    )
    assert incident(world)["matters"] == []


def test_a_failed_finish_without_its_times_stays_open_until_somebody_ends_it(world: World) -> None:
    finish_fails(world, key="resumos/")
    check = check_tomorrow(world)
    assert "✗ Tempo de processamento: falta no resumo" in check["email"]
    assert "INC-20260216 [MEDIUM] FINISH_FAILED, aberto desde" in check["email"]
    ended = ask(world, dia=DAY, encerrado_por="ana@empresa.com")
    assert (ended["estado"], ended["codigos"], ended["encerrado_por"]) == ("encerrado", {}, "ana@empresa.com")
    assert incident(world)["matters"] == []


def test_a_wrong_name_ends_with_the_same_file_under_a_right_one(world: World) -> None:
    """Another file ends nothing, nor does one that came before."""
    upload(world, b"a;b\n1;2\n")
    world.account.clock.pass_s(1)
    world.uploaded(WRONG_KEY, upload(world, b"a;b\n1;2\n", WRONG_KEY))
    which = world.account.alerts[0]["body"]["incidente"]["id"]
    upload(world, b"a;b\n1;2\n3;4\n", f"{DAY}/other.csv")
    world.watch()
    assert ask(world, incidente=which)["estado"] == "aberto"
    world.account.clock.pass_s(1)
    upload(world, b"a;b\n1;2\n", f"{DAY}/again.csv")
    watch_for(world, HOUR)
    ended = ask(world, incidente=which)
    assert (ended["estado"], ended["encerrado_por"]) == ("encerrado", f"{DAY}/again.csv")
    assert [state for _, state in states(world)] == ["abre"]


def test_a_wrong_name_ends_where_somebody_took_the_file_away(world: World) -> None:
    world.uploaded(WRONG_KEY, upload(world, b"a", WRONG_KEY))
    which = world.account.alerts[0]["body"]["incidente"]["id"]
    world.account.delete(f"s3://ingress/{WRONG_KEY}")
    world.watch()
    assert ask(world, incidente=which)["encerrado_por"] == "o arquivo foi retirado"


def test_an_end_that_nobody_heard_of_is_told_and_ends_with_the_day(world: World) -> None:
    """Aborted before it took the day, and its event was lost."""
    version = uploaded(world)
    lost = world.start(START, execution_name(KEY, version))
    world.account.clock.pass_s(ROUND)
    world.abort(lost, event=False)
    watch_for(world, 2 * ROUND)
    assert states(world) == [("ALARM", "abre")]
    assert world.account.alerts[0]["body"]["incidente"]["id"] == "INC-20260216"
    watch_for(world, HOUR)
    assert [alert["subject"].split()[:2] for alert in world.account.alerts[1:]] == [
        ["[HIGH]", "Lembrete:"]
    ] * 2
    world.run(START)
    assert states(world)[-1] == ("SUCCEEDED", "encerra")
