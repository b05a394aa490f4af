"""S3 with its conditions: the only module that reads and writes objects.

A write that must not clobber carries `If-Match` or `If-None-Match` (`fencing.py`). botocore repeats a
request until the answer's headers are there; for a body that breaks later, this does. That an object is
absent is believed of S3's own words alone (`undecided.py`), and a success by its marks (`marks.py`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, partial
from typing import IO, TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError
from urllib3.exceptions import HTTPError

from reconciliation.adapters.fencing import CONDITION_FAILED, Condition, FencedWrites
from reconciliation.adapters.marks import etag_of, of_object, require_deleted
from reconciliation.adapters.pages import OBJECTS, VERSIONS, pages
from reconciliation.adapters.patience import PATIENT
from reconciliation.adapters.undecided import (
    ABSENT,
    IN_CONFLICT,
    NAMELESS_SUCCESS,
    WAITS_S,
    again,
    code_of,
)
from reconciliation.bounded_json import DOCUMENT_BYTES, JsonRefused, too_long
from reconciliation.layout import Location
from reconciliation.objects import Absent, ConditionFailed, Listed, StoredObject

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

_BYTES: Final = "binary/octet-stream"
"""A content's type where none is told."""
_NO_SUCH_VERSION: Final = ABSENT | {"InvalidArgument", "MethodNotAllowed"}
"""Of a version that was asked for besides: its name is malformed, or it is a delete marker."""
_SAYS_LITTLE: Final = frozenset({NAMELESS_SUCCESS, "403", "404", "405"})
"""Of a HEAD, whose answer has no body: GET's says what is wrong, and who says so."""
_NO_SUCH_RANGE = {"InvalidRange", "416"}
_BROKEN: Final = (IncompleteReadError, HTTPClientError, HTTPError, OSError)
"""How a body ends too soon; of TLS's failures botocore hands urllib3's own through."""


class Store:
    """S3 objects. Make one per process: the client underneath is not for sharing across forks."""

    def __init__(
        self,
        client: "S3Client | None" = None,
        sleep: Callable[[float], None] = time.sleep,
        config: Config = PATIENT,
        copying: Config | None = None,
    ) -> None:
        # the nonce makes a conditional write safe that botocore repeats, its reply lost or too late
        self._s3 = client or boto3.client("s3", config=config)
        self._sleep, self._copying = sleep, copying
        self._fenced = FencedWrites(self.head, sleep)

    @cached_property
    def _copies(self) -> "S3Client":  # made by who copies alone
        return boto3.client("s3", config=self._copying) if self._copying else self._s3

    def get(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        """The object, or None where it does not exist."""
        with suppress(Absent):
            return self._whole(where, version_id)
        return None

    def document(self, where: Location) -> StoredObject | None:
        """As `get`, of a JSON document. Raises JsonRefused for one that is too long, before it is read."""
        with suppress(Absent):
            return self._whole(where, None, at_most_bytes=DOCUMENT_BYTES)
        return None

    def get_range(
        self,
        where: Location,
        offset: int,
        length: int,
        version_id: str | None = None,
        etag: str | None = None,
    ) -> bytes:
        """`length` bytes from `offset`, of that ETag alone where one is given.

        Raises Absent where the object is gone, ConditionFailed where another stands there.
        """
        only: Condition = {"IfMatch": etag} if etag else {}
        try:
            span = f"bytes={offset}-{offset + length - 1}"
            return self._whole(where, version_id, Range=span, **only).body
        except ClientError as exc:
            if code_of(exc) in CONDITION_FAILED:
                raise ConditionFailed(str(where)) from exc
            raise

    def get_end(self, where: Location, length: int) -> StoredObject | None:
        """The object with its last `length` bytes alone, or with all of a shorter one's."""
        try:
            return self._whole(where, None, Range=f"bytes=-{length}")
        except Absent:
            return None
        except ClientError as exc:
            if code_of(exc) not in _NO_SUCH_RANGE:
                raise
            return self.get(where)  # it is empty: RFC 9110 has no last bytes of nothing

    def stream(
        self, where: Location, version_id: str | None, chunk_bytes: int = 1024 * 1024
    ) -> Iterator[bytes]:
        """The object's bytes in chunks of at most that size. Raises Absent where it is gone.

        Where the body breaks, the rest is asked for, of this very object: botocore's error where another
        stands there by then, or where several tries in a row bring nothing.
        """
        answer = self._read(where, version_id)
        version_id, etag = version_id or answer.get("VersionId"), answer["ETag"]
        size_bytes, offset, waits = answer["ContentLength"], 0, iter(WAITS_S)
        while True:
            try:
                for chunk in answer["Body"].iter_chunks(chunk_bytes):
                    offset, waits = offset + len(chunk), iter(WAITS_S)
                    yield chunk
                return
            except _BROKEN:
                if offset == size_bytes:
                    return
                if (wait_s := next(waits, None)) is None:
                    raise
                self._sleep(wait_s)
            answer = self._read(where, version_id, IfMatch=etag, Range=f"bytes={offset}-{size_bytes - 1}")
            if (rest_bytes := answer["ContentLength"]) != size_bytes - offset:
                raise IncompleteReadError(actual_bytes=rest_bytes, expected_bytes=size_bytes - offset)

    def head(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        """As `get`, without the bytes."""
        try:
            return _stored(where, of_object(self._s3.head_object(**_asked(where, version_id))), b"")
        except ClientError as exc:
            if code_of(exc) not in _SAYS_LITTLE and not (version_id and code_of(exc) == "400"):
                raise
        with suppress(Absent):
            answer = self._read(where, version_id)
            answer["Body"].close()
            return _stored(where, answer, b"")
        return None

    def list(self, prefix: Location) -> Iterator[Listed]:
        """In the order of their keys. Raises ClientError where S3 refuses, or another answers."""
        for page in pages(self._s3.list_objects_v2, OBJECTS, prefix, self._sleep):
            for item in page.get("Contents", ()):
                yield Listed(item["Key"], item["ETag"], item["Size"], item["LastModified"])

    def put(
        self,
        where: Location,
        body: bytes | IO[bytes],
        metadata: dict[str, str] | None = None,
        content_type: str = _BYTES,
    ) -> str:
        """Writes whatever stood there before; answers the ETag. A browser shows by its type."""
        request = self._putting(where, body, content_type)
        return again(lambda: request(Metadata=metadata or {}), where, self._sleep)

    def create(self, where: Location, body: bytes | IO[bytes], metadata: dict[str, str] | None = None) -> str:
        """Writes only where nothing stood; answers the ETag. Raises ConditionFailed."""
        return self.swap(where, body, None, metadata)

    def swap(
        self,
        where: Location,
        body: bytes | IO[bytes],
        etag: str | None,
        metadata: dict[str, str] | None = None,
        content_type: str = _BYTES,
    ) -> str:
        """Writes only over that ETag, or, None, where nothing stood; answers the new one.

        Raises ConditionFailed.
        """
        return self._fenced.write(where, etag, metadata or {}, self._putting(where, body, content_type))

    def _putting(self, where: Location, body: bytes | IO[bytes], content_type: str) -> Callable[..., str]:
        """A PUT, as often as it is asked for: each answers the ETag."""
        start = 0 if isinstance(body, bytes) else body.tell()

        def put(**more: Any) -> str:
            if not isinstance(body, bytes):
                body.seek(start)
            answer = self._s3.put_object(
                Bucket=where.bucket, Key=where.key, Body=body, ContentType=content_type, **more
            )
            return etag_of(answer)

        return put

    def copy(self, source: StoredObject, where: Location, etag: str | None, metadata: dict[str, str]) -> str:
        """As `swap`, with the bytes of another object, which S3 copies by itself; as of a PUT, 5 GB at most.

        Its tags stay behind: to read and to write any takes rights that nobody here has. Raises
        ConditionFailed also where the source is not that ETag any more, or gone. Source:
        AmazonS3/latest/API/API_CopyObject.html, AmazonS3/latest/userguide/conditional-writes.html.
        """
        copied = partial(
            self._copies.copy_object,
            Bucket=where.bucket,
            Key=where.key,
            CopySource=f"{source.where.bucket}/{source.where.key}",
            CopySourceIfMatch=source.etag,
            MetadataDirective="REPLACE",
            TaggingDirective="REPLACE",
            ContentType=_BYTES,
        )
        return self._fenced.write(
            where, etag, metadata, lambda **fenced: etag_of(copied(**fenced).get("CopyObjectResult", {}))
        )

    def rewrite(self, stored: StoredObject) -> StoredObject:
        """The same over itself, by which its writer knows that it may. Raises ConditionFailed."""
        return replace(stored, etag=self.swap(stored.where, stored.body, stored.etag, stored.metadata))

    def delete(self, where: Location, etag: str) -> None:
        """Deletes only that ETag: what is gone already is gone. Raises ConditionFailed for another."""
        delete = partial(self._s3.delete_object, **_asked(where))
        try:
            again(lambda: require_deleted(delete(IfMatch=etag)), where, self._sleep)
        except ClientError as exc:
            if code_of(exc) in CONDITION_FAILED | IN_CONFLICT:
                raise ConditionFailed(str(where)) from exc
            if code_of(exc) not in ABSENT:
                raise

    def versions(self, where: Location) -> Iterator[str]:
        """The ids of an object's versions, the newest first, without marks of its deletion."""
        for page in pages(self._s3.list_object_versions, VERSIONS, where, self._sleep):
            for item in page.get("Versions", ()):
                if item["Key"] == where.key:
                    yield item["VersionId"]

    def _whole(
        self, where: Location, version_id: str | None, at_most_bytes: int | None = None, **more: str
    ) -> StoredObject:
        """In one answer; one that breaks is asked for anew. Raises JsonRefused for one too long.

        Raises Absent as `_read`.
        """
        waits = iter(WAITS_S)
        while True:
            answer = self._read(where, version_id, **more)
            if at_most_bytes is not None and (size_bytes := answer["ContentLength"]) > at_most_bytes:
                answer["Body"].close()
                raise JsonRefused(f"{where} {too_long(size_bytes, at_most_bytes)}")
            try:
                return _stored(where, answer, answer["Body"].read())
            except _BROKEN:
                if (wait_s := next(waits, None)) is None:
                    raise
                self._sleep(wait_s)

    def _read(self, where: Location, version_id: str | None, **more: Any) -> "GetObjectOutputTypeDef":
        """An answer whose body was not read yet.

        Raises Absent, with what was answered, where S3 itself says that there is none.
        """
        asked = _asked(where, version_id)
        try:
            return again(lambda: of_object(self._s3.get_object(**asked, **more)), where, self._sleep)
        except ClientError as exc:
            if code_of(exc) not in (_NO_SUCH_VERSION if version_id else ABSENT):
                raise
            version = f" (versão {version_id})" if version_id else ""
            answered = f"{code_of(exc)}: {exc.response['Error'].get('Message')}"
            raise Absent(f"{where}{version}, de que o S3 respondeu {answered}") from exc


def _asked(where: Location, version_id: str | None = None) -> dict[str, Any]:
    pinned = {"VersionId": version_id} if version_id else {}
    return {"Bucket": where.bucket, "Key": where.key, **pinned}


def _stored(
    where: Location, answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef", body: bytes
) -> StoredObject:
    _, _, of_bytes = answer.get("ContentRange", "").rpartition("/")  # it is there only of a part
    return StoredObject(
        body,
        answer["ETag"],
        answer.get("VersionId"),
        answer["Metadata"],
        where,
        answer["LastModified"],
        int(of_bytes or answer["ContentLength"]),
    )
