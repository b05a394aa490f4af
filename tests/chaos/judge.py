"""What must hold of a scene whose day is published: invariants, report, incident, channels, explanation."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from local.results import Published
from reconciliation.alert_texts import CODE_BLOCK, escaped
from reconciliation.channels import channels_of
from tests.chaos.fault import AFTER, Fault
from tests.chaos.right import held_against
from tests.chaos.scene import Scene
from tests.explain.expected import Day, expected, said
from tests.faults.invariants import TIMER_S, Allowed
from tests.faults.looking import OPERATIONS, day_names, etag_of, status_of, told
from tests.faults.stack import CHECKPOINTS, OUTPUT
from tests.waiting import eventually

SLACK_S = 45
"""A notifier tries for 20 seconds, and Lambda calls it again seconds later."""
_OF_PUBLISHED = AFTER | {"ABNORMAL_RATE"}
"""What a publication does not end."""
_OF_NO_RUN = ("ALARM", "DAILY_CHECK")
_INCIDENT = re.compile(r"^Incidente: (\S+) \((aberto agora|encerrado)", re.MULTILINE)
_NOBODYS_ORDER = "ORD-99999999999"
_FENCE = CODE_BLOCK.partition("{}")[0]


def judged(scene: Scene, faults: list[Fault]) -> list[str]:
    """Sentences, none where all holds."""
    scene.seen.executions = scene.executions()
    known: list[Day] = []

    def right(found: Published) -> list[str]:
        day, wrong = held_against(found, scene)
        known.append(day)
        return wrong

    allowed = Allowed(
        ends=frozenset[str]().union(*(fault.ends for fault in faults)),
        told=frozenset[str]().union(*(fault.ends | fault.told for fault in faults)),
        right=right,
        told_twice=any(fault.told_twice for fault in faults),
        timer_s=TIMER_S + 10,
    )
    found = scene.seen.breaches(published=True, allowed=allowed)
    if not has_report(scene):
        found.append("I1 what is published has no report, though what was told of it was followed")
    return [
        *found,
        *_incident(scene),
        *(() if allowed.told_twice else _openings(scene)),
        *_channels(scene, allowed),
        *(each for day in known for each in _explained(scene, day)),
    ]


def has_report(scene: Scene) -> bool:
    """Of the very publication that stands."""
    s3, page = scene.hurt.client("s3"), f"relatorios/{scene.reference_date}/relatorio.html"
    if page not in scene.hurt.objects(OUTPUT, page):
        return False
    of = s3.head_object(Bucket=OUTPUT, Key=page)["Metadata"].get("published-etag", "")
    return bool(of.strip('"') == (etag_of(scene.hurt, scene.seen.key) or "").strip('"'))


def _incident(scene: Scene) -> Iterator[str]:
    """What was told before a publication was told is over (`reconciliation/incident.py`)."""
    published = [entered for arn in scene.executions() if (entered := _told_of_publication(scene, arn))]
    key = f"incidents/{scene.reference_date}.json"
    if not published or not scene.hurt.objects(CHECKPOINTS, key):
        return
    told_at = max(published).replace(microsecond=0)  # a matter's time has whole seconds
    for matter in scene.hurt.json_at(CHECKPOINTS, key)["matters"]:
        last = matter["last"]
        if datetime.fromisoformat(last["at"]) < told_at and last["code"] not in _OF_PUBLISHED:
            yield f"I5 the day is published, and its incident is open: {last['code']} of {last['at']}"


def _told_of_publication(scene: Scene, arn: str) -> datetime | None:
    """When that execution entered the step that tells it; None of one that published nothing."""
    if status_of(scene.described(arn)) != "SUCCEEDED":
        return None
    for event in scene.hurt.history(arn):
        if event.get("stateEnteredEventDetails", {}).get("name") == "FinishRun":
            return event["timestamp"]  # type: ignore[no-any-return]
    return None


def _openings(scene: Scene) -> Iterator[str]:
    """One for each code of an incident until a publication ends it."""
    opened: set[tuple[str, str]] = set()
    for mail in _mails(scene):
        code = str(mail["atributos"]["codigo"])
        for incident, state in _INCIDENT.findall(mail["corpo"]):
            if state == "encerrado":
                opened = {one for one in opened if one[0] != incident}
            elif (incident, code) in opened and code not in _OF_PUBLISHED:
                yield f"I5 {code} opens {incident} once more"
            else:
                opened.add((incident, code))


def _channels(scene: Scene, allowed: Allowed) -> Iterator[str]:
    """What operations are told by e-mail comes to each channel of its severity, and once.

    An alert that was sent twice has two mails whose times differ, and each channel has one of them.
    """
    same = _alert_of if allowed.told_twice else str
    wanted = {
        (channel, same(escaped(mail["corpo"]))): mail["atributos"]["codigo"]
        for mail in _mails(scene)
        for channel in channels_of(mail["atributos"]["severidade"])
    }

    def missing() -> list[tuple[str, str]]:
        there = {(channel, same(text)) for channel, text in _on_slack(scene)}
        return [one for one in wanted if one not in there]

    with suppress(AssertionError):
        eventually(lambda: not missing(), SLACK_S, pause_s=0.2)
    for one in missing():
        yield f"I5 {one[0]} was never told {wanted[one]}"
    for (channel, _), times in _on_slack(scene).items():
        if times > 1 and not allowed.told_twice:
            yield f"I5 {channel} was told the same {times} times"


def _alert_of(text: str) -> str:
    """Its title and its job: the notifier knows by its id what it has told, whatever the time in it."""
    title, *lines = text.splitlines()
    return "\n".join([title, *(line for line in lines if line.startswith("Job ID: "))])


def _on_slack(scene: Scene) -> Counter[tuple[str, str]]:
    """By channel and text, of the scene's day."""
    lines = [line for line in _lines(scene) if line["canal"] == "slack"]
    return Counter((line["destino"], line["corpo"].replace(_FENCE, "")) for line in lines)


def _mails(scene: Scene) -> list[dict[str, Any]]:
    """To operations, of the scene's day, oldest first."""
    lines = (line for line in _lines(scene) if line["destino"] == OPERATIONS)
    return [line for line in lines if line["atributos"].get("codigo") not in _OF_NO_RUN]


def _lines(scene: Scene) -> list[dict[str, Any]]:
    names = day_names(scene.reference_date)
    lines = map(json.loads, told(scene.hurt)[scene.told_before :])
    return [line for line in lines if any(name in line["corpo"] for name in names)]


def _explained(scene: Scene, day: Day) -> Iterator[str]:
    """An order that is equal, one that diverges and one that nobody knows, as the oracle has them."""
    divergent = [str(row["ordem_id"]) for row in day.truth.divergences]
    equal = sorted(set(day.truth.valid) - set(divergent))
    keys = [scene.dice.choice(some) for some in (divergent, equal) if some]
    for key in (*keys, _NOBODYS_ORDER):
        asked = {"ordem_id": key, "dia": str(day.date), "desde": str(day.date)}
        answer = scene.invoke("reconciliation-explain", json.dumps(asked).encode())
        wanted = expected(day, key)
        if not answer.get("ok"):
            yield f"I1 {key} is not explained: {answer}"
            continue
        found = said(answer["explicacao"], wanted)
        for name in wanted:
            if _plain(found[name]) != _plain(wanted[name]):
                yield f"I1 of {key} {name} is said to be {found[name]}, not {wanted[name]}"


_plain = partial(json.dumps, default=str, sort_keys=True)
"""Whether a list or a tuple, it is the same."""
