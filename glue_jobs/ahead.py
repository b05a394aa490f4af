"""An iterator whose next item is made while the last one is used."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


@contextmanager
def ahead(items: Iterator[_Item]) -> Iterator[Iterator[_Item]]:
    """The same items, each made by a thread, one before it is asked for; failures are raised where it is.

    The first is begun with the block, whose end waits for the item that is being made: nothing works on
    behind it.
    """
    with ThreadPoolExecutor(1) as beside:
        yield _one_ahead(items, beside, beside.submit(next, items, None))


def _one_ahead(
    items: Iterator[_Item], beside: ThreadPoolExecutor, coming: Future[_Item | None]
) -> Iterator[_Item]:
    while (item := coming.result()) is not None:
        coming = beside.submit(next, items, None)
        yield item
