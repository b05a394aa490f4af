"""What is kept of a scenario, as JSON."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests.endings import jobs, world
from tests.endings.account import BUCKETS
from tests.endings.machine import Machine
from tests.endings.world import World

FIXTURES: Final = Path(__file__).parent / "fixtures"
_LINE_MAX_CHARS: Final = 110
_INPUT_MAX_CHARS: Final = 500

Scenario = Callable[[World], None]


def record(scenario: Scenario) -> dict[str, Any]:
    """Runs it in a world of its own. Times are exact, since only the script lets time pass."""
    with world.opened(jobs.USUAL) as run:
        scenario(run)
        account = run.account
        kept = {
            "scenario": " ".join((scenario.__doc__ or "").split()),
            "executions": [_ended(machine) for machine in run.executions],
            "answers": run.answers,
            "alerts": [{**alert, "email": alert["email"].split("\n")} for alert in account.alerts],
            "metrics": [_metric(datum) for datum in account.metrics],
            "started": account.started,
            "stopped": account.stopped,
            "ingestions": account.ingestions,
            "objects": dict(_objects(run)),
        }
        named: dict[str, Any] = account.names.named(kept)
    named["objects"] = dict(sorted(named["objects"].items()))
    return named


def path_of(name: str) -> Path:
    return FIXTURES / f"{name}.json"


def to_text(value: Any, margin: str = "") -> str:
    """JSON as people read and compare it: what is short stands on one line."""
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or (len(short) <= _LINE_MAX_CHARS and margin):
        return short
    inner = margin + " "
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name, ensure_ascii=False)}: {to_text(item, inner)}" for name, item in value.items()
        ]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + to_text(item, inner) for item in value) + f"\n{margin}]"


def _ended(machine: Machine) -> dict[str, Any]:
    execution = machine.context["Execution"]
    told = {"name": execution["Name"], "input": _brief(execution["Input"]), "status": machine.status}
    if machine.status == "SUCCEEDED":
        return {**told, "output": machine.output}
    return {**told, "error": machine.error, "cause": _parsed(machine.cause or "")}


def _brief(given: Any) -> Any:
    text = json.dumps(given)
    return given if len(text) <= _INPUT_MAX_CHARS else f"{len(text)} characters"


def _metric(datum: dict[str, Any]) -> str:
    dimensions = ", ".join(f"{item['Name']}={item['Value']}" for item in datum["Dimensions"])
    moment = f"{datum['Timestamp']:%Y-%m-%dT%H:%M:%SZ}"
    name = f"{datum['Namespace']}/{datum['MetricName']}"
    return f"{name} {{{dimensions}}} {datum['Value']} {datum['Unit']} {moment}"


def _objects(run: World) -> Iterator[tuple[str, Any]]:
    """What the script wrote, and nobody touched since, is only named; reports are the script's in each."""
    account = run.account
    for bucket in BUCKETS:
        for key in account.s3.keys(bucket):
            if key.startswith("relatorios/"):
                continue
            found, where = account.s3.at(bucket, key), f"{bucket}/{key}"
            assert found is not None
            assert found.body is not None
            if account.scripted.get(where) == found.body:
                yield where, "as the script wrote it"
                continue
            metadata = {name: value for name, value in found.metadata.items() if name != "nonce"}
            yield (
                where,
                {"body": _parsed(found.body.decode()), **({"metadata": metadata} if metadata else {})},
            )


def _parsed(text: str) -> Any:
    """JSON as what it holds, any other text as it is."""
    try:
        return json.loads(text) if text[:1] == "{" else text
    except ValueError:
        return text
