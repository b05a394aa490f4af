"""Where the runbook is read: objects of the output bucket, opened by who is logged in to the console.

Each is the whole runbook on one page, and begins at what its name says: the console opens an object by its
reader's own session, at an address that ends before any `#`. Why so: docs/adr/0013.
"""

from collections.abc import Iterator
from typing import Final

from reconciliation import console, layout
from reconciliation.deployment import Deployment
from reconciliation.errors import FAILURES
from reconciliation.layout import Location

SECTIONS: Final = {
    "1.1": "README.md",
    "2.1": "2.1-falha-na-ingestao.md",
    "2.2": "2.2-timeout.md",
    "2.3": "2.3-falha-na-conciliacao.md",
    "2.4": "2.4-falha-na-entrega.md",
    "2.5": "2.5-taxa-anormal.md",
}
"""Each section's page in `runbooks/`."""
ROUTINE: Final = ("SUCCEEDED", "DAILY_CHECK", "ALARM")
ACCOUNT_MARK, BEGIN_MARK = "@ACCOUNT@", "@BEGIN@"
"""In the page that is deployed: the account, and where it begins, which are put in for each object."""

SOURCE: Final = "source"
"""In each object's metadata: the deployed page that it was made from."""


def names() -> tuple[str, ...]:
    """Of the objects: the sections', and the codes'."""
    return (*SECTIONS, *ROUTINE, *FAILURES)


def anchor_of(name: str) -> str:
    """Where that object begins."""
    return SECTIONS[name].removesuffix(".md") if name in SECTIONS else name.lower()


def link(deployment: Deployment, name: str) -> str:
    """The console's page of that object."""
    return console.object_page(deployment, layout.runbook_page(deployment.bucket("output"), name))


def pages_of(html: str, account_id: str, output_bucket: str) -> Iterator[tuple[Location, bytes]]:
    """What is to stand where."""
    whole = html.replace(ACCOUNT_MARK, account_id)
    for name in names():
        yield layout.runbook_page(output_bucket, name), whole.replace(BEGIN_MARK, anchor_of(name)).encode()
