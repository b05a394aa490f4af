"""The states of CloudWatch's alarms."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient


@dataclass
class Alarms:
    """The deployment's alarms."""

    cloudwatch: "CloudWatchClient" = field(default_factory=lambda: boto3.client("cloudwatch"))

    def is_on(self, name: str) -> bool:
        """Whether that alarm is in ALARM now. Raises botocore's errors."""
        found = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return any(alarm["StateValue"] == "ALARM" for alarm in found)
