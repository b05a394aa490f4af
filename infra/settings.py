"""Every choice a deployment has, read from the context (`cdk.json`, `cdk deploy -c name=value`).

Each impossible value raises SettingsError with one sentence that says what to write instead.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from infra.contacts import check_addresses, check_response_minutes, check_supplier
from infra.context import SettingsError, context_of, require, typed
from infra.surroundings import (
    DEFAULT_PORTS,
    check_endpoint,
    check_engine,
    check_network,
    holds_certificates,
)
from reconciliation import calendar
from reconciliation.calendar import Calendar, ImpossibleCalendar
from reconciliation.channels import CHANNEL, ENGINEERING, ONCALL
from reconciliation.config import Rules
from reconciliation.contract import COMPANIONS
from reconciliation.deployment import BUCKETS
from reconciliation.run import RANGES, WORKER_TYPES, Tuning

__all__ = ["QUICKSIGHT_PARAMETER", "QUICKSIGHT_STACK", "STACK", "Settings", "SettingsError", "context_of"]

STACK, QUICKSIGHT_STACK = "Reconciliation", "Reconciliation-QuickSight"
QUICKSIGHT_PARAMETER = "QuickSight"
"""Of the main stack: `true` where the other one is deployed, else `false`."""
LOG_RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The deployment's settings with their defaults. Contacts: runbook 3.1; limits: runbook 2.2 and 2.5."""

    suffix: str = ""
    """Appended to every name that others could also want, e.g. `-dev`. Bucket names are global."""
    region: str = "sa-east-1"
    """Where everything is."""
    remove_data: bool = False
    """Whether deleting the stack deletes data too. Never in production."""

    email_operations: str = "ops-conciliacao@empresa.com"
    """Told everything."""
    email_product_owner: str = "po-conciliacao@empresa.com"
    """Told CRITICAL."""
    email_engineering: str = "eng-conciliacao@empresa.com"
    """Told CRITICAL and HIGH."""
    email_business: str = "negocio-conciliacao@empresa.com"
    """Told of an abnormal rate."""
    email_board: str = ""
    """Told the last reminder of a CRITICAL incident (3.3, level 4); empty: nobody."""
    supplier_contact: str = "sem contato nesta implantação: peça-o ao Product Owner"
    """Whom operators ask for a corrected file, as runbook 3.1 shows it: a name, an address, a telephone."""
    response_minutes: Mapping[str, Any] = field(default_factory=dict)
    """Minutes until somebody is to answer, by playbook, where not the runbook's: `{"2.3": 20}`."""
    slack_secret: str = "reconciliation-slack-webhook"  # noqa: S105 - a secret's name
    """Name of the secret that holds the URL of the webhook of `#conciliação-alerts`."""
    slack_oncall_secret: str = "reconciliation-slack-oncall-webhook"  # noqa: S105 - a secret's name
    """The same for `#ops-oncall`, which is told CRITICAL."""
    slack_engineering_secret: str = "reconciliation-slack-engineering-webhook"  # noqa: S105 - a secret's name
    """The same for `#eng-conciliacao`, which is told CRITICAL and HIGH."""
    expected_by: Sequence[str] = ("mon-fri 08:00",)
    """By when a day's file must have come, in America/Sao_Paulo: `mon-thu 08:00,fri 07:30`; an hour alone is
    Monday's to Friday's. Weekdays without an hour bring none. Empty: nobody expects any."""
    holidays: str = "banks"
    """Which holidays bring no file: `banks` (Brazil's national bank holidays), `b3` (the exchange's: the 24th
    of December and the year's last working day, too) or `none`."""
    days_off: Sequence[str] = ()
    """Own dates that bring no file: `2026-12-24,2026-12-31`."""
    days_on: Sequence[str] = ()
    """Holidays that bring one all the same."""
    checked_at: str = "08:00"
    """HH:MM in America/Sao_Paulo, of working days: when the check of the last one is told (runbook 1.1)."""

    ignored_suffixes: Sequence[str] = COMPANIONS
    """Ends of keys, whatever their case, that ring nobody: what an upload leaves beside the file."""

    rules: Mapping[str, Any] = field(default_factory=dict)
    """The contract's rules that differ from their defaults (`reconciliation.config.Rules`), as JSON."""
    deadline_s: int = Tuning.deadline_s
    """Seconds that a run may take, where its execution does not say; 1200 at most."""
    worker_type: str = Tuning.worker_type
    """Of the jobs, where the execution does not say: G.1X, G.2X or G.4X."""
    workers: int = Tuning.workers_max
    """Workers of a job at most, where the execution does not say how many: 2 for two million lines, one more
    for each further two, or as many as several `base_readers` have cores with; 2 to 50."""
    max_concurrent_runs: int = 5
    """Of one job; a run that is being stopped still counts."""

    database: str = "create"
    """`create` a database, or `import` one that is there."""
    engine: str = "postgres"
    """`postgres` or `mysql`."""
    engine_version: str = ""
    """Empty: 16.15 for PostgreSQL, 8.4.11 for MySQL."""
    instance_class: str = "db.r6g.large"
    """Of a created database."""
    storage_gb: int = 100
    """Of a created database."""
    multi_az: bool = True
    """Whether a created database has a standby in another zone."""
    protect_database: bool = True
    """Whether a created database refuses deletion; `make deploy` begins without and then protects it."""
    database_name: str = "conciliacao"
    """Where the table `transacoes` is, in a created database."""
    database_user: str = "reconciliation_reader"
    """The user of the jobs in a created database; may only SELECT."""
    rotate_secret: bool = True
    """Whether that user's password is a new one every month; False where others keep the users."""
    database_port: int = 0
    """0: the engine's own. An imported database's is opened to the jobs, and stands in the secret too."""
    database_ca: str = ""
    """Path of the CA bundle (RDS's `global-bundle.pem`) that must vouch for the server; empty: none."""
    read_endpoint: str = ""
    """`host` or `host:port` of a read replica that the job reads in place of the database; empty: none."""
    vpc_id: str = ""
    """Network that is there; empty: one is created, with a created database."""
    subnet_ids: Sequence[str] = ()
    """Private subnets of that network, in which jobs and functions run."""
    availability_zones: Sequence[str] = ()
    """The zone of each of them."""
    database_security_group_id: str = ""
    """Group of an imported database; gets a rule that lets the jobs in."""

    quicksight: bool = True
    """Whether the dashboard, a stack of its own, is deployed too; false without QuickSight."""
    quicksight_principal: str = "group/default/conciliacao"
    """Who sees the dashboard: a QuickSight user or group, as path or ARN."""
    quicksight_identity_region: str = ""
    """Where the account's QuickSight users and groups live; empty: the deployment's region."""
    quicksight_days: int = 180
    """Days that the dashboard shows."""

    log_retention_days: int = 90
    """Of all log groups that the stack makes."""
    intermediate_days: int = 30
    """After which what a run left behind is deleted."""
    checkpoint_days: int = 90
    """After which checkpoints are deleted."""
    noncurrent_days: int = 90
    """After which overwritten and deleted objects are gone for good."""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_people()
        self._check_sizes()
        self._check_database()
        check_network(
            *(self.vpc_id, self.subnet_ids, self.availability_zones, self.database_security_group_id),
            is_created=self.creates_database,
        )
        if self.creates_database:
            check_engine(
                self.engine, {"database_name": self.database_name, "database_user": self.database_user}
            )
        try:
            Calendar.of(**{name: getattr(self, name) for name in calendar.SETTINGS})
            Rules.from_dict(dict(self.rules))
        except ImpossibleCalendar as exc:
            raise SettingsError(str(exc)) from exc
        except Exception as exc:
            raise SettingsError(f"rules: {exc}.") from exc

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """From the context's values; keys with `:` or `@` are the CDK's own. Raises SettingsError."""
        known = {item.name: item for item in fields(cls)}
        given = {key: value for key, value in context.items() if ":" not in key and "@" not in key}
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise SettingsError(f"There is no setting {unknown[0]!r}; docs/settings.md lists them all.")
        return cls(**{key: typed(key, value, known[key].type) for key, value in given.items()})

    @property
    def protects_database(self) -> bool:
        """Whether there is a database of ours that must not be deleted by mistake."""
        return self.creates_database and self.protect_database and not self.remove_data

    @property
    def identity_region(self) -> str:
        """Where QuickSight's users and groups are."""
        return self.quicksight_identity_region or self.region

    def named(self, name: str) -> str:
        """The name with the deployment's suffix."""
        return f"{name}{self.suffix}"

    def bucket(self, purpose: str) -> str:
        """Name of a bucket, by its purpose: one of `BUCKETS`."""
        return self.named(BUCKETS[purpose])

    @property
    def slack_secrets(self) -> dict[str, str]:
        """By Slack's channel, the name of the secret that holds its webhook."""
        secrets = {
            CHANNEL: self.slack_secret,
            ENGINEERING: self.slack_engineering_secret,
            ONCALL: self.slack_oncall_secret,
        }
        return {channel: self.named(secret) for channel, secret in secrets.items()}

    @property
    def port(self) -> int:
        return self.database_port or DEFAULT_PORTS[self.engine]

    @property
    def creates_database(self) -> bool:
        return self.database == "create"

    @property
    def creates_network(self) -> bool:
        return not self.vpc_id

    def _check_names(self) -> None:
        require(
            re.fullmatch(r"(-[a-z0-9]+)*", self.suffix) is not None and len(self.suffix) <= 20,
            f"suffix {self.suffix!r}: write a hyphen and at most 19 lowercase letters and digits.",
        )
        require(
            re.fullmatch(r".*-[a-z0-9]{6}", self.suffix) is None,
            f"suffix {self.suffix!r}: its last part has six characters, as what Secrets Manager appends to a"
            " secret's name: write one more or one less.",
        )
        for name, region in (
            ("region", self.region),
            ("quicksight_identity_region", self.identity_region),
        ):
            require(
                re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region) is not None,
                f"{name} {region!r} is not an AWS region such as sa-east-1.",
            )
        require(
            re.fullmatch(r"arn:aws[a-z-]*:quicksight:\S+|(user|group)/[^/\s]+/\S+", self.quicksight_principal)
            is not None,
            f"quicksight_principal {self.quicksight_principal!r}: write group/default/NAME or an ARN.",
        )
        for suffix in self.ignored_suffixes:
            require(
                bool(suffix) and "," not in suffix and not suffix.lower().endswith(".csv"),
                f"ignored_suffixes {suffix!r}: write ends of keys that no supplier's file has, e.g. .tmp.",
            )

    def _check_people(self) -> None:
        names = ("email_operations", "email_product_owner", "email_engineering", "email_business")
        check_addresses({name: getattr(self, name) for name in names}, self.email_board)
        check_supplier(self.supplier_contact)
        check_response_minutes(self.response_minutes)

    def _check_sizes(self) -> None:
        for name, unit in (("deadline_s", " seconds"), ("workers", "")):
            (least, most), value = RANGES[name], getattr(self, name)
            require(least <= value <= most, f"{name} {value}: write {least} to {most}{unit}.")
        require(
            self.worker_type in WORKER_TYPES,
            f"worker_type {self.worker_type!r}: write one of {', '.join(WORKER_TYPES)}.",
        )
        days = (f"{what}_days" for what in ("intermediate", "checkpoint", "noncurrent", "quicksight"))
        for name in ("max_concurrent_runs", *days):
            require(getattr(self, name) >= 1, f"{name} {getattr(self, name)}: write at least 1.")
        require(
            self.log_retention_days in LOG_RETENTION_DAYS,
            f"log_retention_days {self.log_retention_days}: CloudWatch knows {LOG_RETENTION_DAYS}.",
        )
        require(20 <= self.storage_gb <= 65536, f"storage_gb {self.storage_gb}: write 20 to 65536.")

    def _check_database(self) -> None:
        require(
            self.engine in DEFAULT_PORTS,
            f"engine {self.engine!r}: write one of {', '.join(DEFAULT_PORTS)}.",
        )
        require(self.database in ("create", "import"), f"database {self.database!r}: write create or import.")
        require(
            not self.engine_version or re.fullmatch(r"\d+(\.\d+){1,2}", self.engine_version) is not None,
            f"engine_version {self.engine_version!r}: write a version such as 16.15 or 8.4.11.",
        )
        least = 1150 if self.creates_database else 1
        require(
            self.database_port in (0, *range(least, 65536)),
            f"database_port {self.database_port}: write {least} to 65535, or 0.",
        )
        check_endpoint(self.read_endpoint)
        require(
            not self.database_ca or holds_certificates(Path(self.database_ca)),
            f"database_ca {self.database_ca!r} is not a file of certificates (PEM).",
        )
        group, is_given = "database_security_group_id", bool(self.database_security_group_id)
        if self.creates_database:
            require(not is_given, f"{group} is of an imported database: add database=import.")
            return
        require(is_given, f"{group} is missing: an imported database needs it.")
        for name in ("database_name", "database_user"):
            is_default = getattr(self, name) == getattr(Settings, name)
            require(is_default, f"{name}: an imported database's is in its secret (docs/deploy.md, 3).")
