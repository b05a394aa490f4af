"""Puts the synthesized templates, as they are, into the local stack; then does what a person would do."""

import json
import shlex
from concurrent.futures import ThreadPoolExecutor
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from infra import synth
from local.place import ACCOUNT, REGION

BOOTSTRAP_VERSION = "30"
"""What `cdk bootstrap` leaves in an account, beside the bucket for assets."""
PREPARES_BASE = "lambdas.prepare_base.handler"
JUDGES_DAYS = "lambdas.watchdog.handler"

LEFT_OUT = (
    "log e rastreamento da máquina de estados",
    "logs de acesso dos buckets e de fluxo da rede: nada os escreve",
    "a história dos alarmes: `aws cloudwatch describe-alarm-history` termina em erro 500",
    "a instância do banco: os jobs chegam ao PostgreSQL embutido, pelos grupos de segurança da instância",
)
NOT_JUDGED = (
    "o calendário: nenhum dia sem arquivo é apontado, e nenhum é conferido (`make up JUDGE=1` para os dois)"
)
"""What no resource type tells: properties that the emulator keeps or drops without effect."""


class DeployError(RuntimeError):
    """The template could not be deployed; its text is for the person at the terminal."""


def deploy(
    endpoint_url: str,
    work_dir: Path,
    database: dict[str, str | int],
    owner: dict[str, str],
    slack_webhook_url: str,
    *,
    judges_days: bool = False,
) -> None:
    """Repeatable. `database` and `owner` are secrets' values; `work_dir` gets what is left out, as a list.

    Files come here whenever somebody wants to see one: real days are judged only where that is asked for.
    """
    account = Account(endpoint_url)
    with synth.assembly() as assembly:
        account.bootstrap()
        bodies = {}
        for name in _stacks(json.loads((assembly / "manifest.json").read_text())["artifacts"]):
            bodies[name] = (assembly / f"{name}.template.json").read_text()
            account.upload(assembly, json.loads((assembly / f"{name}.assets.json").read_text()))
    missing = []
    for name, body in bodies.items():
        template = json.loads(body)
        account.create_or_update(name, body)
        account.put_secrets(template, database, slack_webhook_url)
        missing += account.missing(name, template)
    account.prepare_base(owner, work_dir / "postgres")
    if not judges_days:
        account.expect_no_file()
        missing.append(NOT_JUDGED)
    (work_dir / "left-out.txt").write_text("".join(f"{line}\n" for line in (*missing, *LEFT_OUT)))


def _stacks(artifacts: dict[str, Any]) -> list[str]:
    """The assembly's, each after those that it depends on."""
    needed = {key: item.get("dependencies", ()) for key, item in artifacts.items()}
    ordered = TopologicalSorter(needed).static_order()
    return [key for key in ordered if artifacts[key]["type"] == "aws:cloudformation:stack"]


class Account:
    """The emulated account, bootstrapped as `cdk bootstrap` does."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._session = boto3.Session("local", "local", region_name=REGION)

    def _client(self, service: str) -> Any:
        # a body of 76 MB is not hashed twice: the wire is this machine's own
        config = Config(request_checksum_calculation="when_required", s3={"payload_signing_enabled": False})
        return self._session.client(  # type: ignore[call-overload]  # any service, by its name
            service, endpoint_url=self._endpoint_url, config=config
        )

    def bootstrap(self) -> None:
        self._client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version", Value=BOOTSTRAP_VERSION, Type="String", Overwrite=True
        )

    def upload(self, assembly: Path, assets: dict[str, Any]) -> None:
        """Every file of the assembly but the template, at the place which the template names."""
        s3 = self._client("s3")
        wanted = [
            (assembly / asset["source"]["path"], place["bucketName"], place["objectKey"])
            for asset in assets["files"].values()
            for place in asset["destinations"].values()
            if not asset["source"]["path"].endswith(".template.json")
        ]
        for bucket in {_resolve(bucket) for _, bucket, _ in wanted}:
            _ignoring("BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=bucket, **_here())
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda item: _put(s3, item[0], _resolve(item[1]), item[2]), wanted))

    def create_or_update(self, name: str, body: str) -> None:
        cloudformation = self._client("cloudformation")
        stack = {"StackName": name, "TemplateBody": body, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        if self._status(name)[0] in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            cloudformation.delete_stack(StackName=name)  # as the CDK's command line does
        try:
            try:
                cloudformation.create_stack(**stack)
            except cloudformation.exceptions.AlreadyExistsException:
                cloudformation.update_stack(**stack)
        except ClientError as exc:
            if "No updates are to be performed" in exc.response["Error"]["Message"]:
                return
            reason = " ".join(exc.response["Error"]["Message"].split())
            raise DeployError(f"O modelo não foi implantado: {reason}") from exc
        except ResponseParserError as exc:  # the emulator broke: no answer that AWS would give
            raise DeployError("O modelo não foi implantado: o emulador falhou, veja stack.log.") from exc
        status, reason = self._status(name)
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeployError(f"O modelo não foi implantado: {reason}")

    def _status(self, name: str) -> tuple[str, str]:
        """The stack's status and the reason for it; "" of one that is not there."""
        try:
            (found,) = self._client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except ClientError:
            return "", ""
        return found["StackStatus"], " ".join(found.get("StackStatusReason", found["StackStatus"]).split())

    def put_secrets(
        self, template: dict[str, Any], database: dict[str, str | int], slack_webhook_url: str
    ) -> None:
        """The template makes up the database's password; Slack's webhook has no value until it is put."""
        secrets = self._client("secretsmanager")
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::SecretsManager::Secret":
                generated = "GenerateSecretString" in resource["Properties"]
                value = json.dumps(database) if generated else slack_webhook_url
                secrets.put_secret_value(SecretId=resource["Properties"]["Name"], SecretString=value)

    def prepare_base(self, owner: dict[str, str], folder: Path) -> None:
        """As docs/deploy.md says; RDS itself puts the owner's secret. `folder` has what outlives a stack."""
        (instance,) = self._client("rds").describe_db_instances()["DBInstances"]
        secret = instance["MasterUserSecret"]["SecretArn"]
        self._client("secretsmanager").put_secret_value(SecretId=secret, SecretString=json.dumps(owner))
        name = self._function(PREPARES_BASE)["FunctionName"]
        answer = self._client("lambda").invoke(FunctionName=name, Payload=json.dumps({"acao": "tudo"}))
        told = json.loads(answer["Payload"].read())
        if not told.get("ok"):
            raise DeployError(
                f"{name} não preparou a base: {json.dumps(told, ensure_ascii=False)}. O que foi mudado nela à"
                " mão deve ser desfeito; ou, para uma nova e vazia:"
                f" rm -rf {shlex.quote(str(folder))}"
            )

    def expect_no_file(self) -> None:
        """As a deployment with `expected_by=`, but for the template, which stays the company's."""
        watchdog = self._function(JUDGES_DAYS)
        variables = {**watchdog["Environment"]["Variables"], "CALENDAR": "{}"}
        self._client("lambda").update_function_configuration(
            FunctionName=watchdog["FunctionName"], Environment={"Variables": variables}
        )

    def wake_watchdog(self) -> None:
        """Its first turn, which EventBridge asks for in five minutes: it posts the runbook. Nobody waits."""
        name = self._function(JUDGES_DAYS)["FunctionName"]
        self._client("lambda").invoke(FunctionName=name, InvocationType="Event")

    def _function(self, handler: str) -> dict[str, Any]:
        functions = self._client("lambda").list_functions()["Functions"]
        found: dict[str, Any] = next(item for item in functions if item["Handler"] == handler)
        return found

    def missing(self, name: str, template: dict[str, Any]) -> list[str]:
        """Resources of the template that the stack does not have: their type is unknown here."""
        pages = self._client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
        made = {item["LogicalResourceId"] for page in pages for item in page["StackResourceSummaries"]}
        absent = {key: item["Type"] for key, item in template["Resources"].items() if key not in made}
        return [f"{kind} {key}" for key, kind in sorted(absent.items())]


def _resolve(text: str) -> str:
    return text.replace("${AWS::AccountId}", ACCOUNT)


def _here() -> dict[str, Any]:
    return {"CreateBucketConfiguration": {"LocationConstraint": REGION}}


def _put(s3: Any, path: Path, bucket: str, key: str) -> None:
    with path.open("rb") as body:
        s3.put_object(Bucket=bucket, Key=key, Body=body)


def _ignoring(code: str, call: Any, **parameters: Any) -> None:
    try:
        call(**parameters)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != code:
            raise
