"""The conditions of S3 writes, on moto: who writes over what, and which 412 is one's own."""

from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import Absent, ConditionFailed, StoredObject, to_json
from tests.functions.world import World

WHERE = Location("checkpoints", "a/b.json")
SOURCE = Location("intermediate", "a b/ç.parquet")


class LostReplies:
    """An S3 client whose write is carried out, loses its reply, and is carried out again by the retry."""

    def __init__(self, between: Any = None) -> None:
        self._s3 = boto3.client("s3")
        self._between = between

    def put_object(self, **given: Any) -> Any:
        return self._twice(self._s3.put_object, given)

    def copy_object(self, **given: Any) -> Any:
        return self._twice(self._s3.copy_object, given)

    def _twice(self, write: Any, given: dict[str, Any]) -> Any:
        write(**given)
        if self._between:
            self._between()
        return write(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


class Versions:
    """An S3 client that answers as S3 does where a version's name is malformed, or a delete marker's."""

    def __init__(self, status: int, code: str) -> None:
        self._status, self._code = status, code

    def head_object(self, **_: Any) -> Any:
        raise ClientError(
            {"Error": {"Code": str(self._status), "Message": "no body says more"}}, "HeadObject"
        )

    def get_object(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": self._code, "Message": "as the body says"}}, "GetObject")


class InConflict:
    """An S3 client whose first PutObjects are answered 409: another write of that key is under way.

    `before` stands for what that other write is, or for a first try of ours that was stored.
    """

    def __init__(self, times: int, before: Any = None) -> None:
        self._s3 = boto3.client("s3")
        self._times, self._before = times, before
        self.bodies: list[bytes] = []

    def put_object(self, **given: Any) -> Any:
        body = given["Body"]
        self.bodies.append(body if isinstance(body, bytes) else body.read())
        if len(self.bodies) > self._times:
            return self._s3.put_object(**{**given, "Body": self.bodies[-1]})
        if self._before and len(self.bodies) == 1:
            self._before({**given, "Body": self.bodies[-1]})
        refused = {"Error": {"Code": "ConditionalRequestConflict", "Message": "conflicting"}}
        raise ClientError(refused, "PutObject")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


def body_of(world: World) -> bytes:
    stored = world.store.get(WHERE)
    assert stored is not None
    return stored.body


def test_create_writes_only_where_nothing_stood(world: World) -> None:
    world.store.create(WHERE, b"first")
    with pytest.raises(ConditionFailed):
        world.store.create(WHERE, b"second")
    assert body_of(world) == b"first"


def test_swap_writes_only_over_what_was_read(world: World) -> None:
    first = world.store.create(WHERE, b"first")
    second = world.store.swap(WHERE, b"second", first)
    with pytest.raises(ConditionFailed):
        world.store.swap(WHERE, b"third", first)
    assert body_of(world) == b"second"
    world.delete(WHERE)
    with pytest.raises(ConditionFailed):
        world.store.swap(WHERE, b"third", second)
    assert world.store.get(WHERE) is None


def test_a_retry_of_ones_own_write_is_no_loss(world: World) -> None:
    store = Store(LostReplies())
    first = store.create(WHERE, b"first")
    assert store.swap(WHERE, b"second", first) != first
    assert body_of(world) == b"second"
    assert len(list(world.store.list(WHERE))) == 1


def test_a_retry_that_somebody_else_overtook_is_one(world: World) -> None:
    first = world.store.create(WHERE, b"first")
    overtaking = Store(LostReplies(between=lambda: world.store.put(WHERE, b"theirs")))
    with pytest.raises(ConditionFailed):
        overtaking.swap(WHERE, b"ours", first)
    assert body_of(world) == b"theirs"


def left_ready(store: Store, body: bytes) -> StoredObject:
    store.put(SOURCE, body)
    ready = store.head(SOURCE)
    assert ready is not None
    return ready


def test_a_copy_writes_only_over_what_was_read(world: World) -> None:
    store = world.store
    first = store.copy(left_ready(store, b"first"), WHERE, None, {"of": "us"})
    stored = store.get(WHERE)
    assert stored is not None
    assert (stored.body, stored.etag, stored.metadata["of"]) == (b"first", first, "us")
    other = left_ready(store, b"other")
    for over in (None, '"another"'):
        with pytest.raises(ConditionFailed):
            store.copy(other, WHERE, over, {})
    assert body_of(world) == b"first"
    store.copy(other, WHERE, first, {})
    assert body_of(world) == b"other"


def test_a_copy_is_of_what_was_looked_at(world: World) -> None:
    """Not of what stands there by now, nor of nothing."""
    looked_at = left_ready(world.store, b"looked at")
    world.store.put(SOURCE, b"another")
    for _ in range(2):
        with pytest.raises(ConditionFailed):
            world.store.copy(looked_at, WHERE, None, {})
        assert world.store.get(WHERE) is None
        world.delete(SOURCE)


def test_a_copy_has_no_tags(world: World) -> None:
    """S3 would copy them by default, for which nobody who publishes has the rights (API_CopyObject.html)."""
    tags: Any = {"TagSet": [{"Key": "GuardDutyMalwareScanStatus", "Value": "NO_THREATS_FOUND"}]}
    ready = left_ready(world.store, b"scanned")
    s3 = boto3.client("s3")
    s3.put_object_tagging(Bucket=SOURCE.bucket, Key=SOURCE.key, Tagging=tags)
    world.store.copy(ready, WHERE, None, {})
    assert s3.get_object_tagging(Bucket=WHERE.bucket, Key=WHERE.key)["TagSet"] == []


def test_a_retry_of_ones_own_copy_is_no_loss_but_where_somebody_overtook_it(world: World) -> None:
    ready = left_ready(world.store, b"ours")
    etag = Store(LostReplies()).copy(ready, WHERE, None, {})
    assert (body_of(world), etag) == (b"ours", ready.etag)
    theirs = Store(LostReplies(between=lambda: world.store.put(WHERE, b"theirs")))
    with pytest.raises(ConditionFailed):
        theirs.copy(ready, WHERE, etag, {})
    assert body_of(world) == b"theirs"


@pytest.mark.parametrize("times", [1, 3])
def test_a_conflict_decides_nothing(world: World, times: int) -> None:
    """Taken for somebody else's object, `create` would believe in one that is not there."""
    waited: list[float] = []
    store = Store(InConflict(times), sleep=waited.append)
    first = store.create(WHERE, b"first")
    assert body_of(world) == b"first"
    assert waited == sorted(waited)
    assert len(waited) == times
    Store(InConflict(times), sleep=waited.append).swap(WHERE, b"second", first)
    assert body_of(world) == b"second"


def test_after_a_conflict_a_file_is_sent_whole(world: World) -> None:
    client, file = InConflict(2), BytesIO(b"not this: whole")
    file.seek(10)
    Store(client, sleep=lambda _: None).create(WHERE, file)
    assert client.bodies == [b"whole"] * 3
    assert body_of(world) == b"whole"


def test_a_conflict_that_somebody_else_won_is_a_loss(world: World) -> None:
    theirs = InConflict(1, before=lambda _: world.store.put(WHERE, b"theirs"))
    with pytest.raises(ConditionFailed):
        Store(theirs, sleep=lambda _: None).create(WHERE, b"ours")
    assert body_of(world) == b"theirs"


@pytest.mark.parametrize("times", [1, 99])
def test_a_conflict_with_ones_own_first_try_is_no_loss(world: World, times: int) -> None:
    """Its reply was lost, botocore sent it again, and S3 had stored it meanwhile."""
    ours = InConflict(times, before=lambda given: boto3.client("s3").put_object(**given))
    etag = Store(ours, sleep=lambda _: None).create(WHERE, b"ours")
    assert body_of(world) == b"ours"
    assert etag == next(world.store.list(WHERE)).etag
    assert len(boto3.client("s3").list_object_versions(Bucket=WHERE.bucket)["Versions"]) == 1


def test_a_conflict_without_end_is_an_error_and_no_loss(world: World) -> None:
    client = InConflict(99)
    with pytest.raises(ClientError, match="ConditionalRequestConflict"):
        Store(client, sleep=lambda _: None).create(WHERE, b"first")
    assert len(client.bodies) == 4
    assert world.store.get(WHERE) is None


@pytest.mark.parametrize(("status", "code"), [(400, "InvalidArgument"), (405, "MethodNotAllowed")])
def test_a_version_that_cannot_be_is_absent(status: int, code: str) -> None:
    store = Store(Versions(status, code))
    assert store.head(WHERE, "no-version") is None
    assert store.get(WHERE, "no-version") is None
    with pytest.raises(Absent):
        next(store.stream(WHERE, "no-version", 1))
    with pytest.raises(Absent):
        store.get_range(WHERE, 0, 1, "no-version")


def test_an_objects_end_tells_how_long_it_is(world: World) -> None:
    store = world.store
    etag = store.put(WHERE, b"0123456789")
    for length, wanted in ((4, b"6789"), (10, b"0123456789"), (99, b"0123456789")):
        end = store.get_end(WHERE, length)
        assert end
        assert (end.body, end.size_bytes, end.etag) == (wanted, 10, etag)
    assert store.get_end(Location(WHERE.bucket, "no/such"), 4) is None


def test_a_range_is_of_the_object_that_was_looked_at(world: World) -> None:
    store = world.store
    etag = store.put(WHERE, b"0123456789")
    assert store.get_range(WHERE, 2, 3, etag=etag) == b"234"
    store.put(WHERE, b"abcdefghij")
    with pytest.raises(ConditionFailed):
        store.get_range(WHERE, 2, 3, etag=etag)


def test_a_refusal_for_another_reason_is_raised() -> None:
    """Of an expired token, or of a key of KMS, HEAD says 400 too."""
    with pytest.raises(ClientError, match="ExpiredToken"):
        Store(Versions(400, "ExpiredToken")).head(WHERE, "version")
    with pytest.raises(ClientError, match="AccessDenied"):
        Store(Versions(403, "AccessDenied")).head(WHERE)
    with pytest.raises(ClientError, match="400"):
        Store(Versions(400, "InvalidArgument")).head(WHERE)


def test_a_document_is_one_line_of_json() -> None:
    """So Athena reads a summary as a row."""
    assert to_json({"b": "á\n", "a": [1, {"c": None}]}) == '{"a": [1, {"c": null}], "b": "á\\n"}'.encode()
