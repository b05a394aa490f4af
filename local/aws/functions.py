"""Lambda: the packaged function under AWS's own runtime client, in processes that stay warm."""

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, MutableMapping
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend
from moto.core.utils import utcnow
from moto.sqs.models import sqs_backends

from local.aws import metrics, rights
from local.aws.function_worker import Answer, Worker
from local.aws.needs import OF_FUNCTIONS_IN_A_VPC, Need, key_needs
from local.place import ACCOUNT, REGION, Place

RETRIES_S = (2.0, 4.0)
"""After an error of an asynchronous invocation. AWS waits one minute, then two."""
MAX_IDLE = 24
"""Warm processes kept, of all functions together: a day calls some ten, a bad one twice as
many, and each holds about 50 MB."""


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

    What is then dropped counts; so, at once, does what comes for a function that may have no instance (AWS
    Compute Blog, "Introducing new asynchronous invocation metrics").
    """
    named = {"FunctionName": function.function_name}
    if function.reserved_concurrency == 0:
        metrics.put("AWS/Lambda", "AsyncEventsDropped", 1, **named)
        return
    for wait_s in (*retries_s, None):
        answer, _ = pool.run(function, payload)
        if not answer.is_error:
            return
        if wait_s:
            time.sleep(wait_s)
    metrics.put("AWS/Lambda", "AsyncEventsDropped", 1, **named)
    queue = getattr(function, "dead_letter_arn", None)  # local.aws.cloudformation
    if queue and rights.may(
        rights.of_role(function.role, function.function_name),
        Need("sqs:SendMessage", queue),
        *key_needs("sqs", "SendMessage", rights.key_of("sqs", {"QueueName": queue.rsplit(":", 1)[-1]})),
    ):
        sqs_backends[ACCOUNT][REGION].send_message(queue.rsplit(":", 1)[-1], payload.decode())
    elif queue:
        metrics.put("AWS/Lambda", "DeadLetterErrors", 1, **named)


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
            metrics.put("AWS/Lambda", "Throttles", 1, FunctionName=self.function_name)
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
