"""A job whose keys come from a metadata service, which is busy at first: boto3 asks a server like it."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from glue_jobs import base_by_many, credentials, stores
from glue_jobs.credentials import METADATA_VARIABLES, require_credentials, use_region
from reconciliation.adapters.store import Store
from reconciliation.plan import Plan
from tests.memory_s3 import MemoryS3

KEYS = (
    '{"Code": "Success", "AccessKeyId": "AKIA", "SecretAccessKey": "s", "Token": "t",'
    ' "Expiration": "2099-01-01T00:00:00Z"}'
)


class Metadata(ThreadingHTTPServer):
    """Instance metadata, version 2; the next `busy` requests are answered 503."""

    busy = 0
    asked = 0

    def answer(self, path: str) -> tuple[int, str]:
        self.asked += 1
        if self.busy:
            self.busy -= 1
            return 503, ""
        return 200, {"token": "T", "security-credentials": "role"}.get(path.strip("/").split("/")[-1], KEYS)


class _Handler(BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        status, text = self.server.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_PUT = do_GET  # noqa: N815 - the base class calls it so

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Metadata]:
    """Its keys are the only ones, and no client was made before."""
    with Metadata(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        stores.process_store.cache_clear()
        yield server
        stores.process_store.cache_clear()
        server.shutdown()


def test_the_driver_asks_more_than_once(metadata: Metadata) -> None:
    use_region("sa-east-1")
    metadata.busy = 2
    assert boto3.client("s3")._get_credentials() is not None, "what a client is without, it stays without"


def test_a_worker_asks_as_the_driver_does(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    """That these variables get to a worker is tests/jobs/test_spark.py's."""
    for name, value in METADATA_VARIABLES.items():
        monkeypatch.setenv(name, value)
    metadata.busy = 2
    assert boto3.client("s3", region_name="sa-east-1")._get_credentials() is not None


def test_what_is_silent_for_longer_is_waited_for(metadata: Metadata) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        metadata.busy = 9 if len(waited) < 3 else 0

    assert require_credentials(sleep) == "iam-role"
    assert waited == [0, 1, 2]


def test_a_store_without_credentials_is_not_kept(metadata: Metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "WAITS_S", (0.0, 0.0))
    metadata.busy = 10**6
    with pytest.raises(NoCredentialsError):
        stores.process_store()
    metadata.busy, before = 0, metadata.asked
    assert stores.process_store() is stores.process_store()
    assert metadata.asked - before == 3, "token, role and keys, once"


def test_the_log_says_what_gives_them(metadata: Metadata, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(stores.driver_store("sa-east-1"), Store)
    assert '"event": "credentials_found", "provider": "iam-role"' in capsys.readouterr().out
    assert boto3.client("s3").meta.region_name == "sa-east-1"


def test_a_reader_of_the_base_has_them_before_its_secret(validated: tuple[Store, Plan]) -> None:
    """A worker's first work may be a share of the base, and botocore waits for nobody."""
    calls: list[str] = []

    def make() -> Store:
        calls.append("store")
        return Store(MemoryS3())

    class Share:
        def open(self) -> Any:
            calls.append("secret")
            return nullcontext(self)

        def day_rows(self, _: Any) -> list[Any]:
            return []

    assert not list(base_by_many._read_share(validated[1], make, Share()))
    assert calls == ["store", "secret"]
