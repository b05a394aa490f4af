"""Lambda: the packaged function under AWS's own runtime client, in processes that stay warm."""

import base64
import json
import logging
import sys
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

from local import children
from local.aws import logs, metrics, network, rights
from local.aws.needs import OF_FUNCTIONS_IN_A_VPC, Need, key_needs
from local.packages import unpacked
from local.place import ACCOUNT, HOST, REGION, REGION_VARIABLES, Place

INIT_S = 60.0
"""AWS gives 10 s; two cores that also run Spark are slower."""
RETRIES_S = (2.0, 4.0)
"""After an error of an asynchronous invocation. AWS waits one minute, then two."""
MAX_IDLE = 12
"""Warm processes kept, of all functions together: a day calls some ten, and each holds about 50 MB."""


@dataclass(frozen=True)
class Event:
    request_id: str
    body: bytes
    timeout_s: float


@dataclass(frozen=True)
class Answer:
    body: bytes
    is_error: bool = False

    @classmethod
    def failure(cls, kind: str, message: str) -> "Answer":
        return cls(json.dumps({"errorType": kind, "errorMessage": message}).encode(), is_error=True)


class _RuntimeApi(BaseHTTPRequestHandler):
    """AWS's Runtime API, for one worker: `next` waits for an event, what is posted is the answer."""

    wbufsize = -1  # unbuffered, each of the answer's writes would wait 40 ms for an acknowledgement
    server: "_Server"

    def do_GET(self) -> None:
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", event.request_id)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + event.timeout_s) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", self.server.function_arn)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event.body)))
        self.end_headers()
        self.wfile.write(event.body)
        self.server.answers.put(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put(Answer(body, is_error=self.path.endswith("/error")))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """The function's own log says enough."""


class _Server(ThreadingHTTPServer):
    """`answers` has None when the worker took the event, and then its answer."""

    daemon_threads = True

    def __init__(self, function_arn: str) -> None:
        super().__init__((HOST, 0), _RuntimeApi)
        self.function_arn = function_arn
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.answers: SimpleQueue[Answer | None] = SimpleQueue()
        threading.Thread(target=self.serve_forever, name="runtime-api", daemon=True).start()


class Worker:
    """One process of one function."""

    def __init__(self, function: Any, place: Place) -> None:
        self.is_alive = True
        self.tail: deque[str] = deque(maxlen=100)
        self.group = f"/aws/lambda/{function.function_name}"
        self.stream = time.strftime(f"%Y/%m/%d/[$LATEST]{uuid.uuid4().hex}", time.gmtime())
        self._timeout_s = float(function.timeout)
        self._caller = rights.of_role(function.role, function.function_name)
        self._server = _Server(function.function_arn)
        code = unpacked(
            lambda: function.code_bytes, place.cache / "functions" / function.code_digest.split(":")[-1]
        )
        self._child = children.start(
            [sys.executable, "-m", "awslambdaric", function.handler],
            self._environment(function, place, code),
            code,
        )
        for pipe in (self._child.stdout, self._child.stderr):
            threading.Thread(target=self._keep_log, args=(pipe,), name=self.group, daemon=True).start()
        threading.Thread(target=self._announce_exit, name=self.group, daemon=True).start()

    def run(self, body: bytes) -> Answer:
        event = Event(str(uuid.uuid4()), body, self._timeout_s)
        self._say(f"START RequestId: {event.request_id} Version: $LATEST")
        began = time.monotonic()
        self._server.events.put(event)
        answer = self._wait(event)
        elapsed_ms = (time.monotonic() - began) * 1000
        self._say(f"END RequestId: {event.request_id}")
        self._say(f"REPORT RequestId: {event.request_id}\tDuration: {elapsed_ms:.2f} ms")
        return answer

    def stop(self) -> None:
        self.is_alive = False
        children.stop(self._child)

    def _wait(self, event: Event) -> Answer:
        try:
            answer = self._server.answers.get(timeout=INIT_S) or self._server.answers.get(
                timeout=event.timeout_s
            )
        except Empty:
            self.stop()
            text = f"RequestId: {event.request_id} Error: Task timed out after {event.timeout_s:.2f} seconds"
            self._say(text)
            return Answer.failure("Sandbox.Timedout", text)
        return answer or Answer.failure(
            "Runtime.Unknown", "The function asked for a second event before it answered."
        )

    def _environment(self, function: Any, place: Place, code: Path) -> dict[str, str]:
        variables = {
            **place.child_environment(),
            **REGION_VARIABLES,
            **rights.credentials(function.role, "lambda", function.function_name),
            "PYTHONPATH": str(code),
            "LAMBDA_TASK_ROOT": str(code),
            "_HANDLER": function.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": self.group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
            "AWS_LAMBDA_LOG_FORMAT": "JSON",  # as the template asks of every function
            "AWS_LAMBDA_RUNTIME_API": f"{HOST}:{self._server.server_port}",
            **{name: str(value) for name, value in function.environment_vars.items()},
        }
        here = network.interfaces(function.vpc_config or {})
        return here.environment(variables, place) if here else variables

    def _keep_log(self, pipe: Any) -> None:
        for line in pipe:
            self._say(line.decode(errors="replace").rstrip("\n").replace("\r", "\n"))

    def _say(self, text: str) -> None:
        self.tail.append(text)
        logs.write(self.group, self.stream, [text], self._caller)

    def _announce_exit(self) -> None:
        code = self._child.wait()
        self.is_alive = False
        message = f"Runtime exited with error: {f'signal {-code}' if code < 0 else f'exit status {code}'}"
        self._server.answers.put(Answer.failure("Runtime.ExitError", message))
        self._server.shutdown()
        self._server.server_close()


class Pool:
    """Warm workers, the longest idle first. A changed function gets new ones; the old fall out."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._idle: list[tuple[str, Worker]] = []
        self._lock = threading.Lock()

    def run(self, function: Any, body: bytes) -> tuple[Answer, str]:
        """The answer, and the end of the log."""
        kind = json.dumps(
            [function.function_arn, function.code_digest, function.get_configuration()], default=str
        )
        try:
            worker = self._take(kind) or Worker(function, self._place)
        except rights.AccessDenied as exc:  # its role is gone, or trusts Lambda no more
            return Answer.failure("AccessDeniedException", str(exc)), ""
        worker.tail.clear()
        started = utcnow()  # an error is stamped with it ("Types of metrics for Lambda functions")
        answer = worker.run(body)
        named = {"FunctionName": function.function_name}
        metrics.put("AWS/Lambda", "Errors", float(answer.is_error), started, **named)
        self._give_back(kind, worker)
        return answer, "\n".join(worker.tail)

    def _take(self, kind: str) -> Worker | None:
        with self._lock:
            for place in reversed(self._idle):
                if place[0] == kind and place[1].is_alive:
                    self._idle.remove(place)
                    return place[1]
        return None

    def _give_back(self, kind: str, worker: Worker) -> None:
        with self._lock:
            if worker.is_alive:
                self._idle.append((kind, worker))
            surplus = self._idle[: max(0, len(self._idle) - MAX_IDLE)]
            del self._idle[: len(surplus)]
        for _, idle in surplus:
            idle.stop()


def send(function_arn: str, event: dict[str, Any], service: str, source_arn: str) -> None:
    """What S3, SNS and EventBridge do: an asynchronous invocation, whose failure is not the sender's.

    The function's own policy must let the service invoke it for that source
    (lambda/latest/dg/permissions-function-services.html).
    """

    def hand_over() -> None:
        if not rights.may(rights.of_service(service), invocation(function_arn), source_arn=source_arn):
            return
        function = get_backend(ACCOUNT, REGION).get_function(function_arn)
        function.invoke(json.dumps(event), {"x-amz-invocation-type": "Event"}, {})

    _in_background(hand_over)


def invocation(function_arn: str) -> Need:
    return Need("lambda:InvokeFunction", function_arn)


def deliver(pool: Pool, function: Any, payload: bytes, retries_s: tuple[float, ...] = RETRIES_S) -> None:
    """An asynchronous invocation: twice more on an error, then to the function's dead-letter queue.

    Of a function that may have no instance it waits for six hours there (lambda/latest/dg/invocation-async-
    error-handling.html), and is dropped here.
    """
    if function.reserved_concurrency == 0:
        return
    for wait_s in (*retries_s, None):
        answer, _ = pool.run(function, payload)
        if not answer.is_error:
            return
        if wait_s:
            time.sleep(wait_s)
    queue = getattr(function, "dead_letter_arn", None)  # local.aws.cloudformation
    if queue and rights.may(
        rights.of_role(function.role, function.function_name),
        Need("sqs:SendMessage", queue),
        *key_needs("sqs", "SendMessage", rights.key_of("sqs", {"QueueName": queue.rsplit(":", 1)[-1]})),
    ):
        sqs_backends[ACCOUNT][REGION].send_message(queue.rsplit(":", 1)[-1], payload.decode())
    elif queue:
        metrics.put("AWS/Lambda", "DeadLetterErrors", 1, FunctionName=function.function_name)


def install(place: Place) -> None:
    pool = Pool(place)

    # moto's LambdaFunction.invoke wants Docker, or returns canned answers.
    def invoke(self: Any, body: str | bytes, request: Any, response: MutableMapping[str, str]) -> bytes:
        payload = (body.encode() if isinstance(body, str) else body) or b"{}"
        kind = request.get("x-amz-invocation-type", "RequestResponse")
        if kind == "Event":
            _in_background(lambda: deliver(pool, self, payload))
        if kind != "RequestResponse":
            return b""
        if self.reserved_concurrency == 0:
            throttled = LambdaClientError("TooManyRequestsException", "Rate Exceeded.")
            throttled.code = 429
            raise throttled
        answer, tail = pool.run(self, payload)
        response["x-amz-executed-version"] = "$LATEST"
        response["x-amz-log-result"] = base64.b64encode(tail.encode()[-4096:]).decode()
        if answer.is_error:
            response["x-amz-function-error"] = "Unhandled"
        return answer.body

    LambdaFunction.invoke = invoke


def check_network(properties: dict[str, Any]) -> None:
    """A function that joins a VPC is made only where its role may do that. Raises AccessDenied."""
    if properties.get("VpcConfig"):
        role = rights.of_role(properties["Role"], properties["FunctionName"])
        rights.demand(role, *OF_FUNCTIONS_IN_A_VPC)


def _in_background(work: Callable[[], Any]) -> None:
    def guarded() -> None:
        try:
            work()
        except Exception:
            logging.exception("an asynchronous invocation failed")

    threading.Thread(target=guarded, name="invocation", daemon=True).start()
