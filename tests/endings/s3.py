"""S3 as the code calls it, in memory: versions, conditions, lists. Thousands of calls take a second.

The same code is held against moto's S3, and against the stack's, by the other tests.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from tests.endings.clock import Clock


@dataclass(frozen=True)
class Version:
    """One version of an object; `body` is None for a delete marker."""

    version_id: str
    body: bytes | None
    metadata: dict[str, str]
    modified: datetime

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body or b"").hexdigest()}"'


@dataclass(eq=False)
class Buckets:
    """Versions by bucket and key, the newest last. Methods are named as S3's operations."""

    clock: Clock
    _versions: dict[tuple[str, str], list[Version]] = field(default_factory=dict)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Of what stands there now, in order."""
        return sorted(
            key
            for where, key in self._versions
            if where == bucket and key.startswith(prefix) and self.at(where, key)
        )

    def at(self, bucket: str, key: str, version_id: str | None = None) -> Version | None:
        """What stands there, or that version of it."""
        versions = self._versions.get((bucket, key), [])
        chosen = [found for found in versions if version_id in (None, found.version_id)]
        return chosen[-1] if chosen and chosen[-1].body is not None else None

    def put(self, bucket: str, key: str, body: bytes | None, metadata: dict[str, str]) -> Version:
        versions = self._versions.setdefault((bucket, key), [])
        name = f"{bucket}/{key} {len(versions) + 1}"
        version = Version(hashlib.sha1(name.encode()).hexdigest(), body, metadata, self.clock.now)
        versions.append(version)
        return version

    def keep(self, bucket: str, key: str, version: Version) -> None:
        """As somebody else's bucket had it."""
        self._versions.setdefault((bucket, key), []).append(version)

    def delete_version(self, bucket: str, key: str, version_id: str) -> None:
        versions = self._versions[bucket, key]
        self._versions[bucket, key] = [found for found in versions if found.version_id != version_id]

    def PutObject(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        bucket, key = given["Bucket"], given["Key"]
        standing = self.at(bucket, key)
        if "IfNoneMatch" in given and standing:
            raise _failed("PreconditionFailed", "PutObject")
        if "IfMatch" in given and (standing is None or standing.etag != given["IfMatch"]):
            raise _failed("PreconditionFailed" if standing else "NoSuchKey", "PutObject")
        body = given["Body"] if isinstance(given["Body"], bytes) else given["Body"].read()
        written = self.put(bucket, key, body, given.get("Metadata", {}))
        return {"ETag": written.etag, "VersionId": written.version_id}

    def CopyObject(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        bucket, key = given["CopySource"].split("/", 1)
        source = self._found({"Bucket": bucket, "Key": key}, "NoSuchKey", "CopyObject")
        if source.etag != given["CopySourceIfMatch"]:
            raise _failed("PreconditionFailed", "CopyObject")
        written = self.PutObject({**given, "Body": source.body})
        return {"CopyObjectResult": {"ETag": written["ETag"]}, "VersionId": written["VersionId"]}

    def GetObject(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = self._found(given, "NoSuchVersion" if "VersionId" in given else "NoSuchKey", "GetObject")
        body = found.body or b""
        if "Range" in given:
            first, last = map(int, given["Range"].removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        return {**_head(found), "ContentLength": len(body), "Body": StreamingBody(BytesIO(body), len(body))}

    def HeadObject(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return _head(self._found(given, "404", "HeadObject"))

    def ListObjectsV2(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        found = {
            key: self.at(given["Bucket"], key) for key in self.keys(given["Bucket"], given.get("Prefix", ""))
        }
        contents = [
            {"Key": key, "ETag": one.etag, "Size": len(one.body or b""), "LastModified": one.modified}
            for key, one in found.items()
            if one
        ]
        listed = {"Contents": contents} if contents else {}
        return {"Name": given["Bucket"], "KeyCount": len(contents), "IsTruncated": False, **listed}

    def DeleteObject(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if "IfMatch" in given and self._found(given, "NoSuchKey", "DeleteObject").etag != given["IfMatch"]:
            raise _failed("PreconditionFailed", "DeleteObject")
        self.put(given["Bucket"], given["Key"], None, {})
        return {"ResponseMetadata": {"HTTPStatusCode": 204}}

    def _found(self, given: dict[str, Any], code: str, operation: str) -> Version:
        found = self.at(given["Bucket"], given["Key"], given.get("VersionId"))
        if found is None:
            raise _failed(code, operation)
        return found


def _head(found: Version) -> dict[str, Any]:
    return {
        "ContentLength": len(found.body or b""),
        "ETag": found.etag,
        "VersionId": found.version_id,
        "Metadata": found.metadata,
        "LastModified": found.modified,
    }


def _failed(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
