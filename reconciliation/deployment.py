"""Where a deployment is, and what its names end in: told by its environment, never read off an ARN."""

from dataclasses import dataclass
from typing import Final

BUCKETS: Final = {
    "ingress": "reconciliation-ingress",
    "intermediate": "reconciliation-intermediate",
    "checkpoints": "reconciliation-checkpoints",
    "output": "reconciliation-output",
    "access-logs": "reconciliation-access-logs",
}
"""The buckets' names by their purpose, without a deployment's suffix."""

DATASET: Final = "reconciliation-dataset"
DAYS_DATASET: Final = "reconciliation-days"
"""QuickSight's datasets: a row a divergence, a row a published day."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One deployment of the system in an account."""

    region: str
    account_id: str
    suffix: str
    """Of every name that others could also want, e.g. `-dev`; "" is none."""

    def named(self, name: str) -> str:
        """The name as this deployment has it."""
        return f"{name}{self.suffix}"

    def bucket(self, purpose: str) -> str:
        """The name of a bucket of BUCKETS as this deployment has it."""
        return self.named(BUCKETS[purpose])
