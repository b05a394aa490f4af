"""What the steps of a run's life reach outside themselves, each made once per function instance.

Only what a function uses is made: its role may have rights for nothing else.
"""

from dataclasses import dataclass
from functools import cached_property

from reconciliation.adapters.alarms import Alarms
from reconciliation.adapters.dataset import Dataset
from reconciliation.adapters.days import Days
from reconciliation.adapters.executions import Executions
from reconciliation.adapters.glue_runs import GlueRuns
from reconciliation.adapters.incidents import Incidents
from reconciliation.adapters.metrics import Metrics
from reconciliation.adapters.notify import BusinessTopic
from reconciliation.adapters.patience import COPYING, PROMPT
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.adapters.subscriptions import Subscriptions
from reconciliation.adapters.waits import Waits
from reconciliation.deployment import DAYS_DATASET
from reconciliation.lifecycle.settings import Settings


@dataclass
class Ports:
    """The adapters of one deployment, by the names that the steps have for them."""

    settings: Settings

    @cached_property
    def store(self) -> Store:
        return Store(config=PROMPT, copying=COPYING)

    @cached_property
    def days(self) -> Days:
        return Days(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def records(self) -> Records:
        return Records(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def waits(self) -> Waits:
        return Waits(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def incidents(self) -> Incidents:
        return Incidents(self.store, self.settings.checkpoints_bucket)

    @cached_property
    def executions(self) -> Executions:
        return Executions(self.settings.state_machine_arn)

    @cached_property
    def runs(self) -> GlueRuns:
        return GlueRuns(self.settings.stage_jobs)

    @cached_property
    def alarms(self) -> Alarms:
        return Alarms()

    @cached_property
    def metrics(self) -> Metrics:
        return Metrics()

    @cached_property
    def datasets(self) -> tuple[Dataset, ...]:
        """Empty where the deployment has no dashboard."""
        account_id, dataset_id = self.settings.deployment.account_id, self.settings.quicksight_dataset
        if not dataset_id:
            return ()
        days = Dataset(account_id, self.settings.deployment.named(DAYS_DATASET), is_small=True)
        return Dataset(account_id, dataset_id), days

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.settings.subscribers)

    @cached_property
    def business_topic(self) -> BusinessTopic:
        return BusinessTopic(self.settings.business_topic_arn)
