"""The report of the publication before is nobody's once a new one stands, whoever published it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from glue_jobs.report_index import put_index
from lambdas import finish_run, inspect_file, watchdog
from reconciliation import layout, places
from reconciliation.adapters import reports
from reconciliation.day import begin_publishing
from reconciliation.lifecycle.publishing import publish
from reconciliation.run import Attempt
from tests.functions.world import DAY, GOOD, KEY, World, day_of

PAGE, INDEX = places.report_page("output", DAY), places.report_index("output")
OTHER_DAY = "2026-02-13"
AWAITED = "publicado de novo; o relatório ainda não foi feito"


@pytest.fixture
def run(world: World) -> dict[str, Any]:
    """The day stands published with its report, and another file is ready to take its place."""
    world.write_published(OTHER_DAY, rate=2.5)
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    make_index(world)
    assert "5,00%" in index_of(world)
    world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    run = inspect_file.handler(world.prepare("e2", s3_key=KEY, force_reprocess=True), None)
    world.do_the_jobs_work(run)
    world.alerts()
    return run


def make_index(world: World) -> None:
    with ThreadPoolExecutor() as pool:
        put_index(world.store, "output", pool)


def index_of(world: World) -> str:
    """As people see it: without what its template keeps for a withdrawal."""
    stored = world.store.get(INDEX)
    assert stored is not None
    return re.sub("<!--.*?-->", "", stored.body.decode(), flags=re.DOTALL)


def begin(world: World, run: dict[str, Any]) -> None:
    """As the output job does, and dies."""
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, begin_publishing(held.day, run["fingerprint"], held.day.who))


def by_close_run(world: World, run: dict[str, Any]) -> None:
    begin(world, run)
    assert finish_run.handler(world.close(run, "TIMEOUT"), None)["status"] == "SUCCEEDED"


def by_the_watchdog(world: World, run: dict[str, Any]) -> None:
    begin(world, run)
    world.running.discard("e2")
    assert watchdog.handler({}, None)["closed"] == [DAY]


@pytest.mark.parametrize("finish", [by_close_run, by_the_watchdog])
def test_whoever_finishes_a_publication_withdraws_the_page_of_the_one_before(
    world: World, run: dict[str, Any], finish: Callable[[World, dict[str, Any]], None]
) -> None:
    finish(world, run)
    assert day_of(world).state == "PUBLISHED"
    page = world.store.get(PAGE)
    assert page is not None
    assert "O relatório desta publicação ainda não foi feito." in page.body.decode()
    assert reports.reported_etag(world.store, "output", DAY) == ""
    index = index_of(world)
    assert AWAITED in index
    assert "5,00%" not in index
    assert "2,50%" in index, "the other day's stays"
    make_index(world)
    assert AWAITED not in index_of(world)
    assert "5,00%" in index_of(world), "the figures of what stands published, by its summary"
    assert [alert["codigo"] for alert in world.alerts()] == ["SUCCEEDED", "REPORT_FAILED"]


def test_a_page_that_cannot_be_withdrawn_keeps_no_day_back(
    world: World, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = world.store.swap

    def refuse(where: layout.Location, *given: Any, **more: Any) -> str:
        if where == PAGE:
            raise OSError("refused")
        return swap(where, *given, **more)

    monkeypatch.setattr(world.store, "swap", refuse)
    by_close_run(world, run)
    published, told = world.alerts()
    assert published["codigo"] == "SUCCEEDED"
    assert "; os arquivos que estão ao lado são de outra publicação, e não valem" in told["mensagem"]


def test_an_index_that_cannot_be_withdrawn_keeps_no_day_back(
    world: World, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    get = world.store.get

    def refuse(where: layout.Location, *given: Any) -> Any:
        if where == INDEX:
            raise OSError("refused")
        return get(where, *given)

    monkeypatch.setattr(world.store, "get", refuse)
    by_close_run(world, run)
    assert day_of(world).state == "PUBLISHED"


def test_an_index_that_another_day_writes_meanwhile_is_withdrawn_all_the_same(
    world: World, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    swap, standing = world.store.swap, world.store.get(INDEX)
    assert standing is not None

    def overtaken(where: layout.Location, *given: Any, **more: Any) -> str:
        if where == INDEX:
            monkeypatch.setattr(world.store, "swap", swap)
            world.store.put(INDEX, standing.body + b"anew")
        return swap(where, *given, **more)

    monkeypatch.setattr(world.store, "swap", overtaken)
    by_close_run(world, run)
    assert AWAITED in index_of(world)
    assert index_of(world).endswith("anew")


def test_an_index_with_the_figures_of_the_new_report_is_left(world: World, run: dict[str, Any]) -> None:
    """As one that sleeps, and wakes up once its publication was finished and its report made."""
    by_close_run(world, run)
    etag = str(day_of(world).published_etag)
    world.leave_report(DAY, etag)
    make_index(world)
    reports.withdraw_figures(world.store, "output", DAY, etag)
    reports.withdraw_figures(world.store, "output", DAY, '"older"')
    assert AWAITED not in index_of(world)


def test_who_sleeps_while_it_publishes_withdraws_no_newer_page(
    world: World, run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It wakes up once its Parquet stands: its run was finished for it, and another one has its report."""
    head, asleep = world.store.head, [True]

    def sleepy(where: layout.Location, *given: Any) -> Any:
        if where == PAGE and asleep:
            asleep.clear()
            finish_run.handler(world.close(run, "TIMEOUT"), None)
            world.upload(GOOD)
            world.whole_run("e3", s3_key=KEY, force_reprocess=True)
        return head(where, *given)

    monkeypatch.setattr(world.store, "head", sleepy)
    source, target = (layout.Location.parse(run[name]) for name in ("input_path", "output_path"))
    with pytest.raises(Exception, match="outra execução publicou"):
        publish(world.store, world.days, source, target, Attempt(run["job_id"], int(run["attempt"])))
    assert not asleep
    assert reports.reported_etag(world.store, "output", DAY) == day_of(world).published_etag
