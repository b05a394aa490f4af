"""Every choice a deployment has, read from the context (`cdk.json`, `cdk deploy -c name=value`).

Each impossible value raises SettingsError with one sentence that says what to write instead.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from reconciliation.config import Rules

LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653)
GLUE_WORKER_TYPES = ("G.1X", "G.2X", "G.4X")
DEFAULT_PORTS = {"postgres": 5432, "mysql": 3306}


class SettingsError(ValueError):
    """A setting that cannot be deployed; its text is for the person who wrote it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The deployment's settings with their defaults. Contacts: runbook 3.1; limits: runbook 2.2 and 2.5."""

    suffix: str = ""
    """Appended to every name that others could also want, e.g. `-dev`. Bucket names are global."""
    region: str = "sa-east-1"
    remove_data: bool = False
    """Whether deleting the stack deletes data too. Never in production."""

    email_operations: str = "ops-conciliacao@empresa.com"
    email_product_owner: str = "po-conciliacao@empresa.com"
    email_engineering: str = "eng-conciliacao@empresa.com"
    email_business: str = "negocio-conciliacao@empresa.com"
    slack_secret: str = "reconciliation-slack-webhook"  # noqa: S105 - a secret's name
    """Name of the secret that holds the URL of Slack's webhook."""

    rules: Mapping[str, Any] = field(default_factory=dict)
    """The contract's rules that differ from their defaults (`reconciliation.config.Rules`)."""
    deadline_s: int = 1200
    worker_type: str = "G.1X"
    workers: int = 10
    max_concurrent_runs: int = 5

    database: str = "create"
    """`create` a database and its network, or `import` both."""
    engine: str = "postgres"
    engine_version: str = ""
    """Empty: 16.9 for PostgreSQL, 8.0.42 for MySQL."""
    instance_class: str = "db.r6g.large"
    storage_gb: int = 100
    multi_az: bool = True
    database_name: str = "conciliacao"
    database_user: str = "reconciliation_reader"
    """The user of the jobs; may only SELECT."""
    database_host: str = ""
    database_port: int = 0
    """0: the engine's own."""
    database_ca: str = ""
    """Path of the CA bundle (RDS's `global-bundle.pem`) that must vouch for the server; empty: none."""
    vpc_id: str = ""
    subnet_ids: Sequence[str] = ()
    availability_zones: Sequence[str] = ()
    database_security_group_id: str = ""

    log_retention_days: int = 90
    intermediate_days: int = 30
    checkpoint_days: int = 90
    noncurrent_days: int = 90

    def __post_init__(self) -> None:
        self._check_names()
        self._check_sizes()
        self._check_database()
        try:
            Rules.from_dict(dict(self.rules))
        except Exception as exc:
            raise SettingsError(f"rules: {exc}.") from exc

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """From the context's values; keys with `:` or `@` are the CDK's own. Raises SettingsError."""
        known = {item.name: item for item in fields(cls)}
        given = {key: value for key, value in context.items() if ":" not in key and "@" not in key}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise SettingsError(f"There is no setting {unknown[0]!r}; infra/settings.py lists them all.")
        return cls(**{key: _typed(key, value, known[key].type) for key, value in given.items()})

    def named(self, name: str) -> str:
        """The name with the deployment's suffix."""
        return f"{name}{self.suffix}"

    def bucket(self, purpose: str) -> str:
        """Name of the bucket `ingress`, `intermediate`, `checkpoints` or `output`."""
        return self.named(f"reconciliation-{purpose}")

    @property
    def port(self) -> int:
        return self.database_port or DEFAULT_PORTS[self.engine]

    @property
    def creates_database(self) -> bool:
        return self.database == "create"

    def _check_names(self) -> None:
        _require(
            re.fullmatch(r"(-[a-z0-9]+)*", self.suffix) is not None and len(self.suffix) <= 20,
            f"suffix {self.suffix!r}: write a hyphen and at most 19 lowercase letters and digits.",
        )
        _require(
            re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", self.region) is not None,
            f"region {self.region!r} is not an AWS region such as sa-east-1.",
        )
        for name in ("email_operations", "email_product_owner", "email_engineering", "email_business"):
            address = getattr(self, name)
            _require("@" in address, f"{name} {address!r} is not an e-mail address.")

    def _check_sizes(self) -> None:
        _require(1 <= self.deadline_s <= 1200, f"deadline_s {self.deadline_s}: write 1 to 1200 seconds.")
        _require(
            self.worker_type in GLUE_WORKER_TYPES,
            f"worker_type {self.worker_type!r}: write one of {', '.join(GLUE_WORKER_TYPES)}.",
        )
        _require(2 <= self.workers <= 50, f"workers {self.workers}: write 2 to 50.")
        for name in ("max_concurrent_runs", "intermediate_days", "checkpoint_days", "noncurrent_days"):
            _require(getattr(self, name) >= 1, f"{name} {getattr(self, name)}: write at least 1.")
        _require(
            self.log_retention_days in LOG_RETENTION_DAYS,
            f"log_retention_days {self.log_retention_days}: CloudWatch knows {LOG_RETENTION_DAYS}.",
        )
        _require(self.storage_gb >= 20, f"storage_gb {self.storage_gb}: RDS starts at 20.")

    def _check_database(self) -> None:
        _require(
            self.engine in DEFAULT_PORTS, f"engine {self.engine!r}: write one of {', '.join(DEFAULT_PORTS)}."
        )
        _require(
            self.database in ("create", "import"), f"database {self.database!r}: write create or import."
        )
        _require(
            not self.database_ca or Path(self.database_ca).is_file(),
            f"database_ca {self.database_ca!r} is not a file.",
        )
        if self.creates_database:
            return
        needed = ("database_host", "vpc_id", "subnet_ids", "availability_zones", "database_security_group_id")
        for name in needed:
            _require(bool(getattr(self, name)), f"{name} is missing: an imported database needs it.")
        _require(
            len(self.subnet_ids) == len(self.availability_zones),
            "availability_zones must name one zone for each of subnet_ids.",
        )


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise SettingsError(sentence)


def _typed(name: str, value: Any, kind: Any) -> Any:
    """`-c name=value` gives texts only: a number, a switch and a list may come as one."""
    if not isinstance(value, str) or kind is str:
        return value
    try:
        if kind is int:
            return int(value)
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
    except (KeyError, ValueError) as exc:
        raise SettingsError(f"{name} {value!r} is not a {kind.__name__}.") from exc
    return tuple(part for part in value.split(",") if part)
