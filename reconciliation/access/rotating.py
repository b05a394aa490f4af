"""A new password for the base's reading user, step by step as Secrets Manager asks (docs/adr/0006).

A step may be repeated. Until the last one `AWSCURRENT` holds the old password, from then on the new one.
"""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Session
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object
from reconciliation.errors import ReconciliationError

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_QUERY_TIMEOUT_S = 10
_PASSWORD_LENGTH = 32


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """One rotation of one secret; `token` is the version that becomes the current one."""

    manager: "SecretsManagerClient"
    secret_id: str
    token: str
    database_ca: str

    def take(self, step: str) -> None:
        """One of Secrets Manager's four steps.

        Raises RDS_AUTH, RDS_UNREACHABLE; ValueError for a version that Secrets Manager did not ask for.
        """
        if self.token not in self._stages():
            raise ValueError(f"{self.token} is no version of {self.secret_id}: nobody asked for its rotation")
        steps = {
            "createSecret": self._create,
            "setSecret": self._set,
            "testSecret": self._test,
            "finishSecret": self._finish,
        }
        steps[step]()

    def _create(self) -> None:
        """A new password, pending; one that is there stays."""
        try:
            self._pending()
        except self.manager.exceptions.ResourceNotFoundException:
            made = self.manager.get_random_password(PasswordLength=_PASSWORD_LENGTH, ExcludePunctuation=True)
            self.manager.put_secret_value(
                SecretId=self.secret_id,
                ClientRequestToken=self.token,
                SecretString=json.dumps({**self._current(), "password": made["RandomPassword"]}),
                VersionStages=["AWSPENDING"],
            )

    def _set(self) -> None:
        """The user itself tells the database, which needs no other user's rights."""
        pending = self._pending()
        try:
            with self._session(pending):
                return  # by an earlier try
        except ReconciliationError as exc:
            if exc.code != "RDS_AUTH":
                raise
        with self._session(self._current()) as connected:
            connected.change_password(pending["username"], pending["password"])

    def _test(self) -> None:
        """It reads the table."""
        with self._session(self._pending()) as connected:
            connected.begin()
            connected.table()

    def _finish(self) -> None:
        current = next(version for version, stages in self._stages().items() if "AWSCURRENT" in stages)
        if current != self.token:
            self.manager.update_secret_version_stage(
                SecretId=self.secret_id,
                VersionStage="AWSCURRENT",
                MoveToVersionId=self.token,
                RemoveFromVersionId=current,
            )

    def _stages(self) -> dict[str, list[str]]:
        return self.manager.describe_secret(SecretId=self.secret_id)["VersionIdsToStages"]

    def _current(self) -> Secret:
        return self._value(VersionStage="AWSCURRENT")

    def _pending(self) -> Secret:
        return self._value(VersionStage="AWSPENDING", VersionId=self.token)

    def _value(self, **version: str) -> Secret:
        stored = self.manager.get_secret_value(SecretId=self.secret_id, **version)
        return parse_object(stored["SecretString"], MESSAGE_BYTES)

    def _session(self, secret: Secret) -> AbstractContextManager[Session]:
        """Raises the base's codes: RDS_AUTH for a password that is refused."""
        return session(engine_of(secret), secret, _QUERY_TIMEOUT_S, self.database_ca)
