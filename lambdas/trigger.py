"""S3 event → StartExecution. The execution's name is the object's, so a repeated event starts nothing."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from lambdas.context import context


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Starts one execution per uploaded object, and says which."""
    starting, now, started = context().starting, datetime.now(UTC), []
    for record in event.get("Records", ()):
        uploaded = record["s3"]["object"]
        s3_key, version_id = unquote_plus(uploaded["key"]), uploaded.get("versionId", "null")
        started.append(starting.start(s3_key, version_id, uploaded.get("size", 0), now))
    return {"started": started}
