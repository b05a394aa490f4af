"""TLS with MySQL, where the server offers it; where it does not, no password is given away."""

import re
import ssl
from dataclasses import dataclass
from functools import partial
from typing import Any

from pymysql.constants import CLIENT, CR
from pymysql.err import OperationalError

from reconciliation.adapters.database import failures
from reconciliation.errors import ReconciliationError

_LEARN_IT = (
    "caching_sha2_password",
    "sha256_password",
    "mysql_clear_password",
    "dialog",
    "mysql_old_password",
)
"""By these the server gets the password, or what stands for it. With the first one it does only while the
server has not seen it: refused always, or a run would fail by when the server was last started."""


class PlainTextError(OperationalError):  # type: ignore[misc]  # it has no types
    """The password, or the session, would travel without TLS."""


@dataclass(frozen=True)
class _Plugin:
    """As the driver has it, but for what may not be sent, and for what it lacks."""

    name: str
    connection: Any

    def authenticate(self, packet: Any) -> Any:
        if self.name in _LEARN_IT and not _is_encrypted(self.connection):
            raise PlainTextError(CR.CR_SSL_CONNECTION_ERROR, f"{self.name} without TLS")
        try:
            return self.connection._process_auth(self.name.encode(), packet)
        except RuntimeError as exc:  # a package that is not installed
            raise OperationalError(CR.CR_AUTH_PLUGIN_CANNOT_LOAD, f"plugin '{self.name}': {exc}") from exc


def arguments(ca: str) -> dict[str, Any]:
    """Of `pymysql.connect`. With a CA bundle, the server must prove its name."""
    proof = {"ssl_ca": ca, "ssl_verify_cert": True, "ssl_verify_identity": True} if ca else {}
    plugins = (*_LEARN_IT, "client_ed25519")
    return {**proof, "auth_plugin_map": {name: partial(_Plugin, name) for name in plugins}}


def confirm(connection: Any) -> None:
    """Raises PlainTextError where the server offers TLS and the driver did not take it."""
    if connection.server_capabilities & CLIENT.SSL and not _is_encrypted(connection):
        connection._force_close()
        raise PlainTextError(CR.CR_SSL_CONNECTION_ERROR, "TLS was offered, and not used")


def require(connection: Any) -> None:
    """Before a statement that has a password in it. Raises PlainTextError."""
    if not _is_encrypted(connection):
        raise PlainTextError(CR.CR_SSL_CONNECTION_ERROR, "a new password without TLS")


def failure(exc: Exception) -> ReconciliationError | None:
    """What went wrong before the password was looked at; None for anything else."""
    number = exc.args[0] if exc.args else None
    cause = getattr(exc, "original_exception", None)
    if isinstance(exc, PlainTextError):
        return failures.plain_text()
    if isinstance(cause, ssl.SSLCertVerificationError):
        return failures.untrusted()
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):  # it went away
        return failures.no_common_tls()
    if number == CR.CR_SSL_CONNECTION_ERROR:
        return failures.no_tls()
    if number in {CR.CR_AUTH_PLUGIN_CANNOT_LOAD, CR.CR_AUTH_PLUGIN_ERR}:
        named = re.search(r"plugin '(?:b')?([\w-]+)", str(exc))
        return failures.unknown_plugin(named[1] if named else "?")
    return None


def _is_encrypted(connection: Any) -> bool:
    return isinstance(connection._sock, ssl.SSLSocket)
