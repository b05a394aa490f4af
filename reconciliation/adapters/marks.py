"""What S3 puts in each of its answers: a success without it is somebody else's, and decides nothing.

Of a sign-in page, or of no body at all, botocore makes an answer without members, which is no error to it.
Source: AmazonS3/latest/API/API_GetObject.html, API_PutObject.html, API_CopyObject.html,
API_DeleteObject.html.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from reconciliation.adapters.undecided import NAMELESS_SUCCESS

_Answer = TypeVar("_Answer", bound=Mapping[str, Any])

_OF_AN_OBJECT: Final = ("ETag", "LastModified", "ContentLength")
_DELETED: Final = 204


def of_object(answer: _Answer) -> _Answer:
    """The same, of a GET or a HEAD. Raises ClientError, undecided, with its body closed."""
    try:
        require_members(answer, *_OF_AN_OBJECT)
    except ClientError:
        if "Body" in answer:
            answer["Body"].close()
        raise
    return answer


def etag_of(answer: Mapping[str, Any]) -> str:
    """Of what was written. Raises ClientError, undecided."""
    require_members(answer, "ETag")
    return str(answer["ETag"])


def require_deleted(answer: Mapping[str, Any]) -> None:
    """Raises ClientError, undecided, of a DELETE's success with another status than S3's."""
    if (status := answer["ResponseMetadata"]["HTTPStatusCode"]) != _DELETED:
        raise not_of_s3(f"{status} a um DELETE")


def require_members(answer: Mapping[str, Any], *members: str) -> None:
    """Raises ClientError, undecided, where it lacks any of these."""
    if missing := [name for name in members if name not in answer]:
        raise not_of_s3(f"sem {', '.join(missing)}")


def not_of_s3(what: str) -> ClientError:
    """Of a success that S3 never answered: undecided, by the status alone."""
    return ClientError({"Error": {"Code": NAMELESS_SUCCESS, "Message": f"resposta {what}"}}, "S3")
