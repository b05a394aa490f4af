"""A 404 without S3's own words: nobody believes by it that an object is absent, or that a write was lost.

botocore makes its code of such an answer's status, so the answers come over a socket here.
"""

from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from reconciliation.adapters.store import Store
from reconciliation.adapters.undecided import WAITS_S
from reconciliation.layout import Location
from reconciliation.objects import Absent, ConditionFailed
from tests.functions.socket_s3 import answered_by, client_of
from tests.functions.world import World

WHERE = Location("checkpoints", "days/2026-02-16.json")
BODY = b'{"of": "the day"}'
NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
NAMELESS = [
    b"",
    b"no such host",
    b"<html><body>404 Not Found</body></html>",
    b"<Error><Code>NotFound</Code></Error>",
    b"<Error><Message>no</Message></Error>",
    b"<Error><Code/></Error>",
    b"<Error>Not Found</Error>",
]
READS: list[Callable[[Store], Any]] = [
    lambda store: store.get(WHERE).body,
    lambda store: store.document(WHERE).body,
    lambda store: store.get(WHERE, "v1").body,
    lambda store: store.get_end(WHERE, 99).body,
    lambda store: store.get_range(WHERE, 0, len(BODY)),
    lambda store: b"".join(store.stream(WHERE, None)),
    lambda store: store.head(WHERE) and BODY,
]


class Between:
    """A proxy before a bucket with one object: `says` is what it answers itself, request by request."""

    def __init__(self) -> None:
        self.says: list[bytes] = []
        self.asked: list[str] = []
        self.waited: list[float] = []
        self.holds = True
        self.nonce = ""
        self.server = answered_by(self.answer)
        self.store = Store(client_of(self.server), sleep=self.waited.append)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.command)
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if request.command == "PUT":
            self.nonce = request.headers["x-amz-meta-nonce"]
        if self.says:
            status, body = 404, self.says.pop(0)
        else:
            status, body = (200, BODY) if self.holds else (404, NO_SUCH_KEY)
            body = b"" if request.command == "PUT" else body
        request.send_response(status)
        request.send_header("ETag", '"one"')
        request.send_header("Last-Modified", formatdate(0, usegmt=True))
        request.send_header("x-amz-meta-nonce", self.nonce)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)


@pytest.fixture
def between() -> Iterator[Between]:
    found = Between()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.mark.parametrize("nameless", NAMELESS)
@pytest.mark.parametrize("read", READS)
def test_an_object_is_read_though_somebody_says_that_it_is_not_there(
    between: Between, read: Callable[[Store], Any], nameless: bytes
) -> None:
    between.says = [nameless] * len(WAITS_S)
    assert read(between.store) == BODY
    assert len(between.asked) == len(WAITS_S) + 1
    assert set(between.waited) <= set(WAITS_S)


@pytest.mark.parametrize("nameless", NAMELESS)
@pytest.mark.parametrize("read", READS)
def test_what_never_has_s3s_own_words_is_an_error_that_names_the_object(
    between: Between, read: Callable[[Store], Any], nameless: bytes
) -> None:
    between.says = [nameless] * 99
    with pytest.raises(
        ClientError, match=r"sem código de erro do S3, de s3://checkpoints/days/2026-02-16\.json"
    ):
        read(between.store)
    assert between.asked.count("GET") == len(WAITS_S) + 1


def test_what_s3_says_is_absent_is_so_at_once(between: Between) -> None:
    between.holds = False
    assert (
        between.store.get(WHERE) is between.store.document(WHERE) is between.store.get_end(WHERE, 1) is None
    )
    assert between.store.get(WHERE, "v1") is None
    assert between.asked == ["GET"] * 4
    assert between.store.head(WHERE) is None
    assert between.asked[4:] == ["HEAD", "GET"], "a HEAD's answer has no words: GET's has"
    with pytest.raises(Absent):
        between.store.get_range(WHERE, 0, 1)
    with pytest.raises(Absent):
        next(between.store.stream(WHERE, None))
    assert between.waited == []


def test_a_write_of_which_nobody_knows_is_tried_again(between: Between) -> None:
    """It was no loss, which a taker of the day would believe of a ConditionFailed."""
    between.says = [b""] * len(WAITS_S)
    assert between.store.swap(WHERE, b"new", '"old"') == '"one"'
    between.says = [b""] * (len(WAITS_S) + 1)
    assert between.store.create(WHERE, b"new") == '"one"', "it stands there, with the nonce of this write"


def test_a_write_that_nobody_took_is_an_error_and_no_loss(between: Between) -> None:
    between.says = [b""] * (len(WAITS_S) + 1)
    between.holds = False
    with pytest.raises(ClientError, match=r"days/2026-02-16\.json"):
        between.store.create(WHERE, b"new")


def test_what_may_not_have_been_deleted_is_an_error(between: Between) -> None:
    between.says = [b""] * 99
    with pytest.raises(ClientError, match=r"days/2026-02-16\.json"):
        between.store.delete(WHERE, '"one"')


def test_the_emulated_s3_has_the_words_of_s3(world: World) -> None:
    """Of what a reader asks for that is not there; API_GetObject.html, userguide/DeleteMarker.html."""
    s3: Any = boto3.client("s3")
    where = {"Bucket": WHERE.bucket, "Key": WHERE.key}

    def word(call: Callable[..., Any], **given: Any) -> str:
        with pytest.raises(ClientError) as refused:
            call(**where, **given)
        return str(refused.value.response["Error"]["Code"])

    assert (word(s3.get_object), word(s3.head_object)) == ("NoSuchKey", "404")
    etag = world.store.put(WHERE, b"there")
    version = s3.head_object(**where)["VersionId"]
    assert word(s3.get_object, VersionId="no-such-version") in {"NoSuchVersion", "InvalidArgument"}
    world.store.delete(WHERE, etag)
    assert word(s3.get_object) == "NoSuchKey"
    s3.delete_object(**where, VersionId=version)
    assert word(s3.get_object, VersionId=version) == "NoSuchVersion"
    assert word(s3.put_object, Body=b"", IfMatch=etag) == "NoSuchKey"
    with pytest.raises(ConditionFailed):
        world.store.swap(WHERE, b"over nothing", etag)
