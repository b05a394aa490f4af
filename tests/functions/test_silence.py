"""A service that takes a connection and says nothing, over a real socket: what it costs who asks."""

import ast
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest
from botocore.config import Config

from infra.app import ROOT
from infra.functions import CLOSE_RUN, PREPARE_RUN, SLACK_NOTIFIER, WATCHDOG
from lambdas import ports
from reconciliation.adapters import slack
from reconciliation.adapters.patience import COPYING, HASTY, PROMPT
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.lifecycle.holders import AT_MOST
from reconciliation.objects import StoredObject
from tests.functions.socket_s3 import served

WHERE = Location("checkpoints", "days/2026-02-16.json")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")


@dataclass
class Bucket:
    """S3 with one object, that never answers the first of its GETs and is slow to answer a copy."""

    asked: list[str] = field(default_factory=list)
    copy_takes_s: float = 0.0


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    bucket, over = Bucket(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bucket.asked.append(self.command)
            if bucket.asked == ["GET"]:
                over.wait()
                return
            self.answer(b"{}")

        def do_PUT(self) -> None:
            bucket.asked.append(self.command)
            over.wait(bucket.copy_takes_s)
            self.answer(b"<CopyObjectResult><ETag>&quot;copy&quot;</ETag></CopyObjectResult>")

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            for name, value in (("ETag", '"e"'), ("Last-Modified", formatdate(0, usegmt=True))):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # whoever asked waits no more
                self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = served(Handler)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield bucket
    over.set()
    server.shutdown()
    server.server_close()


def sooner(config: Config) -> Config:
    """It, with a twentieth of its times."""
    shorter = {name: getattr(config, name) / 20 for name in ("connect_timeout", "read_timeout")}
    return config.merge(Config(**shorter))


def saved_s(config: Config, tries: int = 1) -> float:
    """By which so many silences are shorter to who waits `sooner`."""
    return tries * (config.read_timeout - sooner(config).read_timeout)


def test_one_silent_socket_leaves_prepare_run_its_time(bucket: Bucket) -> None:
    """It has time for the wait for another's end, and for all the rest."""
    began = time.monotonic()
    stored = Store(config=sooner(PROMPT)).get(WHERE)
    took_s = time.monotonic() - began + saved_s(PROMPT)
    assert stored is not None
    assert (stored.body, bucket.asked) == (b"{}", ["GET"] * 2)
    assert took_s + AT_MOST.total_seconds() < PREPARE_RUN.timeout_s * 2 / 3


def test_a_copy_may_take_longer_than_what_is_small(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 5 GB, say: it is asked for once, in nearly all of a function's minute."""
    for name in ("PROMPT", "COPYING"):
        monkeypatch.setattr(ports, name, sooner(getattr(ports, name)))
    monkeypatch.setattr(ports.Ports, "__init__", lambda _: None)
    bucket.copy_takes_s = ports.PROMPT.read_timeout * 2
    source = StoredObject(b"", '"ready"', None, {}, WHERE, datetime.now(UTC), 5 * 10**9)
    assert ports.Ports().store.copy(source, Location("output", "a"), None, {}) == '"copy"'  # type: ignore[call-arg]
    assert bucket.asked == ["PUT"]


def test_a_copy_that_says_nothing_leaves_who_asked_some_of_its_time() -> None:
    """A function of a minute is cut in the second of three, and called again; the watchdog is not."""
    once_s = COPYING.connect_timeout + COPYING.read_timeout
    assert PROMPT.read_timeout * 4 < once_s < CLOSE_RUN.timeout_s
    assert once_s * COPYING.retries["total_max_attempts"] < WATCHDOG.timeout_s * 3 / 4


def test_a_silent_secret_is_no_silent_notifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two channels has one; Lambda calls again what has failed, and would kill what waits."""
    monkeypatch.setattr(slack, "HASTY", sooner(HASTY))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(slack.NotTold, match="ReadTimeoutError"):
            slack.webhook("reconciliation-slack-oncall-webhook")
    took_s = time.monotonic() - began + saved_s(HASTY, HASTY.retries["total_max_attempts"])
    assert took_s < SLACK_NOTIFIER.timeout_s / 2


def test_every_client_of_the_system_waits_as_one_place_says() -> None:
    """botocore's own minute, and five tries, are longer than most functions have."""
    calls = [
        (path.relative_to(ROOT).as_posix(), call)
        for folder in ("reconciliation", "lambdas", "glue_jobs")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
    ]
    clients = [each for each in calls if ast.unparse(each[1].func) == "boto3.client"]
    assert len(clients) > 8
    without = [(path, ast.unparse(call)) for path, call in clients if "config=" not in ast.unparse(call)]
    assert without == []
    makers = {path for path, call in calls if ast.unparse(call.func) == "Config"}
    assert makers == {"reconciliation/adapters/patience.py"}
