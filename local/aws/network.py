"""EC2: where a process in the VPC can get, by what the account's network is at that moment.

moto keeps networks, routes, endpoints and groups, and lets everything through. What runs in a VPC has
`in_vpc/sitecustomize.py` in its process: its requests come with the host that they are meant for, and any
other connection asks first. Of a network that the account does not know, an imported one, routes and
endpoints are believed, and the template's groups still count.
"""

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from moto.ec2.models import ec2_backends
from moto.ec2.models.vpcs import VPCEndPoint as Endpoint
from moto.rds.models import rds_backends

from local.aws.backends import held
from local.place import HOST, Place

ASKING = "/_reach"
_HOOK = Path(__file__).parents[1] / "in_vpc"
_EVERYWHERE = "0.0.0.0/0"
_S3_HOST = re.compile(
    r"(?:.+\.)?s3(?:-fips|-accesspoint)?(?:\.dualstack)?(?:[.-]([a-z]+(?:-[a-z]+)+-\d))?\.amazonaws\.com"
)
"""Without a region it is us-east-1's (AmazonS3/latest/userguide/VirtualHosting.html)."""
_stand_ins: dict[str, str] = {}
"""Addresses of this machine that are elsewhere on AWS, and whose they are there; "" is the database."""


class Unreachable(Exception):
    """Nobody answers, for the text's reason; `how` is `timeout`, or `name` of one that is not resolved."""

    def __init__(self, text: str, how: str = "timeout") -> None:
        super().__init__(text)
        self.how = how


class InvalidInputException(Exception):
    """Glue does not start a run whose connection cannot work."""


@dataclass(frozen=True)
class Interfaces:
    """Of one function or job: one in each subnet, all in the same groups. Any of them may be the one used."""

    subnets: tuple[str, ...]
    groups: tuple[str, ...]

    def environment(self, variables: Mapping[str, str], place: Place) -> dict[str, str]:
        """A process's, in the VPC: without the local endpoint, and with the hook."""
        here = {"stack": place.endpoint, "stand_ins": list(_stand_ins)}
        here |= {"subnets": list(self.subnets), "groups": list(self.groups)}
        paths = [str(_HOOK), *filter(None, [variables.get("PYTHONPATH")])]
        kept = {name: value for name, value in variables.items() if name != "AWS_ENDPOINT_URL"}
        return {**kept, "LOCAL_NETWORK": json.dumps(here), "PYTHONPATH": ":".join(paths)}


def interfaces(of_function: Mapping[str, list[str]]) -> Interfaces | None:
    """`of_function` is its VpcConfig, in which lists are empty where it is in no VPC."""
    subnets = tuple(of_function.get("SubnetIds", ()))
    return Interfaces(subnets, tuple(of_function["SecurityGroupIds"])) if subnets else None


def stand_in(database_port: int, slack_url: str) -> None:
    """Where this machine's database and Slack listen, for the processes that start from now on."""
    slack = urlsplit(slack_url).netloc
    _stand_ins.update({f"{HOST}:{database_port}": "", slack: "hooks.slack.com"})


# --- judging (vpc/latest/privatelink/vpc-endpoints-access.html, gateway-endpoints.html)


@dataclass(frozen=True)
class End:
    """One end of a connection: its groups, its addresses, and their list's id where AWS keeps one."""

    groups: tuple[str, ...] = ()
    cidrs: tuple[str, ...] = ()
    prefix_list: str | None = None


_ANYWHERE = End(cidrs=(_EVERYWHERE,))


def way(asked: str) -> Endpoint | None:
    """The VPC endpoint by which the request goes, if by one, as the hook has `asked`. Raises Unreachable."""
    given = json.loads(asked)
    here = Interfaces(tuple(given["subnets"]), tuple(given["groups"]))
    host, port = given["host"], given["port"]
    owner = _stand_ins.get(f"{host}:{port}", host)
    if not owner:
        _require_database(here)
        return None
    port = port if owner == host else 443
    ways = [_from(name, here.groups, owner, port) for name in here.subnets]
    return ways[0]


def _from(name: str, groups: tuple[str, ...], host: str, port: int) -> Endpoint | None:
    subnet = _subnet(name)
    if subnet is None:
        _require_egress(End(groups), _ANYWHERE, port, f"{host}, from a network that is not known here")
        return None
    ours, vpc = End(groups, (subnet.cidr_block,)), _ec2().vpcs[subnet.vpc_id]
    if not _is_on(vpc.enable_dns_support):
        raise Unreachable(f"{host}: {vpc.id} has no DNS", how="name")
    for endpoint in _endpoints(vpc):
        if endpoint.vpc_endpoint_type == "Gateway":
            if _table(subnet).id in endpoint.route_table_ids and _is_of_s3(host, endpoint):
                theirs = End((), _ANYWHERE.cidrs, endpoint.destination_prefix_list_id)
                _require_egress(ours, theirs, port, host)
                return endpoint
        elif _is_private_name(host, endpoint, vpc):
            where = (_subnet(name).cidr_block for name in endpoint.subnet_ids)
            _require_both(ours, End(tuple(endpoint.security_group_ids), tuple(where)), port, host)
            return endpoint
    if not has_way_out(subnet):
        raise Unreachable(f"{host}: no endpoint of {vpc.id} serves it from {subnet.id}, and no NAT gateway")
    _require_egress(ours, _ANYWHERE, port, host)
    return None


def _require_database(here: Interfaces) -> None:
    """The one of the template, by the port that it has there. An imported one is not known here."""
    for instance in held(rds_backends).databases.values():
        name, places = instance.db_instance_identifier, instance.db_subnet_group
        cidrs = tuple(subnet.cidr_block for subnet in places._subnets)
        theirs = End(tuple(instance.vpc_security_group_ids), cidrs)
        for subnet in map(_subnet, here.subnets):
            if subnet and subnet.vpc_id != places.vpc_id:
                raise Unreachable(f"{name}: {subnet.vpc_id} has no route to it")
            ours = End(here.groups, (subnet.cidr_block,) if subnet else ())
            _require_both(ours, theirs, int(instance.port), name)


def first_fit(places: Sequence[Interfaces]) -> Interfaces:
    """Where Glue puts a run, of its connections in their order. Raises InvalidInputException, the last one's.

    glue/latest/dg/glue-troubleshooting-errors.html: "VPC failover behavior".
    """
    for here in places[:-1]:
        try:
            require_for_glue(here)
        except InvalidInputException:
            continue
        return here
    require_for_glue(places[-1])
    return places[-1]


def require_for_glue(here: Interfaces) -> None:
    """What Glue looks for before a run starts. Raises InvalidInputException.

    glue/latest/dg/glue-troubleshooting-errors.html: "Could not find S3 endpoint or NAT gateway for subnetId
    in VPC", "Inbound rule in security group required".
    """
    for subnet in filter(None, map(_subnet, here.subnets)):
        s3 = (one for one in _endpoints(_ec2().vpcs[subnet.vpc_id]) if one.service_name.endswith(".s3"))
        is_there = any(_table(subnet).id in (endpoint.route_table_ids or ()) for endpoint in s3)
        if not is_there and not has_way_out(subnet):
            raise InvalidInputException(
                f"VPC S3 endpoint validation failed for SubnetId: {subnet.id}. VPC: {subnet.vpc_id}. Reason:"
                f" Could not find S3 endpoint or NAT gateway for subnetId: {subnet.id} in Vpc {subnet.vpc_id}"
            )
    known = list(filter(None, map(_group, here.groups)))
    if known and not any(_is_open_to_itself(group) for group in known):
        raise InvalidInputException("At least one security group must open all ingress ports.")


def has_way_out(subnet: Any) -> bool:
    """By its default route. An internet gateway is none: functions and jobs have no public addresses."""
    return any(
        route.destination_cidr_block == _EVERYWHERE and (route.nat_gateway or route.transit_gateway)
        for route in _table(subnet).routes
    )


# --- names


def _is_of_s3(host: str, endpoint: Endpoint) -> bool:
    """A gateway endpoint has S3's addresses of its own region, and no other's."""
    found = _S3_HOST.fullmatch(host)
    return found is not None and endpoint.service_name == f"com.amazonaws.{found[1] or 'us-east-1'}.s3"


def _is_private_name(host: str, endpoint: Endpoint, vpc: Any) -> bool:
    """`com.amazonaws.REGION.ecr.api` answers as `api.ecr.REGION.amazonaws.com`, if private DNS is on."""
    region, _, service = endpoint.service_name.removeprefix("com.amazonaws.").partition(".")
    name = f"{'.'.join(reversed(service.split('.')))}.{region}.amazonaws.com"
    names = [name, f"*.{name}"] if service == "s3" else [name]
    own = [entry["dns_name"] for entry in endpoint.dns_entries or ()]
    is_on = _is_on(endpoint.private_dns_enabled) and _is_on(vpc.enable_dns_hostnames)
    return any(fnmatch(host, one) for one in (own + names if is_on else own))


# --- groups (vpc/latest/userguide/security-group-rules.html); one that the account does not know is believed


def _require_both(ours: End, theirs: End, port: int, what: str) -> None:
    """Ours must let the connection out, and theirs in."""
    _require_egress(ours, theirs, port, what)
    groups = [_group(name) for name in theirs.groups]
    if None not in groups and not any(_lets(group.ingress_rules, port, ours) for group in groups):
        raise Unreachable(f"{what}: {', '.join(theirs.groups)} let nothing in to port {port}")


def _require_egress(ours: End, theirs: End, port: int, what: str) -> None:
    groups = [_group(name) for name in ours.groups]
    if None not in groups and not any(_lets(group.egress_rules, port, theirs) for group in groups):
        raise Unreachable(f"{what}: {', '.join(ours.groups)} let nothing out to port {port} of it")


def _lets(rules: Iterable[Any], port: int, peer: End) -> bool:
    return any(
        (rule.ip_protocol == "-1" or (rule.ip_protocol == "tcp" and rule.from_port <= port <= rule.to_port))
        and (
            rule.source_group.get("GroupId") in peer.groups
            or (peer.prefix_list and rule.prefix_list_id == peer.prefix_list)
            or (peer.cidrs and all(_covers(rule.cidr_ipv4, cidr) for cidr in peer.cidrs))
        )
        for rule in rules
    )


def _is_open_to_itself(group: Any) -> bool:
    """On all TCP ports: to everybody will do, too."""
    itself = End((group.id,), _ANYWHERE.cidrs)
    return all(_lets(group.ingress_rules, port, itself) for port in (0, 65535))


@lru_cache
def _covers(wide: str | None, narrow: str) -> bool:
    inner = ipaddress.ip_network(narrow)
    return bool(wide) and inner.subnet_of(ipaddress.ip_network(wide))  # type: ignore[arg-type]


# --- what the account holds


def _ec2() -> Any:
    return held(ec2_backends)


def _subnet(name: str) -> Any:
    """None of a network that is not known here."""
    with suppress(Exception):
        return _ec2().get_subnet(name)
    return None


def _group(name: str) -> Any:
    return next((groups[name] for groups in _ec2().groups.values() if name in groups), None)


def _endpoints(vpc: Any) -> list[Endpoint]:
    every = list(_ec2().vpc_end_points.values())
    return [one for one in every if one.vpc_id == vpc.id and one.state == "available"]


def _table(subnet: Any) -> Any:
    """Its own route table, or its network's main one."""
    tables = [table for table in list(_ec2().route_tables.values()) if table.vpc_id == subnet.vpc_id]
    own = (table for table in tables if subnet.id in table._associations.values())
    main = (table for table in tables if table.main_association_id)
    return next(own, None) or next(main)


def _is_on(flag: object) -> bool:
    """moto keeps what a request said as its text."""
    return str(flag).lower() == "true"


# --- what CloudFormation gives moto, and moto forgets


def keep_egress(group: Any, properties: Mapping[str, Any]) -> None:
    """Rules of its own take the place of the one that opens everything (AWS::EC2::SecurityGroup)."""
    if "SecurityGroupEgress" not in properties:
        return
    group.egress_rules.clear()
    for rule in properties["SecurityGroupEgress"]:
        _ec2().authorize_security_group_egress(
            group.id, rule["IpProtocol"], rule["FromPort"], rule["ToPort"], [{"CidrIp": rule["CidrIp"]}]
        )


def keep_policy(endpoint: Endpoint, properties: Mapping[str, Any]) -> None:
    if "PolicyDocument" in properties:
        endpoint.policy_document = json.dumps(properties["PolicyDocument"])


def keep_database_groups(properties: dict[str, Any]) -> None:
    properties["VpcSecurityGroupIds"] = properties.get("VPCSecurityGroups", [])


def keep_association(_association: Any, properties: Mapping[str, Any]) -> None:
    subnet = properties["SubnetId"]
    _ec2().associate_route_table(properties["RouteTableId"], subnet_id=subnet)


def keep_dns(vpc: Any, properties: Mapping[str, Any]) -> None:
    vpc.enable_dns_support = properties.get("EnableDnsSupport", True)
    vpc.enable_dns_hostnames = properties.get("EnableDnsHostnames", False)
