"""The runbook is posted where an alert's link opens it, once a deployment, and again where it is gone."""

import boto3
import pytest

from reconciliation import layout, runbook
from reconciliation.deployment import Deployment
from reconciliation.layout import Location
from reconciliation.lifecycle.posting import Posting
from tests.functions.world import World

PAGE = f"<html>{runbook.ACCOUNT_MARK} {runbook.BEGIN_MARK}</html>"


def posting(world: World, name: str = "1.html") -> Posting:
    source = Location("intermediate", name)
    world.store.put(source, PAGE.encode())
    return Posting(world.store, str(source), "output", "123456789012")


def test_each_code_has_its_object_and_a_second_round_puts_nothing(world: World) -> None:
    first = posting(world)
    assert first.post()
    keys = {each.key for each in world.store.list(layout.runbook_pages("output"))}
    assert keys == {f"runbook/{name}.html" for name in runbook.names()}
    shown = boto3.client("s3").get_object(Bucket="output", Key="runbook/RDS_AUTH.html")
    assert (shown["ContentType"], shown["Body"].read()) == (
        "text/html; charset=utf-8",
        b"<html>123456789012 rds_auth</html>",
    )
    assert not first.post()


def test_what_is_gone_or_anothers_is_put_again(world: World) -> None:
    first = posting(world)
    first.post()
    world.delete(layout.runbook_page("output", "2.1"))
    assert first.post()
    assert not first.post()
    assert posting(world, "2.html").post()


def test_a_round_in_between_is_finished_by_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    second = posting(world, "2.html")
    posting(world).post()
    put = world.store.put
    monkeypatch.setattr(world.store, "put", lambda where, *rest, **more: put(where, *rest, **more)
                        if "E_HEADER" not in where.key else pytest.fail("died"))  # fmt: skip
    with pytest.raises(pytest.fail.Exception):
        second.post()
    monkeypatch.undo()
    assert second.post()


def test_a_page_that_was_not_deployed_is_a_failure(world: World) -> None:
    with pytest.raises(FileNotFoundError):
        Posting(world.store, "s3://intermediate/gone.html", "output", "123456789012").post()


def test_a_link_is_the_consoles_and_signed_by_nobody() -> None:
    deployment = Deployment(region="sa-east-1", account_id="123456789012", suffix="-dev")
    assert runbook.link(deployment, "RDS_AUTH") == (
        "https://sa-east-1.console.aws.amazon.com/s3/object/reconciliation-output-dev"
        "?region=sa-east-1&prefix=runbook/RDS_AUTH.html"
    )
