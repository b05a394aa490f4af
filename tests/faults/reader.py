"""Somebody who reads what is published, again and again, as Athena would."""

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from tests.faults.invariants import Watched
from tests.faults.stack import OUTPUT


@contextmanager
def a_reader(watched: Watched, pause_s: float = 0.15) -> Iterator[None]:
    """What is read is counted in `watched.seen`."""
    over = threading.Event()
    s3 = watched.operator.client("s3")

    def read() -> None:
        while not over.is_set():
            try:
                body = s3.get_object(Bucket=OUTPUT, Key=watched.key)["Body"].read()
                pl.read_parquet(io.BytesIO(body))
                watched.seen[hashlib.md5(body).hexdigest()] += 1
            except s3.exceptions.ClientError:
                pass  # not there yet, or S3 answers with an error: nothing was read
            except Exception as exc:
                watched.seen[f"unreadable: {exc}"] += 1
            time.sleep(pause_s)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
