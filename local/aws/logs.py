"""CloudWatch Logs: lines of running processes, as they come."""

import json
import re
import threading
import time
from collections.abc import Iterable
from typing import Any

from moto.logs.models import LogsBackend, logs_backends
from moto.logs.responses import LogsResponse
from moto.logs.utils import EventMessageFilter

from local.aws import rights
from local.aws.needs import Need, arn
from local.aws.rights import Caller
from local.place import ACCOUNT, REGION, Place

_lock = threading.Lock()
_ONE_OF_SOME = re.compile(r'\?("[^"]+"|\w+)')


def write(group: str, stream: str, lines: Iterable[str], writer: Caller) -> None:
    """Appends to the stream, made at its first line. moto's own streams are not safe between threads.

    What the writer's role may not write is lost, and its work goes on
    (lambda/latest/dg/monitoring-cloudwatchlogs.html).
    """
    backend: LogsBackend = logs_backends[ACCOUNT][REGION]
    known = backend.groups.get(group)
    wanted = ["PutLogEvents"]
    wanted += [] if known and stream in known.streams else ["CreateLogStream"]
    wanted += [] if known else ["CreateLogGroup"]
    where = arn("logs", f"log-group:{group}:log-stream:{stream}")
    if not rights.may(writer, *(Need(f"logs:{action}", where) for action in reversed(wanted))):
        return
    events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
    with _lock:
        backend.ensure_log_group(group)
        backend.ensure_log_stream(group, stream)
        backend.put_log_events(group, stream, events)


def install(_place: Place) -> None:
    _find_by_prefix()
    _find_any_of_some()


def _find_by_prefix() -> None:
    # moto's LogsResponse.filter_log_events ignores `logStreamNamePrefix`, by which a Glue run is found.
    filter_by_name = LogsResponse.filter_log_events

    def filter_log_events(self: Any) -> str:
        prefix = self._get_param("logStreamNamePrefix")
        group = self.logs_backend.groups.get(self._get_param("logGroupName"))
        if prefix is None or group is None:
            return str(filter_by_name(self))
        names = [name for name in group.streams if name.startswith(prefix)]
        if not names:
            return json.dumps({"events": [], "searchedLogStreams": []})
        self.body = json.dumps({**json.loads(self.body), "logStreamNames": names})
        return str(filter_by_name(self))

    LogsResponse.filter_log_events = filter_log_events


def _find_any_of_some() -> None:
    # moto's EventMessageFilter lets every line pass a pattern of `?term ?"some words"`, of which one will do.
    matches_one = EventMessageFilter.matches
    init = EventMessageFilter.__init__

    def of_some(self: Any, pattern: str) -> None:
        init(self, pattern)
        self.any_of = [EventMessageFilter(term) for term in _ONE_OF_SOME.findall(pattern or "")]

    def matches(self: Any, message: str) -> bool:
        some: list[EventMessageFilter] = self.any_of
        return any(one.matches(message) for one in some) if some else bool(matches_one(self, message))

    EventMessageFilter.__init__, EventMessageFilter.matches = of_some, matches
