"""Which tests one worker runs: a file, or its part of a folder whose files share what is dear to start."""

from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SHARED = {"e2e": 2, "faults": 2, "database": 1, "infra": 2}
"""The folders that share a stack, servers or a synth, dearest first: how many workers run each."""


def spread(items: list[pytest.Item]) -> None:
    """Marks each test for `--dist loadgroup`; the dear ones come first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))
    folders = list(SHARED)
    items.sort(key=lambda item: folders.index(_folder(item.path)) if _folder(item.path) in SHARED else 99)


@cache
def _group(file: Path) -> str:
    folder = _folder(file)
    if folder not in SHARED:
        return str(file)
    place = sorted((TESTS / folder).rglob("test_*.py")).index(file)
    return f"{folder} {place % SHARED[folder]}"


def _folder(file: Path) -> str:
    return file.relative_to(TESTS).parts[0]
