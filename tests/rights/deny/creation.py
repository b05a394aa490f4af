"""What is asked for when the stack is made, without one right: the real template in an empty account.

A function joins its network, and the machine gets its log, by rights of their own roles (local/aws/needs.py
has AWS's pages).
"""

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from infra.functions import FUNCTIONS
from local.aws.needs import OF_FUNCTIONS_IN_A_VPC, OF_MACHINES_WITH_A_LOG
from tests.infra.creation import NAME, Creation, emptied, part, synthesized
from tests.infra.template import name_of
from tests.rights.deny.denial import Denial
from tests.rights.granted import Right, is_allowed

MACHINE = "reconciliation-state-machine"


def asked_at_creation(grants: Iterable[Right]) -> list[Right]:
    """Those rights that making the stack needs, and nothing that runs later."""
    wanted = {
        **dict.fromkeys((spec.name for spec in FUNCTIONS if spec.in_vpc), OF_FUNCTIONS_IN_A_VPC),
        MACHINE: OF_MACHINES_WITH_A_LOG,
    }
    return [
        right
        for right in grants
        if any(
            is_allowed([right], Right(right.role, need.action, need.resource))
            for need in wanted.get(right.role, ())
        )
    ]


def deny(rights: Iterable[Right]) -> Iterable[Denial]:
    """Of the function or machine, with what it needs: refused by its role's Deny, and made without it."""
    with synthesized(protect_database=False) as folder:
        template = json.loads((folder / f"{NAME}.template.json").read_text())
        with emptied(folder, template) as creation:
            for right in rights:
                yield denial_of(creation, right)


def denial_of(creation: Creation, right: Right) -> Denial:
    some = part(creation.template, _made(creation.template, right.role))
    told = creation.create(_without(some, right))
    reasons = [text for text in creation.events("CREATE_FAILED").values() if right.action in text]
    creation.delete()
    usual = creation.create(some)
    creation.delete()
    return Denial(right, "creation", bool(reasons), f"{told}: {' '.join(reasons)[:250]}", usual)


def _made(template: dict[str, Any], role: str) -> str:
    """The logical id of the function or machine of that name."""
    kinds = ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
    resources = template["Resources"].items()
    (found,) = (name for name, item in resources if item["Type"] in kinds and name_of(name, item) == role)
    return str(found)


def _without(template: dict[str, Any], right: Right) -> dict[str, Any]:
    changed = deepcopy(template)
    statement = {"Effect": "Deny", "Action": right.action, "Resource": right.resource}
    for name, item in changed["Resources"].items():
        if item["Type"] == "AWS::IAM::Role" and name_of(name, item) == right.role:
            document = {"Version": "2012-10-17", "Statement": [statement]}
            policies = item["Properties"].setdefault("Policies", [])
            policies.append({"PolicyName": "denied", "PolicyDocument": document})
    return changed
