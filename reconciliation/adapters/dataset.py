"""QuickSight's copy of the published divergences: refreshed when a day is published. Runbook 1.1 and 2.4."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from reconciliation.contract import DATASET_LOOKBACK_DAYS

if TYPE_CHECKING:
    from types_boto3_quicksight import QuickSightClient

COMPLETED: Final = "COMPLETED"
UNDER_WAY: Final = ("INITIALIZED", "QUEUED", "RUNNING")
"""QuickSight's words (API reference, Ingestion); FAILED and CANCELLED are an end without a copy."""
_HASTY = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})


@dataclass(frozen=True)
class Copy:
    """What became of a refresh; `why` is the kind of its error, "" without one: the text may quote data."""

    state: str
    why: str = ""


@dataclass
class Dataset:
    """One dataset in SPICE. An ingestion's id is the run's, so a repeated request starts no second one."""

    account_id: str
    dataset_id: str
    quicksight: "QuickSightClient" = field(default_factory=lambda: boto3.client("quicksight", config=_HASTY))

    def refresh(self, day: date, today: date, ingestion_id: str) -> None:
        """Only the newest days where the day is one of them, else all. Raises botocore's errors."""
        is_recent = (today - day).days < DATASET_LOOKBACK_DAYS
        try:
            self.quicksight.create_ingestion(
                AwsAccountId=self.account_id,
                DataSetId=self.dataset_id,
                IngestionId=ingestion_id,
                IngestionType="INCREMENTAL_REFRESH" if is_recent else "FULL_REFRESH",
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ResourceExistsException":
                raise

    def copy(self, ingestion_id: str) -> Copy | None:
        """None where none was asked for under that id. Raises botocore's errors."""
        try:
            answer = self.quicksight.describe_ingestion(
                AwsAccountId=self.account_id, DataSetId=self.dataset_id, IngestionId=ingestion_id
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        ingestion = answer["Ingestion"]
        return Copy(ingestion["IngestionStatus"], str(ingestion.get("ErrorInfo", {}).get("Type", "")))
