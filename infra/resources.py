"""What one deployment has, as the statements of `rights.py` and `function_rights.py` name it."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_kms as kms

from infra.alerts import DEAD_LETTERS
from infra.grants import regional, under
from infra.jobs import JOBS
from infra.settings import Settings
from reconciliation import alert_places, layout
from reconciliation.layout import ANY_DAY, ANY_JOB


@dataclass(frozen=True)
class Resources:
    """Buckets by their names, jobs by theirs; parts of buckets, queues and secrets by ARN."""

    settings: Settings
    key: kms.IKey
    topic_arn: str
    business_topic_arn: str
    database_secret: str
    owner_secret_arn: str
    database_ca_arns: Sequence[str] = ()
    runbook_arn: str = ""

    @property
    def ingress(self) -> str:
        return self.settings.bucket("ingress")

    @property
    def intermediate(self) -> str:
        return self.settings.bucket("intermediate")

    @property
    def checkpoints(self) -> str:
        return self.settings.bucket("checkpoints")

    @property
    def output(self) -> str:
        return self.settings.bucket("output")

    @property
    def records(self) -> list[str]:
        """The jobs' folders, and the objects that hold the days."""
        return under(layout.job_folder(self.checkpoints, ANY_JOB), layout.day_objects(self.checkpoints))

    @property
    def run_data(self) -> list[str]:
        """What a run writes before it publishes."""
        return [*under(layout.day_folder(self.intermediate, ANY_DAY)), *self.records]

    @property
    def told(self) -> list[str]:
        return under(alert_places.alert_marks(self.checkpoints))

    @property
    def incidents(self) -> list[str]:
        return under(alert_places.incidents(self.checkpoints))

    @property
    def dead_letters(self) -> list[str]:
        return regional("sqs", self.settings.named(DEAD_LETTERS))

    @property
    def jobs(self) -> list[str]:
        return [self.settings.named(spec.name) for spec in JOBS]
