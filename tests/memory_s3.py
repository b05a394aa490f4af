"""An S3 client in memory, for the real Store: it keeps the conditions and forgets the versions."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any

from botocore.exceptions import ClientError


class Body(BytesIO):
    """As S3's client streams it."""

    def iter_chunks(self, size_bytes: int) -> Iterator[bytes]:
        while chunk := self.read(size_bytes):
            yield chunk


class MemoryS3:
    """Objects by bucket and key."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}

    def put_object(
        self, *, Bucket: str, Key: str, Body: bytes | IO[bytes], Metadata: dict[str, str], **condition: str
    ) -> dict[str, Any]:
        body = Body if isinstance(Body, bytes) else Body.read()
        standing = self.objects.get((Bucket, Key))
        if "IfNoneMatch" in condition and standing:
            raise _failed("PreconditionFailed", "PutObject")
        if "IfMatch" in condition and (not standing or standing["ETag"] != condition["IfMatch"]):
            raise _failed("PreconditionFailed" if standing else "NoSuchKey", "PutObject")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.objects[Bucket, Key] = {
            "body": body, "ContentLength": len(body), "ETag": etag, "Metadata": Metadata,
            "LastModified": datetime.now(UTC), "ContentType": condition.get("ContentType"),
        }  # fmt: skip
        return {"ETag": etag}

    def copy_object(
        self, *, Bucket: str, Key: str, CopySource: str, CopySourceIfMatch: str, **more: Any
    ) -> dict[str, Any]:
        bucket, key = CopySource.split("/", 1)
        del more["MetadataDirective"], more["TaggingDirective"]
        body = self.get_object(Bucket=bucket, Key=key, IfMatch=CopySourceIfMatch)["Body"]
        return {"CopyObjectResult": self.put_object(Bucket=Bucket, Key=Key, Body=body, **more)}

    def get_object(
        self, *, Bucket: str, Key: str, Range: str = "", IfMatch: str = "", **_: str
    ) -> dict[str, Any]:
        found = self._standing(Bucket, Key, "GetObject")
        body = found["body"]
        if IfMatch and IfMatch != found["ETag"]:
            raise _failed("PreconditionFailed", "GetObject")
        if not Range:
            return {**found, "Body": Body(body)}
        first, last = Range.removeprefix("bytes=").split("-")
        start = int(first) if first else max(0, len(body) - int(last))
        end = int(last) + 1 if first else len(body)
        if start >= len(body):
            raise _failed("InvalidRange", "GetObject")
        of_all = {"ContentRange": f"bytes {start}-{min(end, len(body)) - 1}/{len(body)}"}
        return {**found, **of_all, "ContentLength": len(body[start:end]), "Body": Body(body[start:end])}

    def head_object(self, *, Bucket: str, Key: str, **_: str) -> dict[str, Any]:
        if (Bucket, Key) not in self.objects:
            raise _failed("404", "HeadObject")  # its answer has no body
        return self.objects[Bucket, Key]

    def delete_object(self, *, Bucket: str, Key: str, IfMatch: str) -> dict[str, Any]:
        if self._standing(Bucket, Key, "DeleteObject")["ETag"] != IfMatch:
            raise _failed("PreconditionFailed", "DeleteObject")
        del self.objects[Bucket, Key]
        return {"ResponseMetadata": {"HTTPStatusCode": 204}}

    def _standing(self, bucket: str, key: str, operation: str) -> dict[str, Any]:
        if (bucket, key) not in self.objects:
            raise _failed("NoSuchKey", operation)
        return self.objects[bucket, key]

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:
        found = [
            {"Key": key, "Size": len(value["body"]), **value}
            for (bucket, key), value in sorted(self.objects.items())
            if bucket == Bucket and key.startswith(Prefix)
        ]
        contents = {"Contents": found} if found else {}
        return {"Name": Bucket, "KeyCount": len(found), "IsTruncated": False, **contents}

    def list_object_versions(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:
        return {"Name": Bucket, "Prefix": Prefix, "IsTruncated": False}


def _failed(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
