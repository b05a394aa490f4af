"""QuickSight: datasets that are looked at, and refreshes that are over once somebody looked."""

import json
import time
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.quicksight import urls
from moto.quicksight.exceptions import ResourceNotFoundException
from moto.quicksight.responses import QuickSightResponse

from local.place import Place

_ingestions: dict[tuple[str, str], dict[str, Any]] = {}


def install(_place: Place) -> None:
    teach()


def teach() -> None:
    # moto has no DescribeDataSet, and neither describes nor lists a refresh, and starts any of any dataset.
    urls.url_paths[r"{0}/accounts/(?P<account_id>[\d]+)/data-sets/(?P<datasetid>[^/.]+)$"] = (
        QuickSightResponse.dispatch
    )
    urls.url_paths[r"{0}/accounts/(?P<account_id>[\d]+)/data-sets/(?P<datasetid>[^/.]+)/ingestions$"] = (
        QuickSightResponse.dispatch
    )
    QuickSightResponse.describe_data_set = _describe_data_set
    QuickSightResponse.create_ingestion = _create_ingestion
    QuickSightResponse.describe_ingestion = _describe_ingestion
    QuickSightResponse.list_ingestions = _list_ingestions


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
    own = {"Arn": f"{arn}/ingestion/{ingestion_id}", "IngestionId": ingestion_id}
    state = {"RequestType": kind, "IngestionStatus": "RUNNING", "CreatedTime": time.time()}
    _ingestions[arn, ingestion_id] = own | state
    return json.dumps({**own, "IngestionStatus": "INITIALIZED", "Status": 201})


def _describe_ingestion(self: Any) -> str:
    arn, ingestion_id = _data_set(self).arn, self._get_param("IngestionId")
    if (arn, ingestion_id) not in _ingestions:
        raise ResourceNotFoundException(f"Ingestion {ingestion_id} is not found")
    return json.dumps({"Ingestion": _looked_at(arn, ingestion_id), "Status": 200})


def _list_ingestions(self: Any) -> str:
    arn = _data_set(self).arn
    found = [_looked_at(*key) for key in _ingestions if key[0] == arn]
    return json.dumps({"Ingestions": found, "Status": 200})


def _looked_at(arn: str, ingestion_id: str) -> dict[str, Any]:
    """As it stands; the next look finds it over, of no row: nothing is copied here."""
    standing = dict(_ingestions[arn, ingestion_id])
    rows = {"RowsIngested": 0, "RowsDropped": 0, "TotalRowsInDataset": 0}
    _ingestions[arn, ingestion_id].update(IngestionStatus="COMPLETED", RowInfo=rows)
    return standing
