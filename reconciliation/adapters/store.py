"""S3 with its conditions: the only module that reads and writes objects.

A write that must not clobber carries `If-Match` or `If-None-Match`. A 412 may be the answer to one's own
retried write, so every conditional write carries a nonce that is compared before the 412 is believed.
"""

import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, TypedDict, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciliation.bounded_json import DOCUMENT_BYTES, JsonRefused, too_long
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed, Listed, StoredObject

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

_PATIENT = Config(retries={"mode": "standard", "max_attempts": 6})
_Answer = TypeVar("_Answer")
_NONCE = "nonce"
_ABSENT = {"NoSuchKey", "404", "NotFound", "NoSuchVersion"}
_CONDITION_FAILED = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class _Condition(TypedDict, total=False):
    """Of a write, by the names that S3's client gives it."""

    IfMatch: str
    IfNoneMatch: str


class Store:
    """S3 objects. Make one per process: the client underneath is not for sharing across forks."""

    def __init__(self, client: "S3Client | None" = None) -> None:
        # standard mode retries 500, 503 and lost replies; the nonce makes a repeated conditional write safe
        self._s3 = client or boto3.client("s3", config=_PATIENT)

    def get(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        """The object, or None where it does not exist."""
        answer = self._read(self._s3.get_object, where, version_id)
        if answer is None:
            return None
        return _stored(where, answer, answer["Body"].read())

    def document(self, where: Location) -> StoredObject | None:
        """As `get`, of a JSON document. Raises JsonRefused for one that is too long, before it is read."""
        answer = self._read(self._s3.get_object, where, None)
        if answer is None:
            return None
        size_bytes = answer["ContentLength"]
        if size_bytes > DOCUMENT_BYTES:
            answer["Body"].close()
            raise JsonRefused(f"{where} {too_long(size_bytes, DOCUMENT_BYTES)}")
        return _stored(where, answer, answer["Body"].read())

    def get_range(self, where: Location, offset: int, length: int, version_id: str | None = None) -> bytes:
        """`length` bytes from `offset`. Raises FileNotFoundError where the object is gone."""
        span = f"bytes={offset}-{offset + length - 1}"
        answer = self._read(self._s3.get_object, where, version_id, Range=span)
        if answer is None:
            raise FileNotFoundError(str(where))
        return bytes(answer["Body"].read())

    def stream(self, where: Location, version_id: str | None, chunk_bytes: int) -> Iterator[bytes]:
        """The object's bytes in chunks. Raises FileNotFoundError where it is gone."""
        answer = self._read(self._s3.get_object, where, version_id)
        if answer is None:
            raise FileNotFoundError(str(where))
        yield from answer["Body"].iter_chunks(chunk_bytes)

    def head(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        """As `get`, without the bytes."""
        answer = self._read(self._s3.head_object, where, version_id)
        if answer is None:
            return None
        return _stored(where, answer, b"")

    def list(self, prefix: Location) -> Iterator[Listed]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=prefix.bucket, Prefix=prefix.key)
        for page in pages:
            for item in page.get("Contents", ()):
                yield Listed(item["Key"], item["ETag"], item["Size"], item["LastModified"])

    def put(self, where: Location, body: bytes | BinaryIO, metadata: dict[str, str] | None = None) -> str:
        """Writes whatever stood there before; answers the ETag."""
        answer = self._s3.put_object(Bucket=where.bucket, Key=where.key, Body=body, Metadata=metadata or {})
        return str(answer["ETag"])

    def create(self, where: Location, body: bytes | BinaryIO, metadata: dict[str, str] | None = None) -> str:
        """Writes only where nothing stood; answers the ETag. Raises ConditionFailed."""
        return self._conditional(where, body, metadata, {"IfNoneMatch": "*"})

    def replace(
        self, where: Location, body: bytes | BinaryIO, etag: str, metadata: dict[str, str] | None = None
    ) -> str:
        """Writes only over that ETag; answers the new one. Raises ConditionFailed."""
        return self._conditional(where, body, metadata, {"IfMatch": etag})

    def swap(
        self,
        where: Location,
        body: bytes | BinaryIO,
        etag: str | None,
        metadata: dict[str, str] | None = None,
    ) -> str:
        """`replace` over that ETag, or `create` where it is None."""
        if etag is None:
            return self.create(where, body, metadata)
        return self.replace(where, body, etag, metadata)

    def delete(self, where: Location) -> None:
        self._s3.delete_object(Bucket=where.bucket, Key=where.key)

    def _conditional(
        self,
        where: Location,
        body: bytes | BinaryIO,
        metadata: dict[str, str] | None,
        condition: _Condition,
    ) -> str:
        nonce = secrets.token_hex(16)
        marked = {**(metadata or {}), _NONCE: nonce}
        try:
            answer = self._s3.put_object(
                Bucket=where.bucket, Key=where.key, Body=body, Metadata=marked, **condition
            )
            return str(answer["ETag"])
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in _CONDITION_FAILED | _ABSENT:
                raise
            standing = self.head(where)
            if standing is not None and standing.metadata.get(_NONCE) == nonce:
                return standing.etag
            raise ConditionFailed(str(where)) from exc

    @staticmethod
    def _read(
        call: Callable[..., _Answer], where: Location, version_id: str | None, **more: str
    ) -> _Answer | None:
        pinned = {"VersionId": version_id} if version_id else {}
        try:
            return call(Bucket=where.bucket, Key=where.key, **pinned, **more)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _ABSENT:
                return None
            raise


def _stored(
    where: Location, answer: "GetObjectOutputTypeDef | HeadObjectOutputTypeDef", body: bytes
) -> StoredObject:
    return StoredObject(body, answer["ETag"], answer.get("VersionId"), answer["Metadata"], where)
