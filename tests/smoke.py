"""docs/deploy.md as somebody follows it: its commands and its file, for the tests that do what it says."""

import re

from local.place import CHECKOUT
from reconciliation.contract import HEADER


def file_of_the_page() -> list[str]:
    """The smoke test's, line by line; the base's rows are in each engine's `base.sql`."""
    found = re.search(rf"^ *{HEADER}\n((?: *TESTE;.*\n)+)", _page(), re.MULTILINE)
    assert found
    return [HEADER, *(line.strip() for line in found[1].splitlines())]


def commands_of_the_page(function: str) -> list[str]:
    """Those that call that function, in its order, as they are here: without the page's suffix."""
    found = re.findall(rf"aws lambda invoke --function-name {function}\$SUFFIX [^`]*? out\.json", _page())
    assert found
    return [command.replace("$SUFFIX", "") for command in found]


def _page() -> str:
    return (CHECKOUT / "docs" / "deploy.md").read_text(encoding="utf-8")
