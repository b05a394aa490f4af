"""A start on a day that is published already: the same bytes do nothing, other bytes need force."""

import hashlib

from lambdas.context import Context
from reconciliation.adapters.history import published_summary
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.job_record import JobRecord
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.supplier_names import SuppliersLacked, left_out, loss, published

_CHUNK_BYTES = 1024 * 1024
_LOOK_FIRST = "veja os arquivos do dia; se são de fornecedores diferentes, junte-os num só (runbook 1.1)"
_FORCE = "para substituí-lo, use force_reprocess: true"


class NothingToDo(Exception):
    """The run is not needed: ALREADY_PUBLISHED or DUPLICATE."""

    def __init__(self, status: str, message: str, job_id: str, attempt: int) -> None:
        super().__init__(message)
        self.status, self.job_id, self.attempt = status, job_id, attempt


def refuse_published(found: Context, day: str, etag: str, record: JobRecord) -> None:
    """Raises where the day is published: ALREADY_PUBLISHED for the same bytes, else NEEDS_FORCE.

    The latter names the published suppliers that the new file lacks, as far as there is time to find out.
    """
    try:
        summary = published_summary(found.store, found.settings.output_bucket, day)
    except JsonRefused as exc:
        raise error("NEEDS_FORCE", f"o dia {day} está publicado, e {exc}; {_FORCE}") from exc
    if not summary or summary.published_etag != etag:
        return
    standing = summary.input
    is_same = (standing.s3_key, standing.version_id) == (record.s3_key, record.version_id)
    lost = ""
    if not is_same:
        suppliers = published(summary)
        sha256, lacked = _read(found, record, SuppliersLacked(suppliers))
        is_same = sha256 == standing.sha256
        lost = loss(None if lacked is None else {name: suppliers[name] for name in lacked}, left_out(summary))
    if is_same:
        message = f"o dia {day} já está publicado com estes mesmos bytes; nada foi feito"
        raise NothingToDo("ALREADY_PUBLISHED", message, summary.job_id, summary.attempt)
    told = f"o dia {day} já está publicado por {summary.job_id} com outro arquivo"
    numbers = {"Antes de substituir": _LOOK_FIRST} if lost else None
    raise error("NEEDS_FORCE", "; ".join(part for part in (told, lost, _FORCE) if part), numbers)


def _read(found: Context, record: JobRecord, lacked: SuppliersLacked) -> tuple[str, set[str] | None]:
    """The file's sha256, and the suppliers that it lacks, in one pass."""
    digest = hashlib.sha256()
    where = Location(found.settings.ingress_bucket, record.s3_key)
    for chunk in found.store.stream(where, record.version_id, _CHUNK_BYTES):
        digest.update(chunk)
        lacked.feed(chunk)
    return digest.hexdigest(), lacked.names()
