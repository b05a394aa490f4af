"""What the templates grant, each action on each resource by itself, and which of it a request needs."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from local.aws.policies import Principal, Request, judged
from local.place import ACCOUNT
from tests.infra import template as templates
from tests.infra.template import Template

_NOBODY = Principal()
_NAMED_BY_AWS = {"kms": "*", "secretsmanager": "*:secret:rds!*"}
"""References of which the template has no name: to the key, and to the owner's secret that RDS makes."""
_HASH = re.compile(r"[0-9a-f]{64}")


class Right(NamedTuple):
    """Of a role: an action on what the resource's ARN, or its pattern, names."""

    role: str
    action: str
    resource: str


def granted(main: Template) -> list[Right]:
    """All that the templates' roles may do, in their order; what is granted twice comes twice.

    But for assets: they are named by hashes, and differ from synth to synth.
    """
    rights = (
        Right(role, action, _pattern(action, resource))
        for template in templates.templates(main)
        for role, policy in _policies(template)
        for statement in policy["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    )
    assets: set[Right] = set()
    return [one for one in rights if "-assets-" not in one.resource or not (one in assets or assets.add(one))]


def needing(grants: Iterable[Right], requests: Iterable[Right]) -> dict[Right, Right]:
    """By right a request that is refused once the right is taken away, as IAM evaluates what is left.

    Conditions are left out: they held when the request was let through. A right that is granted twice, or
    lies within another, is needed by none.
    """
    by_action: dict[tuple[str, str], list[Right]] = {}
    for grant in grants:
        by_action.setdefault(grant[:2], []).append(grant)
    found: dict[Right, Right] = {}
    for request in sorted(requests):
        given = by_action.get(request[:2], [])
        for grant in given:
            rest = list(given)
            rest.remove(grant)
            if grant not in found and is_allowed([grant], request) and not is_allowed(rest, request):
                found[grant] = request
    return found


def is_allowed(grants: Iterable[Right], request: Right) -> bool:
    statements = [{"Effect": "Allow", "Action": grant.action, "Resource": grant.resource} for grant in grants]
    asked = Request(_NOBODY, request.action, request.resource)
    return bool(statements) and judged(asked, [json.dumps({"Statement": statements})], []) is None


def _policies(template: Template) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By role: its own, and the managed ones that it has."""
    for role, properties in template.of("AWS::IAM::Role").items():
        for policy in properties.get("Policies", ()):
            yield role, policy["PolicyDocument"]
    for properties in template.of("AWS::IAM::ManagedPolicy").values():
        for role in properties.get("Roles", ()):
            yield role.strip("{}"), properties["PolicyDocument"]


def _pattern(action: str, resource: str) -> str:
    """The ARN's, where only the deployment knows it: by the resource's name, if a person gave it one."""
    name = _NAMED_BY_AWS.get(action.partition(":")[0], r"*\1")
    known = re.sub(r"^{([^}]*)}$", name, resource.replace(templates.ACCOUNT, ACCOUNT))
    return _HASH.sub("*", re.sub(r"{[^}]*}", "*", known))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
