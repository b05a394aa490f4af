"""SQS: a function that is fed by a queue is offered again what it failed on."""

import threading
import time
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.awslambda.utils import get_backend
from moto.core.utils import unix_time_millis
from moto.sqs.models import Message, sqs_backends

from local.aws import rights
from local.aws.needs import Need, key_needs
from local.place import ACCOUNT, REGION, Place

POLLING = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""lambda/latest/dg/services-sqs-configure.html"""
PAUSE_S = 2
"""How long what was failed on stays in flight. AWS waits the queue's visibility timeout."""
DELAYED_HASTE = 15
"""A minute in which a queue holds a message back lasts four seconds."""
POLL_S = 0.2
"""AWS polls all the time ("Using Lambda with Amazon SQS"): hardly a message is ever seen as visible."""


def install(_place: Place) -> None:
    send_batch = LambdaBackend.send_sqs_batch

    # moto's LambdaBackend.send_sqs_batch asks nobody: Lambda reads a queue as the function's role.
    def send_sqs_batch(self: Any, function_arn: str, messages: Any, queue_arn: str) -> bool:
        function = self.get_function(function_arn)
        reads = [Need(f"sqs:{action}", queue_arn) for action in POLLING]
        key = rights.key_of("sqs", {"QueueName": queue_arn.rsplit(":", 1)[-1]})
        poller = rights.of_role(function.role, function.function_name)
        if not rights.may(poller, *reads, *key_needs("sqs", "ReceiveMessage", key)):
            return False
        return bool(send_batch(self, function_arn, messages, queue_arn))

    # moto's Message.delay takes as long as AWS does.
    def delay(self: Any, delay_seconds: int) -> None:
        self.delayed_until = unix_time_millis() + 1000 * delay_seconds / DELAYED_HASTE

    LambdaBackend.send_sqs_batch, Message.delay = send_sqs_batch, delay
    # moto's Queue.add_message invokes the function once, when the message comes, and never again.
    threading.Thread(target=_poll, name="queues", daemon=True).start()


def _poll() -> None:
    while True:
        time.sleep(POLL_S)
        backend = sqs_backends[ACCOUNT][REGION]
        for queue in list(backend.queues.values()):
            for function_arn in list(queue.lambda_event_source_mappings):
                for message in backend.receive_message(queue.name, 1, 0, queue.visibility_timeout):
                    handle = message.receipt_handle
                    if get_backend(ACCOUNT, REGION).send_sqs_batch(function_arn, [message], queue.queue_arn):
                        backend.delete_message(queue.name, handle)
                    else:
                        backend.change_message_visibility(queue.name, handle, visibility_timeout=PAUSE_S)
