"""A service that takes a connection and says nothing, over a real socket: what it costs who asks."""

import ast
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest

from infra.app import ROOT
from infra.functions import PREPARE_RUN, SLACK_NOTIFIER
from reconciliation.adapters import slack
from reconciliation.adapters.patience import PROMPT
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.lifecycle.holders import AT_MOST
from tests.functions.socket_s3 import served

WHERE = Location("checkpoints", "days/2026-02-16.json")


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")


@pytest.fixture
def silent_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """S3 that never answers the first request, and the next ones at once; yields what was asked."""
    asked, over = list[str](), threading.Event()

    class Bucket(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if len(asked) == 1:
                over.wait()
                return
            self.send_response(200)
            for name, value in (("ETag", '"e"'), ("Last-Modified", formatdate(0, usegmt=True))):
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None: ...

    server = served(Bucket)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield asked
    over.set()
    server.shutdown()
    server.server_close()


def test_one_silent_socket_leaves_prepare_run_its_time(silent_once: list[str]) -> None:
    """By the functions' own numbers: it has time for the wait for another's end, and for all the rest."""
    began = time.monotonic()
    stored = Store(config=PROMPT).get(WHERE)
    took_s = time.monotonic() - began
    assert stored is not None
    assert (stored.body, len(silent_once)) == (b"{}", 2)
    assert took_s + AT_MOST.total_seconds() < PREPARE_RUN.timeout_s * 2 / 3


def test_a_silent_secret_is_no_silent_notifier(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two channels has one; Lambda calls again what has failed, and would kill what waits."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        with pytest.raises(slack.NotTold, match="ReadTimeoutError"):
            slack.webhook("reconciliation-slack-oncall-webhook")
    assert time.monotonic() - began < SLACK_NOTIFIER.timeout_s / 2


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
