"""local/aws/quicksight.py: a dataset is there or not, and a refresh has its one id."""

import pytest
from botocore.exceptions import ClientError

from local.place import ACCOUNT
from tests.local.conftest import Account


def test_a_dataset_is_described_and_refreshed_once_for_each_id(account: Account) -> None:
    quicksight = account.client("quicksight")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_data_set(AwsAccountId=ACCOUNT, DataSetId="shown")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.create_ingestion(AwsAccountId=ACCOUNT, DataSetId="shown", IngestionId="1")
    quicksight.create_data_set(
        AwsAccountId=ACCOUNT, DataSetId="shown", Name="n", PhysicalTableMap={}, ImportMode="SPICE"
    )
    where = {"AwsAccountId": ACCOUNT, "DataSetId": "shown"}
    assert quicksight.describe_data_set(**where)["DataSet"]["DataSetId"] == "shown"
    quicksight.create_ingestion(**where, IngestionId="1", IngestionType="FULL_REFRESH")
    with pytest.raises(ClientError, match="ResourceExistsException"):
        quicksight.create_ingestion(**where, IngestionId="1")
    seen = [quicksight.describe_ingestion(**where, IngestionId="1")["Ingestion"] for _ in range(2)]
    assert [copy["IngestionStatus"] for copy in seen] == ["RUNNING", "COMPLETED"]
    assert seen[1]["RowInfo"] == {"RowsIngested": 0, "RowsDropped": 0, "TotalRowsInDataset": 0}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_ingestion(**where, IngestionId="2")
