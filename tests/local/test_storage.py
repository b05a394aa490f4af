"""local/aws/storage.py: one event for each object that appears."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.storage import alone
from tests.local.conftest import Account
from tests.waiting import eventually


@pytest.fixture
def watched(account: Account) -> tuple[str, str]:
    """A versioned bucket, and the one in which its events are kept."""
    bucket, events = account.bucket(versioned=True), account.bucket()
    rule = {
        "LambdaFunctionArn": account.recorder(events),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".csv"}]}},
    }
    account.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    return bucket, events


def the_only_event(account: Account, events: str) -> dict[str, Any]:
    eventually(lambda: account.recorded(events))
    time.sleep(0.3)  # a second one would have come by now
    (event,) = account.recorded(events)
    (record,) = event["Records"]
    return dict(record)


def test_a_put_object_is_one_event_that_names_its_version(account: Account, watched: tuple[str, str]) -> None:
    bucket, events = watched
    put = account.client("s3").put_object(Bucket=bucket, Key="2026-02-16/a b.csv", Body=b"12345")
    record = the_only_event(account, events)
    described = record["s3"]["object"]
    assert (record["eventName"], record["eventSource"], record["awsRegion"]) == (
        "ObjectCreated:Put",
        "aws:s3",
        "sa-east-1",
    )
    assert (described["key"], described["size"]) == ("2026-02-16%2Fa+b.csv", 5)
    assert (described["versionId"], described["eTag"]) == (put["VersionId"], put["ETag"].strip('"'))
    assert int(described["sequencer"], 16) > 0


def test_a_multipart_upload_is_one_event(account: Account, watched: tuple[str, str]) -> None:
    bucket, events = watched
    s3 = account.client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big.csv")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="big.csv", UploadId=upload, PartNumber=1, Body=b"x")
    s3.complete_multipart_upload(
        Bucket=bucket,
        Key="big.csv",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    assert the_only_event(account, events)["eventName"] == "ObjectCreated:CompleteMultipartUpload"


def test_a_copy_is_one_event(account: Account, watched: tuple[str, str]) -> None:
    bucket, events = watched
    s3 = account.client("s3")
    s3.put_object(Bucket=bucket, Key="source.txt", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="copy.csv", CopySource={"Bucket": bucket, "Key": "source.txt"})
    record = the_only_event(account, events)
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Copy", "copy.csv")


def test_the_upload_does_not_wait_for_the_function(account: Account) -> None:
    bucket = account.bucket()
    slow = account.function("import time\ndef handler(event, context): time.sleep(5)", Timeout=30)
    rule = {"LambdaFunctionArn": slow, "Events": ["s3:ObjectCreated:*"]}
    s3 = account.client("s3")
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [rule]}
    )
    began = time.monotonic()
    s3.put_object(Bucket=bucket, Key="a.csv", Body=b"x")
    assert time.monotonic() - began < 3


def test_a_range_is_read_alone(account: Account) -> None:
    """At the start, in the middle, past the end, as a suffix; and a whole object stays whole."""
    s3, bucket = account.client("s3"), account.bucket()
    body = bytes(range(256)) * 40_000
    s3.put_object(Bucket=bucket, Key="k", Body=body)

    def read(span: str) -> bytes:
        return bytes(s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={span}")["Body"].read())

    assert read("0-9") == body[:10]
    assert read("5000000-5000999") == body[5_000_000:5_001_000]
    assert read(f"{len(body) - 3}-{len(body) + 99}") == body[-3:]
    assert read("-7") == body[-7:]
    assert bytes(s3.get_object(Bucket=bucket, Key="k")["Body"].read()) == body


class Asked:
    """A request for one object."""

    bucket_name = "b"

    def __init__(self, key: str) -> None:
        self.parse_key_name = lambda: key


def test_two_writes_of_one_object_are_one_after_the_other() -> None:
    """Each looks at what stands there and writes: of two that look together, both would write."""
    standing: dict[str, int] = {}

    def write(asked: Asked) -> None:
        key = asked.parse_key_name()
        looked = standing.get(key, 0)
        time.sleep(0.01)
        standing[key] = looked + 1

    in_turn = alone(write)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(in_turn, [Asked("k")] * 4))
    assert standing == {"k": 4}


def test_a_copy_obeys_its_conditions(account: Account) -> None:
    """Of its destination and of its source: AmazonS3/latest/userguide/conditional-writes.html."""
    s3, bucket = account.client("s3"), account.bucket(versioned=True)
    where = {"Bucket": bucket, "Key": "to", "CopySource": f"{bucket}/from"}
    source = s3.put_object(Bucket=bucket, Key="from", Body=b"new")["ETag"]

    def copied(**conditions: str) -> str:
        try:
            s3.copy_object(**where, **conditions)
        except ClientError as exc:
            return str(exc.response["Error"]["Code"])
        return "done"

    assert copied(IfMatch=source) == "NoSuchKey"
    assert copied(IfNoneMatch="*", CopySourceIfMatch='"another"') == "PreconditionFailed"
    assert s3.list_objects_v2(Bucket=bucket, Prefix="to")["KeyCount"] == 0
    assert copied(IfNoneMatch="*", CopySourceIfMatch=source) == "done"
    assert copied(IfNoneMatch="*") == "PreconditionFailed"
    old = s3.put_object(Bucket=bucket, Key="to", Body=b"old")["ETag"]
    assert copied(IfMatch=source) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"old"
    assert copied(IfMatch=old, CopySourceIfMatch=source) == "done"
    assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"new"
    s3.delete_object(Bucket=bucket, Key="to")
    assert copied(IfNoneMatch="*") == "done", "a mark of its deletion is no object"
