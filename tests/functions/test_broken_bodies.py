"""An answer of S3 that breaks off in its body: what is read is the object's bytes all the same, or an error.

botocore repeats a request only until the headers are there, so the answers come over a socket here.
"""

from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from tests.functions.socket_s3 import client_of, served

WHERE = Location("ingress", "2026-02-16/input.csv")
TRIES = 4


class Broken:
    """A bucket with one object. `cuts` says of each answer in turn how many bytes of its body arrive."""

    def __init__(self) -> None:
        self.cuts: list[int] = []
        self.asked: list[tuple[str | None, bool]] = []
        """Of each request the range, and whether it asked for this very version."""
        self.body = self.etag = b""
        broken = self

        class Bucket(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # else a body waits 40 ms until its headers are acknowledged

            def do_GET(self) -> None:
                broken.answer(self)

            def log_message(self, *_: object) -> None: ...

        self.server = served(Bucket)
        self.store = Store(client_of(self.server), sleep=lambda _: None)

    def holds(self, body: bytes, cuts: list[int], etag: bytes = b'"first"') -> None:
        self.body, self.cuts, self.asked, self.etag = body, list(cuts), [], etag

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        span, condition = request.headers["Range"], request.headers["If-Match"]
        self.asked.append((span, "versionId=v1" in request.path and condition is not None))
        if condition and condition != self.etag.decode():
            request.send_response(412)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        first, last = map(int, span.removeprefix("bytes=").split("-")) if span else (0, len(self.body) - 1)
        part = self.body[first : last + 1]
        request.send_response(206 if span else 200)
        for name, value in (("ETag", self.etag.decode()), ("x-amz-version-id", "v1")):
            request.send_header(name, value)
        request.send_header("Last-Modified", formatdate(0, usegmt=True))
        request.send_header("Content-Length", str(len(part)))
        request.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(part)
        request.wfile.write(part[:cut])
        request.close_connection = cut < len(part)


@pytest.fixture(scope="module")
def broken() -> Iterator[Broken]:
    found = Broken()
    yield found
    found.server.shutdown()
    found.server.server_close()


BODIES = st.binary(max_size=60)
CUTS = st.lists(st.integers(0, 60), max_size=8)


@given(body=BODIES, cuts=CUTS, chunk_bytes=st.integers(1, 20))
def test_a_stream_is_the_object_wherever_it_breaks(
    broken: Broken, body: bytes, cuts: list[int], chunk_bytes: int
) -> None:
    broken.holds(body, cuts)
    got = b""
    try:
        for chunk in broken.store.stream(WHERE, None, chunk_bytes):
            assert 0 < len(chunk) <= chunk_bytes
            got += chunk
    except BotoCoreError:
        assert len(broken.asked) >= TRIES
        assert body.startswith(got)
    else:
        assert got == body
    assert broken.asked[0] == (None, False)
    assert all(is_pinned for _, is_pinned in broken.asked[1:])


@given(body=BODIES, cuts=CUTS, offset=st.integers(0, 59), length=st.integers(1, 60))
def test_what_is_read_whole_is_read_again(
    broken: Broken, body: bytes, cuts: list[int], offset: int, length: int
) -> None:
    for read, expected in (
        (lambda: broken.store.get(WHERE), body),
        (lambda: broken.store.document(WHERE), body),
        (lambda: broken.store.get_range(WHERE, offset, length), body[offset : offset + length]),
    ):
        broken.holds(body, cuts)
        try:
            stored = read()
        except BotoCoreError:
            assert len(broken.asked) == TRIES
        else:
            assert getattr(stored, "body", stored) == expected


def test_a_stream_goes_on_after_every_chunk(broken: Broken) -> None:
    """Only tries that bring nothing are counted."""
    broken.holds(b"0123456789", [1] * 10)
    assert b"".join(broken.store.stream(WHERE, None, 1)) == b"0123456789"
    assert [span for span, _ in broken.asked][:3] == [None, "bytes=1-9", "bytes=2-9"]


def test_a_stream_does_not_go_on_in_another_object(broken: Broken) -> None:
    broken.holds(b"0123456789", [4])
    chunks = broken.store.stream(WHERE, None, 4)
    assert next(chunks) == b"0123"
    broken.etag = b'"second"'
    with pytest.raises(ClientError, match="412"):
        next(chunks)


def test_what_breaks_every_time_is_an_error(broken: Broken) -> None:
    for read in (
        lambda: broken.store.get(WHERE),
        lambda: broken.store.document(WHERE),
        lambda: broken.store.get_range(WHERE, 2, 4),
        lambda: list(broken.store.stream(WHERE, None, 4)),
    ):
        broken.holds(b"0123456789", [0] * 9)
        with pytest.raises(BotoCoreError):
            read()
        assert len(broken.asked) == TRIES
