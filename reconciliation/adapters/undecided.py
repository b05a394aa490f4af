"""Answers of S3 that decide nothing, which are asked for again, and those that say that an object is absent.

S3 names in its answer's body what is wrong; only a HEAD's answer has none. A 404 or 405 without such a name
is a proxy's, or a broken endpoint's: nobody may believe by it that a day or a file does not exist. No more
does a success without S3's marks decide anything (`marks.py`).
Source: AmazonS3/latest/API/ErrorResponses.html, API_HeadObject.html.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Final, TypeVar

from botocore.exceptions import ClientError

from reconciliation.layout import Location

_Answer = TypeVar("_Answer")

ABSENT: Final = frozenset({"NoSuchKey", "NoSuchVersion"})
"""S3's own words, of a deleted object too."""
NAMELESS_SUCCESS: Final = "200"
_NAMELESS: Final = frozenset({NAMELESS_SUCCESS, "404", "405", "NotFound", ""})
"""botocore's codes of an answer without a name: the status alone, or "" where its body is a page."""
IN_CONFLICT: Final = frozenset({"ConditionalRequestConflict", "409"})
"""Another write of the same key was under way: S3 asks for another try."""
UNDECIDED: Final = _NAMELESS | IN_CONFLICT
WAITS_S: Final = (0.1, 0.4, 1.6)
"""Before each further try."""


def code_of(answer: ClientError) -> str:
    """S3's code, or the status where the answer names none; "" of a page, or of an error without one."""
    return answer.response["Error"].get("Code") or ""


def again(request: Callable[[], _Answer], where: Location, sleep: Callable[[float], None]) -> _Answer:
    """Its answer; a few times anew while it decides nothing. Raises S3's refusal, or the last of these."""
    waits = iter(WAITS_S)
    while True:
        try:
            return request()
        except ClientError as exc:
            if code_of(exc) not in UNDECIDED:
                raise
            if (wait_s := next(waits, None)) is None:
                raise _named(exc, where) from exc
        sleep(wait_s)


def _named(answer: ClientError, where: Location) -> ClientError:
    """With the object that it is about, which S3 would have named, and who may have answered."""
    if code_of(answer) not in _NAMELESS:
        return answer
    response = deepcopy(answer.response)
    told = response["Error"].get("Message") or "sem mensagem"
    response["Error"]["Message"] = f"{told}; sem código de erro do S3, de {where}: respondeu um proxy?"
    return ClientError(response, answer.operation_name)
