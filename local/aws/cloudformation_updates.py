"""CloudFormation: an update that fails goes back, and one that cannot go back waits for somebody.

AWSCloudFormation: using-cfn-updating-stacks-continueupdaterollback.html; what an update deletes, and when:
using-cfn-updating-stacks-monitor-stack.html.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import EmptyResult

from local.aws import cloudformation_stacks as stacks
from local.aws.cloudformation_stacks import Items, ResourceFailed, listed, note, reason_of, tell

_AT_REST = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@dataclass
class _WayBack:
    """From a template that could not be reached to the one before it."""

    template: str
    parameters: dict[str, Any]
    goal: Items
    """Resources of the template that could not be reached."""
    changed: list[str]
    """What was begun, the last first to go back; those that are back are taken out."""
    reason: str


def install() -> None:
    # moto's Stack.update deletes first, tries each change five times, and stops where one fails.
    Stack.update = _update
    CloudFormationResponse.continue_update_rollback = _continue


def _update(
    self: Stack, template: str, role_arn: Any = None, parameters: Any = None, tags: Any = None
) -> None:
    """First what is new or other, in its order; then what the template has no longer is deleted."""
    _require(self, _AT_REST, "updated")
    before = self.template_dict["Resources"]
    goal = self.parse_template(template)["Resources"]
    actions = self.resource_map.build_resource_diff({"Resources": goal}, parameters)
    way_back = _WayBack(self.template, dict(self.parameters), goal, [], "")
    tell(self, "UPDATE_IN_PROGRESS", "User Initiated")
    try:
        _load(self, template, {**self.parameters, **(parameters or {})})
        for name in stacks.in_order(goal):
            if name in actions["Add"] or name in actions["Modify"]:
                way_back.changed.append(name)
                _bring_up(self, name, before.get(name))
    except Exception as exc:
        tell(self, "UPDATE_ROLLBACK_IN_PROGRESS", listed("update", [getattr(exc, "name", self.name)]))
        way_back.reason, self.way_back = reason_of(exc), way_back
        _go_back(self)
        return
    self.role_arn, self.tags = role_arn, self.tags if tags is None else tags
    removed = {name: before[name] for name in actions["Remove"]}
    stacks.delete_resources(self, removed, stacks.DELETED)  # a failure is told, and ends nothing
    tell(self, "UPDATE_COMPLETE", "")


def _require(stack: Stack, statuses: Collection[str], done: str) -> None:
    if stack.status not in statuses:
        text = f"Stack:{stack.stack_id} is in {stack.status} state and can not be {done}."
        raise ValidationError(stack.stack_id, message=text)


def _load(stack: Stack, template: str, parameters: dict[str, Any]) -> None:
    """From now on the stack's template and parameters are these."""
    stack.template, resources = template, stack.resource_map
    stack._parse_template()
    resources._template = stack.template_dict
    resources._resource_json_map = stack.template_dict["Resources"]
    resources.input_parameters = stack.parameters = parameters
    for load in (resources.load_mapping, resources.load_parameters, resources.load_conditions):
        load()
    stack.output_map = stack._create_output_map()


def _bring_up(stack: Stack, name: str, before: Any) -> None:
    """One resource as the template has it; `before` is what it was made from. Raises ResourceFailed."""
    resources = stack.resource_map
    item, made = resources._resource_json_map[name], resources._parsed_resources.get(name)
    if made is None:
        resources[name]
        return
    try:
        stacks.begin("UPDATE", name, item["Type"])
        changed = parsing.parse_and_update_resource(
            name, item, resources, account_id=stack.account_id, region_name=stack.region_name
        )
        if changed is None and item.get("Properties") != before.get("Properties"):
            raise ValidationError(message=f"{item['Type']}: nothing here can change it")
    except Exception as exc:
        note(stack, name, item["Type"], "UPDATE_FAILED", made, reason_of(exc))
        raise ResourceFailed(name, reason_of(exc)) from exc
    resources._parsed_resources[name] = changed or made
    note(stack, name, item["Type"], "UPDATE_COMPLETE", changed or made)


def _go_back(stack: Stack, skipped: Collection[str] = ()) -> None:
    """As it was before the update, or as far back as it comes."""
    way: _WayBack = stack.way_back
    _load(stack, way.template, way.parameters)
    before = stack.template_dict["Resources"]
    try:
        while way.changed:
            name = way.changed[-1]
            if name in before and name not in skipped:
                _bring_up(stack, name, way.goal[name])
            way.changed.pop()
    except ResourceFailed as exc:
        tell(stack, "UPDATE_ROLLBACK_FAILED", listed("update", [exc.name]))
        return
    added = {name: item for name, item in way.goal.items() if name not in before}
    stacks.delete_resources(stack, added, stacks.TAKEN_BACK)
    tell(stack, "UPDATE_ROLLBACK_COMPLETE", way.reason)


def _continue(self: Any) -> EmptyResult:
    """ContinueUpdateRollback."""
    stack = self.cloudformation_backend.get_stack(self._get_param("StackName"))
    _require(stack, ["UPDATE_ROLLBACK_FAILED"], "rolled back")
    _go_back(stack, self._get_param("ResourcesToSkip", []))
    return EmptyResult()
