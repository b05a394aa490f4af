"""The scenarios of tests/endings without one right: the code itself at boto3's boundary, in milliseconds."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError

from local.place import ACCOUNT
from tests.endings import asked
from tests.endings.catalogue import SCENARIOS
from tests.endings.recording import path_of, record
from tests.rights.deny.denial import Denial
from tests.rights.granted import Right, is_allowed, needing

_CODES = {"s3": "AccessDenied", "sns": "AuthorizationError"}


@dataclass(frozen=True)
class Use:
    """What a scenario needs, and how long it takes."""

    name: str
    needs: frozenset[Right]
    seconds: float


def uses(grants: Iterable[Right]) -> list[Use]:
    """Of each scenario by itself, the quickest first."""
    listed = list(grants)
    return sorted((_use(name, listed) for name in SCENARIOS), key=lambda use: use.seconds)


def _use(name: str, grants: list[Right]) -> Use:
    began = time.monotonic()
    with mock.patch.object(asked, "RIGHTS", set()) as found:
        record(SCENARIOS[name])
    return Use(name, frozenset(needing(grants, (Right(*one) for one in found))), time.monotonic() - began)


def deny(right: Right, known: Iterable[Use]) -> Denial | None:
    """By the first scenario that ends otherwise without it; the last one tried, where none does."""
    tried: Denial | None = None
    for use in (use for use in known if right in use.needs):
        tried = without(right, use.name)
        if tried.is_seen:
            break
    return tried


def without(right: Right, name: str) -> Denial:
    usual = json.loads(path_of(name).read_text(encoding="utf-8"))
    with _refusing(right) as refused:
        try:
            ended = json.loads(json.dumps(record(SCENARIOS[name])))
        except Exception as exc:  # the script itself found its world another one
            return Denial(right, f"scenario {name}", bool(refused), f"{type(exc).__name__}: {exc}", "")
    others = [part for part in usual if part != "scenario" and ended[part] != usual[part]]
    told = f"{_ends(ended)} (other: {', '.join(others)})" if others else _ends(usual)
    return Denial(right, f"scenario {name}", bool(refused), told, _ends(usual))


@contextmanager
def _refusing(right: Right) -> Iterator[list[Right]]:
    """Whatever needs the right is refused, as the service says it."""
    refused: list[Right] = []

    def note(role: str, service: str, operation: str, given: dict[str, Any], **more: bool) -> None:
        for one in map(Right._make, asked.wanted(role, service, operation, given, **more)):
            if one.role == right.role and is_allowed([right], one):
                refused.append(one)
                who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{role}"
                text = f"{who} is not authorized to perform: {one.action} on resource: {one.resource}"
                code = _CODES.get(service, "AccessDeniedException")
                raise ClientError({"Error": {"Code": code, "Message": text}}, operation)

    with mock.patch.object(asked, "note", note):
        yield refused


def _ends(ended: dict[str, Any]) -> str:
    """How the executions ended, what functions answered that failed, and the alerts' codes."""
    runs = [" ".join(filter(None, (run["status"], run.get("error")))) for run in ended["executions"]]
    failed = [f"{name} failed" for answer in ended["answers"] for name, it in answer.items() if _failed(it)]
    return "; ".join([*runs, *failed, *(alert["body"]["codigo"] for alert in ended["alerts"])])


def _failed(answer: Any) -> bool:
    return isinstance(answer, dict) and "failed" in answer
