"""CloudWatch: figures of the processes that really run here, exact dimensions, alarms that are evaluated."""

import json
import logging
import operator
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg2
from moto.cloudwatch.models import CloudWatchBackend, Statistics, cloudwatch_backends
from moto.core.utils import utcnow
from moto.glue.models import glue_backends
from moto.rds.models import rds_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.place import ACCOUNT, REGION, Place

GLUE_S, OTHERS_S = 1.0, 5.0
"""How often figures are taken, and the alarms evaluated. AWS takes a minute."""
EXECUTORS = "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def put(namespace: str, name: str, value: float, **dimensions: str) -> None:
    """A figure of now."""
    named = [{"Name": key, "Value": dimensions[key]} for key in dimensions]
    datum = {"MetricName": name, "Value": value, "Dimensions": named, "Timestamp": utcnow()}
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
        for datum in _series(namespace, metric_name, wanted)
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


def _series(namespace: str, name: str, dimensions: dict[str, str]) -> list[Any]:
    return [
        datum
        for datum in list(_backend().metric_data)
        if datum.name == name
        and datum.namespace == namespace
        and {item.name: item.value for item in datum.dimensions} == dimensions
    ]


# --- what is observed


def _observe(directory: Path) -> None:
    database, due = _Database(directory), 0.0
    while True:
        time.sleep(GLUE_S)
        try:
            _sample_jobs()
            if time.monotonic() >= due:
                due = time.monotonic() + OTHERS_S
                database.sample()
                _sample_queues()
                evaluate(_backend().alarms.values(), utcnow())
        except Exception:
            logging.exception("the figures of this moment are lost")


def _sample_jobs() -> None:
    """A running job's executors: its Java processes, since Spark's driver is its own executor here."""
    for job in list(glue_backends[ACCOUNT][REGION].jobs.values()):
        sessions = {run.session for run in job.job_runs if run.state == "RUNNING"} - {None}
        if sessions:
            count = sum(_is_java(process, sessions) for process in psutil.process_iter())
            put("Glue", EXECUTORS, count, JobName=job.name, JobRunId="ALL", Type="gauge")


def _is_java(process: psutil.Process, sessions: set[Any]) -> bool:
    with suppress(psutil.Error, ProcessLookupError):
        return process.name() == "java" and os.getsid(process.pid) in sessions
    return False


def _sample_queues() -> None:
    for queue in list(sqs_backends[ACCOUNT][REGION].queues.values()):
        put("AWS/SQS", "ApproximateNumberOfMessagesVisible", len(queue.messages), QueueName=queue.name)


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


# --- alarms, which moto stores and never looks at


def evaluate(alarms: Iterable[Any], now: datetime) -> None:
    """Alarms of one metric; an alarm that changes tells its topics."""
    for alarm in list(alarms):
        if alarm.metric_name:
            state, reason = _state_of(alarm, now)
            if state != alarm.state_value:
                before = alarm.state_value
                alarm.update_state(reason, "{}", state)
                if alarm.actions_enabled and state == "ALARM":
                    _tell(alarm, before)


def _state_of(alarm: Any, now: datetime) -> tuple[str, str]:
    named = {item.name: item.value for item in alarm.dimensions}
    data = _series(alarm.namespace, alarm.metric_name, named)
    period, periods = timedelta(seconds=int(alarm.period)), int(alarm.evaluation_periods)
    values = [_value(alarm, data, now - period * (back + 1), now - period * back) for back in range(periods)]
    seen = [value for value in values if value is not None]
    threshold, breaches = float(alarm.threshold), _COMPARE[alarm.comparison_operator]
    missing_breaches = alarm.treat_missing_data == "breaching"
    broken = [missing_breaches if value is None else breaches(value, threshold) for value in values]
    reason = f"Threshold Crossed: {seen} {alarm.comparison_operator} {threshold}"
    return ("ALARM" if all(broken) else "OK"), reason


def _value(alarm: Any, data: Sequence[Any], start: datetime, end: datetime) -> float | None:
    within = [datum for datum in data if start < _naive(datum.timestamp) <= end]
    if not within:
        return None
    statistics = Statistics([alarm.statistic], end)
    statistics.metric_data = within
    return float(statistics.get_statistics_for_type(alarm.statistic))


def _tell(alarm: Any, before: str) -> None:
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "Region": REGION,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
    }
    subject = f'{alarm.state_value}: "{alarm.name}" in {REGION}'[:100]
    for topic in alarm.alarm_actions:
        sns_backends[ACCOUNT][REGION].publish(json.dumps(message), topic, subject=subject)
