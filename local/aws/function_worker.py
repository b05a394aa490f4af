"""One process of a Lambda function: the packaged code under AWS's own client, and the API that it asks."""

import json
import sys
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from local import children
from local.aws import logs, network, rights
from local.packages import unpacked
from local.place import HOST, REGION_VARIABLES, Place

INIT_S = 60.0
"""AWS gives 10 s; two cores that also run Spark are slower."""


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
