"""What a function is told by its environment; nothing else of the functions reads `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse_object
from reconciliation.calendar import Calendar
from reconciliation.config import Rules
from reconciliation.contract import COMPANIONS
from reconciliation.deployment import Deployment
from reconciliation.errors import Stage, error
from reconciliation.run import Tuning

OWN = (
    "QUICKSIGHT_DATASET",
    "CALENDAR",
    "RUNBOOK",
    "SLACK_SECRETS",
    "BUSINESS_TOPIC_ARN",
    "SUBSCRIBERS",
    "EMAIL_BOARD",
)
"""Variables that not all functions are given; infra/functions.py says which get which."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Names of the deployed parts, and the rules."""

    ingress_bucket: str
    intermediate_bucket: str
    checkpoints_bucket: str
    output_bucket: str
    deployment: Deployment
    state_machine_arn: str
    alerts_topic_arn: str
    stage_jobs: Mapping[Stage, str]
    """Each stage's Glue job."""
    rules: Rules
    tuning: Tuning = field(default_factory=Tuning)
    """What a run gets where its execution's input does not say."""
    ignored_suffixes: tuple[str, ...] = COMPANIONS
    """The trigger starts no run for an upload whose name ends so: it is no file of a supplier's."""
    response_minutes: Mapping[str, int] = field(default_factory=dict)
    """By playbook, how soon somebody is to answer, where that is not the runbook's."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What only some functions are given, by its variable: asked for where it was not, it raises KeyError."""

    @classmethod
    def from_env(cls) -> Self:
        """Raises KeyError for a variable that is missing, INVALID_SETTING for rules that can't be."""
        return cls(
            ingress_bucket=os.environ["INGRESS_BUCKET"],
            intermediate_bucket=os.environ["INTERMEDIATE_BUCKET"],
            checkpoints_bucket=os.environ["CHECKPOINTS_BUCKET"],
            output_bucket=os.environ["OUTPUT_BUCKET"],
            deployment=Deployment(
                region=os.environ["REGION"],
                account_id=os.environ["ACCOUNT_ID"],
                suffix=os.environ["SUFFIX"],
            ),
            state_machine_arn=os.environ["STATE_MACHINE_ARN"],
            alerts_topic_arn=os.environ["ALERTS_TOPIC_ARN"],
            stage_jobs={
                "validation": os.environ["VALIDATION_JOB"],
                "reconciliation": os.environ["RECONCILIATION_JOB"],
                "output": os.environ["OUTPUT_JOB"],
            },
            rules=Rules.from_json(os.environ["RULES"]),
            tuning=_tuning(os.environ["TUNING"]),
            ignored_suffixes=_suffixes(os.environ.get("IGNORED_SUFFIXES")),
            response_minutes=parse_object(os.environ["RESPONSE_MINUTES"] or "{}", MESSAGE_BYTES),
            own={name: os.environ[name] for name in OWN if name in os.environ},
        )

    @property
    def quicksight_dataset(self) -> str:
        """Empty where the deployment has no dashboard."""
        return self.own["QUICKSIGHT_DATASET"]

    @property
    def calendar(self) -> Calendar:
        """Which days bring a file. Raises INVALID_SETTING."""
        return Calendar.from_json(self.own["CALENDAR"])

    @property
    def highest_level(self) -> int:
        """Up to which level of runbook 3.3 people are reminded: 4 where there is a board to tell."""
        return 4 if self.own["EMAIL_BOARD"] else 3

    @property
    def runbook(self) -> str:
        """The deployed page of the runbook, by its s3 URI, which changes with the page."""
        return self.own["RUNBOOK"]

    @property
    def subscribers(self) -> dict[str, list[str]]:
        """The e-mail addresses that each topic is to have, by its ARN."""
        return parse_object(self.own["SUBSCRIBERS"], MESSAGE_BYTES)

    @property
    def slack_secrets(self) -> dict[str, str]:
        """By Slack's channel, the name of the secret that holds its address."""
        return parse_object(self.own["SLACK_SECRETS"], MESSAGE_BYTES)

    @property
    def business_topic_arn(self) -> str:
        """Where the business area is told."""
        return self.own["BUSINESS_TOPIC_ARN"]


class BaseSettings:
    """What a function that connects to the base is told. What it is not given raises KeyError."""

    @property
    def secret_id(self) -> str:
        """The secret of the base's reading user, by its name."""
        return os.environ["SECRET_ID"]

    @property
    def database(self) -> dict[str, Any]:
        """The created database's engine, host, port and dbname, as the deployment itself knows them."""
        return parse_object(os.environ["DATABASE"], MESSAGE_BYTES)

    @property
    def owner_secret_id(self) -> str:
        """The secret of the database's owner, by its ARN."""
        return os.environ["OWNER_SECRET_ID"]

    @property
    def database_ca(self) -> str:
        """The authorities' bundle that proves the server's name: a path or an s3 URI; "" for none."""
        return os.environ["DATABASE_CA"]

    @property
    def read_endpoint(self) -> str:
        """The replica that is read, by its address; "" for none."""
        return os.environ["READ_ENDPOINT"]

    @property
    def rules(self) -> Rules:
        return Rules.from_json(os.environ["RULES"])


def _suffixes(text: str | None) -> tuple[str, ...]:
    return COMPANIONS if text is None else tuple(suffix for suffix in text.split(",") if suffix)


def _tuning(text: str) -> Tuning:
    try:
        return Tuning(**parse_object(text or "{}", MESSAGE_BYTES))
    except (JsonRefused, TypeError) as exc:
        raise error("INVALID_SETTING", f"TUNING: {exc}") from exc
