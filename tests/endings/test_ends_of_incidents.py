"""What ends an incident that no publication ends, and what SNS never takes."""

import json
from typing import Any

from botocore.exceptions import ClientError

from infra.jobs import RECONCILIATION
from reconciliation import alert_places
from reconciliation.channels import CHANNEL
from reconciliation.run import execution_name
from tests.endings import jobs
from tests.endings.account import refuses
from tests.endings.incidents import (
    DOWN,
    HOUR,
    ROUND,
    WRONG_KEY,
    ask,
    incident,
    states,
    watch_for,
)
from tests.endings.scenarios import DAY, KEY, START, upload, uploaded
from tests.endings.world import EVERY_DAY, World


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
    mark = alert_places.alert_mark("checkpoints", held["alert_id"], CHANNEL)
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


def test_the_uploads_are_listed_once_a_round_however_many_names_are_wrong(world: World) -> None:
    def listings() -> int:
        """Of the whole bucket, in one round."""
        asked: list[str] = []

        def count(_: str, operation: str, given: dict[str, Any]) -> None:
            if operation == "ListObjectsV2" and given["Bucket"] == "ingress":
                asked.append(given["Prefix"])

        world.account.faults.append(count)
        world.watch()
        world.account.faults.remove(count)
        return asked.count("")

    uploaded(world)
    usual = listings()
    for key in ("16-02-2026/a.csv", "16-02-2026/b.csv", "16-02-2026/c.csv"):
        world.uploaded(key, upload(world, key.encode(), key))
    assert listings() == usual + 1


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
