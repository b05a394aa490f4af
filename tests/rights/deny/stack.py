"""One local stack, on which each right is denied by itself while an act that needs it is done.

First each act is done with nothing denied, so that the guard's record says which rights it needs and how long
it takes. Then for each right the quickest act that needs it is done under an explicit Deny of that action on
that resource in the role's policies (`iam put-role-policy`: a changed policy counts from then on), and once
more after the rights of an act, with nothing denied: each of them must be used again.
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.names import OPERATOR
from local.stack import running_stack
from tests.e2e.conftest import Operator
from tests.rights import kept
from tests.rights.deny.acts import acts, blocks
from tests.rights.deny.denial import Denial
from tests.rights.deny.hands import Act, Hands
from tests.rights.granted import Right, is_allowed, needing
from tests.sparks import choosing

SETTLED_S = 3.0
"""After an act, for what goes on behind it: a function that it set off may begin in a new process."""


@dataclass(frozen=True)
class Need:
    """An act that needs a right: a request of it that does, how long the act takes, what it tells."""

    act: Act
    request: Right
    seconds: float
    usual: str


@contextmanager
def hands() -> Iterator[Hands]:
    """On a stack of their own, which writes each use of a right down; its jobs run without Spark."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        server = running_stack(folder / "stack", program="tests.rights.deny.server")
        with server as stack, choosing(stack):
            yield Hands(Operator(stack, folder), folder)


class Record:
    """The guard's, read from where it was."""

    def __init__(self, file: Path) -> None:
        self._file, self._place = file, file.stat().st_size if file.exists() else 0

    def used_and_refused(self) -> tuple[set[Right], set[Right]]:
        with self._file.open() as record:
            record.seek(self._place)
            lines = [json.loads(line) for line in record if line.endswith("\n")]
        rights = [(Right(line["who"], line["action"], line["resource"]), "refused" in line) for line in lines]
        used = {right for right, is_refused in rights if not is_refused}
        return used, {right for right, is_refused in rights if is_refused}


def needs_of(
    grants: Sequence[Right], with_hands: Hands, roles: set[str], named: str = ""
) -> dict[Right, list[Need]]:
    """By right the acts that need it, the quickest first, each done once: of those `named` by a pattern."""
    found: dict[Right, list[Need]] = defaultdict(list)
    every = acts(with_hands) + (blocks(with_hands) if OPERATOR in roles else [])
    for act in (act for act in every if re.match(named, act.name)):
        record, began = _record(with_hands), time.monotonic()
        usual = act.told()
        seconds = time.monotonic() - began
        time.sleep(SETTLED_S)
        needed = needing(grants, record.used_and_refused()[0])
        print(f"{act.name}: {usual}; {len(needed)} rights, {seconds:.1f} s", flush=True)
        for right, request in needed.items():
            found[right].append(Need(act, request, seconds, usual))
    return {right: sorted(needs, key=lambda need: need.seconds) for right, needs in found.items()}


def deny_each(
    known: Mapping[Right, Sequence[Need]], with_hands: Hands, keep: Callable[[Denial], None]
) -> list[Right]:
    """Each right in turn, by the quickest act. Answers those that were not used again with nothing denied."""
    by_act: dict[str, list[Right]] = defaultdict(list)
    for right, needs in known.items():
        by_act[needs[0].act.name].append(right)
    lost: list[Right] = []
    for rights in by_act.values():
        for right in rights:
            keep(_denial(right, known[right], with_hands))
        lost += _not_used_again(rights, known, with_hands)
    return lost


def _denial(right: Right, needs: Sequence[Need], with_hands: Hands) -> Denial:
    """By the first act whose doer sees it; by the last of the six quickest, where none does."""
    for need in needs[:6]:
        with_hands.renew(right.role)
        with denied(with_hands, right, need.request):
            record = _record(with_hands)
            told = need.act.told()
            is_refused = _is_refused(right, record)
        found = Denial(right, f"stack {need.act.name}", is_refused, told, need.usual)
        if found.is_seen:
            break
    return found


def _is_refused(right: Right, record: Record) -> bool:
    """As soon as the guard says so, or after a while."""
    limit = time.monotonic() + SETTLED_S
    while True:
        refused = record.used_and_refused()[1]
        if any(one.role == right.role and is_allowed([right], one) for one in refused):
            return True
        if time.monotonic() > limit:
            return False
        time.sleep(0.1)


def _not_used_again(
    rights: Iterable[Right], known: Mapping[Right, Sequence[Need]], with_hands: Hands
) -> list[Right]:
    listed = list(rights)
    for role in {right.role for right in listed}:
        with_hands.renew(role)
    need, record = known[listed[0]][0], _record(with_hands)
    told = need.act.told()
    time.sleep(SETTLED_S)
    used = record.used_and_refused()[0]
    print(f"{need.act.name}, with nothing denied: {told}", flush=True)
    again = {right for right in listed for one in used if one.role == right.role and is_allowed([right], one)}
    return [right for right in listed if right not in again or told != need.usual]


@contextmanager
def denied(with_hands: Hands, right: Right, request: Right) -> Iterator[None]:
    """While the block lasts. A pattern that is no ARN is of what the deployment names: the request's own."""
    iam = with_hands.client("iam")
    is_arn = right.resource == "*" or right.resource.startswith("arn:")
    resource = right.resource if is_arn else request.resource
    statement = {"Effect": "Deny", "Action": right.action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    given: dict[str, Any] = {"RoleName": right.role, "PolicyName": "denied"}
    iam.put_role_policy(**given, PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(**given)


def _record(with_hands: Hands) -> Record:
    return Record(with_hands.operator.stack.directory / "rights.jsonl")


def known_to_need(rights: Iterable[Right]) -> set[Right]:
    """Those of them that a stack's request was seen to need."""
    seen = {use.right for use in kept.read() if "stack" in use.seen}
    return {right for right in rights if right in seen}
