"""IAM: who asks, and whether the policies that the account holds at this moment let them.

A caller is a role's session, made by moto's STS, an AWS service, or whoever holds the stack's own keys: an
administrator, as the person who deploys is. docs/adr/0012 says how a request comes to be judged.
"""

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from moto.athena.models import athena_backends
from moto.awslambda.utils import get_backend
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.stepfunctions.parser import models as machines
from moto.sts.models import sts_backends

from local.aws import needs
from local.aws.backends import held
from local.aws.needs import Need, key_needs
from local.aws.policies import Policy, Principal, Request, judged
from local.place import ACCOUNT, REGION, Place

ADMINISTRATOR = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


class AccessDenied(Exception):
    """A right is missing; the text is AWS's sentence. `action` is the one that is missing."""

    def __init__(self, text: str, action: str = "") -> None:
        super().__init__(text)
        self.action = action


@dataclass(frozen=True)
class Caller:
    """`role` is whose policies count; without one it is an administrator, or a service, which has none."""

    principal: Principal
    role: str = ""

    @property
    def name(self) -> str:
        return self.principal.service or (self.principal.arns or ("anonymous",))[0]


_ADMIN = Caller(Principal((f"arn:aws:iam::{ACCOUNT}:user/local",), ACCOUNT))
_used: set[tuple[str, str, str]] = set()
_roles: dict[str, Any] = {}
_lock = threading.Lock()
_record: list[Path] = []


def install(place: Place) -> None:
    """What was granted is written down once each, so that a right that nobody uses is seen."""
    _record[:] = [place.directory / "rights.jsonl"]
    _record[0].unlink(missing_ok=True)


# --- callers


def credentials(role_arn: str, service: str, session: str) -> dict[str, str]:
    """The environment of a process that acts as the role; `service` is who takes it. Raises AccessDenied.

    The role must trust the service (IAM/…/id_roles_create_for-service.html).
    """
    arn = needs.arn("iam", role_arn if role_arn.startswith("arn:") else f"role/{role_arn}")
    demand(of_service(service), Need("sts:AssumeRole", arn))
    made = held(sts_backends, "aws").assume_role(REGION, session[:64], arn, "", 3600, "")
    return {
        "AWS_ACCESS_KEY_ID": made.access_key_id,
        "AWS_SECRET_ACCESS_KEY": made.secret_access_key,
        "AWS_SESSION_TOKEN": made.session_token,
    }


def of_key(access_key: str | None) -> Caller | None:
    """Whose key it is: without one it is nobody's, and an unknown one is no caller."""
    if access_key is None:
        return Caller(Principal())
    if access_key == "local":
        return _ADMIN
    session = held(sts_backends, "aws").get_assumed_role_from_access_key(access_key)
    return of_role(session.role_arn, session.session_name) if session else None


@lru_cache
def of_role(role_arn: str, session: str) -> Caller:
    """What a service does as a role without an HTTP request, as Lambda keeping a log."""
    name = role_arn.rsplit("/", 1)[-1]
    role = needs.arn("iam", f"role/{name}")
    return Caller(Principal((f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}", role), ACCOUNT), name)


def of_service(name: str) -> Caller:
    return Caller(Principal(service=f"{name}.amazonaws.com"))


# --- judging


def may(caller: Caller, *wanted: Need, source_arn: str = "") -> bool:
    """For what a service does by itself: a refusal is its own affair, and stands in the stack's log."""
    try:
        demand(caller, *wanted, source_arn=source_arn)
    except AccessDenied as exc:
        logging.warning("%s", exc)
        return False
    return True


def demand(
    caller: Caller, *wanted: Need, source_arn: str = "", address: str = "", endpoint: Any = None
) -> None:
    """Raises AccessDenied at the first that is missing. A service acts for `source_arn`, of this account.

    `endpoint` of a VPC: its policy counts for what itself is asked for, not for the key's uses behind it.
    """
    identity = _role_policies(caller.role) if caller.role else [ADMINISTRATOR] if caller is _ADMIN else ()
    came_by = (endpoint.id, endpoint.vpc_id) if endpoint else ()
    known = _context(caller, source_arn, address, came_by, int(time.time()))
    for need in wanted:
        policies, decides = resource_policies(need)
        request = Request(caller.principal, need.action, need.resource, {**known, **need.context})
        passing = [endpoint.policy_document] if endpoint and "kms:viaservice" not in need.context else ()
        reason = judged(request, identity, policies, resource_decides=decides, endpoint=passing)
        _write_down(caller, need, reason)
        if reason:
            asked = f"is not authorized to perform: {need.action} on resource: {need.resource}"
            raise AccessDenied(f"User: {caller.name} {asked} {reason}", need.action)


@lru_cache
def _context(
    caller: Caller, source_arn: str, address: str, came_by: tuple[str, ...], now_s: int
) -> dict[str, str]:
    """Global keys (IAM/…/reference_policies_condition-keys.html). This machine's own wire stands for TLS."""
    known = {
        "aws:currenttime": datetime.fromtimestamp(now_s, UTC).isoformat(),
        "aws:epochtime": str(now_s),
        "aws:securetransport": "true",
        "aws:requestedregion": REGION,
        "aws:principalisawsservice": str(bool(caller.principal.service)).lower(),
    }
    if caller.principal.service:
        known |= dict.fromkeys(("aws:sourceaccount", "aws:sourceowner"), ACCOUNT)
        return known | ({"aws:sourcearn": source_arn} if source_arn else {})
    if caller.principal.account:
        kind = "AssumedRole" if caller.role else "User"
        arn = caller.principal.arns[-1]
        known |= {"aws:principalarn": arn, "aws:principalaccount": ACCOUNT, "aws:principaltype": kind}
    if came_by:  # then there is no aws:SourceIp
        return known | dict(zip(("aws:sourcevpce", "aws:sourcevpc"), came_by, strict=True))
    return known | ({"aws:sourceip": address} if address else {})


def _write_down(caller: Caller, need: Need, reason: str | None) -> None:
    line = (caller.role or caller.name, need.action, need.resource)
    if _record and (reason or line not in _used):
        with _lock, _record[0].open("a") as file:
            _used.add(line)
            facts = dict(zip(("who", "action", "resource"), line, strict=True))
            file.write(json.dumps({**facts, **({"refused": reason} if reason else {})}) + "\n")


# --- what the account holds


def _role_policies(name: str) -> Iterable[str]:
    """None where the role is gone."""
    roles, role = _iam().roles, _roles.get(name)
    if role is None or roles.get(role.id) is not role:  # moto has them by their ids alone
        role = next((one for one in list(roles.values()) if one.name == name), None)
        if role is None:
            return ()
        _roles[name] = role
    attached = [policy.versions for policy in role.managed_policies.values()]
    return [
        *role.policies.values(),
        *(one.document for versions in attached for one in versions if one.is_default_version),
    ]


def resource_policies(need: Need) -> tuple[list[Policy], bool]:
    """Those of what is asked for, and whether the identity's policies alone are not enough."""
    service, name = need.resource.split(":")[2:6:3] if need.resource.count(":") >= 5 else ("", "")
    with suppress(Exception):  # it does not exist: then the service says so, to those who may ask
        if service == "s3":
            policy = held(s3_backends, "aws").buckets[name.split("/", 1)[0]].policy
            return [policy] if policy else [], False
        if service == "kms":
            return [held(kms_backends).keys[name.removeprefix("key/")].policy], True
        if service == "sns":
            return [held(sns_backends).topics[need.resource].policy], False
        if service == "sqs":
            return [text for text in [held(sqs_backends).queues[name].policy] if text], False
        if service == "secretsmanager":
            policy = _secret(need.resource).policy
            return [policy] if policy else [], False
        if service == "lambda":
            statements = get_backend(ACCOUNT, REGION).get_function(need.resource).policy.statements
            return [json.dumps({"Statement": statements})], False
        if need.action == "sts:AssumeRole":
            return [_iam().get_role_by_arn(need.resource).assume_role_policy_document], True
    return [], service == "kms" or need.action == "sts:AssumeRole"


def _iam() -> Any:
    return held(iam_backends, "aws")


def _secret(name: str) -> Any:
    return held(secretsmanager_backends).secrets.get(name)


def needed(asked: needs.Asked) -> list[Need]:
    """All that the request needs, with what its service does with a key in the caller's name."""
    given = dict(asked.given)
    if "SecretId" in given and _secret(given["SecretId"]):
        given["SecretId"] = _secret(given["SecretId"]).arn
    if asked.service == "kms" and "KeyId" in given:
        given["KeyId"] = _key_arn(given["KeyId"]) or given["KeyId"]
    if "QueueUrl" in given:
        given["QueueName"] = given["QueueUrl"].rsplit("/", 1)[-1]
    if len(given.get("AlarmNames", ())) == 1:
        (given["AlarmNames"],) = given["AlarmNames"]
    if "NamedQueryIds" in given:  # of a workgroup each, which they do not say
        known = [held(athena_backends).named_queries.get(one) for one in given["NamedQueryIds"]]
        given["WorkGroup"] = next((query.workgroup.name for query in known if query), None)
    if "taskToken" in given:
        given["stateMachineArn"] = _machine_of(given["taskToken"])
    wanted = needs.needs(needs.Asked(asked.service, asked.operation, given))
    use = needs.s3_key_use(asked.operation, given) if asked.service == "s3" else asked.operation
    wanted += key_needs(asked.service, use, key_of(asked.service, given))
    if asked.service == "s3" and (source := needs.copied_from(given)):
        wanted += key_needs("s3", "GetObject", key_of("s3", {"Bucket": source.partition("/")[0]}))
    return wanted


def _machine_of(token: str) -> str | None:
    """A token belongs to the machine that gave it (aws-cdk#8486 tried it)."""
    backend = held(machines.stepfunctions_parser_backends)
    for execution in backend._get_executions():
        if execution.exec_worker.env.callback_pool_manager.get(token):
            return str(execution.state_machine.arn)
    return None


def key_of(service: str, given: Mapping[str, Any]) -> str | None:
    """ARN of the key of the bucket, topic, queue or secret that is asked for.

    A service's own key (`alias/aws/…`) is open to the account by way of that service.
    """
    key = None
    with suppress(Exception):  # it does not exist
        if service == "s3":
            rule = (held(s3_backends, "aws").buckets[given["Bucket"]].encryption or {}).get("Rule", {})
            key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        elif service == "sns":
            key = held(sns_backends).topics[given["TopicArn"]].kms_master_key_id
        elif service == "sqs":
            key = held(sqs_backends).queues[given["QueueName"]].kms_master_key_id
        elif service == "secretsmanager":
            key = _secret(given["SecretId"]).kms_key_id
    return _key_arn(key) if key and "alias/aws/" not in key else None


def _key_arn(name: str) -> str | None:
    """By its id, its ARN or an alias; None where there is no such key."""
    backend = held(kms_backends)
    alias = backend.get_key_id_from_alias(backend.get_alias_name(name)) if "alias/" in name else None
    key = backend.keys.get(alias or backend.get_key_id(name))
    return str(key.arn) if key else None
