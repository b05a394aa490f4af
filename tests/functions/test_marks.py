"""A success that is not S3's, as a sign-in page is one: nothing is listed, read, written or gone by it.

botocore makes an answer without members of it, and no error, so the answers come over a socket here.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.exceptions import ClientError

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.store import Store
from reconciliation.adapters.undecided import WAITS_S
from reconciliation.layout import Location
from reconciliation.objects import StoredObject
from tests.functions.socket_s3 import answered_by, client_of

BUCKET = Location("checkpoints", "days/")
WHERE = Location("checkpoints", "days/2026-02-16.json")
BODY = b'{"of": "the day"}'
DATE = "2026-02-16T08:00:00.000Z"
IMPOSTORS = [
    b"",
    b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Sign in</p></body></html>',
    b"<ListBucketResult><Name>another</Name><IsTruncated>false</IsTruncated>"
    b"<KeyCount>0</KeyCount></ListBucketResult>",
]


def page(*parts: str) -> bytes:
    return f"<Result><Name>checkpoints</Name>{''.join(parts)}</Result>".encode()


def key(name: str, kind: str, version: str = "") -> str:
    return (
        f"<{kind}><Key>{name}</Key><ETag>&quot;one&quot;</ETag><Size>1</Size>"
        f"<LastModified>{DATE}</LastModified>{version}</{kind}>"
    )


FIRST, LAST = "<IsTruncated>true</IsTruncated>", "<IsTruncated>false</IsTruncated>"
ONE_KEY = "<KeyCount>1</KeyCount>"
OBJECTS = {
    "": page(FIRST, ONE_KEY, "<NextContinuationToken>second</NextContinuationToken>", key("a", "Contents")),
    "second": page(LAST, ONE_KEY, key("b", "Contents")),
}
NEXT_VERSION = "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>"
VERSIONS = {
    "": page(FIRST, NEXT_VERSION, key(WHERE.key, "Version", "<VersionId>v2</VersionId>")),
    "v2": page(LAST, key(WHERE.key, "Version", "<VersionId>v1</VersionId>")),
}
COPIED = b"<CopyObjectResult><ETag>&quot;one&quot;</ETag></CopyObjectResult>"


class Between:
    """A proxy before a bucket: `says` is what it answers itself with 200, after `lets` requests."""

    def __init__(self) -> None:
        self.says: list[bytes] = []
        self.lets = 0
        self.asked: list[str] = []
        self.nonce = "another's"
        self.passes_on = False
        """Whether S3 has each write, whoever answers it."""
        self.server = answered_by(self.answer)
        self.store = Store(client_of(self.server), sleep=lambda _: None)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(request.command)
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if self.passes_on and request.command == "PUT":
            self.nonce = request.headers["x-amz-meta-nonce"]
        if len(self.asked) > self.lets and self.says:
            status, body, headers = 200, self.says.pop(0), {}
        else:
            status, body, headers = self.of_s3(request)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        if status != 204:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def of_s3(self, request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict[str, str]]:
        query = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
        if request.command == "DELETE":
            return 204, b"", {}
        if "list-type" in query:
            return 200, OBJECTS[query.get("continuation-token", [""])[0]], {}
        if "versions" in query:
            return 200, VERSIONS[query.get("version-id-marker", [""])[0]], {}
        headers = {
            "ETag": '"one"', "Last-Modified": formatdate(0, usegmt=True), "x-amz-meta-nonce": self.nonce,
        }  # fmt: skip
        if "x-amz-copy-source" in request.headers:
            return 200, COPIED, {}
        return 200, b"" if request.command == "PUT" else BODY, headers


@pytest.fixture
def between() -> Iterator[Between]:
    found = Between()
    yield found
    found.server.shutdown()
    found.server.server_close()


def copied(store: Store) -> str:
    source = StoredObject(b"", '"one"', None, {}, WHERE, datetime.now(UTC), 0)
    return store.copy(source, WHERE, None, {})


CALLS: list[tuple[Callable[[Store], Any], Any]] = [
    (lambda store: [listed.key for listed in store.list(BUCKET)], ["a", "b"]),
    (lambda store: list(store.versions(WHERE)), ["v2", "v1"]),
    (lambda store: store.get(WHERE).body, BODY),
    (lambda store: store.document(WHERE).body, BODY),
    (lambda store: store.get_range(WHERE, 0, len(BODY)), BODY),
    (lambda store: store.get_end(WHERE, 99).body, BODY),
    (lambda store: b"".join(store.stream(WHERE, None)), BODY),
    (lambda store: store.head(WHERE).etag, '"one"'),
    (lambda store: store.put(WHERE, BODY), '"one"'),
    (lambda store: store.create(WHERE, BODY), '"one"'),
    (copied, '"one"'),
    (lambda store: store.delete(WHERE, '"one"'), None),
]
LISTINGS = CALLS[:2]


@pytest.mark.parametrize("impostor", IMPOSTORS)
@pytest.mark.parametrize(("call", "answered"), CALLS)
def test_who_is_not_s3_is_asked_again(
    between: Between, call: Callable[[Store], Any], answered: Any, impostor: bytes
) -> None:
    between.says = [impostor] * len(WAITS_S)
    assert call(between.store) == answered
    assert len(between.asked) > len(WAITS_S)


@pytest.mark.parametrize("impostor", IMPOSTORS)
@pytest.mark.parametrize(("call", "_answered"), CALLS)
def test_where_s3_never_answers_it_is_one_of_aws_s_errors_that_names_the_object(
    between: Between, call: Callable[[Store], Any], _answered: Any, impostor: bytes
) -> None:
    between.says = [impostor] * 99
    with pytest.raises(AWS_ERRORS, match=r"sem código de erro do S3, de s3://checkpoints/days/"):
        call(between.store)


@pytest.mark.parametrize(("call", "answered"), LISTINGS)
def test_a_listing_goes_on_after_its_first_page_or_is_an_error(
    between: Between, call: Callable[[Store], Any], answered: Any
) -> None:
    between.lets, between.says = 1, [b""]
    assert call(between.store) == answered
    between.asked.clear()
    between.says = [b""] * 99
    with pytest.raises(ClientError, match="sem Name"):
        call(between.store)


@pytest.mark.parametrize(("call", "_answered"), LISTINGS)
def test_a_page_without_the_next_one_s_mark_is_not_the_last(
    between: Between, call: Callable[[Store], Any], _answered: Any
) -> None:
    between.says = [page(FIRST, "<KeyCount>0</KeyCount>")] * 99
    with pytest.raises(ClientError, match=r"sem Next"):
        call(between.store)


@pytest.mark.parametrize(("call", "_answered"), LISTINGS)
def test_a_page_that_comes_for_ever_ends(
    between: Between, call: Callable[[Store], Any], _answered: Any
) -> None:
    marks = "<NextContinuationToken>second</NextContinuationToken>"
    between.says = [page(FIRST, ONE_KEY, marks, NEXT_VERSION)] * 99
    with pytest.raises(ClientError, match="repete a página anterior"):
        call(between.store)


@pytest.mark.parametrize("write", [lambda store: store.create(WHERE, BODY), copied])
def test_a_write_of_which_the_answer_was_somebody_else_s_is_read_back(
    between: Between, write: Callable[[Store], str]
) -> None:
    """It stands there with this write's nonce, or it is an error: never a loss, nor believed unseen."""
    between.passes_on, between.says = True, [b""] * (len(WAITS_S) + 1)
    assert write(between.store) == '"one"'
    assert between.asked[-1] == "HEAD"
    between.passes_on, between.says = False, [b""] * (len(WAITS_S) + 1)
    between.nonce = "another's"
    with pytest.raises(ClientError, match="sem ETag"):
        write(between.store)
