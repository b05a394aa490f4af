"""A part of the network is gone: the day ends with its code, told once, and goes on once it is there."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from local.place import REGION
from tests.faults.invariants import watched
from tests.faults.stack import Hurt
from tests.runbooks.pages import blocks

pytestmark = pytest.mark.stack
_KEPT = ("VpcId", "ServiceName", "VpcEndpointType", "RouteTableIds", "PrivateDnsEnabled")


@contextmanager
def without_endpoint(hurt: Hurt, service: str) -> Iterator[None]:
    ec2, name = hurt.client("ec2"), f"com.amazonaws.{REGION}.{service}"
    filters = [{"Name": "service-name", "Values": [name]}]
    (found,) = ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[found["VpcEndpointId"]])
    yield
    groups = [group["GroupId"] for group in found.get("Groups", ())]
    again: dict[str, Any] = {key: found[key] for key in _KEPT if key in found}
    ec2.create_vpc_endpoint(**again, SubnetIds=found.get("SubnetIds", []), SecurityGroupIds=groups)


@contextmanager
def closed_database(hurt: Hurt) -> Iterator[None]:
    """Its group lets nobody in; the runbook's command opens it to the jobs again."""
    (instance,) = hurt.client("rds").describe_db_instances()["DBInstances"]
    group = instance["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    ec2 = hurt.client("ec2")
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=found["IpPermissions"])
    yield
    (block,) = [block for block in blocks("bash") if "GRUPO_GLUE=" in block.text]
    subprocess.run(["bash", "-euc", block.text], env=hurt.stack.env, check=True, capture_output=True)


def test_a_day_loses_its_way_twice(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 26))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with without_endpoint(hurt, "s3"):
        ended = seen.start({"s3_key": key})
    assert (ended["status"], ended["error"]) == ("FAILED", "VALIDATION_FAILED"), ended
    assert "Could not find S3 endpoint or NAT gateway" in ended["cause"]
    assert seen.breaches(published=False) == []
    with closed_database(hurt):
        ended = seen.start(hurt.resume_of(ended))
        answer = hurt.answer("test-rds-connection")
    assert (ended["status"], ended["error"]) == ("FAILED", "RDS_UNREACHABLE"), ended
    assert (answer["etapa"], answer["codigo"]) == ("tcp", "RDS_UNREACHABLE")
    assert seen.breaches(published=False) == []
    ended = seen.start(hurt.resume_of(ended))
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
