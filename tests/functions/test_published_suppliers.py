"""Two suppliers, two files, one day: whoever would force the second reads whom the published result loses."""

import json
import shlex
from typing import Any

from reconciliation import layout
from reconciliation.objects import to_json
from tests.functions.world import DAY, GOOD, KEY, World


def supplier(name: str, keys: int, cents: int) -> dict[str, Any]:
    facts = {
        "file_keys": keys,
        "refused_lines": 0,
        "file_cents": cents,
        "base_rows": keys,
        "base_cents": cents,
    }
    return {"fornecedor_id": name, **facts}


def publish(world: World, *suppliers: dict[str, Any]) -> None:
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    where = layout.summary("output", DAY)
    stored = world.store.document(where)
    assert stored is not None
    world.store.put(where, to_json({**stored.json(), "suppliers": list(suppliers)}))


def test_the_second_suppliers_file_names_the_first(world: World) -> None:
    publish(world, supplier("F1", 1_000, 1_234_567), supplier("F2", 5, 100))
    other = GOOD.replace(b"F1;O1", b'"F2" ;O9').replace(b'"F2" ;', b'"F2";')
    world.upload(other, f"{DAY}/second.csv")
    refused = world.prepare("e2", s3_key=f"{DAY}/second.csv")
    message = json.loads(refused["cause"])["message"]
    assert refused["error"] == "NEEDS_FORCE"
    assert "F1 (1.000 linhas, R$ 12.345,67)" in message
    assert "F2" not in message
    assert message.endswith("use force_reprocess: true")
    body = next(alert for alert in world.alerts() if alert["codigo"] == "NEEDS_FORCE")
    assert "junte-os num só" in body["numeros"]["Antes de substituir"]
    look = f"aws s3api list-object-versions --bucket reconciliation-ingress --prefix {DAY}/ --query"
    assert body["proximo_comando"].startswith(look)
    assert world.whole_run("e3", s3_key=f"{DAY}/second.csv", force_reprocess=True)["status"] == "SUCCEEDED"


def test_a_corrected_file_of_the_same_suppliers_names_none(world: World) -> None:
    publish(world, supplier("F1", 1, 1_050))
    world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    message = json.loads(world.prepare("e2", s3_key=KEY)["cause"])["message"]
    assert "nenhuma linha" not in message
    world.upload(GOOD)
    assert world.prepare("e3", s3_key=KEY)["result"]["status"] == "ALREADY_PUBLISHED"


def test_a_summary_of_before_the_suppliers_were_kept(world: World) -> None:
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    world.upload(b"anything")
    assert world.prepare("e2", s3_key=KEY)["error"] == "NEEDS_FORCE"


def test_what_an_alert_has_one_paste_publishes_its_own_file_whatever_came_since(world: World) -> None:
    """Of an abnormal day, then of a file that was refused: each names its version, and one came since."""
    mine = world.upload(GOOD)
    world.whole_run("e1", rate=15.0, s3_key=KEY, version_id=mine)
    refused = world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    world.prepare("e2", s3_key=KEY, version_id=refused)
    world.upload(GOOD + b"F1;O3;Bia;PETR4;2026-02-16;1.00\n")
    alerts = {alert["codigo"]: alert for alert in world.alerts()}
    published, needs_force = alerts["ABNORMAL_RATE"], alerts["NEEDS_FORCE"]
    for told, version in ((published, mine), (needs_force, refused)):
        assert (told["numeros"]["Versão do arquivo"], started(told)) == (version, [version])
    assert (
        f"({KEY}, versão {mine}), com outros bytes que os deste arquivo ({KEY}, versão {refused})"
        in (needs_force["mensagem"])
    )
    assert needs_force["publicado"].endswith(f"({KEY}, versão {mine})")
    assert any(step["titulo"].startswith("É o mesmo arquivo") for step in needs_force["passos"])


def started(alert: dict[str, Any]) -> list[str | None]:
    """The versions of KEY that the alert's commands start."""
    words = [
        shlex.split(step["comando"]) for step in alert["passos"] if "start-exec" in (step["comando"] or "")
    ]
    given = [json.loads(argv[-1]) for argv in words]
    return [each.get("version_id") for each in given if each["s3_key"] == KEY]
