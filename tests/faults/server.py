"""The local stack's own server behind requests that can be made to fail: the network as it sometimes is.

    python -m tests.faults.server DIRECTORY PORT      (as local.server)

`PUT /_faults/NAME` takes that set of rules, a JSON list, in place of those that the name had; `GET` answers
how often each of them was met. A request that meets several rules is the first one's, of the oldest set.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, NoReturn
from uuid import uuid4

from local import server
from local.aws import cloudformation_stacks

_CONTROL = "/_faults/"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


@dataclass
class Rule:
    """Which requests, and what becomes of them.

    do: `see` it, count it and leave it to the other rules; `answer` with status and body, nothing done;
    `ignore` it, nothing done and nothing said until the rule is gone; `lose` it, nothing done, the connection
    gone; `drop` the connection once it was done; `cut` it in the middle of the reply's body; `hold` the reply
    until the rule is gone; `wait` until the rule is gone, then do it; `delay` by seconds, then do it.
    """

    service: str
    """As requests are signed for it; `resource` means what CloudFormation does to a stack's resources, and
    knows `answer` alone: the body is the reason."""
    do: str
    target: str = ""
    """A regular expression, of `METHOD /path?query X-Amz-Target User-Agent`, or of the form that is sent;
    of a resource `CREATE LogicalId Type`, or UPDATE, or DELETE."""
    status: int = 503
    body: str = ""
    delay_s: float = 0
    every: int = 1
    """Only each so many-th of them: 5 lets four through between two faults."""
    times: int = 1_000_000
    seen: int = 0
    hits: int = 0

    def meets(self, service: str, target: str) -> bool:
        if service != self.service or not re.search(self.target, target) or self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        self.hits += 1
        return True


class Faulty:
    """A WSGI application between the clients and the emulated AWS."""

    def __init__(self, application: Any) -> None:
        self._application = application
        self._sets: dict[str, list[Rule]] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(_CONTROL):
            return self._control(environ, start_response)
        rule = self._rule_of(environ)
        if rule is None:
            return self._application(environ, start_response)  # type: ignore[no-any-return]
        if rule.do == "answer":
            _read(environ)
            names = ("x-amz-request-id", "x-amzn-RequestId")  # S3's, and that of services that speak JSON
            named = [(name, uuid4().hex) for name in names]
            start_response(f"{rule.status} Fault", [("Content-Type", "application/json"), *named])
            return [rule.body.encode()]
        if rule.do in ("ignore", "lose"):
            _read(environ)
            if rule.do == "ignore":
                self._wait_out(rule)
            _hang_up(environ)
        if rule.do in ("delay", "wait"):
            time.sleep(rule.delay_s)
            if rule.do == "wait":
                self._wait_out(rule)
            return self._application(environ, start_response)  # type: ignore[no-any-return]
        reply = b"".join(self._application(environ, start_response))
        if rule.do == "drop":
            _hang_up(environ)
        if rule.do == "cut":
            return _half(environ["werkzeug.socket"], reply)
        self._wait_out(rule)
        return [reply]

    def begin(self, act: str, name: str, kind: str) -> None:
        """In the place of local.aws.cloudformation_stacks.begin."""
        rule = self._first("resource", f"{act} {name} {kind}")
        if rule is not None:
            raise RuntimeError(rule.body)

    def _wait_out(self, rule: Rule) -> None:
        while any(rule is one for rules in list(self._sets.values()) for one in rules):
            time.sleep(0.01)

    def _rule_of(self, environ: dict[str, Any]) -> Rule | None:
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        where = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
        said = [environ.get(name, "") for name in ("HTTP_X_AMZ_TARGET", "HTTP_USER_AGENT")]
        return self._first(scope[1], " ".join((where, *said, _form(environ)))) if scope else None

    def _first(self, service: str, target: str) -> Rule | None:
        with self._lock:
            every = (rule for rules in self._sets.values() for rule in rules)
            return next((rule for rule in every if rule.meets(service, target) and rule.do != "see"), None)

    def _control(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix(_CONTROL)
        with self._lock:
            if environ["REQUEST_METHOD"] == "PUT":
                self._sets.pop(name, None)
                if given := json.loads(_read(environ)):
                    self._sets[name] = [Rule(**each) for each in given]
            answer = [asdict(rule) for rule in self._sets.get(name, [])]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


def _half(connection: socket.socket, reply: bytes) -> Iterator[bytes]:
    yield reply[: len(reply) // 2]
    connection.shutdown(socket.SHUT_RDWR)


def _hang_up(environ: dict[str, Any]) -> NoReturn:
    with suppress(OSError):  # the client did so before
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError  # werkzeug then says nothing more


def _form(environ: dict[str, Any]) -> str:
    """What a service that speaks in forms is sent (SNS), as it was sent; "" of another."""
    if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return ""
    body = _read(environ)
    environ["wsgi.input"] = BytesIO(body)
    return body.decode()


def _read(environ: dict[str, Any]) -> bytes:
    """The request's whole body: an answer before it is read would reset the connection."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
        return bytes(environ["wsgi.input"].read())
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def main() -> None:
    make_server = server.make_server

    def make_faulty_server(host: str, port: int, application: Any, **options: Any) -> Any:
        faulty = Faulty(application)
        cloudformation_stacks.begin = faulty.begin
        return make_server(host, port, faulty, **options)

    server.make_server = make_faulty_server
    server.main()


if __name__ == "__main__":
    main()
