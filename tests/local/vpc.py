"""A small network as the template's is: no way out, S3 by its route table, two services by interfaces."""

from dataclasses import dataclass
from typing import Any

from local.place import REGION


@dataclass(frozen=True)
class Vpc:
    """Ids of what a test takes away."""

    ec2: Any
    vpc: str
    subnet: str
    table: str
    association: str
    glue: str
    """The group of functions and jobs."""
    endpoints: str
    """The endpoints' group."""
    s3: str
    secrets: str

    @property
    def config(self) -> dict[str, list[str]]:
        """A function's."""
        return {"SubnetIds": [self.subnet], "SecurityGroupIds": [self.glue]}


def build(ec2: Any) -> Vpc:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    glue, endpoints = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("glue", "endpoints")
    )
    for port, group in ((None, glue), (443, endpoints)):
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[from_group(glue, port)])
    common = {"VpcId": vpc}
    s3 = ec2.create_vpc_endpoint(
        **common, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway", RouteTableIds=[table]
    )
    secrets, _ = (
        ec2.create_vpc_endpoint(
            **common, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface",
            SubnetIds=[subnet], SecurityGroupIds=[endpoints], PrivateDnsEnabled=True,
        )
        for service in ("secretsmanager", "ecr.api")
    )  # fmt: skip
    names = (made["VpcEndpoint"]["VpcEndpointId"] for made in (s3, secrets))
    return Vpc(ec2, vpc, subnet, table, association, glue, endpoints, *names)


def from_group(group: str, port: int | None) -> dict[str, Any]:
    """A rule for TCP, of all ports where none is given."""
    first, last = (0, 65535) if port is None else (port, port)
    pairs = [{"GroupId": group}]
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, "UserIdGroupPairs": pairs}
