"""Inside a process of the VPC: nothing leaves it but where, by `local/aws/network.py`, its network leads.

Python runs this by its name, before anything else, in a job's driver, in its Spark workers and in a function;
the checkout is on nobody's path there. They know no local endpoint: botocore makes each request for its true
host, by service, region, style, dual stack and FIPS, and here it is taken to the stack with that host beside
it. Any other connection, libpq's too, asks the stack for its way first. A way that is not there takes AWS's
clients their whole timeout, a minute by default, and here none of it.
"""

import json
import os
import re
import socket
import sys
from http.client import HTTPConnection
from importlib.machinery import ModuleSpec, PathFinder
from ipaddress import ip_address
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

_HERE: dict[str, Any] = json.loads(os.environ["LOCAL_NETWORK"])
"""`stack`, where it listens; `stand_ins`, what is on this machine alone; `subnets` and `groups`."""
_STACK = urlsplit(_HERE["stack"])
_UNREACHABLE = "x-local-unreachable"
_IN_A_BUCKET = re.compile(r"(.+?)\.s3[.-].*amazonaws\.com")
_RESERVED = (".invalid", ".test", ".example")
"""Names that no server knows (RFC 6761); any other one a VPC's resolver finds, reachable or not."""


def _to(host: str, port: int) -> dict[str, str]:
    facts = {"host": host, "port": port, "subnets": _HERE["subnets"], "groups": _HERE["groups"]}
    return {"x-local-network": json.dumps(facts)}


def _leads_out(host: object, port: object) -> bool:
    """What it speaks to here is its own, Spark's JVM or Lambda's runtime, but for the stand-ins."""
    is_own = host in ("", None, "localhost", "::1") or str(host).startswith("127.")
    return not is_own or f"{host}:{port}" in _HERE["stand_ins"]


def _require(host: str, port: int) -> None:
    """Raises TimeoutError, as the kernel does at last when no packet comes back."""
    connection = HTTPConnection(str(_STACK.hostname), _STACK.port)
    connection.request("GET", "/_reach", headers=_to(host, port))
    answer = connection.getresponse()
    connection.close()
    if answer.getheader(_UNREACHABLE):
        raise TimeoutError("timed out")
    if answer.status != 204:
        raise RuntimeError(f"the stack could not judge the way to {host}: see its log")


# --- any connection of Python's own

_connect, _getaddrinfo = socket.socket.connect, socket.getaddrinfo


def _asking_first(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and _leads_out(*address[:2]):
        _require(*address[:2])
    _connect(self, address)


def _resolved(host: Any, port: Any, *given: Any, **more: Any) -> Any:
    """A name that leads out stands for its own address: the way is judged by it."""
    if _leads_out(host, port) and not _is_address(host) and not str(host).endswith(_RESERVED):
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, int(port)))]
    return _getaddrinfo(host, port, *given, **more)


def _is_address(host: Any) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


# --- libraries, once they are imported


def _psycopg2(module: ModuleType) -> None:
    """libpq connects by itself, and says this when its time is up."""
    own = module._connect

    def connect(dsn: str, **more: Any) -> Any:
        given = module.extensions.parse_dsn(dsn)
        host, port = given.get("host", ""), int(given.get("port", 5432))
        if _leads_out(host, port):
            try:
                _require(host, port)
            except TimeoutError:
                text = f'connection to server at "{host}", port {port} failed: timeout expired\n'
                raise module.OperationalError(text) from None
        return own(dsn, **more)

    module._connect = connect  # type: ignore[attr-defined]


def _botocore(module: ModuleType) -> None:
    send = module.URLLib3Session.send

    def send_by_the_stack(self: Any, request: Any) -> Any:
        meant, url = request.url, urlsplit(request.url)
        host = str(url.hostname)
        in_a_bucket = _IN_A_BUCKET.fullmatch(host)
        path = f"/{in_a_bucket[1]}{url.path}" if in_a_bucket else url.path
        request.url = f"{_HERE['stack']}{path}" + (f"?{url.query}" if url.query else "")
        request.headers.update(_to(host, url.port or (443 if url.scheme == "https" else 80)))
        response = send(self, request)
        cause = response.headers.get(_UNREACHABLE)
        if cause == "name":
            raise module.EndpointConnectionError(endpoint_url=meant)
        if cause:
            raise module.ConnectTimeoutError(endpoint_url=meant)
        return response

    module.URLLib3Session.send = send_by_the_stack


_MENDED = {"botocore.httpsession": _botocore, "psycopg2": _psycopg2}


class _Finder:
    """Finds a library as Python does, and mends it when it has been loaded."""

    @staticmethod
    def find_spec(name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path) if name in _MENDED else None
        if found is None or found.loader is None:
            return None
        load = found.loader.exec_module

        def load_and_mend(module: ModuleType) -> None:
            load(module)
            _MENDED[name](module)

        found.loader.exec_module = load_and_mend  # type: ignore[method-assign]
        return found


socket.socket.connect = _asking_first  # type: ignore[method-assign,assignment]
socket.getaddrinfo = _resolved
sys.meta_path.insert(0, _Finder)
