"""The days that a stack on this machine has seen, by what stands in its S3."""

from collections.abc import Iterator, Mapping

import boto3

from local.results import CHECKPOINTS
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.day import Day


def store_of(env: Mapping[str, str]) -> Store:
    """By a stack's `env`."""
    s3 = boto3.client(
        "s3", endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_DEFAULT_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    return Store(s3)


def seen(store: Store) -> Iterator[Day]:
    """The newest last."""
    days = Days(store, CHECKPOINTS)
    keys = sorted(item.key for item in store.list(layout.day_objects(CHECKPOINTS)))
    return (held.day for key in keys if (day := layout.day_of_document(key)) and (held := days.read(day)))


def at_work(env: Mapping[str, str]) -> list[Day]:
    """Those that a run holds at the moment."""
    return [day for day in seen(store_of(env)) if day.holder]
