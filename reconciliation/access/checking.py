"""How far a connection to the base gets, from where the jobs connect (runbook 2.3)."""

import logging
import socket
import time
from dataclasses import asdict, dataclass
from typing import Any

from reconciliation.adapters.database import preflight
from reconciliation.adapters.database.connecting import engine_of, session
from reconciliation.adapters.database.failures import unreachable
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import Secret, read_secret
from reconciliation.adapters.database.session import Session
from reconciliation.errors import Code, ReconciliationError, error

_TCP_TIMEOUT_S = 5
_LIMITS = Limits(10)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reached:
    """`etapa` is the last stage that was tried, `codigo` None or the code by which a run would fail there."""

    ok: bool
    etapa: str
    codigo: Code | None
    ms: int
    engine: str | None
    indice_unico: bool | None
    indice_desatualizado: bool | None
    """Whether an index is in an order of texts that the server no longer has; None where it was not seen."""

    def told(self) -> dict[str, Any]:
        """Its members, as people read them: `indice_desatualizado` only where one is."""
        return {
            name: value for name, value in asdict(self).items() if value or name != "indice_desatualizado"
        }


@dataclass(kw_only=True)
class Check:
    """One connection, stage by stage: dns, tcp, tls, auth, select.

    A base without `indice_unico` is fine where the deployment's rule is `base_unique = in_scope`, whose
    `window_days` are given, and only there.
    """

    secret_id: str
    read_endpoint: str
    database_ca: str
    window_days: int | None
    limits: Limits = _LIMITS
    etapa: str = "dns"
    engine: str | None = None
    indice_unico: bool | None = None
    indice_desatualizado: bool | None = None

    def run(self, given: dict[str, Any]) -> Reached:
        """A failure of the base is an answer, and not raised. `given` may have the endpoint (host, port)."""
        began, code = time.monotonic(), None
        try:
            self._connect(given)
        except ReconciliationError as exc:
            code = exc.code
            _log.warning("connection_check etapa=%s %s", self.etapa, exc)  # its texts hold no secret
        return Reached(
            ok=code is None,
            etapa=self.etapa,
            codigo=code,
            ms=round((time.monotonic() - began) * 1000),
            engine=self.engine,
            indice_unico=self.indice_unico,
            indice_desatualizado=self.indice_desatualizado,
        )

    def _connect(self, given: dict[str, Any]) -> None:
        """Raises the failure of the stage `etapa`; INVALID_INPUT where another endpoint was given.

        A secret that cannot be read, or is none of a base, is `auth` before anything is asked of the network.
        """
        self.etapa = "auth"
        endpoints = dict.fromkeys((self.read_endpoint, ""))  # where the jobs read, then the secret's
        places = [read_secret(self.secret_id, endpoint) for endpoint in endpoints]
        self.engine = str(places[0]["engine"])
        engine = engine_of(places[0])
        self.etapa = "dns"
        secret = _configured(given, places)
        self._reach(secret)
        self._read(engine, secret)

    def _reach(self, secret: Secret) -> None:
        host, port = secret["host"], int(secret["port"])
        try:
            socket.getaddrinfo(host, port)
            self.etapa = "tcp"
            socket.create_connection((host, port), _TCP_TIMEOUT_S).close()
        except OSError as exc:
            raise unreachable() from exc

    def _read(self, engine: type[Session], secret: Secret) -> None:
        """Until its password is refused, a server that took the connection fails as `tls`."""
        self.etapa = "tls"
        try:
            with session(engine, secret, self.limits, self.database_ca) as connected:
                self.etapa = "select"
                connected.begin()
                table = connected.table()
                self.indice_desatualizado = bool(table.outdated)
                self.indice_unico = table.has_unique_key and not table.outdated
                preflight.check(connected.engine, table, self.window_days)
        except ReconciliationError as exc:
            if (self.etapa, exc.code) == ("tls", "RDS_AUTH"):
                self.etapa = "auth"
            raise


def _configured(given: dict[str, Any], places: list[Secret]) -> Secret:
    """The place that is meant, the first by default. Raises INVALID_INPUT: this is no port scanner."""
    for secret in places:
        host, port = given.get("host", secret["host"]), given.get("port", secret["port"])
        if (str(host).lower(), str(port)) == (str(secret["host"]).lower(), str(secret["port"])):
            return secret
    raise error("INVALID_INPUT", "só o banco configurado é testado: omita host e port, ou use os dele")
