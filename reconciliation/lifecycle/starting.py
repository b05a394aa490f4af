"""An uploaded object becomes an execution, where its key is a file's. Runbook 2.1."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from reconciliation.contract import is_no_file
from reconciliation.layout import day_of_upload
from reconciliation.lifecycle.ports import Executions
from reconciliation.lifecycle.telling import Teller
from reconciliation.run import execution_name, object_digest

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Starting:
    """The trigger's ports; `ignored_suffixes` are those of uploads that are no file."""

    executions: Executions
    teller: Teller
    ignored_suffixes: tuple[str, ...]

    def start(self, s3_key: str, version_id: str, size_bytes: int, now: datetime) -> str | None:
        """Starts the object's run and answers its name: None for what is no file, or (told) a wrong key."""
        digest = object_digest(s3_key, version_id)
        if is_no_file(s3_key, size_bytes, self.ignored_suffixes):
            _log.info("ignored", extra={"object": digest})
            return None
        if day_of_upload(s3_key) is None:
            message = (
                f"O arquivo {s3_key} não foi processado: o nome deve ter a forma AAAA-MM-DD/NOME.csv,"
                " com uma data real. Envie-o de novo com o nome certo."
            )
            event = self.teller.event(
                "E_S3_KEY", message, now, execution_arn="", stage="validation", s3_key=s3_key, about=digest
            )
            self.teller.tell(event)
            _log.warning("key_refused", extra={"object": digest})
            return None
        name = execution_name(s3_key, version_id)
        if not self.executions.start(name, json.dumps({"s3_key": s3_key, "version_id": version_id})):
            _log.info("already_started", extra={"execution": name})
        return name
