"""`aws` on the local stack's PATH: AWS CLI 1 from PyPI, and what only version 2 has.

Run as a file by the stack's Python; it imports nothing of the checkout.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FOLLOW_S = 1.0


def main(arguments: list[str]) -> None:
    if "AWS_ENDPOINT_URL" not in os.environ:
        raise SystemExit("AWS_ENDPOINT_URL is not set: source the local stack's `env` file first.")
    if arguments[:2] == ["logs", "tail"]:
        tail(arguments[2:])
    else:
        _run_version_1(arguments)


def tail_options(arguments: list[str]) -> argparse.Namespace:
    """Those of CLI 2's `aws logs tail`."""
    parser = argparse.ArgumentParser(prog="aws logs tail")
    parser.add_argument("group")
    parser.add_argument("--since", type=_moment, default="10m")
    parser.add_argument("--follow", action="store_true")
    parser.add_argument("--format", choices=["detailed", "short", "json"], default="detailed")
    parser.add_argument("--filter-pattern")
    parser.add_argument("--log-stream-names", nargs="+")
    parser.add_argument("--log-stream-name-prefix")
    return parser.parse_args(arguments)


def tail(arguments: list[str]) -> None:
    """CLI 2's `aws logs tail`."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - the other commands start without it

    options = tail_options(arguments)
    query = {
        "logGroupName": options.group,
        "filterPattern": options.filter_pattern,
        "logStreamNames": options.log_stream_names,
        "logStreamNamePrefix": options.log_stream_name_prefix,
    }
    try:
        for event in _events(
            {name: value for name, value in query.items() if value}, options.since, options.follow
        ):
            print(_line(event, options.format), flush=True)
    except ClientError as exc:
        raise SystemExit(f"\n{exc}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _events(query: dict[str, Any], since: datetime, follow: bool) -> Iterator[dict[str, Any]]:
    """By time; while following, an event that arrives late for its time is still shown."""
    import boto3  # noqa: PLC0415 - the same

    pages = boto3.client("logs").get_paginator("filter_log_events")
    start_ms, shown = int(since.timestamp() * 1000), set[str]()
    while True:
        found = [event for page in pages.paginate(startTime=start_ms, **query) for event in page["events"]]
        for event in sorted(found, key=lambda event: event["timestamp"]):
            if event["eventId"] not in shown:
                shown.add(event["eventId"])
                yield event
        if not follow:
            return
        time.sleep(_FOLLOW_S)


def _line(event: dict[str, Any], form: str) -> str:
    moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    if form == "short":
        return f"{moment:%Y-%m-%dT%H:%M:%S} {event['message']}"
    if form == "json":
        return f"{moment.isoformat(timespec='microseconds')} {event['logStreamName']}\n{event['message']}"
    return f"{moment.isoformat(timespec='microseconds')} {event['logStreamName']} {event['message']}"


def _moment(text: str) -> datetime:
    """`30m` ago, or a moment in ISO 8601."""
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    if found:
        return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _run_version_1(arguments: list[str]) -> NoReturn:
    """Version 1 takes a payload as it is, as version 2 must be told to. For rds it ignores the variable."""
    if "--cli-binary-format" in arguments:
        at = arguments.index("--cli-binary-format")
        arguments = arguments[:at] + arguments[at + 2 :]
    endpoint = [] if "--endpoint-url" in arguments else ["--endpoint-url", os.environ["AWS_ENDPOINT_URL"]]
    os.execv(sys.executable, [sys.executable, "-P", "-m", "awscli", *endpoint, *arguments])  # noqa: S606 - replaced by it


if __name__ == "__main__":
    main(sys.argv[1:])
