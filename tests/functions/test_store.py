"""The conditions of S3 writes, on moto: who writes over what, and which 412 is one's own."""

from typing import Any

import boto3
import pytest

from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed, to_json
from tests.functions.world import World

WHERE = Location("checkpoints", "a/b.json")


class LostReplies:
    """An S3 client whose PutObject is carried out, loses its reply, and is carried out again by the retry."""

    def __init__(self, between: Any = None) -> None:
        self._s3 = boto3.client("s3")
        self._between = between

    def put_object(self, **given: Any) -> Any:
        self._s3.put_object(**given)
        if self._between:
            self._between()
        return self._s3.put_object(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


def body_of(world: World) -> bytes:
    found = world.store.get(WHERE)
    assert found is not None
    return found.body


def test_create_writes_only_where_nothing_stood(world: World) -> None:
    world.store.create(WHERE, b"first")
    with pytest.raises(ConditionFailed):
        world.store.create(WHERE, b"second")
    assert body_of(world) == b"first"


def test_replace_writes_only_over_what_was_read(world: World) -> None:
    first = world.store.create(WHERE, b"first")
    second = world.store.replace(WHERE, b"second", first)
    with pytest.raises(ConditionFailed):
        world.store.replace(WHERE, b"third", first)
    assert body_of(world) == b"second"
    world.store.delete(WHERE)
    with pytest.raises(ConditionFailed):
        world.store.replace(WHERE, b"third", second)
    assert world.store.get(WHERE) is None


def test_a_retry_of_ones_own_write_is_no_loss(world: World) -> None:
    store = Store(LostReplies())
    first = store.create(WHERE, b"first")
    assert store.replace(WHERE, b"second", first) != first
    assert body_of(world) == b"second"
    assert len(list(world.store.list(WHERE))) == 1


def test_a_retry_that_somebody_else_overtook_is_one(world: World) -> None:
    first = world.store.create(WHERE, b"first")
    overtaking = Store(LostReplies(between=lambda: world.store.put(WHERE, b"theirs")))
    with pytest.raises(ConditionFailed):
        overtaking.replace(WHERE, b"ours", first)
    assert body_of(world) == b"theirs"


def test_a_document_is_one_line_of_json() -> None:
    """So Athena reads a summary as a row."""
    assert to_json({"b": "á\n", "a": [1, {"c": None}]}) == '{"a": [1, {"c": null}], "b": "á\\n"}'.encode()
