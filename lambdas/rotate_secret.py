"""Gives the base's reading user a new password. Secrets Manager calls it once a step (docs/adr/0006).

A step may be repeated. Until the last one `AWSCURRENT` holds the old password, from then on the new one.
"""

import json
from contextlib import AbstractContextManager
from typing import Any

import boto3

from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Session
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object
from reconciliation.errors import ReconciliationError
from reconciliation.lifecycle.settings import BaseSettings

_QUERY_TIMEOUT_S = 10
_PASSWORD_LENGTH = 32


def handler(event: dict[str, Any], _: object) -> None:
    """`event`: SecretId, ClientRequestToken, Step. Raises RDS_AUTH, RDS_UNREACHABLE, ValueError."""
    rotation = Rotation(event["SecretId"], event["ClientRequestToken"])
    steps = {
        "createSecret": rotation.create,
        "setSecret": rotation.set,
        "testSecret": rotation.test,
        "finishSecret": rotation.finish,
    }
    steps[event["Step"]]()


class Rotation:
    """One rotation of one secret; `token` is the version that becomes the current one."""

    def __init__(self, secret_id: str, token: str) -> None:
        self._manager = boto3.client("secretsmanager")
        self._id, self._token = secret_id, token
        if token not in self._stages():
            raise ValueError(f"{token} is no version of {secret_id}: Secrets Manager did not ask for it")

    def create(self) -> None:
        """A new password, pending; one that is there stays."""
        try:
            self._pending()
        except self._manager.exceptions.ResourceNotFoundException:
            made = self._manager.get_random_password(PasswordLength=_PASSWORD_LENGTH, ExcludePunctuation=True)
            self._manager.put_secret_value(
                SecretId=self._id,
                ClientRequestToken=self._token,
                SecretString=json.dumps({**self._current(), "password": made["RandomPassword"]}),
                VersionStages=["AWSPENDING"],
            )

    def set(self) -> None:
        """The user itself tells the database, which needs no other user's rights."""
        pending = self._pending()
        try:
            with _session(pending):
                return  # by an earlier try
        except ReconciliationError as exc:
            if exc.code != "RDS_AUTH":
                raise
        with _session(self._current()) as connected:
            connected.change_password(pending["username"], pending["password"])

    def test(self) -> None:
        """It reads the table."""
        with _session(self._pending()) as connected:
            connected.begin()
            connected.table()

    def finish(self) -> None:
        current = next(version for version, stages in self._stages().items() if "AWSCURRENT" in stages)
        if current != self._token:
            self._manager.update_secret_version_stage(
                SecretId=self._id,
                VersionStage="AWSCURRENT",
                MoveToVersionId=self._token,
                RemoveFromVersionId=current,
            )

    def _stages(self) -> dict[str, list[str]]:
        return dict(self._manager.describe_secret(SecretId=self._id)["VersionIdsToStages"])

    def _current(self) -> Secret:
        return self._value(VersionStage="AWSCURRENT")

    def _pending(self) -> Secret:
        return self._value(VersionStage="AWSPENDING", VersionId=self._token)

    def _value(self, **version: str) -> Secret:
        stored = self._manager.get_secret_value(SecretId=self._id, **version)
        return parse_object(stored["SecretString"], MESSAGE_BYTES)


def _session(secret: Secret) -> AbstractContextManager[Session]:
    """Raises the base's codes: RDS_AUTH for a password that is refused."""
    return session(engine_of(secret), secret, _QUERY_TIMEOUT_S, BaseSettings().database_ca)
