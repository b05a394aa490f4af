"""Where a day's report stands: written only over what was there before its publication was read.

So whoever makes the report of an older publication, and wakes up late, writes over nothing of a newer one.
The page is written last, and says of which publication all of it is.
"""

from collections.abc import Iterable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import IO, Final

from reconciliation import layout
from reconciliation.adapters.reports import PUBLISHED_ETAG
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed

HTML: Final = "text/html; charset=utf-8"
_AT_ONCE: Final = 64
"""Files that wait for their turn: each holds its bytes."""


@dataclass(frozen=True)
class ReportFile:
    """One object of a report, which a browser shows by its type."""

    where: Location
    body: bytes | IO[bytes]
    content_type: str


class Shelf:
    """One day's folder of the output bucket, as it was when this was made."""

    def __init__(self, store: Store, output_bucket: str, day: str) -> None:
        self._store = store
        self._page = layout.report_page(output_bucket, day)
        folder = layout.report_folder(output_bucket, day)
        self._standing = {listed.key: listed.etag for listed in store.list(folder)}
        self._written: set[str] = set()

    def take_away_page_of_another(self, published_etag: str) -> None:
        """From here on a page of another publication is nobody's. Raises ConditionFailed."""
        page = self._store.head(self._page)
        if page is None or page.metadata.get(PUBLISHED_ETAG) == published_etag:
            return
        self._take_away(self._page.key)
        del self._standing[self._page.key]

    def put(self, files: Iterable[ReportFile], published_etag: str, pool: Executor) -> None:
        """Some at a time. Raises ConditionFailed where a newer report's stands at the place of one."""
        waiting = iter(files)
        while some := list(islice(waiting, _AT_ONCE)):
            _all(pool.submit(self._put, file, published_etag) for file in some)

    def take_away_the_rest(self, pool: Executor) -> None:
        """What an earlier report had, and this one has not. Raises ConditionFailed."""
        rest = sorted(self._standing.keys() - self._written - {self._page.key})
        _all(pool.submit(self._take_away, key) for key in rest)

    def put_page(self, body: bytes, published_etag: str) -> None:
        """The report's commit. Raises ConditionFailed."""
        self._put(ReportFile(self._page, body, HTML), published_etag)

    def _put(self, file: ReportFile, published_etag: str) -> None:
        """Where the same publication's report is made twice at once, either's bytes are the same."""
        metadata, standing = {PUBLISHED_ETAG: published_etag}, self._standing.get(file.where.key)
        try:
            self._store.swap(file.where, file.body, standing, metadata, file.content_type)
        except ConditionFailed:
            now = self._store.head(file.where)
            if now is None or now.metadata.get(PUBLISHED_ETAG) != published_etag:
                raise
        self._written.add(file.where.key)

    def _take_away(self, key: str) -> None:
        if key not in self._standing:
            raise ConditionFailed(key)
        self._store.delete(Location(self._page.bucket, key), self._standing[key])


def _all(begun: Iterable[Future[None]]) -> None:
    """Raises one's failure only once none of them can write any more."""
    ended, _ = wait(list(begun))
    for one in ended:
        one.result()
