"""The states of CloudWatch's alarms."""

from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING

import boto3

from reconciliation.adapters.patience import PROMPT
from reconciliation.alarms import Alarm, kind_of
from reconciliation.deployment import Deployment

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient


@dataclass
class Alarms:
    """The deployment's alarms."""

    cloudwatch: "CloudWatchClient" = field(default_factory=lambda: boto3.client("cloudwatch", config=PROMPT))

    def on(self, name: str, deployment: Deployment) -> Alarm | None:
        """That alarm as it is now; None where it is not on, or there is none. Raises botocore's errors."""
        for each in self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
            if each["StateValue"] == "ALARM":
                return Alarm(
                    name=name,
                    kind=kind_of(name, deployment),
                    description=each.get("AlarmDescription", ""),
                    reason=each.get("StateReason", ""),
                    changed=each["StateUpdatedTimestamp"].astimezone(UTC),
                    is_on=True,
                    threshold=each.get("Threshold", 0),
                    function=next(
                        (one["Value"] for one in each.get("Dimensions", ()) if one["Name"] == "FunctionName"),
                        "",
                    ),
                )
        return None
