"""A day's report as it comes to stand: whole, the same each time, never over a newer one's."""

import io
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import Any

import polars as pl
import pytest

from glue_jobs import report
from glue_jobs.report_folder import take_away_report_of_another
from glue_jobs.report_index import put_index
from reconciliation import layout, places
from reconciliation.adapters.reports import PUBLISHED_ETAG, is_reported
from reconciliation.adapters.store import Store
from reconciliation.objects import to_json
from tests.memory_s3 import MemoryS3
from tests.report_files.day import DAY, ROWS, PublishedDay, refused, tipo_1


def test_the_same_day_gives_the_same_bytes(store: Store) -> None:
    day = PublishedDay(store, ROWS, [refused(5, "F1"), refused(6, None)])
    first = day.make_report()
    assert set(first) == {
        "relatorio.html", "divergencias.csv", "divergencias.xlsx",
        *(f"fornecedores/{name}/{file}" for name in ("F1", "F3", "_sem-fornecedor")
          for file in ("divergencias.csv", "mensagem.txt")),
    }  # fmt: skip
    assert day.make_report() == first
    other = PublishedDay(Store(MemoryS3()), list(reversed(ROWS)), [refused(6, None), refused(5, "F1")])
    assert other.make_report() == first
    assert is_reported(store, "output", DAY, day.etag)
    assert store.head(places.report_index("output"))


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[1:2]])
def test_a_day_of_none_and_of_one(store: Store, rows: list[dict[str, Any]]) -> None:
    day = PublishedDay(store, rows)
    made = day.make_report()
    lines = made["divergencias.csv"].decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(rows)


def test_an_export_tells_no_newest_date_of_the_base(store: Store) -> None:
    day = PublishedDay(store, ROWS)
    stored = store.get(layout.summary("output", DAY))
    assert stored
    told = {**stored.json(), "base": {"engine": "s3_export", "readers": 1}}
    store.put(stored.where, to_json(told), stored.metadata)
    assert "relatorio.html" in day.make_report()


def test_what_a_newer_publication_has_not_is_taken_away(store: Store) -> None:
    PublishedDay(store, ROWS).make_report()
    newer = PublishedDay(store, [tipo_1("A", "F9", 2)], fingerprint="g")
    assert sorted(name for name in newer.make_report() if name.startswith("fornecedores/")) == [
        "fornecedores/F9/divergencias.csv", "fornecedores/F9/mensagem.txt",
    ]  # fmt: skip


class Interrupted(MemoryS3):
    """Somebody acts just before the first object is written whose key ends so."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, Any] = {}

    def put_object(self, *, Key: str, **given: Any) -> dict[str, Any]:  # noqa: N803 - boto3's name
        for ending in [ending for ending in self.before if Key.endswith(ending)]:
            self.before.pop(ending)()
        return super().put_object(Key=Key, **given)


@pytest.mark.parametrize("at", ["divergencias.csv", "F1/mensagem.txt", "relatorio.html"])
def test_a_late_one_writes_over_nothing_of_a_newer_one(at: str) -> None:
    """It has read the older one, and its first, a middle or its last write comes after the newer report."""
    s3 = Interrupted()
    store = Store(s3)
    older = PublishedDay(store, ROWS)
    newer: list[dict[str, bytes]] = []

    def overtaken() -> None:
        day = PublishedDay(store, [tipo_1("A", "F1", 2), tipo_1("Z", "F8", 3)], fingerprint="g")
        newer.append(day.make_report())

    s3.before[at] = overtaken
    assert older.make_report() == newer[0], "the newer publication's, to the byte"


def test_its_own_report_stays_until_it_is_written_anew(store: Store) -> None:
    day = PublishedDay(store, ROWS)
    made = day.make_report()
    take_away_report_of_another(store, "output", DAY)
    assert day.report() == made


def test_a_file_of_an_older_one_that_came_late_is_taken_away() -> None:
    """Its maker was killed then: nobody else would."""
    s3 = Interrupted()
    store = Store(s3)
    day = PublishedDay(store, ROWS)
    late = places.supplier_folder("output", DAY, "F7") / layout.MESSAGE
    s3.before["relatorio.html"] = lambda: store.put(late, b"of then", {PUBLISHED_ETAG: '"older"'})
    assert "fornecedores/F7/mensagem.txt" not in day.make_report()


def test_one_that_was_overtaken_as_it_ended_begins_again() -> None:
    """The newer publication's maker has not begun to write: nothing that was listed has moved."""
    s3 = Interrupted()
    store = Store(s3)
    older, newer = PublishedDay(store, ROWS), []
    s3.before["relatorio.html"] = lambda: newer.append(PublishedDay(store, ROWS[:1], fingerprint="g"))
    older.make_report()
    assert is_reported(store, "output", DAY, newer[0].etag)


def test_the_files_on_the_disk_are_closed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Any] = []

    def opening(*given: Any) -> Any:
        opened.append(SpooledTemporaryFile(*given))  # noqa: SIM115 - whether it is closed is asked here
        return opened[-1]

    monkeypatch.setattr(report, "SpooledTemporaryFile", opening)
    PublishedDay(store, ROWS).make_report()
    assert opened
    assert all(each.closed for each in opened)


def test_a_death_before_the_page_leaves_no_report(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    day = PublishedDay(store, ROWS)
    monkeypatch.setattr(report, "page", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        day.make_report()
    assert "divergencias.csv" in day.report()
    assert not is_reported(store, "output", DAY, day.etag)


def test_the_index_reads_no_more_than_two_years(store: Store) -> None:
    PublishedDay(store, ROWS, day="2026-02-13")
    PublishedDay(store, ROWS).make_report()
    with ThreadPoolExecutor(1) as pool:
        put_index(store, "output", pool, days_max=1)
    told = store.get(places.report_index("output"))
    assert told
    assert "1 dia mais antigo não está" in told.body.decode()
    assert "13/02/2026" not in told.body.decode()


def test_the_files_open_as_what_they_are(store: Store) -> None:
    day = PublishedDay(store, ROWS)
    day.make_report()
    types = {
        key.rpartition(".")[2]: value["ContentType"]
        for (_, key), value in store._s3.objects.items()  # type: ignore[attr-defined]
        if key.startswith("relatorios/")
    }
    assert types["html"] == "text/html; charset=utf-8"
    assert types["csv"] == "text/csv; charset=utf-8"
    assert types["txt"] == "text/plain; charset=utf-8"
    assert pl.read_csv(io.BytesIO(day.report()["divergencias.csv"]), separator=";").height == 3
