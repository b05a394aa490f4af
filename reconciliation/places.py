"""Where a day's report and the files beside it are, in the output bucket.

As in `layout.py`: a function that makes a path answers a Location.
"""

import hashlib
import re
from typing import Final
from urllib.parse import quote

from reconciliation.layout import Location

REPORT_PAGE: Final = "relatorio.html"
DIVERGENCES_CSV: Final = "divergencias.csv"
NO_SUPPLIER: Final = "_sem-fornecedor"
"""The folder of what names no supplier that could be read."""
OTHER_SUPPLIERS: Final = "_demais"
"""The folder of all suppliers that have none of their own."""
_TORN_ESCAPE: Final = re.compile("%.?$")
_FOLDER_MAX_CHARS: Final = 200
_FOLDER_KEPT_CHARS: Final = 100


def reports(bucket: str) -> Location:
    """The prefix of what people open: all days' reports."""
    return Location(bucket, "relatorios/")


def report_index(bucket: str) -> Location:
    """The page that links all days' reports."""
    return reports(bucket) / "index.html"


def report_folder(bucket: str, day: str) -> Location:
    """The prefix of a day's report: its page, and the files beside it."""
    return reports(bucket) / f"{day}/"


def report_page(bucket: str, day: str) -> Location:
    """The report itself, the last of its folder to be written, and so its commit."""
    return report_folder(bucket, day) / REPORT_PAGE


def report_csv(bucket: str, day: str) -> Location:
    """All divergences, as a spreadsheet opens them."""
    return report_folder(bucket, day) / DIVERGENCES_CSV


def report_workbook(bucket: str, day: str) -> Location:
    """The divergences and their totals, as a spreadsheet's own file."""
    return report_folder(bucket, day) / "divergencias.xlsx"


def supplier_folder(bucket: str, day: str, name: str) -> Location:
    """The prefix of what one supplier is sent; `name` as `supplier_folder_name` made it, or one of ours."""
    return report_folder(bucket, day) / f"fornecedores/{name}/"


def supplier_folder_name(fornecedor_id: str) -> str:
    """A folder's name for any supplier's, another for each, and none of ours, which begin with `_`.

    Letters, digits, `-`, `.` and `_` stay, everything else is percent-encoded, and so is what a path or a
    file system would take for something else. A long one is cut, and told apart by its digest: no file
    system takes a name of more than 255 bytes.
    """
    name = quote(fornecedor_id, safe="").replace("~", "%7E")
    if name in (".", ".."):
        return name.replace(".", "%2E")
    name = f"%5F{name[1:]}" if name.startswith("_") else name
    if len(name) <= _FOLDER_MAX_CHARS:
        return name
    digest = hashlib.sha256(fornecedor_id.encode()).hexdigest()
    return f"{_TORN_ESCAPE.sub('', name[:_FOLDER_KEPT_CHARS])}~{digest}"
