"""QuickSight's copy of the published divergences: refreshed when a day is published. Runbook 1.1 and 2.4."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from reconciliation.adapters.patience import HASTY_WITH_QUICKSIGHT
from reconciliation.copies import Copy, covers

if TYPE_CHECKING:
    from types_boto3_quicksight import QuickSightClient


@dataclass
class Dataset:
    """One dataset in SPICE. An ingestion's id is the run's, so a repeated request starts no second one."""

    account_id: str
    dataset_id: str
    is_small: bool = False
    """It is always copied whole."""
    quicksight: "QuickSightClient" = field(
        default_factory=lambda: boto3.client("quicksight", config=HASTY_WITH_QUICKSIGHT)
    )

    def refresh(self, day: date, now: datetime, ingestion_id: str) -> None:
        """Only the newest days where the day is one of them, else all. Raises botocore's errors."""
        in_part = covers(day, now) and not self.is_small
        try:
            self.quicksight.create_ingestion(
                AwsAccountId=self.account_id,
                DataSetId=self.dataset_id,
                IngestionId=ingestion_id,
                IngestionType="INCREMENTAL_REFRESH" if in_part else "FULL_REFRESH",
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ResourceExistsException":
                raise

    def copies(self) -> list[Copy]:
        """All that QuickSight still knows, whoever asked for them. Raises botocore's errors."""
        pages = self.quicksight.get_paginator("list_ingestions").paginate(
            AwsAccountId=self.account_id, DataSetId=self.dataset_id
        )
        return [
            Copy(
                id=each.get("IngestionId", ""),
                state=each["IngestionStatus"],
                began=each["CreatedTime"].astimezone(UTC),
                is_whole=each.get("RequestType") != "INCREMENTAL_REFRESH",
                why=str(each.get("ErrorInfo", {}).get("Type", "")),
                rows_dropped=each.get("RowInfo", {}).get("RowsDropped", 0),
            )
            for page in pages
            for each in page["Ingestions"]
        ]
