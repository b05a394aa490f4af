"""What the judge of a day says of messages, incidents and explanations that are wrong."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos import judge
from tests.explain.days import Ran, base_of, file_of
from tests.explain.expected import Day
from tests.faults.looking import OPERATIONS
from tests.oracle import reconcile

DAY = date(2026, 2, 16)


def mail(code: str, state: str = "", severity: str = "MEDIUM") -> dict[str, Any]:
    text = f"Dia {DAY}: <{code}>\nIncidente: INC-20260216 ({state})\n1. Olhar\naws s3 ls"
    return {"canal": "email", "destino": OPERATIONS, "corpo": text,
            "atributos": {"codigo": code, "severidade": severity}}  # fmt: skip


def slack(of: dict[str, Any], channel: str = "#conciliação-alerts") -> dict[str, Any]:
    shown = of["corpo"].replace("<", "&lt;").replace(">", "&gt;").replace("aws s3 ls", "```aws s3 ls```")
    return {"canal": "slack", "destino": channel, "corpo": shown, "atributos": {}}


@pytest.fixture
def scene(tmp_path: Path) -> Any:
    outbox = tmp_path / "outbox"
    found = SimpleNamespace(
        reference_date=DAY,
        told_before=0,
        dice=Random(1),
        hurt=SimpleNamespace(stack=SimpleNamespace(outbox=outbox)),
    )
    found.tell = lambda *lines: outbox.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return found


def test_a_code_opens_its_incident_once_until_a_publication_ends_it(scene: Any) -> None:
    opens, over = mail("TIMEOUT", "aberto agora"), mail("SUCCEEDED", "encerrado")
    scene.tell(opens, mail("DAY_BUSY", "aberto agora"), mail("TIMEOUT", "continua aberto"), over, opens)
    assert list(judge._openings(scene)) == []
    scene.tell(opens, mail("DAY_BUSY", "aberto agora"), opens)
    assert list(judge._openings(scene)) == ["I5 TIMEOUT opens INC-20260216 once more"]


def test_each_channel_of_a_severity_is_told_once(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "SLACK_S", 0)
    late, busy, allowed = (
        mail("TIMEOUT", severity="HIGH"),
        mail("DAY_BUSY"),
        SimpleNamespace(told_twice=False),
    )
    scene.tell(late, slack(late), slack(late, "#eng-conciliacao"), busy, slack(busy))
    assert list(judge._channels(scene, allowed)) == []
    scene.tell(late, slack(late), busy, slack(busy), slack(busy))
    assert list(judge._channels(scene, allowed)) == [
        "I5 #eng-conciliacao was never told TIMEOUT", "I5 #conciliação-alerts was told the same 2 times",
    ]  # fmt: skip


def test_an_alert_that_was_sent_twice_comes_to_a_channel_once(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "SLACK_S", 0)
    first, again, other = (mail("E_EMPTY") for _ in range(3))
    for one, job, at in ((first, "A", "10:00"), (again, "A", "10:04"), (other, "B", "10:04")):
        one["corpo"] += f"\nJob ID: JOB-{job}, tentativa 1\nHorário: {at}"
    scene.tell(first, again, slack(first))
    assert list(judge._channels(scene, SimpleNamespace(told_twice=True))) == []
    assert list(judge._channels(scene, SimpleNamespace(told_twice=False))) == [
        "I5 #conciliação-alerts was never told E_EMPTY"
    ]
    scene.tell(first, other, slack(first))
    assert list(judge._channels(scene, SimpleNamespace(told_twice=True))) == [
        "I5 #conciliação-alerts was never told E_EMPTY"
    ]


@pytest.mark.parametrize(("told_at", "breaks"), [("10:00:00", 1), ("10:00:09", 0)])
def test_what_was_told_before_the_publication_is_over(scene: Any, told_at: str, breaks: int) -> None:
    last = {"code": "TIMEOUT", "at": f"2026-02-16T{told_at}Z"}
    entered = {"name": "FinishRun"}
    scene.executions = lambda: ["arn"]
    scene.described = lambda _: {"status": "SUCCEEDED", "output": '{"status": "SUCCEEDED"}'}
    scene.hurt.history = lambda _: [
        {"stateEnteredEventDetails": entered, "timestamp": datetime(2026, 2, 16, 10, 0, 5, tzinfo=UTC)}
    ]
    scene.hurt.objects = lambda *_: ["incidents/2026-02-16.json"]
    scene.hurt.json_at = lambda *_: {"matters": [{"last": last}]}
    assert len(list(judge._incident(scene))) == breaks


def test_an_explanation_that_is_not_the_oracles_is_seen(scene: Any) -> None:
    ran, file, base = Ran(), file_of(("O-1", "1"), ("O-2", "2")), base_of(("O-1", "1"), ("O-2", "3"))
    job_id = ran.run(DAY, file, base).job_id
    scene.invoke = lambda _, asked: (answer := ran.ask(**json.loads(asked))) and {
        "ok": answer.ok, "explicacao": answer.explicacao,
    }  # fmt: skip
    day = Day(DAY, job_id, file, base, reconcile(file, base, DAY))
    assert list(judge._explained(scene, day)) == []
    other = [row._replace(valor=Decimal(9)) if row.ordem_id == "O-2" else row for row in base]
    wrong = list(judge._explained(scene, Day(DAY, job_id, file, other, reconcile(file, other, DAY))))
    assert [sentence.split(" is said")[0] for sentence in wrong] == [
        "I1 of O-2 divergencia", "I1 of O-2 comparacao", "I1 of O-2 historico",
    ]  # fmt: skip
