"""CloudFormation: what becomes of a stack where a resource cannot be made or deleted.

A creation that fails is taken back; what cannot be deleted stays with its stack; what a deletion policy
keeps is nobody's any more, and keeps its name (AWSCloudFormation: stack-failure-options.html,
aws-attribute-deletionpolicy.html). Every step is an event; the events are the record of what a stack has.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend, Event, Stack, cloudformation_backends
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from local.aws.cloudformation_deletions import DELETERS, SNAPSHOTS
from local.aws.cloudformation_names import require_free

Items = Mapping[str, Any]
"""Resources of a template, by their logical ids."""

TAKEN_BACK, DELETED = ("Retain",), ("Retain", "RetainExceptOnCreate")
"""Deletion policies that keep a resource: where the operation that made it is taken back, and else."""

_BEGUN = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
_SUBSTITUTED = re.compile(r"\$\{(\w+)[.}]")


class ResourceFailed(Exception):
    """One resource could not be made or changed; `name` is its logical id. An event has said so."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


def begin(_act: str, _name: str, _kind: str) -> None:
    """Before a resource is made, changed or deleted (CREATE, UPDATE, DELETE). A test's own may raise."""


def install() -> None:
    create_stack, delete_stack = CloudFormationBackend.create_stack, CloudFormationBackend.delete_stack

    # moto's create_stack leaves what was made before the failure, and the stack as one that is being created.
    def create(self: Any, name: str, *given: Any, **more: Any) -> Stack:
        try:
            return create_stack(self, name, *given, **more)
        except Exception as exc:
            begun = [stack for stack in self.stacks.values() if stack.name == name and stack.status in _BEGUN]
            if not begun:  # the template was refused, or a stack of that name is there
                raise
            _roll_back(begun[0], exc)
            return begun[0]

    # moto's delete_stack forgets the stack first, and what it then fails to delete with it.
    def delete(self: Any, asked: str) -> None:
        for stack in [one for one in self.stacks.values() if asked in (one.stack_id, one.name)]:
            tell(stack, "DELETE_IN_PROGRESS", "User Initiated")
            if left := delete_resources(stack, stack.template_dict["Resources"], DELETED):
                tell(stack, "DELETE_FAILED", listed("delete", left))
            else:
                delete_stack(self, stack.stack_id)

    CloudFormationBackend.create_stack, CloudFormationBackend.delete_stack = create, delete
    Stack.delete = lambda self: tell(self, "DELETE_COMPLETE", "")
    # moto's Stack.parse_template reads JSON as YAML, 0.3 s each time.
    Stack.parse_template = staticmethod(json.loads)
    # moto's own order knows DependsOn alone: a resource would begin before what it refers to.
    ResourceMap._ResourceMap__get_resources_in_dependency_order = lambda self: in_order(
        self._resource_json_map
    )
    parsing.parse_and_create_resource = _noted(parsing.parse_and_create_resource)
    # moto's stack_resources makes again what is gone, and its list calls everything CREATE_COMPLETE.
    Stack.stack_resources = property(_what_it_has)
    CloudFormationResponse.list_stack_resources = _list_resources


# --- what a template says


def in_order(items: Items) -> list[str]:
    """Each after those that it needs."""
    return list(TopologicalSorter(needs(items)).static_order())


def needs(items: Items) -> dict[str, set[str]]:
    return {
        name: {other for other in _named(item) if other in items} - {name} for name, item in items.items()
    }


def _named(value: Any) -> Iterator[str]:
    """Whatever could be a logical id in `Ref`, `GetAtt`, `Sub` and `DependsOn`."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Fn::Sub":
                yield from _SUBSTITUTED.findall(item if isinstance(item, str) else item[0])
            if key in ("Ref", "Fn::GetAtt", "DependsOn"):
                yield from [item] if isinstance(item, str) else item
            yield from _named(item)


# --- the record


def tell(stack: Stack, status: str, reason: str) -> None:
    """Of the stack."""
    stack.status, stack.status_reason = status, reason
    stack._add_stack_event(status, resource_status_reason=reason)


def note(stack: Stack, name: str, kind: str, status: str, made: Any = None, reason: str = "") -> None:
    """Of one resource."""
    physical = str(getattr(made, "physical_resource_id", None) or "")
    stack.events.append(Event(stack.stack_id, stack.name, name, physical, kind, status, reason, None))


def listed(act: str, names: Collection[str]) -> str:
    return f"The following resource(s) failed to {act}: [{', '.join(names)}]."


def reason_of(exc: Exception) -> str:
    return str(getattr(exc, "message", None) or exc)


def _what_it_has(stack: Stack) -> list[Any]:
    resources = stack.resource_map
    known = resources._resource_json_map
    return [made for name, made in resources._parsed_resources.items() if name in known and made]


def _list_resources(self: Any) -> ActionResult:
    """ListStackResources: the last that was noted of each."""
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    of_stack = Stack.cloudformation_type()
    last = {event.logical_resource_id: event for event in stack.events if event.resource_type != of_stack}
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": event.physical_resource_id,
            "ResourceType": event.resource_type,
            "ResourceStatus": event.resource_status,
            "ResourceStatusReason": event.resource_status_reason,
            "LastUpdatedTimestamp": event.timestamp,
        }
        for name, event in last.items()
    ]
    return ActionResult({"StackResourceSummaries": summaries})


# --- making


def _noted(create_resource: Any) -> Any:
    """moto's parse_and_create_resource, whose end is an event. It answers None for a type that it skips."""

    def create(name: str, item: Any, resources: ResourceMap, **where: Any) -> Any:
        stack = cloudformation_backends[where["account_id"]][where["region_name"]].stacks[resources.stack_id]
        try:
            begin("CREATE", name, item["Type"])
            require_free(item["Type"], item.get("Properties", {}))
            made = create_resource(name, item, resources, **where)
        except Exception as exc:
            note(stack, name, item["Type"], "CREATE_FAILED", reason=reason_of(exc))
            raise ResourceFailed(name, reason_of(exc)) from exc
        if made is not None:
            note(stack, name, item["Type"], "CREATE_COMPLETE", made)
        return made

    return create


def _roll_back(stack: Stack, exc: Exception) -> None:
    """Everything goes that was made, but for what has the policy Retain."""
    tell(stack, "ROLLBACK_IN_PROGRESS", listed("create", [getattr(exc, "name", stack.name)]))
    if left := delete_resources(stack, stack.template_dict["Resources"], TAKEN_BACK):
        tell(stack, "ROLLBACK_FAILED", listed("delete", left))
    else:
        tell(stack, "ROLLBACK_COMPLETE", reason_of(exc))


# --- deleting


def delete_resources(stack: Stack, items: Items, kept: Collection[str]) -> list[str]:
    """Of these, what the stack has, the youngest first; answers those that could not be deleted.

    What such a one needs is not tried. What a policy keeps the stack has no longer.
    """
    wanted, made = needs(items), stack.resource_map._parsed_resources
    failed: list[str] = []
    needed: set[str] = set()
    for name in [each for each in reversed(in_order(items)) if made.get(each)]:
        kind, policy = items[name]["Type"], items[name].get("DeletionPolicy")
        status, reason = "DELETE_SKIPPED", ""
        if name in needed:
            needed |= wanted[name]
            continue
        if policy not in kept:
            try:
                _delete_one(stack.resource_map, name, items[name])
                status = "DELETE_COMPLETE"
            except Exception as exc:
                status, reason = "DELETE_FAILED", reason_of(exc)
        note(stack, name, kind, status, made[name], reason)
        if reason:
            failed.append(name)
            needed |= wanted[name]
        else:
            del made[name]
    return failed


def _delete_one(resources: ResourceMap, name: str, item: Any) -> None:
    kind, made = item["Type"], resources._parsed_resources[name]
    begin("DELETE", name, kind)
    if item.get("DeletionPolicy") == "Snapshot" and kind in SNAPSHOTS:
        SNAPSHOTS[kind](made.physical_resource_id)
    if delete := DELETERS.get(kind):
        delete(made.physical_resource_id)
    else:
        resources._delete_resource(made, item)
