"""An alert whose incident cannot be read leaves without it, and the log says why."""

import logging
from typing import NoReturn

import pytest
from botocore.exceptions import ClientError

from reconciliation.adapters.incidents import Incidents
from tests.events import event
from tests.lifecycle.in_memory import Services, in_memory
from tests.memory_s3 import MemoryS3


def test_what_is_told_now_is_told_where_its_incident_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: object) -> NoReturn:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": "later"}}, "GetObject")

    monkeypatch.setattr(Incidents, "read", refused)
    services, told = Services(), event("TIMEOUT")
    with caplog.at_level(logging.ERROR):
        assert in_memory(MemoryS3(), services).teller.tell_now(told)
    assert services.told == ["TIMEOUT"]
    (line,) = caplog.records
    assert (line.message, vars(line)["alert"]) == ("incident_not_read", told.id)
    assert line.exc_info
