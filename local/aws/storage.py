"""S3: events of created objects reach functions, once for each object and after the request, as on AWS."""

import itertools
import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import IO, Any, Final

import flask
from moto.iam.access_control import PermissionResult
from moto.s3 import notifications
from moto.s3.exceptions import MissingKey, PreconditionFailed
from moto.s3.models import FakeBucket, FakeKey
from moto.s3.notifications import S3NotificationEvent
from moto.s3.responses import S3Response

from local.aws import functions
from local.aws.needs import copied_from
from local.place import Place

_sequence = itertools.count(time.time_ns())
_WRITES: Final = ("put_object", "copy_object", "delete_object", "_key_response_post")
"""moto's, of one object each; the last one ends an upload by parts."""
_TURNS: Final = [threading.RLock() for _ in range(64)]


class _Window:
    """An object's bytes, of which only a slice is wanted."""

    def __init__(self, key: Any) -> None:
        self._key = key

    def __len__(self) -> int:
        return int(self._key.contentsize)

    def __getitem__(self, span: slice) -> bytes:
        with self._key.lock:
            self._key._value_buffer.seek(span.start)
            return bytes(self._key._value_buffer.read(span.stop - span.start))


def install(_place: Place) -> None:
    send_all, describe = notifications.send_event, notifications._get_s3_event

    # moto's send_event is also called for the PutObject inside CompleteMultipartUpload: a second event.
    def send_event(account: str, name: S3NotificationEvent, bucket: Any, key: Any) -> None:
        is_inner = name is S3NotificationEvent.OBJECT_CREATED_PUT_EVENT and key.multipart is not None
        if not is_inner:
            send_all(account, name, bucket, key)

    # moto's _get_s3_event says neither which version it is nor in which order events happened.
    def s3_event(name: str, bucket: Any, key: Any, notification: str) -> dict[str, Any]:
        event: dict[str, Any] = describe(name, bucket, key, notification)
        event["Records"][0]["s3"]["object"]["sequencer"] = f"{next(_sequence):018X}"
        if bucket.is_versioned:
            event["Records"][0]["s3"]["object"]["versionId"] = key.version_id
        return event

    # moto's _invoke_awslambda runs the function inside the caller's PutObject, and swallows what goes wrong.
    def invoke(_account: str, event: dict[str, Any], function_arn: str, _region: str) -> None:
        bucket_arn = event["Records"][0]["s3"]["bucket"]["arn"]
        functions.send(function_arn, event, "s3", bucket_arn)

    read_all, write = FakeKey.value.fget, FakeKey.value.fset

    # moto's FakeKey.value reads the whole object for every range of it: 0.4 s for a day of 10M lines.
    def value(key: Any) -> Any:
        if flask.has_request_context() and flask.request.method == "GET" and "Range" in flask.request.headers:
            return _Window(key)
        return read_all(key)

    keep_conditions_of_copies()
    write_in_one_step()
    S3Response._handle_encoded_body = _decoded
    # moto's FakeBucket.get_permission applies a policy without its conditions: the guard has judged before.
    FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL
    FakeKey.value = property(value, write)
    notifications.send_event = send_event
    notifications._get_s3_event = s3_event
    notifications._invoke_awslambda = invoke


def _decoded(_response: Any, body: IO[bytes] | bytes) -> bytes:
    """moto's copies what it has for each chunk of 1 MB that comes: minutes for a report of 480 MB."""
    stream, chunks = BytesIO(body) if isinstance(body, bytes) else body, list[bytes]()
    while length := int(stream.readline() or b"0", 16):
        chunks.append(stream.read(length))
        stream.readline()
    return b"".join(chunks)


def keep_conditions_of_copies() -> None:
    """Once a process: moto's copy_object obeys neither its destination's conditions nor its source's ETag.

    AmazonS3/latest/userguide/conditional-writes.html; API_CopyObject.html.
    """
    copy = S3Response.copy_object

    def copy_object(response: Any) -> Any:
        asked = {name.lower(): _text(value) for name, value in response.headers.items()}
        standing = response.backend.get_object(response.bucket_name, response.parse_key_name())
        source = response.backend.get_object(*copied_from(asked).split("/", 1))
        if "if-match" in asked and standing is None:
            raise MissingKey
        for name, found in (("if-match", standing), ("x-amz-copy-source-if-match", source)):
            if name in asked and found is not None and asked[name].strip('"') != found.etag.strip('"'):
                raise PreconditionFailed(name)
        if "if-none-match" in asked and standing is not None:
            raise PreconditionFailed("if-none-match")
        return copy(response)

    S3Response.copy_object = copy_object


def write_in_one_step() -> None:
    """Once a process, after the conditions of copies: S3 judges and writes at once; moto looks, then writes.

    AmazonS3/latest/userguide/conditional-writes.html: of two at the same time the first one to end is kept.
    """
    for name in _WRITES:
        setattr(S3Response, name, alone(getattr(S3Response, name)))


def alone(write: Callable[..., Any]) -> Callable[..., Any]:
    """That method, which no other of these runs beside on the same object."""

    def in_turn(response: Any, *given: Any) -> Any:
        where = (response.bucket_name, response.parse_key_name())
        with _TURNS[hash(where) % len(_TURNS)]:
            return write(response, *given)

    return in_turn


def _text(header: str | bytes) -> str:
    """Under `mock_aws` some are bytes."""
    return header.decode() if isinstance(header, bytes) else header
