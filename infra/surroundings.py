"""The network that is there, and what an engine takes: what cannot be is one sentence.

Raises SettingsError.
"""

import re
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.context import require

NAME_LENGTHS = {
    "postgres": {"database_name": 63, "database_user": 63},
    "mysql": {"database_name": 64, "database_user": 32},
}
"""What each engine takes (RDS's CreateDBInstance; the engines' own manuals for users)."""
DEFAULT_PORTS = {"postgres": 5432, "mysql": 3306}


def check_network(
    vpc_id: str, subnet_ids: Sequence[str], zones: Sequence[str], security_group_id: str, *, is_created: bool
) -> None:
    """`is_created`: the database; one that is imported is in a network of its own."""
    require(
        is_created or bool(vpc_id),
        "vpc_id is missing: an imported database is reached in its own network.",
    )
    for name, given in (("subnet_ids", subnet_ids), ("availability_zones", zones)):
        require(
            bool(given) == bool(vpc_id),
            f"{name} and vpc_id: write both of a network that is there, or neither.",
        )
    for kind, identities in (("vpc", [vpc_id]), ("subnet", subnet_ids), ("sg", [security_group_id])):
        for identity in filter(None, identities):
            require(
                re.fullmatch(rf"{kind}-[0-9a-f]{{8}}([0-9a-f]{{9}})?", identity) is not None,
                f"{identity!r} is not an id such as {kind}-0123456789abcdef0.",
            )
    require(
        len(subnet_ids) == len(zones),
        "availability_zones must name one zone for each of subnet_ids.",
    )
    require(
        not vpc_id or not is_created or len(set(zones)) > 1,
        "availability_zones: RDS creates a database only where its subnets are in two zones.",
    )


def check_endpoint(read_endpoint: str) -> None:
    """It may be empty. What resolves is a name: private ones may have an underscore, which DNS takes."""
    is_one = re.fullmatch(r"([^\s/:]+(:[1-9][0-9]{0,4})?)?", read_endpoint) is not None
    require(
        is_one and port_of(read_endpoint) < 65536,
        f"read_endpoint {read_endpoint!r}: write a host name, or host:port.",
    )


def port_of(endpoint: str) -> int:
    """Of `host:port`; 0 where it says none."""
    return int(endpoint.partition(":")[2] or 0)


def check_engine(engine: str, names: Mapping[str, str]) -> None:
    """What it takes at a creation, by setting; an imported database has its names already."""
    for name, value in names.items():
        longest = NAME_LENGTHS[engine][name]
        require(
            re.fullmatch(r"[A-Za-z]\w*", value, re.ASCII) is not None and len(value) <= longest,
            f"{name} {value!r}: {engine} takes a letter, and at most {longest - 1} letters,"
            " digits and underscores after it.",
        )


def holds_certificates(path: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # ssl.SSLError is one
        return False
    return True
