"""S3 event → StartExecution. The execution's name is the object's, so a repeated event starts nothing."""

import json
import logging
from typing import Any
from urllib.parse import unquote_plus

from lambdas.context import Context, context
from reconciliation.contract import is_no_file
from reconciliation.layout import day_of_upload
from reconciliation.run import execution_name, object_digest

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Starts one execution per uploaded object, and says which."""
    found = context()
    return {"started": [start(found, record["s3"]) for record in event.get("Records", ())]}


def start(found: Context, uploaded: dict[str, Any]) -> str | None:
    """The execution's name; None for what is no file, and (told) for a key of another form."""
    s3_key = unquote_plus(uploaded["object"]["key"])
    version_id = uploaded["object"].get("versionId", "null")
    if is_no_file(s3_key, uploaded["object"].get("size", 0), found.settings.ignored_suffixes):
        _log.info("ignored", extra={"object": object_digest(s3_key, version_id)})
        return None
    if day_of_upload(s3_key) is None:
        message = (
            f"O arquivo {s3_key} não foi processado: o nome deve ter a forma AAAA-MM-DD/NOME.csv,"
            " com uma data real. Envie-o de novo com o nome certo."
        )
        about = object_digest(s3_key, version_id)
        found.notifier.send(
            found.event("E_S3_KEY", message, execution_arn="", stage="validation", about=about)
        )
        _log.warning("key_refused", extra={"object": about})
        return None
    name = execution_name(s3_key, version_id)
    if not found.start(name, json.dumps({"s3_key": s3_key, "version_id": version_id})):
        _log.info("already_started", extra={"execution": name})
    return name
