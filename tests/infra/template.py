"""A synthesized template as the tests read it: resources by type and name, references as text."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

REGION, ACCOUNT = "sa-east-1", "ACCOUNT"
_NAMES = (
    "BucketName", "FunctionName", "RoleName", "TopicName", "GroupName", "Name", "StateMachineName",
    "ManagedPolicyName", "DBInstanceIdentifier", "DashboardName", "AlarmName", "LogGroupName", "AliasName",
    "QueueName",
)  # fmt: skip

NETWORK = {
    "vpc_id": "vpc-0123456789abcdef0",
    "subnet_ids": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
    "availability_zones": ["sa-east-1a", "sa-east-1b"],
}
"""Settings of a deployment in a network that is there already."""
IMPORTED = {
    **NETWORK,
    "database": "import",
    "database_security_group_id": "sg-0123456789abcdef0",
}
"""Settings of a deployment whose network and database are there already."""


@dataclass(frozen=True)
class Template:
    raw: dict[str, Any]
    folder: Path
    """Where the assembly is."""
    quicksight: "Template | None" = None
    """The dashboard's, beside the main one."""

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type, by their name (or logical id)."""
        return {
            name_of(logical_id, item): self.resolved[logical_id]
            for logical_id, item in self.raw["Resources"].items()
            if item["Type"] == kind
        }

    @cached_property
    def resolved(self) -> dict[str, dict[str, Any]]:
        return {key: self.plain(item.get("Properties", {})) for key, item in self.raw["Resources"].items()}

    def plain(self, value: Any) -> Any:
        """`Ref`, `GetAtt`, `Join` and `Sub` as text; a reference to a resource reads `{its name}`."""
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self._referred(value["Ref"])
        if set(value) == {"Fn::If"}:
            condition, then, other = value["Fn::If"]
            return self.plain(then if self._holds(condition) else other)
        if set(value) == {"Fn::GetAtt"}:
            return self._attribute(*value["Fn::GetAtt"])
        if set(value) == {"Fn::Join"}:
            separator, parts = value["Fn::Join"]
            return separator.join(str(self.plain(part)) for part in parts)
        if set(value) == {"Fn::Sub"}:
            return value["Fn::Sub"].replace("${AWS::AccountId}", ACCOUNT)
        return {key: self.plain(item) for key, item in value.items()}

    def _holds(self, condition: str) -> bool:
        """Of one that compares a parameter, as it is by default."""
        parameter, value = self.raw["Conditions"][condition]["Fn::Equals"]
        return bool(self.raw["Parameters"][parameter["Ref"]]["Default"] == value)

    def _attribute(self, logical_id: str, name: str) -> str:
        """CloudFormation's `Arn` of a log group ends in `:*`, which no other kind's does."""
        if (self.raw["Resources"].get(logical_id, {}).get("Type"), name) == ("AWS::Logs::LogGroup", "Arn"):
            return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self._referred(logical_id)}:*"
        return self._referred(logical_id)

    def _referred(self, logical_id: str) -> str:
        known = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws"}
        if logical_id in known:
            return known[logical_id]
        return f"{{{name_of(logical_id, self.raw['Resources'].get(logical_id, {}))}}}"


def name_of(logical_id: str, resource: dict[str, Any]) -> str:
    properties = resource.get("Properties", {})
    return next((properties[key] for key in _NAMES if isinstance(properties.get(key), str)), logical_id)


def named(raw: dict[str, Any]) -> set[tuple[str, str]]:
    """Each kind of resource that has a name, with the property that holds it."""
    return {
        (item["Type"], key)
        for item in raw["Resources"].values()
        for key in _NAMES
        if isinstance(item.get("Properties", {}).get(key), str)
    }


def templates(main: Template) -> list[Template]:
    """All that one deployment has."""
    return [main, main.quicksight] if main.quicksight else [main]
