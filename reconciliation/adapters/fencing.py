"""Writes of S3 over what their writer knows: `If-Match`, `If-None-Match`, and whose a refusal is.

A 412 may be the answer to one's own retried write, so each carries a nonce that is compared before the 412
is believed; a 409 decides nothing, and is asked again.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypedDict

from botocore.exceptions import ClientError

from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed, StoredObject

ABSENT: Final = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})
CONDITION_FAILED: Final = frozenset({"PreconditionFailed", "412"})
IN_CONFLICT: Final = frozenset({"ConditionalRequestConflict", "409"})
"""Another write of the same key was under way: nothing is decided by it, and S3 asks for another try."""
WAITS_S: Final = (0.1, 0.4, 1.6)
"""Before each further try."""
_NONCE: Final = "nonce"


class Condition(TypedDict, total=False):
    """Of a request, by the names that S3's client gives it."""

    IfMatch: str
    IfNoneMatch: str


@dataclass(frozen=True)
class FencedWrites:
    """`look` reads what stands at a place, without its bytes."""

    look: Callable[[Location], StoredObject | None]
    sleep: Callable[[float], None]

    def write(
        self, where: Location, etag: str | None, metadata: dict[str, str], request: Callable[..., str]
    ) -> str:
        """Has it written over that ETag, or, None, where nothing stood; answers the new one.

        `request` takes the condition and `Metadata` by the names of S3's client. Raises ConditionFailed.
        """
        condition: Condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        nonce = secrets.token_hex(16)
        marked = {**metadata, _NONCE: nonce}
        try:
            return self._in_turn(lambda: request(Metadata=marked, **condition))
        except ClientError as exc:
            code = exc.response["Error"]["Code"]
            if code not in CONDITION_FAILED | ABSENT | IN_CONFLICT:
                raise
            standing = self.look(where)
            if standing is not None and standing.metadata.get(_NONCE) == nonce:
                return standing.etag
            if code in IN_CONFLICT:
                raise
            raise ConditionFailed(str(where)) from exc

    def _in_turn(self, write: Callable[[], str]) -> str:
        """Again, a few times, while another write of that key is under way. Raises S3's answer."""
        waits = iter(WAITS_S)
        while True:
            try:
                return write()
            except ClientError as exc:
                is_in_conflict = exc.response["Error"]["Code"] in IN_CONFLICT
                if not is_in_conflict or (wait_s := next(waits, None)) is None:
                    raise
            self.sleep(wait_s)
