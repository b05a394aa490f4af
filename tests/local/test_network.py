"""local/aws/network.py: what a process of the VPC reaches, by its network as it is at that moment."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.aws import network
from local.place import HOST, REGION
from tests.local.vpc import Vpc, build, from_group

S3, SECRETS = f"s3.{REGION}.amazonaws.com", f"secretsmanager.{REGION}.amazonaws.com"
DATABASE = 54321


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    """Once: its client's model alone takes half a second."""
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        patched.delenv("AWS_ENDPOINT_URL", raising=False)
        patched.setattr(network, "_stand_ins", {})
        network.stand_in(DATABASE, f"http://{HOST}:4567/services/local")
        yield boto3.client("ec2", REGION)


@pytest.fixture
def vpc(ec2: Any) -> Vpc:
    return build(ec2)


def reached(vpc: Vpc, host: str, port: int = 443, subnets: tuple[str, ...] = ()) -> str:
    """The endpoint's id, "a way out", or how it was not reached."""
    here = {"host": host, "port": port, "subnets": subnets or [vpc.subnet], "groups": [vpc.glue]}
    try:
        endpoint = network.way(json.dumps(here))
    except network.Unreachable as exc:
        return exc.how
    return endpoint.id if endpoint else "a way out"


@pytest.mark.parametrize(
    "host",
    [S3, f"b.{S3}", f"a.b.s3.dualstack.{REGION}.amazonaws.com", f"b.s3-{REGION}.amazonaws.com"],
)
def test_s3_is_reached_by_each_of_its_names_in_the_region(vpc: Vpc, host: str) -> None:
    assert reached(vpc, host) == vpc.s3


@pytest.mark.parametrize(
    "host",
    ["s3.amazonaws.com", "bucket.s3.amazonaws.com", "bucket.s3.us-east-2.amazonaws.com",
     f"s3-control.{REGION}.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com",
     f"secretsmanager-fips.{REGION}.amazonaws.com", f"secretsmanager.{REGION}.api.aws",
     f"ecr.api.{REGION}.amazonaws.com", f"sns.{REGION}.amazonaws.com", "pypi.org", "10.9.9.9"],
)  # fmt: skip
def test_no_other_host_is_reached(vpc: Vpc, host: str) -> None:
    assert reached(vpc, host) == "timeout"


def test_an_interfaces_names(vpc: Vpc) -> None:
    own = network._ec2().vpc_end_points[vpc.secrets].dns_entries[0]["dns_name"]
    assert reached(vpc, SECRETS) == reached(vpc, own) == vpc.secrets
    assert reached(vpc, f"api.ecr.{REGION}.amazonaws.com").startswith("vpce-")


Change = Callable[[Vpc], object]


def close(vpc: Vpc) -> None:
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    vpc.ec2.revoke_security_group_egress(GroupId=vpc.glue, IpPermissions=[everything])


def open_a_way_out(vpc: Vpc, *, nat: bool = True) -> None:
    if nat:
        address = vpc.ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = vpc.ec2.create_nat_gateway(SubnetId=vpc.subnet, AllocationId=address)
        way = {"NatGatewayId": made["NatGateway"]["NatGatewayId"]}
    else:
        gateway = vpc.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        vpc.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc.vpc)
        way = {"GatewayId": gateway}
    vpc.ec2.create_route(RouteTableId=vpc.table, DestinationCidrBlock="0.0.0.0/0", **way)


CHANGES: dict[str, tuple[Change, str, str]] = {
    "deleted": (lambda v: v.ec2.delete_vpc_endpoints(VpcEndpointIds=[v.secrets]), SECRETS, "timeout"),
    "deleted, of S3": (lambda v: v.ec2.delete_vpc_endpoints(VpcEndpointIds=[v.s3]), S3, "timeout"),
    "not in the route table": (
        lambda v: v.ec2.modify_vpc_endpoint(VpcEndpointId=v.s3, RemoveRouteTableIds=[v.table]), S3, "timeout",
    ),
    "the table is another's": (
        lambda v: v.ec2.disassociate_route_table(AssociationId=v.association), S3, "timeout",
    ),
    "no private names": (
        lambda v: v.ec2.modify_vpc_attribute(VpcId=v.vpc, EnableDnsHostnames={"Value": False}),
        SECRETS, "timeout",
    ),
    "no names at all": (
        lambda v: v.ec2.modify_vpc_attribute(VpcId=v.vpc, EnableDnsSupport={"Value": False}), SECRETS, "name",
    ),
    "nothing let in": (
        lambda v: v.ec2.revoke_security_group_ingress(
            GroupId=v.endpoints, IpPermissions=[from_group(v.glue, 443)]
        ), SECRETS, "timeout",
    ),
    "nothing let out": (close, SECRETS, "timeout"),
    "nothing let out, to S3": (close, S3, "timeout"),
    "a NAT gateway": (open_a_way_out, "pypi.org", "a way out"),
    "a NAT gateway, elsewhere": (open_a_way_out, "s3.us-east-2.amazonaws.com", "a way out"),
    "a NAT gateway, and an endpoint that lets nothing in": (
        lambda v: (
            open_a_way_out(v),
            v.ec2.revoke_security_group_ingress(GroupId=v.endpoints, IpPermissions=[from_group(v.glue, 443)]),
        ), SECRETS, "timeout",
    ),
    "an internet gateway alone": (lambda v: open_a_way_out(v, nat=False), "pypi.org", "timeout"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_of_the_network_does(vpc: Vpc, change: str) -> None:
    act, host, outcome = CHANGES[change]
    if outcome != "a way out":
        assert reached(vpc, host).startswith("vpce-") or host == "pypi.org"
    act(vpc)
    assert reached(vpc, host) == outcome


def test_of_two_subnets_both_must_lead_there(vpc: Vpc) -> None:
    """AWS takes any: one whose table has no endpoint fails now and then."""
    other = vpc.ec2.create_subnet(VpcId=vpc.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    assert reached(vpc, S3, subnets=(vpc.subnet, other)) == "timeout"


def test_an_imported_network_is_believed(vpc: Vpc) -> None:
    """As its own group lets out."""
    assert reached(vpc, "pypi.org", subnets=("subnet-of-another",)) == "a way out"
    close(vpc)
    assert reached(vpc, S3, subnets=("subnet-of-another",)) == "timeout"


def test_slack_is_where_it_is_on_aws_and_not_on_this_machine(vpc: Vpc) -> None:
    assert reached(vpc, HOST, 4567) == "timeout"


def test_the_database_is_reached_where_both_groups_let_it(vpc: Vpc) -> None:
    """By the port that it has on AWS, and by the rules that a template gives the jobs' group."""
    other = vpc.ec2.create_subnet(VpcId=vpc.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    database = vpc.ec2.create_security_group(GroupName="d", Description="d", VpcId=vpc.vpc)["GroupId"]
    rds = boto3.client("rds", REGION)
    named = {"DBSubnetGroupName": "places"}
    rds.create_db_subnet_group(**named, DBSubnetGroupDescription="d", SubnetIds=[vpc.subnet, other])
    rds.create_db_instance(
        **named, DBInstanceIdentifier="d", DBInstanceClass="db.t3.micro", Engine="postgres", Port=5432,
        VpcSecurityGroupIds=[database],
    )  # fmt: skip
    assert reached(vpc, HOST, DATABASE) == "timeout", "its group lets nobody in"
    vpc.ec2.authorize_security_group_ingress(GroupId=database, IpPermissions=[from_group(vpc.glue, 5432)])
    assert reached(vpc, HOST, DATABASE) == "a way out"
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
    network.keep_egress(network._group(vpc.glue), {"SecurityGroupEgress": [https]})
    assert reached(vpc, SECRETS) == vpc.secrets
    assert reached(vpc, HOST, DATABASE) == "timeout", "its own group lets out only HTTPS"
    vpc.ec2.authorize_security_group_egress(GroupId=vpc.glue, IpPermissions=[from_group(database, 5432)])
    assert reached(vpc, HOST, DATABASE) == "a way out"


def test_glue_starts_nothing_without_s3_or_its_own_group_open(vpc: Vpc) -> None:
    here = network.Interfaces((vpc.subnet,), (vpc.glue,))
    network.require_for_glue(here)
    vpc.ec2.revoke_security_group_ingress(GroupId=vpc.glue, IpPermissions=[from_group(vpc.glue, None)])
    with pytest.raises(network.InvalidInputException, match="must open all ingress ports"):
        network.require_for_glue(here)
    vpc.ec2.delete_vpc_endpoints(VpcEndpointIds=[vpc.s3])
    with pytest.raises(network.InvalidInputException, match=f"S3 endpoint .* subnetId: {vpc.subnet}"):
        network.require_for_glue(here)
