"""The whole system but its dashboard: composes the constructs, and gives each principal its rights."""

import json
from dataclasses import replace

from aws_cdk import Aws, CfnCondition, CfnParameter, Environment, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra import function_rights, rights, runbook
from infra import functions as fn
from infra import jobs as job
from infra.alarms import Alarms
from infra.alerts import Alerts
from infra.analytics import Analytics
from infra.database import Database
from infra.events import Events
from infra.functions import Functions
from infra.grants import object_arn, regional
from infra.jobs import Jobs
from infra.machine import DEFINITION, Machine, machine_arn
from infra.network import Network
from infra.observability import Observability, Topics
from infra.packaging import Sources
from infra.resources import Resources
from infra.roles import People, add_roles
from infra.saved_queries import SavedQueries
from infra.settings import QUICKSIGHT_PARAMETER, STACK, Settings
from infra.storage import Storage
from reconciliation import calendar
from reconciliation.deployment import DATASET

SUBSTITUTED_FUNCTIONS = {
    "PrepareRunFunction": fn.PREPARE_RUN,
    "InspectFileFunction": fn.INSPECT_FILE,
    "StopJobsFunction": fn.STOP_JOBS,
    "CloseRunFunction": fn.CLOSE_RUN,
    "FinishRunFunction": fn.FINISH_RUN,
}
SUBSTITUTED_JOBS = {
    "ValidationJob": job.VALIDATION,
    "ReconciliationJob": job.RECONCILIATION,
    "OutputJob": job.OUTPUT,
}
TUNED = {"deadline_s": "deadline_s", "worker_type": "worker_type", "workers_max": "workers"}
"""What an execution gets where its input does not say: by the names of `Tuning`, the settings."""

_ALARMED = {
    fn.TRIGGER: "[CRITICAL] O início automático falhou: um arquivo pode estar parado (runbook 2.1).",
    fn.CLOSE_RUN: "[CRITICAL] Uma execução não pôde ser encerrada: veja o dia e o checkpoint (runbook 2.2).",
    fn.WATCHDOG: "[HIGH] O vigia falhou: faça a verificação diária à mão (runbook 1.1).",
    fn.ALERT_REPLAY: "[MEDIUM] Um alerta ainda não chegou ao Slack; será reenviado (runbook 2.4).",
    fn.ALARMS: "[HIGH] Um alarme do CloudWatch não pôde ser contado: veja no painel qual (runbook 1.1).",
    fn.ROTATE_SECRET: "[HIGH] A troca da senha do banco parou no meio: teste a conexão (runbook 2.3).",
}
_IN_ROUNDS = (fn.WATCHDOG, fn.ALERT_REPLAY, fn.ALARMS)
"""Called every five minutes: by a rule, or by a message that comes back to its queue."""


class ReconciliationStack(Stack):
    """Every resource but QuickSight's. Names: docs/design.md and the runbook."""

    def __init__(self, scope: Construct, settings: Settings, sources: Sources) -> None:
        super().__init__(
            scope,
            settings.named(STACK),
            env=Environment(region=settings.region),
            description="Daily reconciliation of a supplier's file against the company's transactions",
        )
        self._settings, self._sources = settings, sources
        self._storage = Storage(self, "Storage", settings)
        self._network = Network(self, "Network", settings)
        self._database = Database(self, "Database", settings, self._network, self._storage.key)
        self._alerts = Alerts(self, "Alerts", settings, self._storage.key)
        self._alarms = Alarms(self, "Alarms", settings, self._storage.key)
        topic_arn = self._alerts.topic.topic_arn
        self._resources = Resources(
            settings,
            self._storage.key,
            topic_arn,
            self._alerts.business_topic.topic_arn,
            self._database.secret_name,
            self._database.owner_secret_arn,
        )
        self._jobs = self._add_jobs()
        page = runbook.deployed_page(settings, sources.root)
        self._runbook = assets.Asset(self, "Runbook", path=str(page))
        self._resources = replace(
            self._resources,
            database_ca_arns=self._jobs.database_ca_arns,
            runbook_arn=object_arn(self._runbook),
        )
        self._functions = self._add_functions(topic_arn)
        self._add_machine()
        self._connect_events()
        self._observe()
        analytics = Analytics(self, "Analytics", settings, self._storage.key)
        SavedQueries(self, "SavedQueries", settings).node.add_dependency(analytics)
        self._add_people()

    def _add_jobs(self) -> Jobs:
        settings = self._settings
        jobs = Jobs(
            self,
            "Jobs",
            settings,
            sources=self._sources,
            network=self._network,
            arguments={
                "--secret_id": self._database.secret_name,
                "--checkpoints_bucket": settings.bucket("checkpoints"),
                "--intermediate_bucket": settings.bucket("intermediate"),
                "--output_bucket": settings.bucket("output"),
            },
        )
        connections = regional("glue", "catalog", *(f"connection/{name}" for name in jobs.connection_names))
        jobs.grant(rights.of_jobs(self._resources, jobs.asset_arns, connections))
        iam.ManagedPolicy(
            self,
            "PublishingPolicy",
            managed_policy_name=settings.named("s3-write-policy"),
            statements=rights.of_publishing(self._resources),
            roles=[jobs.role],
        )
        return jobs

    def _add_functions(self, topic_arn: str) -> Functions:
        settings = self._settings
        functions = Functions(
            self,
            "Functions",
            settings,
            packages=self._sources.packages,
            network=self._network,
            environment=self._environment(topic_arn),
        )
        wanted = {fn.ROTATE_SECRET: settings.rotate_secret, fn.PREPARE_BASE: settings.creates_database}
        for spec in fn.FUNCTIONS:
            if wanted.get(spec, True):
                functions.add(spec, function_rights.of_function(self._resources, spec))
        if settings.rotate_secret:
            self._database.rotate(functions[fn.ROTATE_SECRET])
        return functions

    def _environment(self, topic_arn: str) -> dict[str, str]:
        """The variables of all functions, of which each gets those of `infra/functions.py`."""
        settings = self._settings
        return {
            "REGION": settings.region,
            "ACCOUNT_ID": Aws.ACCOUNT_ID,
            "SUFFIX": settings.suffix,
            "INGRESS_BUCKET": settings.bucket("ingress"),
            "INTERMEDIATE_BUCKET": settings.bucket("intermediate"),
            "CHECKPOINTS_BUCKET": settings.bucket("checkpoints"),
            "OUTPUT_BUCKET": settings.bucket("output"),
            "STATE_MACHINE_ARN": machine_arn(settings),
            "ALERTS_TOPIC_ARN": topic_arn,
            "VALIDATION_JOB": settings.named(job.VALIDATION.name),
            "RECONCILIATION_JOB": settings.named(job.RECONCILIATION.name),
            "OUTPUT_JOB": settings.named(job.OUTPUT.name),
            "RULES": json.dumps(dict(settings.rules), sort_keys=True),
            "TUNING": json.dumps({given: getattr(settings, name) for given, name in TUNED.items()}),
            "CALENDAR": json.dumps(
                {name: getattr(settings, name) for name in calendar.SETTINGS}, sort_keys=True
            ),
            "EMAIL_BOARD": settings.email_board,
            "RESPONSE_MINUTES": json.dumps(dict(settings.response_minutes), sort_keys=True),
            "RUNBOOK": self._runbook.s3_object_url,
            "IGNORED_SUFFIXES": ",".join(settings.ignored_suffixes),
            "SUBSCRIBERS": json.dumps(self._alerts.subscribers),
            "SLACK_SECRETS": json.dumps(settings.slack_secrets),
            "BUSINESS_TOPIC_ARN": self._alerts.business_topic.topic_arn,
            "SECRET_ID": self._database.secret_name,
            "DATABASE": json.dumps(self._database.place),
            "OWNER_SECRET_ID": self._database.owner_secret_arn,
            "DATABASE_CA": self._jobs.database_ca,
            "READ_ENDPOINT": settings.read_endpoint,
            "QUICKSIGHT_DATASET": self._data_set(),
        }

    def _data_set(self) -> str:
        """Its name, or "" in an account without: decided by CloudFormation, so the template is the same."""
        parameter = CfnParameter(
            self,
            QUICKSIGHT_PARAMETER,
            default="true",
            allowed_values=["true", "false"],
            description="Whether the dashboard's stack is deployed too",
        )
        is_there = CfnCondition(
            self, "HasQuickSight", expression=Fn.condition_equals(parameter.value_as_string, "true")
        )
        return Fn.condition_if(is_there.logical_id, self._settings.named(DATASET), "").to_string()

    def _add_machine(self) -> None:
        called = {key: self._functions[spec].function_arn for key, spec in SUBSTITUTED_FUNCTIONS.items()}
        jobs = {key: self._settings.named(spec.name) for key, spec in SUBSTITUTED_JOBS.items()}
        Machine(
            self,
            "Machine",
            self._settings,
            definition=(self._sources.root / DEFINITION).read_text(),
            substitutions={**called, **jobs, "CheckpointsBucket": self._settings.bucket("checkpoints")},
            rights=rights.of_machine(self._resources, list(called.values())),
        )

    def _add_people(self) -> None:
        database, topics = self._database, (self._alerts.topic, self._alerts.business_topic)
        arns = [topic.topic_arn for topic in topics]
        people = People(self._settings, self._storage.key, arns, database.secret_name, database.group_id)
        add_roles(Construct(self, "People"), people)

    def _connect_events(self) -> None:
        self._storage.notify(self._functions[fn.TRIGGER])
        events = Events(self, "Events", self._settings)
        events.on_unclean_end(self._functions[fn.CLOSE_RUN])
        events.every_five_minutes(self._functions[fn.WATCHDOG])
        self._alerts.tell(self._functions[fn.SLACK_NOTIFIER])
        self._alerts.replay(self._functions[fn.ALERT_REPLAY])
        self._alarms.feed(self._functions[fn.ALARMS])

    def _observe(self) -> None:
        topics = Topics(alarms=self._alarms.topic, alerts=self._alerts.topic)
        observed = Observability(self, "Observability", self._settings, topics)
        for spec, sentence in _ALARMED.items():
            if spec in self._functions:
                function = self._functions[spec]
                observed.watch(function, sentence, in_rounds=spec in _IN_ROUNDS, itself=spec is fn.ALARMS)
        observed.watch_events(self._functions[fn.TRIGGER])
        notifier, kept = self._functions[fn.SLACK_NOTIFIER], self._alerts.dead_letters
        observed.watch_delivery(notifier, kept, untold=self._alarms.dead_letters)
        observed.show()
