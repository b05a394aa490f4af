"""The real templates, made in this process by the local stack's CloudFormation: no server, nothing runs.

    python -m tests.infra.creation [LOGICAL_ID]

fails the creation at each resource in turn, and repeats it: a line each; then QuickSight's, beside the main
stack. With a logical id at that one alone, with the paragraph that `make deploy` ends with.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError
from moto import mock_aws
from moto.quicksight.models import quicksight_backends

from infra.app import ROOT, build_app
from infra.context import context_of
from infra.failure import explanation, refusals
from infra.jobs import JOBS
from infra.packaging import Packages, Sources
from infra.settings import QUICKSIGHT_STACK
from local import deploy
from local.aws import cloudformation, cloudformation_stacks, cloudformation_types, glue, quicksight
from local.place import ACCOUNT, REGION

NAME = "Reconciliation"
_NAMED = (
    ("s3", "list_buckets", "Buckets", "Name"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("glue", "get_jobs", "Jobs", "Name"),
    ("glue", "get_databases", "DatabaseList", "Name"),
    ("glue", "get_connections", "ConnectionList", "Name"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", None),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("events", "list_rules", "Rules", "Name"),
    ("athena", "list_work_groups", "WorkGroups", "Name"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
)
Act = Callable[["Creation"], object]


def part(template: dict[str, Any], *names: str) -> dict[str, Any]:
    """These resources of it, by the beginnings of their logical ids, with all that they need."""
    items = template["Resources"]
    needs, wanted = cloudformation_stacks.needs(items), {id_of(template, name) for name in names}
    while missing := {other for name in wanted for other in needs[name]} - wanted:
        wanted |= missing
    return {**template, "Resources": {name: items[name] for name in items if name in wanted}}


def id_of(template: dict[str, Any], name: str) -> str:
    """A logical id without the eight digits that the CDK adds."""
    (found,) = (key for key in template["Resources"] if name in (key, key[:-8]))
    return found


class Refused(Exception):
    """What the switch says in the service's place."""


@cache
def _taught() -> None:
    """Once in a process: what is taught stays."""
    cloudformation.install()
    glue.teach()
    quicksight.teach()


@dataclass
class Creation:
    """An empty account, and what happens in it meanwhile. `template` is a stack's, by name of resource."""

    template: dict[str, Any]
    stack: str = NAME
    at: str = ""
    """`ACT LogicalId` at which it fails; "" nowhere."""
    meanwhile: Act | None = None
    """What somebody does right before that."""

    def client(self, service: str) -> Any:
        return cloudformation_types.client(service)

    def begin(self, act: str, name: str, _kind: str) -> None:
        if f"{act} {name}" == self.at:
            if self.meanwhile:
                self.meanwhile(self)
            raise Refused("Rate exceeded")

    def create(self, template: dict[str, Any] | None = None) -> str:
        """CreateStack; answers the status that it ends in."""
        return self._asked("create_stack", template)

    def update(self, template: dict[str, Any]) -> str:
        return self._asked("update_stack", template)

    def go_on(self) -> str:
        """ContinueUpdateRollback."""
        self.client("cloudformation").continue_update_rollback(StackName=self.stack)
        return self.status()

    def resources(self) -> set[str]:
        """Their states, as ListStackResources has them."""
        found = self.client("cloudformation").list_stack_resources(StackName=self.stack)
        return {item["ResourceStatus"] for item in found["StackResourceSummaries"]}

    def delete(self) -> str:
        self.client("cloudformation").delete_stack(StackName=self.stack)
        return self.status()

    def remove(self) -> str:
        """Deletes the stack, and by hand the buckets that it keeps; answers its status, "" when gone."""
        status = self.delete()
        for bucket in self.client("s3").list_buckets()["Buckets"]:
            if bucket["Name"].startswith("reconciliation-"):
                self.client("s3").delete_bucket(Bucket=bucket["Name"])
        return status

    def _asked(self, what: str, template: dict[str, Any] | None) -> str:
        body = json.dumps(template or self.template)
        given = {"StackName": self.stack, "TemplateBody": body, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        getattr(self.client("cloudformation"), what)(**given)
        return self.status()

    def status(self) -> str:
        """Of the stack; nothing where there is none."""
        try:
            (stack,) = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except ClientError:
            return ""
        return str(stack["StackStatus"])

    def events(self, *statuses: str) -> dict[str, str]:
        """Reason by logical id, the newest first."""
        told = self.client("cloudformation").describe_stack_events(StackName=self.stack)["StackEvents"]
        return {
            event["LogicalResourceId"]: event.get("ResourceStatusReason", "")
            for event in told
            if event["ResourceStatus"] in statuses
        }

    def found(self) -> set[tuple[str, str]]:
        """Kind and name of all that has one."""
        shown = quicksight_backends[ACCOUNT][REGION]
        in_quicksight = {
            (kind, name)
            for kind in ("dashboards", "data_sets", "data_sources")
            for name in getattr(shown, kind)
        }
        return in_quicksight | {
            (kind, item[key] if key else item)
            for service, operation, kind, key in _NAMED
            for item in getattr(self.client(service), operation)().get(kind, ())
        }


@contextmanager
def emptied(folder: Path, template: dict[str, Any]) -> Iterator[Creation]:
    """The account, with the packages of the assembly in `folder` uploaded."""
    _taught()
    creation = Creation(template)
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": REGION}
    with (
        mock.patch.dict(os.environ, keys),
        mock_aws(),
        mock.patch.object(cloudformation_stacks, "begin", creation.begin),
    ):
        os.environ.pop("AWS_ENDPOINT_URL", None)
        cloudformation_types.client.cache_clear()
        there = deploy.Account(None)
        there.bootstrap()
        there.upload(folder, json.loads((folder / f"{NAME}.assets.json").read_text()))
        yield creation
        cloudformation_types.client.cache_clear()


@contextmanager
def synthesized(**settings: Any) -> Iterator[Path]:
    """An assembly of the checkout with small stand-ins for the packages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheels = {spec.module: folder / f"{spec.module}-0.gluewheels.zip" for spec in JOBS}
        packages = Packages(folder / "functions.zip", folder / "explain.zip", folder / "jobs.zip", wheels)
        for path in (packages.functions, packages.explain, packages.jobs, *wheels.values()):
            path.write_bytes(path.name.encode())
        build_app({**context_of(ROOT), **settings}, Sources(ROOT, packages), folder / "out").synth()
        yield folder / "out"


def main(chosen: list[str]) -> None:
    with synthesized(protect_database=False) as folder:
        template, shown = (
            json.loads((folder / f"{name}.template.json").read_text()) for name in (NAME, QUICKSIGHT_STACK)
        )
        with emptied(folder, template) as creation:
            for name in chosen or template["Resources"]:
                if name in template["Resources"]:
                    _show(creation, name, creation.remove, in_full=bool(chosen))
            creation.create()
            creation.template, creation.stack = shown, QUICKSIGHT_STACK
            for name in chosen or shown["Resources"]:
                if name in shown["Resources"]:
                    _show(creation, name, creation.delete, in_full=bool(chosen))


def _show(creation: Creation, name: str, remove: Callable[[], object], *, in_full: bool) -> None:
    before, began = creation.found(), time.monotonic()
    creation.at = f"CREATE {name}"
    first = creation.create()
    left = creation.found() - before
    if in_full:
        told = creation.client("cloudformation").describe_stack_events(StackName=creation.stack)
        print(explanation(creation.stack, first, refusals(creation.stack, told["StackEvents"])))
    gone, creation.at = creation.delete(), ""
    second = creation.create()
    remove()
    print(
        f"{name}: {first}, left {sorted(left) or 'nothing'}; {gone or 'deleted'}; {second}; "
        f"{time.monotonic() - began:.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
