"""QuickSight: datasets that are looked at, and refreshes that are over once somebody looked."""

import json
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.quicksight import urls
from moto.quicksight.exceptions import ResourceNotFoundException
from moto.quicksight.responses import QuickSightResponse

from local.place import Place

_ingestions: dict[tuple[str, str], dict[str, str]] = {}


def install(_place: Place) -> None:
    # moto has no DescribeDataSet and no DescribeIngestion, and starts any refresh of any dataset.
    urls.url_paths[r"{0}/accounts/(?P<account_id>[\d]+)/data-sets/(?P<datasetid>[^/.]+)$"] = (
        QuickSightResponse.dispatch
    )
    QuickSightResponse.describe_data_set = _describe_data_set
    QuickSightResponse.create_ingestion = _create_ingestion
    QuickSightResponse.describe_ingestion = _describe_ingestion


def _data_set(self: Any) -> Any:
    data_set_id = self._get_param("DataSetId")
    if data_set_id not in self.quicksight_backend.data_sets:
        raise ResourceNotFoundException(f"DataSet {data_set_id} is not found")
    return self.quicksight_backend.data_sets[data_set_id]


def _describe_data_set(self: Any) -> str:
    data_set = _data_set(self)
    described = {"Arn": data_set.arn, "DataSetId": data_set._id, "Name": data_set.name, "ImportMode": "SPICE"}
    return json.dumps({"DataSet": described, "Status": 200})


def _create_ingestion(self: Any) -> str:
    arn, ingestion_id = _data_set(self).arn, self._get_param("IngestionId")
    if (arn, ingestion_id) in _ingestions:
        raise JsonRESTError("ResourceExistsException", f"Ingestion {ingestion_id} already exists")
    kind = self._get_param("IngestionType") or "FULL_REFRESH"
    _ingestions[arn, ingestion_id] = {"IngestionType": kind, "IngestionStatus": "RUNNING"}
    answer = {"Arn": f"{arn}/ingestion/{ingestion_id}", "IngestionId": ingestion_id}
    return json.dumps({**answer, "IngestionStatus": "INITIALIZED", "Status": 201})


def _describe_ingestion(self: Any) -> str:
    arn, ingestion_id = _data_set(self).arn, self._get_param("IngestionId")
    if (arn, ingestion_id) not in _ingestions:
        raise ResourceNotFoundException(f"Ingestion {ingestion_id} is not found")
    state = _ingestions[arn, ingestion_id]["IngestionStatus"]
    _ingestions[arn, ingestion_id]["IngestionStatus"] = "COMPLETED"
    ingestion = {"Arn": f"{arn}/ingestion/{ingestion_id}", "IngestionStatus": state}
    return json.dumps({"Ingestion": {**ingestion, "IngestionId": ingestion_id}, "Status": 200})
