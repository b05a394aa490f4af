"""CloudWatch: figures of the processes that really run here, and queries by exact dimensions."""

import json
import logging
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from moto.cloudwatch.models import CloudWatchBackend, Statistics, cloudwatch_backends
from moto.core.utils import utcnow
from moto.rds.models import rds_backends
from moto.sqs.models import sqs_backends

from local.place import ACCOUNT, REGION, Place

TAKEN_S = 5.0
"""How often figures are taken. AWS takes a minute."""


def put(namespace: str, name: str, value: float, at: datetime | None = None, **dimensions: str) -> None:
    """A figure of that moment (UTC), or of now."""
    named = [{"Name": key, "Value": dimensions[key]} for key in dimensions]
    datum = {"MetricName": name, "Value": value, "Dimensions": named, "Timestamp": at or utcnow()}
    _backend().put_metric_data(namespace, [datum])


def install(place: Place) -> None:
    # moto's get_metric_statistics also answers with series that have more dimensions than were asked for.
    CloudWatchBackend.get_metric_statistics = _get_metric_statistics
    threading.Thread(target=_observe, args=(place.directory,), name="metrics", daemon=True).start()


def _backend() -> Any:
    return cloudwatch_backends[ACCOUNT][REGION]


def _get_metric_statistics(  # noqa: PLR0913, PLR0917 - as moto calls it
    self: Any,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[Statistics]:
    wanted = {item["Name"]: item["Value"] for item in dimensions}
    found = [
        datum
        for datum in series(namespace, metric_name, wanted)
        if _naive(start_time) <= _naive(datum.timestamp) < _naive(end_time) and unit in (None, datum.unit)
    ]
    periods: dict[int, Statistics] = {}
    for datum in found:
        at = int((_naive(datum.timestamp) - _naive(start_time)).total_seconds()) // period
        moment = start_time + timedelta(seconds=at * period)
        answer = periods.setdefault(at, Statistics(stats, moment, datum.unit))
        answer.metric_data.append(datum)
    return [periods[at] for at in sorted(periods)]


def _naive(moment: datetime) -> datetime:
    """moto has both kinds, all in UTC."""
    return moment.replace(tzinfo=None)


def series(namespace: str, name: str, dimensions: dict[str, str]) -> list[Any]:
    """The data of these dimensions and no others."""
    return [
        datum
        for datum in list(_backend().metric_data)
        if datum.name == name
        and datum.namespace == namespace
        and {item.name: item.value for item in datum.dimensions} == dimensions
    ]


# --- what is observed


def _observe(directory: Path) -> None:
    database = _Database(directory)
    while True:
        time.sleep(TAKEN_S)
        try:
            database.sample()
            sample_queues()
        except Exception:
            logging.exception("the figures of this moment are lost")


def sample_queues() -> None:
    """As of "Available CloudWatch metrics for Amazon SQS": of what is in flight, only where something is."""
    for queue in list(sqs_backends[ACCOUNT][REGION].queues.values()):
        hidden = queue.approximate_number_of_messages_not_visible
        put("AWS/SQS", "ApproximateNumberOfMessagesVisible", len(queue.messages), QueueName=queue.name)
        if hidden:
            put("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", hidden, QueueName=queue.name)


class _Database:
    """The embedded PostgreSQL, under the name of the instance that it stands for."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._cpu_s, self._at = 0.0, time.monotonic()
        self._reads, self._read_ms = 0, 0.0

    def sample(self) -> None:
        instances = list(rds_backends[ACCOUNT][REGION].databases.values())
        with suppress(FileNotFoundError, psycopg2.OperationalError, psutil.NoSuchProcess):  # it is down
            connections, reads, read_ms = self._statistics()
            cpu_s, now = self._processor_s(), time.monotonic()
            share = (cpu_s - self._cpu_s) / (now - self._at) / (psutil.cpu_count() or 1)
            latency_s = (read_ms - self._read_ms) / 1000 / max(1, reads - self._reads)
            self._cpu_s, self._at, self._reads, self._read_ms = cpu_s, now, reads, read_ms
            figures = {
                "CPUUtilization": max(0.0, 100 * share),
                "DatabaseConnections": connections,
                "ReadLatency": max(0.0, latency_s),
            }
            for instance in instances:
                for name, value in figures.items():
                    put("AWS/RDS", name, value, DBInstanceIdentifier=instance.db_instance_identifier)

    def _statistics(self) -> tuple[int, int, float]:
        """Other sessions, blocks read, and the milliseconds that took."""
        url = json.loads((self._directory / "stack.json").read_text())["base_database_url"]
        connection = psycopg2.connect(url, connect_timeout=2, application_name="cloudwatch")
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "select (select count(*) from pg_stat_activity where backend_type = 'client backend'"
                    " and pid <> pg_backend_pid()), sum(blks_read), sum(blk_read_time) from pg_stat_database"
                )
                connections, reads, read_ms = cursor.fetchone()
        finally:
            connection.close()
        return int(connections), int(reads), float(read_ms)

    def _processor_s(self) -> float:
        """Processor seconds of the server and all that it started."""
        pid = int((self._directory / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
        server = psutil.Process(pid)
        spent = server.cpu_times()
        total = spent.user + spent.system + spent.children_user + spent.children_system
        for child in server.children():
            with suppress(psutil.NoSuchProcess):
                total += sum(child.cpu_times()[:2])
        return float(total)
