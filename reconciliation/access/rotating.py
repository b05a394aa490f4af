"""A new password for the base's reading user, step by step as Secrets Manager asks (docs/adr/0006).

A step may be repeated. Until the last one `AWSCURRENT` holds the old password, from then on the new one.
Where the user does not exist yet, or nobody has put a value into an imported database's secret, there is
nothing to rotate, and that is no failure: Secrets Manager tries `testSecret` as soon as the deployment has
set the rotation up (RotateSecret, `RotateImmediately`).
"""

import json
import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Session
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object
from reconciliation.errors import ReconciliationError

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_LIMITS = Limits(10)
_PASSWORD_LENGTH = 32
_log = logging.getLogger(__name__)


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

    def _has_no_user(self, step: str) -> bool:
        """Whether the base does not know the user yet: its one password is refused, and never was another.

        So is a secret that never had one.
        """
        stages = [stage for of_version in self._stages().values() for stage in of_version]
        if "AWSCURRENT" in stages and ("AWSPREVIOUS" in stages or not self._is_refused(self._current())):
            return False
        _log.warning("no_user_yet", extra={"secret": self.secret_id, "step": step})
        return True

    def _create(self) -> None:
        """A new password, pending; one that is there stays. None where there is no user: nothing follows."""
        if self._pending() is None and not self._has_no_user("createSecret"):
            made = self.manager.get_random_password(PasswordLength=_PASSWORD_LENGTH, ExcludePunctuation=True)
            self.manager.put_secret_value(
                SecretId=self.secret_id,
                ClientRequestToken=self.token,
                SecretString=json.dumps({**self._current(), "password": made["RandomPassword"]}),
                VersionStages=["AWSPENDING"],
            )

    def _set(self) -> None:
        """The user itself tells the database, which needs no other user's rights."""
        made = self._made()
        if made is None or not self._is_refused(made):
            return  # nobody to tell, or told by an earlier try
        with self._session(self._current()) as connected:
            connected.change_password(made["username"], made["password"])

    def _test(self) -> None:
        """It logs in, by the current password where a rotation is only tried."""
        made = self._made()
        if made is None and self._has_no_user("testSecret"):
            return
        with self._session(made or self._current()):
            pass  # not the table: the old password is dead by now, and one that is missing is told by the run

    def _finish(self) -> None:
        """Without the database, which has the new password: each job is refused until this is done."""
        if self._made() is None:
            return
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

    def _made(self) -> Secret | None:
        """What `_create` made, if anything: what is only tried may have the current value pending, too."""
        pending = self._pending()
        return None if pending is None or pending == self._current() else pending

    def _pending(self) -> Secret | None:
        """None where the version has no value yet."""
        try:
            return self._value(VersionStage="AWSPENDING", VersionId=self.token)
        except self.manager.exceptions.ResourceNotFoundException:
            return None

    def _value(self, **version: str) -> Secret:
        stored = self.manager.get_secret_value(SecretId=self.secret_id, **version)
        return parse_object(stored["SecretString"], MESSAGE_BYTES)

    def _session(self, secret: Secret) -> AbstractContextManager[Session]:
        """Raises the base's codes: RDS_AUTH for a password that is refused."""
        return session(engine_of(secret), secret, _LIMITS, self.database_ca)

    def _is_refused(self, secret: Secret) -> bool:
        try:
            with self._session(secret):
                return False
        except ReconciliationError as exc:
            if exc.code != "RDS_AUTH":
                raise
            return True
