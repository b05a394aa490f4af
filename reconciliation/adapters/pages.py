"""A listing of S3, page by page, each asked for again until S3 itself has answered.

botocore's own paginator takes an answer without members for an empty listing, or for the last page.
Source: AmazonS3/latest/API/API_ListObjectsV2.html, API_ListObjectVersions.html.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from reconciliation.adapters.marks import not_of_s3, require_members
from reconciliation.adapters.undecided import again
from reconciliation.layout import Location

_Page = Mapping[str, Any]


class Kind(NamedTuple):
    """Of a listing: what each of its pages has, and what of one page the next is asked for with."""

    members: tuple[str, ...]
    following: dict[str, str]
    """By the request's name the answer's: one of a page that has another after it."""


OBJECTS: Final = Kind(("Name", "IsTruncated", "KeyCount"), {"ContinuationToken": "NextContinuationToken"})
VERSIONS: Final = Kind(
    ("Name", "IsTruncated"), {"KeyMarker": "NextKeyMarker", "VersionIdMarker": "NextVersionIdMarker"}
)


def pages(
    request: Callable[..., Any], kind: Kind, prefix: Location, sleep: Callable[[float], None]
) -> Iterator[_Page]:
    """All of them. Raises ClientError where S3 refuses, or what answers is not S3."""
    after: dict[str, str] | None = {}
    while after is not None:
        page, after = again(_asking(request, kind, prefix, after), prefix, sleep)
        yield page


def _asking(
    request: Callable[..., Any], kind: Kind, prefix: Location, after: dict[str, str]
) -> Callable[[], tuple[_Page, dict[str, str] | None]]:
    """The page after those marks, and the marks that the next one comes after; None of the last page."""

    def page() -> tuple[_Page, dict[str, str] | None]:
        answer = request(Bucket=prefix.bucket, Prefix=prefix.key, **after)
        require_members(answer, *kind.members)
        if answer["Name"] != prefix.bucket:
            raise not_of_s3(f"de outro bucket, {answer['Name']}")
        if not answer["IsTruncated"]:
            return answer, None
        require_members(answer, *kind.following.values())
        marks = {asked: answer[told] for asked, told in kind.following.items()}
        if marks == after:
            raise not_of_s3("que repete a página anterior")
        return answer, marks

    return page
