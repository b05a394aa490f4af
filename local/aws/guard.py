"""Every HTTP request is judged before moto sees it: the way that it came, then its caller's rights.

A missing right is answered as the service answers it.
"""

import io
import json
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router
from moto.core.utils import get_service_model
from moto.s3.models import FakeDeleteMarker, s3_backends

from local.aws import network, rights
from local.aws.backends import held
from local.aws.needs import Asked, Need
from local.aws.rights import AccessDenied, Caller

Environ = dict[str, Any]
_SIGNED = re.compile(r"Credential=([^/,]+)/\d+/[^/]+/([^/]+)/aws4_request")
"""In a header, or in the query of an address that was signed before."""
_PREFIXES = {"monitoring": "cloudwatch"}
"""IAM's name of a service, where requests are signed for another."""
_MODELS = {"states": "stepfunctions"}
_CODES = {"s3": "AccessDenied", "sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}
_KEY_CODES = {"sns": "KMSAccessDenied", "sqs": "KMS.AccessDeniedException"}
_XML = {
    "s3": "<Error><Code>{}</Code><Message>{}</Message></Error>",
    "ec2": "<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors></Response>",
    "query": "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
}


class Guard:
    """A WSGI application in front of moto's."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        where = environ.get("HTTP_AUTHORIZATION") or unquote(environ["QUERY_STRING"])
        signed = _SIGNED.search(where)
        service = _PREFIXES.get(signed[2], signed[2]) if signed else "s3"
        asked = environ.get("HTTP_X_LOCAL_NETWORK")  # in_vpc/sitecustomize.py
        try:
            endpoint = network.way(asked) if asked else None
            if environ["PATH_INFO"] == network.ASKING:
                return _reached(start_response)
            _judge(environ, service, signed[1] if signed else None, endpoint)
        except network.Unreachable as exc:
            return _leave_alone(environ, start_response, exc)
        except AccessDenied as exc:
            return _refuse(environ, start_response, service, exc)
        return self._application(environ, start_response)


def _reached(start_response: Callable[..., Any], *more: tuple[str, str]) -> Iterable[bytes]:
    start_response("204 No Content", [*more])
    return []


def _leave_alone(
    environ: Environ, start_response: Callable[..., Any], exc: network.Unreachable
) -> Iterable[bytes]:
    """The process is told what it would find out by itself; the stack's log has the reason."""
    logging.warning("%s", exc)
    _read(environ)
    return _reached(start_response, ("x-local-unreachable", exc.how))


def _read(environ: Environ) -> bytes:
    """The whole body: an answer before it is read would break the connection."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
        return bytes(environ["wsgi.input"].read())
    return bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))


def _judge(environ: Environ, service: str, access_key: str | None, endpoint: Any) -> None:
    """Raises AccessDenied."""
    caller = rights.of_key(access_key)
    if caller is None:
        raise AccessDenied("The security token included in the request is invalid.")
    asked = _of_s3(environ) if service == "s3" else _of_other(environ, service)
    if asked and asked.operation != "GetCallerIdentity":  # STS tells everybody who they are
        address = environ.get("REMOTE_ADDR", "")
        rights.demand(caller, *rights.needed(asked), address=address, endpoint=endpoint)
        if service == "s3":
            _hide_absence(caller, asked)


def _of_s3(environ: Environ) -> Asked:
    bucket, _, key = environ["PATH_INFO"].lstrip("/").encode("latin-1").decode().partition("/")
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True) if environ["QUERY_STRING"] else {}
    headers = {
        name[5:].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(("HTTP_X_AMZ_", "HTTP_IF_"))
    }
    given = {**{name: values[0] for name, values in query.items()}, **headers, "Bucket": bucket, "Key": key}
    return Asked("s3", environ["REQUEST_METHOD"], given)


def _of_other(environ: Environ, service: str) -> Asked | None:
    """None where no operation of the service is asked for: moto says what it makes of that."""
    body = _read(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    given: dict[str, Any] = {}
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        given = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    elif body[:1] == b"{" and service != "lambda":  # an invocation's body is the function's
        given = json.loads(body)
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or given.get("Action")
    if not operation:
        try:
            model, found = get_service_router(_MODELS.get(service, service)).match(Request(environ.copy()))
        except NotFound:
            return None
        operation, given = model.name, {**given, **found}
    return Asked(service, operation, given)


def _hide_absence(caller: Caller, asked: Asked) -> None:
    """Who may not list is not told that an object is missing (API_GetObject.html). Raises AccessDenied."""
    bucket = held(s3_backends, "aws").buckets.get(asked.given["Bucket"])
    if bucket and asked.given["Key"] and asked.operation in ("GET", "HEAD"):
        found = bucket.keys.get(asked.given["Key"])
        if found is None or isinstance(found, FakeDeleteMarker):
            rights.demand(caller, Need("s3:ListBucket", f"arn:aws:s3:::{bucket.name}"))


def _refuse(
    environ: Environ, start_response: Callable[..., Any], service: str, denied: AccessDenied
) -> Iterable[bytes]:
    """In the service's own protocol, under its own code."""
    if not isinstance(environ["wsgi.input"], io.BytesIO):
        _read(environ)
    protocol = get_service_model(_MODELS.get(service, service)).resolved_protocol
    is_json = protocol in ("json", "rest-json")
    code = _KEY_CODES.get(service) if denied.action.startswith("kms:") else None
    code = code or _CODES.get(service) or ("AccessDeniedException" if is_json else "AccessDenied")
    if not denied.action:
        code = "InvalidAccessKeyId" if service == "s3" else "InvalidClientTokenId"
    template = _XML.get(service, _XML["query"])
    body = json.dumps({"__type": code, "message": str(denied)}) if is_json else ""
    body = body or template.format(code, escape(str(denied)))
    status = "400 Bad Request" if protocol == "json" else "403 Forbidden"
    start_response(
        status, [("Content-Type", "application/json" if is_json else "text/xml"), ("x-amzn-errortype", code)]
    )
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body.encode()]
