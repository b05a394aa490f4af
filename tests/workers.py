"""Which tests one worker runs: a file, or its part of a folder whose files share what is dear to start."""

from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

TESTS = Path(__file__).parent
SHARED = {"e2e": 2, "faults": 2, "database": 2, "deployed": 1, "infra": 1}
"""The folders that share a stack, servers or a synth, dearest first: how many workers run each."""


class ByPart(LoadScopeScheduling):
    """`--dist loadscope` where a scope is a part. (Its `loadgroup` swallows the groups of pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return part_of(TESTS.parent / nodeid.partition("::")[0])


def dearest_first(items: list[pytest.Item]) -> None:
    folders = list(SHARED)
    items.sort(key=lambda item: folders.index(_folder(item.path)) if _folder(item.path) in SHARED else 99)


@cache
def part_of(file: Path) -> str:
    """The files of one part are run by one worker, one after the other."""
    folder = _folder(file)
    if folder not in SHARED:
        return str(file)
    place = sorted((TESTS / folder).rglob("test_*.py")).index(file)
    return f"{folder} {place % SHARED[folder]}"


def _folder(file: Path) -> str:
    return file.relative_to(TESTS).parts[0]
