"""local/aws/network.py and in_vpc/: what a process of the VPC reaches, and how it sees what it does not."""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws

from local.aws import network
from local.place import HOST, REGION
from tests.local.conftest import EVERYTHING, Account, document
from tests.local.vpc import Vpc, build, from_group

S3, SECRETS = f"s3.{REGION}.amazonaws.com", f"secretsmanager.{REGION}.amazonaws.com"
DATABASE = 54321


@pytest.fixture
def vpc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vpc]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(network, "_stand_ins", {})
    network.stand_in(DATABASE, f"http://{HOST}:4567/services/local")
    with mock_aws():
        yield build(boto3.client("ec2", REGION))


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


def test_glue_starts_nothing_without_s3_or_its_own_group_open(vpc: Vpc) -> None:
    here = network.Interfaces((vpc.subnet,), (vpc.glue,))
    network.require_for_glue(here)
    vpc.ec2.revoke_security_group_ingress(GroupId=vpc.glue, IpPermissions=[from_group(vpc.glue, None)])
    with pytest.raises(network.InvalidInputException, match="must open all ingress ports"):
        network.require_for_glue(here)
    vpc.ec2.delete_vpc_endpoints(VpcEndpointIds=[vpc.s3])
    with pytest.raises(network.InvalidInputException, match=f"S3 endpoint .* subnetId: {vpc.subnet}"):
        network.require_for_glue(here)


TRIES = """
import boto3, io, socket, urllib.request
from botocore.config import Config

def tried(act):
    try:
        return act()
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"

def handler(event, context):
    def client(service, **more):
        return boto3.client(service, config=Config(retries={"total_max_attempts": 1}), **more)
    s3, where = client("s3"), {"Bucket": event["bucket"], "Key": "um ção+1.txt"}
    body = b"x" * 2_500_000
    return {
        "put": tried(lambda: s3.put_object(**where, Body=io.BytesIO(body), IfNoneMatch="*") and "done"),
        "again": tried(lambda: s3.put_object(**where, Body=body, IfNoneMatch="*")),
        "got": tried(lambda: s3.get_object(**where)["Body"].read() == body),
        "slice": tried(lambda: len(s3.get_object(**where, Range="bytes=10-19")["Body"].read())),
        "listed": tried(lambda: s3.list_objects_v2(Bucket=event["bucket"])["Contents"][0]["Key"]),
        "other region": tried(lambda: client("s3", region_name="us-east-2").head_object(**where)),
        "no endpoint": tried(lambda: client("sns").list_topics()),
        "secret": tried(lambda: client("secretsmanager").get_secret_value(SecretId="none")),
        "page": tried(lambda: urllib.request.urlopen("https://pypi.org/simple/")),
        "unknown name": tried(lambda: socket.create_connection(("database.invalid", 5432))),
        "address": tried(lambda: socket.create_connection(("10.0.0.9", 5432))),
    }
"""


def test_a_function_of_the_vpc(account: Account) -> None:
    """The same in a warm process whose endpoint goes, or whose endpoint's policy changes."""
    vpc, bucket = build(account.client("ec2")), account.bucket()
    function = account.function(TRIES, VpcConfig=vpc.config, Timeout=60)

    def answers() -> dict[str, object]:
        payload = json.dumps({"bucket": bucket})
        answer = account.client("lambda").invoke(FunctionName=function, Payload=payload)
        return dict(json.loads(answer["Payload"].read()))

    found = answers()
    expected = {"put": "done", "got": True, "slice": 10, "listed": "um ção+1.txt"}
    assert {name: found[name] for name in expected} == expected
    assert "PreconditionFailed" in str(found["again"])
    for name, address in (
        ("other region", f"https://{bucket}.s3.us-east-2.amazonaws.com/um%20%C3%A7%C3%A3o%2B1.txt"),
        ("no endpoint", f"https://sns.{REGION}.amazonaws.com/"),
    ):
        assert found[name] == f'ConnectTimeoutError: Connect timeout on endpoint URL: "{address}"'
    assert str(found["secret"]).startswith("ResourceNotFoundException")
    assert str(found["page"]) == "URLError: <urlopen error timed out>"
    assert str(found["unknown name"]).startswith("gaierror")
    assert found["address"] == "TimeoutError: timed out"

    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policy = document({**EVERYTHING[0], "Principal": "*"}, deny)
    account.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpc.s3, PolicyDocument=policy)
    account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[vpc.secrets])
    found = answers()
    assert "AccessDenied" in str(found["got"])
    assert "with an explicit deny in a VPC endpoint policy" in str(found["got"])
    assert str(found["secret"]).startswith("ConnectTimeoutError")
