"""One day on one stack, as faults hurt it and an operator goes on with it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import psycopg2
from botocore.exceptions import ClientError

from tests.chaos.moments import MOMENTS
from tests.chaos.proxy import Proxy
from tests.faults.desk import Desk
from tests.faults.invariants import Watched, watched
from tests.faults.looking import OPERATIONS, base_checksum, base_rows, day_names, is_reminder, told
from tests.oracle import BaseRow

FINE = ("SUCCEEDED", "ABNORMAL_RATE")
"""Codes of what is told of a published day."""
_ASK_NOTHING = (*FINE, "ALARM", "DAILY_CHECK")
QUIET_S = 150
_TRIES = 5


@dataclass
class Scene(Desk):
    """`body` is sent first under `name`; `given` are an execution's members where it is started by hand."""

    proxy: Proxy = field(kw_only=True)
    dice: Random = field(kw_only=True)
    sent: bytes = b""
    name: str = "input.csv"
    is_event: bool = True
    given: dict[str, Any] = field(default_factory=dict)
    bases: list[list[BaseRow]] = field(default_factory=list)
    """What the base held, one after the other: a run may have read any."""
    over: threading.Event = field(default_factory=threading.Event)
    """Nothing of what the faults hurt runs any more."""
    followed: int = 0
    """Alerts that were followed."""
    newest: str = ""
    """The text of the last one of them."""
    _inputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sent = self.body
        self.hurt.load(self.day)
        self.seen: Watched = watched(self.hurt, self.day)
        self.known = {one["executionArn"] for one in self.hurt.listed()}
        self.note_base()

    @property
    def key(self) -> str:
        return f"{self.reference_date}/{self.name}"

    # --- what there is

    def executions(self) -> list[str]:
        """Those of this scene and day, oldest first."""
        arns = (str(one["executionArn"]) for one in reversed(self.hurt.listed()))
        return [arn for arn in arns if arn not in self.known and self._is_ours(arn)]

    def _is_ours(self, arn: str) -> bool:
        if arn not in self._inputs:
            self._inputs[arn] = self.described(arn)["input"]
        return any(name in self._inputs[arn] for name in day_names(self.reference_date))

    def described(self, arn: str) -> dict[str, Any]:
        return dict(self.hurt.client("stepfunctions").describe_execution(executionArn=arn))

    def is_running(self) -> bool:
        return any(self.described(arn)["status"] == "RUNNING" for arn in self.executions())

    def is_published(self) -> bool:
        """And released."""
        try:
            held = self.hurt.day_object(self.reference_date)
        except self.hurt.client("s3").exceptions.NoSuchKey:
            return False
        return held["state"] == "PUBLISHED" and held["holder"] is None

    def alarms(self) -> list[dict[str, Any]]:
        """The e-mails to operations since the scene began that ask for something to be done, oldest first."""
        lines = map(json.loads, told(self.hurt)[self.told_before :])
        names = day_names(self.reference_date)
        mails = [
            line
            for line in lines
            if line["destino"] == OPERATIONS and any(name in line["corpo"] for name in names)
        ]
        return [
            mail
            for mail in mails
            if mail["atributos"].get("codigo") not in _ASK_NOTHING and not is_reminder(mail)
        ]

    # --- the base

    def ask(self, statement: str) -> Any:
        """As the base's owner, by itself; answers the rows."""
        connection = psycopg2.connect(self.hurt.stack.base_database_url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def note_base(self) -> None:
        """As it is now, on purpose."""
        self.bases.append(base_rows(self.hurt))
        self.seen.base_before = base_checksum(self.hurt)

    # --- what is done

    def begin(self) -> None:
        """The file comes, and the run with it."""
        if self.is_event:
            self.hurt.upload(self.key, self.sent)
        else:
            with self.hurt._unheard():
                self.hurt.upload(self.key, self.sent)
            self.hurt.start({"s3_key": self.key, **self.given})

    def settle(self) -> None:
        """Until nothing runs, and the watchdog has had its turn, as every five minutes."""
        limit = time.monotonic() + QUIET_S
        while self.is_running() or self.hurt.processes():
            assert time.monotonic() < limit, f"still running: {self.executions()} {self.hurt.processes()}"
            time.sleep(0.3)

    def watch(self) -> None:
        self.invoke("reconciliation-watchdog", b"{}")

    def invoke(self, function: str, payload: bytes) -> dict[str, Any]:
        """As AWS's services do, which try again where Lambda is busy; answers what the function did.

        A function's own failure is its own.
        """
        for _ in range(_TRIES):
            with suppress(ClientError):
                answer = self.hurt.client("lambda").invoke(FunctionName=function, Payload=payload)
                return dict(json.loads(answer["Payload"].read() or b"null") or {})
        return {}

    @contextmanager
    def at(self, moment: str, *, is_held: bool) -> Iterator[Any]:
        """Yields what says whether the moment's request came: held while the block lasts, or let through."""
        service, target = MOMENTS[moment]
        rule = {"service": service, "target": target.replace("DAY", str(self.reference_date)), "times": 1}
        with self.hurt.faults({**rule, "do": "hold" if is_held else "see"}) as met:
            yield lambda: met()[0]

    def follow_newest(self, mends: dict[str, ExitStack]) -> str | None:
        """What the newest alert says, its commands pasted; answers its code, None where there is none left.

        `mends` are by code what a person mends who is told it.
        """
        waiting = self.alarms()[self.followed :]
        if not waiting:
            return None
        self.followed += len(waiting)
        code = str(waiting[-1]["atributos"]["codigo"])
        self.broken = mends.get(code) or ExitStack()
        if code not in _LOOKED_AT_FIRST:
            self.broken.close()
        self.newest = str(waiting[-1]["corpo"])
        self.follow(self.newest)
        return code

    def until(self, met: Any) -> bool:
        """Whether it came before the scene was over."""
        while not self.over.is_set():
            if met():
                return True
            time.sleep(0.05)
        return False


_LOOKED_AT_FIRST = ("RDS_UNREACHABLE", "RDS_AUTH", "E_BASE_SCHEMA", "E_BASE_SESSION", "BASE_EMPTY")
"""Codes whose first commands show the fault, before a person mends it."""
