"""An object of S3 as a value: as it is read, as it is listed, and the bytes of one that is to be written.

`adapters/store.py` is what reads and writes them; nothing here does.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from reconciliation.bounded_json import JsonRefused, parse_object
from reconciliation.documents.typed import Document
from reconciliation.layout import Location

_Document = TypeVar("_Document", bound=Document)

FINGERPRINT: Final = "fingerprint"
"""In the S3 metadata of what a run leaves ready and publishes: which data it is of."""
TRIES: Final = 5
"""How often a write over what was read is tried before it is left to those who write meanwhile."""


class ConditionFailed(Exception):
    """Somebody else wrote the object first; nothing was written."""


class Absent(Exception):
    """S3 itself says that there is no such object, or version: which, and in what words.

    No FileNotFoundError, since a file that credentials are read from may be missing, too.
    """


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes, or those of them that were asked for, and its identity.

    `modified` has its time zone; `size_bytes` is the whole object's.
    """

    body: bytes
    etag: str
    version_id: str | None
    metadata: dict[str, str]
    where: Location
    modified: datetime
    size_bytes: int

    def json(self) -> dict[str, Any]:
        """The document that it holds. Raises JsonRefused, naming the object."""
        try:
            return parse_object(self.body)
        except JsonRefused as exc:
            raise JsonRefused(f"{self.where} {exc}") from exc

    def read_as(self, kind: type[_Document]) -> _Document:
        """The document of that kind that it holds. Raises JsonRefused, naming the object, for any other."""
        given = self.json()
        try:
            return kind.from_dict(given)
        except ValueError as exc:
            raise JsonRefused(f"{self.where}: {exc}") from exc


@dataclass(frozen=True)
class Listed:
    """What a listing tells of an object; `modified` has its time zone."""

    key: str
    etag: str
    size_bytes: int
    modified: datetime


def to_json(value: Any) -> bytes:
    """Canonical JSON on one line, as every object of ours is written: a row to whatever queries it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
