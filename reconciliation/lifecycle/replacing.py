"""A start on a day that is published already: the same bytes do nothing, other bytes need force."""

import hashlib
from dataclasses import dataclass

from reconciliation.adapters.history import published_summary
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.summary import Summary
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.lifecycle.answers import Nothing
from reconciliation.lifecycle.claiming import PublishedDay
from reconciliation.supplier_names import SuppliersLacked, left_out, loss, published

_LOOK_FIRST = "veja os arquivos do dia; se são de fornecedores diferentes, junte-os num só (runbook 1.1)"
_FORCE = "para substituí-lo, use force_reprocess: true"


@dataclass(frozen=True)
class Replacing:
    """What is published for a day, and why a run may not replace it."""

    store: Store
    ingress_bucket: str
    output_bucket: str

    def standing(self, day: str, etag: str) -> PublishedDay:
        """What stands published, with its own summary. Raises NEEDS_FORCE for one that can't be read."""
        try:
            summary = published_summary(self.store, self.output_bucket, day)
        except JsonRefused as exc:
            raise error("NEEDS_FORCE", f"o dia {day} está publicado, e {exc}; {_FORCE}") from exc
        is_its_own = summary is not None and summary.published_etag == etag
        return PublishedDay(etag, summary if is_its_own else None)

    def unneeded(self, summary: Summary, record: JobRecord) -> Nothing:
        """ALREADY_PUBLISHED, of the same bytes. Raises NEEDS_FORCE for others.

        Which names the published suppliers that the new file lacks, as far as there is time to find out.
        """
        lost = ""
        is_same = (summary.input.s3_key, summary.input.version_id) == (record.s3_key, record.version_id)
        if not is_same:
            suppliers = published(summary)
            sha256, lacked = self._read(record, SuppliersLacked(suppliers))
            is_same = sha256 == summary.input.sha256
            lost = loss(
                None if lacked is None else {name: suppliers[name] for name in lacked}, left_out(summary)
            )
        if is_same:
            message = f"o dia {summary.day} já está publicado com estes mesmos bytes; nada foi feito"
            return Nothing.of("ALREADY_PUBLISHED", message, summary.who)
        theirs, ours = (f"{one.s3_key}, versão {one.version_id}" for one in (summary.input, record))
        message = (
            f"o dia {summary.day} já está publicado por {summary.job_id} ({theirs}), com outros bytes que os"
            f" deste arquivo ({ours})"
        )
        later = self._is_later(summary, record)
        came_later = "o publicado foi enviado depois deste, e pode já contê-lo: compare-os" if later else ""
        numbers = {"Antes de substituir": _LOOK_FIRST} if lost else None
        raise error(
            "NEEDS_FORCE", "; ".join(part for part in (message, came_later, lost, _FORCE) if part), numbers
        )

    def _is_later(self, summary: Summary, record: JobRecord) -> bool:
        """Whether the published file was sent after this one, as far as both are still there."""
        theirs, ours = (
            self.store.head(Location(self.ingress_bucket, one.s3_key), one.version_id)
            for one in (summary.input, record)
        )
        return bool(theirs and ours and theirs.modified > ours.modified)

    def _read(self, record: JobRecord, lacked: SuppliersLacked) -> tuple[str, set[str] | None]:
        """The file's sha256, and the suppliers that it lacks, in one pass."""
        digest = hashlib.sha256()
        for chunk in self.store.stream(Location(self.ingress_bucket, record.s3_key), record.version_id):
            digest.update(chunk)
            lacked.feed(chunk)
        return digest.hexdigest(), lacked.names()
