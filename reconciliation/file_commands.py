"""The commands on a supplier's files in the ingress bucket, as an alert offers them: see `commands.py`."""

import re
import shlex
import unicodedata
from typing import Final

from reconciliation import layout
from reconciliation.event import Event
from reconciliation.layout import Location

CORRECTED: Final = "corrected.csv"
"""What the user's runbook calls a corrected file."""
_ASKED_DAY: Final = "${DIA:?escreva antes DIA=AAAA-MM-DD}"
_ASKED_OTHER_DAY: Final = "${OUTRO_DIA:?escreva antes OUTRO_DIA=AAAA-MM-DD}"
"""`DIA` is the alert's own, where somebody works by the runbook's blocks."""
_START, _START_BYTES = "inicio.txt", 8192
"""What a file's beginning is kept as, in the folder one is in, and how much of it."""
_COMPRESSED: Final = (".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".rar")
_NAME_MAX: Final = 120
"""Of a file's name without its `.csv` (layout.day_of_upload)."""


def read(event: Event, *through: str) -> str | None:
    """The file through those filters, its unseen characters made visible; None without a key to paste.

    A filter reads on to the end: the AWS CLI complains of one that leaves.
    """
    if not event.s3_key or not _is_pasteable(event.s3_key):
        return None
    return " | ".join([f"aws s3 cp {_quoted(_file(event))} -", *through, "cat -v"])


def read_start(event: Event, first: str, *through: str) -> str | None:
    """The same of the file's first bytes alone, however large it is."""
    key = event.s3_key
    if not key or not _is_pasteable(key) or re.match(r"-|fileb?://", key):  # which are no values to the CLI
        return None
    get = ["aws", "s3api", "get-object", "--bucket", _ingress(event), "--key", key]
    part = shlex.join([*get, "--range", f"bytes=0-{_START_BYTES - 1}", _START])
    return f"{part} > /dev/null && " + " | ".join([f"{first} {_START}", *through, "cat -v"])


def newest_uploads(event: Event) -> str:
    """The last files that came, whatever their names; this finds nothing without failing."""
    return f"aws s3 ls {Location(_ingress(event), '')} --recursive | sort | tail -n 20"


def versions(event: Event) -> str:
    """Every version of the day's files, those that were deleted too. The event has a day."""
    return f"aws s3api list-object-versions --bucket {_ingress(event)} --prefix {event.day}/"


def listed_versions(event: Event) -> str:
    """Name, version, size and moment of each file of the day, as a table; and which one is the newest.

    The last files of the bucket where there is no day.
    """
    if not event.day:
        return newest_uploads(event)
    shown = "'Versions[].[Key,VersionId,Size,LastModified,IsLatest]'"
    return f"{versions(event)} --query {shown} --output table"


def send(event: Event, name: str) -> str:
    """A file of the folder one is in, to the day's folder. The event has a day."""
    return f"aws s3 cp ./{name} {layout.upload(_ingress(event), str(event.day), name)}"


def rename(event: Event) -> str | None:
    """The file under a key that is well formed: of its folder's day, or of the one that the person says."""
    day = layout.day_of(event.s3_key or "")
    return _copy(event, day if layout.day_of_upload(f"{day}/x.csv") else _ASKED_DAY)


def is_compressed(event: Event) -> bool:
    """Whether the file's name says that it is no CSV until it is unpacked."""
    return (event.s3_key or "").lower().endswith(_COMPRESSED)


def to_another_day(event: Event) -> str | None:
    """The file in the folder of the day that the person says."""
    return _copy(event, _ASKED_OTHER_DAY)


def corrected_key(event: Event) -> str:
    """The key of the day's corrected file. The event has a day."""
    return layout.upload(_ingress(event), str(event.day), CORRECTED).key


# --- their parts


def _copy(event: Event, day: str) -> str | None:
    """The file to that day's folder, under a name that is well formed."""
    if not event.s3_key or not _is_pasteable(event.s3_key):
        return None
    to = Location(_ingress(event), f"{day}/{_plain_name(event.s3_key.rpartition('/')[2])}")
    return f'aws s3 cp {_quoted(_file(event))} "{to}"'


def _file(event: Event) -> Location:
    return Location(_ingress(event), str(event.s3_key))


def _ingress(event: Event) -> str:
    return event.deployment.bucket("ingress")


def _quoted(where: Location) -> str:
    return shlex.quote(str(where))


def _is_pasteable(s3_key: str) -> bool:
    """A key may hold anything: a control character could end the pasted line, the other a code block."""
    return s3_key.isprintable() and "```" not in s3_key


def _plain_name(name: str) -> str:
    """`Relatório nº 1.CSV` as `Relatorio_no_1.csv`."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"(\.csv)?$", "", ascii_only, count=1, flags=re.IGNORECASE)
    return f"{re.sub('[^A-Za-z0-9.-]+', '_', stem)[:_NAME_MAX] or 'input'}.csv"
