"""Writes of S3 over what their writer knows: `If-Match`, `If-None-Match`, and whose a refusal is.

A 412 may be the answer to one's own retried write, so each carries a nonce that is compared before the 412
is believed; a 409 decides nothing, and is asked again (`undecided.py`).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypedDict

from botocore.exceptions import ClientError

from reconciliation.adapters.undecided import ABSENT, UNDECIDED, again, code_of
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed, StoredObject

CONDITION_FAILED: Final = frozenset({"PreconditionFailed", "412"})
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
            return again(lambda: request(Metadata=marked, **condition), where, self.sleep)
        except ClientError as exc:
            if code_of(exc) not in CONDITION_FAILED | ABSENT | UNDECIDED:
                raise
            standing = self.look(where)
            if standing is not None and standing.metadata.get(_NONCE) == nonce:
                return standing.etag
            if code_of(exc) in UNDECIDED:
                raise
            raise ConditionFailed(str(where)) from exc
