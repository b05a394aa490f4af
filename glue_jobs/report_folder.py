"""Where a day's report stands: written only over what was there before its publication was read.

So whoever makes the report of an older publication, and wakes up late, writes over nothing of a newer one.
The page is written last, and says of which publication all of it is. Needs no library but S3's: what stands
of another publication is taken away even where a report cannot be made.
"""

from collections.abc import Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import IO, Final

from glue_jobs.log import fact
from reconciliation import layout, places
from reconciliation.adapters.reports import HTML, PUBLISHED_ETAG
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import TRIES, ConditionFailed

AT_ONCE: Final = 8
"""Requests: S3's client keeps ten connections."""
_WAITING: Final = 64
"""Files that wait for their turn: each holds its bytes."""


@dataclass(frozen=True)
class ReportFile:
    """One object of a report, which a browser shows by its type."""

    where: Location
    body: bytes | IO[bytes]
    content_type: str


def take_away_report_of_another(store: Store, output_bucket: str, day: str) -> None:
    """From here on the day has no report, or the one of what stands published."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(TRIES):
            try:
                ReportFolder(store, output_bucket, day).take_away_what_is_of_another(pool)
                return
            except ConditionFailed:
                fact("report_moved", day=day)


class ReportFolder:
    """One day's folder of the output bucket, as it was when this was made."""

    def __init__(self, store: Store, output_bucket: str, day: str) -> None:
        self._store = store
        self._published = layout.published(output_bucket, day)
        self._page = places.report_page(output_bucket, day)
        self._folder = places.report_folder(output_bucket, day)
        self._standing = self._listed()
        self._written: set[str] = set()

    def take_away_what_is_of_another(self, pool: Executor) -> None:
        """A page of another publication, and then its files: nobody reads it, or sends its messages.

        Where the page is what stands published's, the files are left to the end. Raises ConditionFailed.
        """
        published = self._store.head(self._published)
        if published is None or self._is_of(self._page.key, published.etag):
            return
        if self._page.key in self._standing:
            self._take_away(self._page.key)
            del self._standing[self._page.key]
        keys = sorted(self._standing)
        are_of = pool.map(lambda key: self._is_of(key, published.etag), keys)
        others = [key for key, is_ours in zip(keys, are_of, strict=True) if not is_ours]
        _all(pool.submit(self._take_away, key) for key in others)
        for key in others:
            del self._standing[key]

    def put(self, files: Iterable[ReportFile], published_etag: str, pool: Executor) -> None:
        """Some at a time. Raises ConditionFailed where a newer report's stands at the place of one."""
        waiting = iter(files)
        while some := list(islice(waiting, _WAITING)):
            with ExitStack() as opened:
                for file in some:
                    if not isinstance(file.body, bytes):
                        opened.enter_context(file.body)
                _all(pool.submit(self._put, file, published_etag) for file in some)

    def take_away_the_rest(self, pool: Executor) -> None:
        """What an earlier report had, and this one has not. Raises ConditionFailed."""
        rest = sorted(self._standing.keys() - self._written - {self._page.key})
        _all(pool.submit(self._take_away, key) for key in rest)

    def put_page(self, body: bytes, published_etag: str) -> None:
        """The report's commit. Raises ConditionFailed."""
        self._put(ReportFile(self._page, body, HTML), published_etag)

    def settle(self, published_etag: str, pool: Executor) -> None:
        """What an older one wrote while this one did is taken away.

        A newer one writes only once its publication stands, which is looked at after the folder was listed.
        Raises ConditionFailed where that is so, or something of this one is gone.
        """
        self._standing = self._listed()
        published = self._store.head(self._published)
        is_whole = self._written <= self._standing.keys()
        if published is None or published.etag != published_etag or not is_whole:
            raise ConditionFailed(str(self._folder))
        self.take_away_the_rest(pool)

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

    def _listed(self) -> dict[str, str]:
        """The ETag by key."""
        return {listed.key: listed.etag for listed in self._store.list(self._folder)}

    def _is_of(self, key: str, published_etag: str) -> bool:
        stored = self._store.head(Location(self._page.bucket, key))
        return stored is not None and stored.metadata.get(PUBLISHED_ETAG) == published_etag

    def _take_away(self, key: str) -> None:
        if key not in self._standing:
            raise ConditionFailed(key)
        self._store.delete(Location(self._page.bucket, key), self._standing[key])


def _all(begun: Iterable[Future[None]]) -> None:
    """Raises one's failure only once none of them can write any more."""
    ended, _ = wait(list(begun))
    for one in ended:
        one.result()
