"""CloudFormation: a creation that fails is taken back, and what a deletion policy keeps is kept."""

import json
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.models import CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import ResourceMap

from local.aws.cloudformation_types import DELETERS

_BEGUN = ("CREATE_PENDING", "CREATE_IN_PROGRESS")


def install() -> None:
    create_stack, create_resource = CloudFormationBackend.create_stack, parsing.parse_and_create_resource

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

    def create_one(logical_id: str, *given: Any, **more: Any) -> Any:
        try:
            return create_resource(logical_id, *given, **more)
        except Exception as exc:
            if not hasattr(exc, "logical_id"):  # the first to fail; what waited for it fails with it
                exc.logical_id = logical_id  # type: ignore[attr-defined]
            raise

    CloudFormationBackend.create_stack = create
    parsing.parse_and_create_resource = create_one
    # moto's Stack.parse_template reads JSON as YAML, 0.3 s each time.
    Stack.parse_template = staticmethod(json.loads)
    # moto's ResourceMap.delete keeps what has Retain alone, and goes through a set until nothing fails.
    ResourceMap.delete = lambda self: _delete(self, kept=("Retain", "RetainExceptOnCreate"))


def _roll_back(stack: Stack, exc: Exception) -> None:
    """Everything goes that was made, but for what has the policy Retain."""
    name, reason = getattr(exc, "logical_id", stack.name), getattr(exc, "message", None) or str(exc)
    kind = stack.template_dict["Resources"].get(name, {}).get("Type", Stack.cloudformation_type())
    stack.events.append(Event(stack.stack_id, stack.name, name, "", kind, "CREATE_FAILED", reason, None))
    _tell(stack, "ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create: [{name}].")
    try:
        _delete(stack.resource_map, kept=("Retain",))
    except Exception as left:
        _tell(stack, "ROLLBACK_FAILED", str(left))
    else:
        _tell(stack, "ROLLBACK_COMPLETE", reason)


def _tell(stack: Stack, status: str, reason: str) -> None:
    stack.status, stack.status_reason = status, reason
    stack._add_stack_event(status, resource_status_reason=reason)


def _delete(resources: ResourceMap, kept: tuple[str, ...]) -> None:
    """The youngest first: a resource is younger than what it refers to."""
    for name, made in reversed(list(resources._parsed_resources.items())):
        item = resources._resource_json_map.get(name)
        if item and item.get("DeletionPolicy") not in kept:
            if delete := DELETERS.get(made.cf_resource_type):
                delete(made.physical_resource_id)
            else:
                resources._delete_resource(made, item)
            del resources._parsed_resources[name]
