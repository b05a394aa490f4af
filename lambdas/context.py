"""The steps of a run's life with their ports, put together once per function instance."""

from datetime import UTC, datetime
from functools import cached_property, lru_cache

from lambdas.ports import Ports
from reconciliation.adapters.alert_marks import AlertMarks
from reconciliation.adapters.notify import Notifier
from reconciliation.lifecycle.alarming import Alarming
from reconciliation.lifecycle.checkpointing import Checkpoints
from reconciliation.lifecycle.closing import Closing
from reconciliation.lifecycle.finishing import Finishing
from reconciliation.lifecycle.holders import Holders
from reconciliation.lifecycle.informing import Informing
from reconciliation.lifecycle.judging import Judging
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.opening import Opening
from reconciliation.lifecycle.planning import Planning
from reconciliation.lifecycle.posting import Posting
from reconciliation.lifecycle.publishing import Publisher
from reconciliation.lifecycle.recovering import Recovering
from reconciliation.lifecycle.refreshing import Refreshing
from reconciliation.lifecycle.relaying import Relaying
from reconciliation.lifecycle.reminding import Reminding, TakingOver
from reconciliation.lifecycle.replacing import Replacing
from reconciliation.lifecycle.reporting import Reporting
from reconciliation.lifecycle.resuming import Resuming
from reconciliation.lifecycle.settings import Settings
from reconciliation.lifecycle.standing import Shelf
from reconciliation.lifecycle.starting import Starting
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.lifecycle.watching import Watching


class Context(Ports):
    """What the handlers call. Only what a function uses is made."""

    @cached_property
    def opening(self) -> Opening:
        return Opening(
            store=self.store,
            days=self.days,
            records=self.records,
            holders=Holders(self.days, self.executions),
            replacing=Replacing(self.store, self.settings.ingress_bucket, self.settings.output_bucket),
            resuming=Resuming(
                store=self.store,
                days=self.days,
                records=self.records,
                ingress_bucket=self.settings.ingress_bucket,
                intermediate_bucket=self.settings.intermediate_bucket,
                checkpoints_bucket=self.settings.checkpoints_bucket,
                rules=self.settings.rules,
            ),
            waiting_room=self.waiting_room,
            teller=self.teller,
            tuning=self.settings.tuning,
            ingress_bucket=self.settings.ingress_bucket,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def planning(self) -> Planning:
        return Planning(
            store=self.store,
            days=self.days,
            records=self.records,
            rules=self.settings.rules,
            workers_max=self.settings.tuning.workers_max,
            intermediate_bucket=self.settings.intermediate_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def closing(self) -> Closing:
        return Closing(
            days=self.days,
            records=self.records,
            checkpoints=Checkpoints(
                store=self.store,
                records=self.records,
                checkpoints_bucket=self.settings.checkpoints_bucket,
                intermediate_bucket=self.settings.intermediate_bucket,
                rules=self.settings.rules,
            ),
            publisher=self.publisher,
            finishing=self.finishing,
            reporting=self.reporting,
            waiting_room=self.waiting_room,
            runs=self.runs,
            metrics=self.metrics,
            teller=self.teller,
        )

    @cached_property
    def finishing(self) -> Finishing:
        return Finishing(
            store=self.store,
            days=self.days,
            waiting_room=self.waiting_room,
            runs=self.runs,
            metrics=self.metrics,
            refreshing=self.refreshing,
            reporting=self.reporting,
            teller=self.teller,
            output_bucket=self.settings.output_bucket,
            abnormal_rate_percent=self.settings.rules.abnormal_rate_percent,
        )

    @cached_property
    def watching(self) -> Watching:
        return Watching(
            store=self.store,
            days=self.days,
            waits=self.waits,
            executions=self.executions,
            alarming=self.alarming,
            closing=self.closing,
            waiting_room=self.waiting_room,
            reminding=self.reminding,
            metrics=self.metrics,
            refreshing=self.refreshing,
            informing=self.informing,
            judging=self.judging,
            teller=self.teller,
            posting=Posting(
                store=self.store,
                source=self.settings.runbook,
                output_bucket=self.settings.output_bucket,
                account_id=self.settings.deployment.account_id,
            ),
            ingress_bucket=self.settings.ingress_bucket,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def reminding(self) -> Reminding:
        return Reminding(
            incidents=self.incidents,
            records=self.records,
            executions=self.executions,
            recovering=Recovering(
                store=self.store,
                incidents=self.incidents,
                days=self.days,
                alarms=self.alarms,
                teller=self.teller,
                ingress_bucket=self.settings.ingress_bucket,
            ),
            teller=self.teller,
            highest_level=self.settings.highest_level,
        )

    @cached_property
    def judging(self) -> Judging:
        return Judging(
            store=self.store,
            days=self.days,
            metrics=self.metrics,
            refreshing=self.refreshing,
            reminding=self.reminding,
            subscriptions=self.subscriptions,
            teller=self.teller,
            once=self.once,
            calendar=self.settings.calendar,
            ingress_bucket=self.settings.ingress_bucket,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            output_bucket=self.settings.output_bucket,
            abnormal_rate_percent=self.settings.rules.abnormal_rate_percent,
            deadline_s=self.settings.tuning.deadline_s,
        )

    @cached_property
    def refreshing(self) -> Refreshing:
        return Refreshing(
            store=self.store,
            days=self.days,
            datasets=self.datasets,
            teller=self.teller,
            once=self.once,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def reporting(self) -> Reporting:
        return Reporting(self.store, self.teller, self.settings.output_bucket)

    @cached_property
    def informing(self) -> Informing:
        return Informing(
            store=self.store,
            records=self.records,
            refreshing=self.refreshing,
            topic=self.business_topic,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def once(self) -> Once:
        return Once(self.store, self.teller, self.settings.checkpoints_bucket)

    @cached_property
    def starting(self) -> Starting:
        return Starting(self.executions, self.teller, self.settings.ignored_suffixes)

    @cached_property
    def taking_over(self) -> TakingOver:
        return TakingOver(self.incidents)

    @cached_property
    def relaying(self) -> Relaying:
        return Relaying(
            store=self.store,
            checkpoints_bucket=self.settings.checkpoints_bucket,
            webhook_secrets=self.settings.slack_secrets,
        )

    @cached_property
    def alarming(self) -> Alarming:
        return Alarming(
            executions=self.executions,
            alarms=self.alarms,
            marks=self.teller.marks,
            teller=self.teller,
            once=self.once,
        )

    @cached_property
    def waiting_room(self) -> WaitingRoom:
        return WaitingRoom(
            store=self.store,
            days=self.days,
            records=self.records,
            waits=self.waits,
            executions=self.executions,
            ingress_bucket=self.settings.ingress_bucket,
        )

    @cached_property
    def publisher(self) -> Publisher:
        return Publisher(
            store=self.store,
            days=self.days,
            intermediate_bucket=self.settings.intermediate_bucket,
            output_bucket=self.settings.output_bucket,
        )

    @cached_property
    def teller(self) -> Teller:
        return Teller(
            topic=Notifier(self.settings.alerts_topic_arn),
            incidents=self.incidents,
            marks=AlertMarks(self.store, self.settings.checkpoints_bucket),
            deployment=self.settings.deployment,
            state_machine_arn=self.settings.state_machine_arn,
            output_bucket=self.settings.output_bucket,
            standing=Shelf(self.store, self.days, self.settings.output_bucket).of,
            response_minutes=self.settings.response_minutes,
            reference_day_offset=self.settings.rules.reference_day_offset,
        )


@lru_cache(maxsize=1)
def context() -> Context:
    return Context(Settings.from_env())


def moment(text: str) -> datetime:
    """What a timestamp of Step Functions says, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
