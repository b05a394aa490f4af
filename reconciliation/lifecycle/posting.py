"""Puts the deployment's runbook where its alerts' links open it, and again where it is gone or another's."""

from dataclasses import dataclass

from reconciliation import layout, runbook
from reconciliation.adapters.store import Store
from reconciliation.layout import Location

_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Posting:
    """`source` is the page that was deployed, whose address changes with its content; "" for none."""

    store: Store
    source: str
    output_bucket: str
    account_id: str

    def post(self) -> bool:
        """Answers whether anything was put. Raises FileNotFoundError where what was deployed is gone."""
        if not self.source or self._stands():
            return False
        deployed = self.store.get(Location.parse(self.source))
        if deployed is None:
            raise FileNotFoundError(self.source)
        pages = runbook.pages_of(deployed.body.decode(), self.account_id, self.output_bucket)
        for where, body in pages:
            self.store.put(where, body, {runbook.SOURCE: self.source}, content_type=_HTML)
        return True

    def _stands(self) -> bool:
        """All of it, by the one that is put last."""
        wanted = [layout.runbook_page(self.output_bucket, name) for name in runbook.names()]
        there = {each.key for each in self.store.list(layout.runbook_pages(self.output_bucket))}
        last = self.store.head(wanted[-1])
        return bool(
            last and last.metadata.get(runbook.SOURCE) == self.source and {w.key for w in wanted} <= there
        )
