"""The edits still fit the files that they are for, and the page names these."""

import re

import pytest

from local.place import CHECKOUT
from tests.changing.changes import CHANGES, Change


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_old_text_stands_where_it_is_looked_for(change: Change) -> None:
    texts = {file: (CHECKOUT / file).read_text(encoding="utf-8") for file in change.files}
    for edit in change.edits:
        texts[edit.file] = edit.of(texts[edit.file])


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_page_names_and_counts_every_file(change: Change) -> None:
    before, title, section = (
        (CHECKOUT / "docs/changing.md").read_text(encoding="utf-8").partition(f". {change.name}\n")
    )
    assert title, "a section of its own"
    place = before.rpartition("## ")[2]
    (count,) = re.findall(rf"^\| {place}\. .* ✔ \| (\d+) \|", before, re.MULTILINE)
    assert int(count) == len(change.files)
    assert [file for file in change.files if f"`{file}`" not in section.partition("\n## ")[0]] == []


def test_every_file_that_the_page_names_is_there() -> None:
    page = (CHECKOUT / "docs/changing.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/.-]+\.(?:py|md|json|in))`", page))
    rooms = [path for path in CHECKOUT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    there = [str(path) for room in rooms for path in room.glob("**/*.*")]
    there += map(str, CHECKOUT.glob("*.*"))
    assert len(named) > 50
    assert sorted(name for name in named if not any(path.endswith(f"/{name}") for path in there)) == []
