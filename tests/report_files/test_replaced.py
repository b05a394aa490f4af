"""What a day's report knows of the publication that its own replaced: by S3's versions, on moto."""

from collections.abc import Callable, Iterator

import boto3
import polars as pl
import pytest
from moto import mock_aws

from glue_jobs import report_inputs
from glue_jobs.report_inputs import Source
from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.kernels.codec import to_parquet
from reconciliation.objects import FINGERPRINT, ConditionFailed, to_json
from tests.report_files.day import DAY, PublishedDay, tipo_1, tipo_2


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in ("intermediate", "output"):
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield Store()


def finished(day: PublishedDay) -> None:
    """FinishRun writes the summary once more, with the run's seconds."""
    where = layout.summary("output", DAY)
    stored = day.store.get(where)
    assert stored
    day.store.put(where, to_json({**stored.json(), "seconds_by_stage": {"total": 9.0}}), stored.metadata)


def test_it_is_the_newest_one_of_other_data_that_was_published_whole(store: Store) -> None:
    for fingerprint, order in (("a", "A"), ("b", "B")):
        finished(PublishedDay(store, [tipo_1(order, "F1", 2), tipo_2("Z", "F2")], fingerprint=fingerprint))
    store.put(layout.published("output", DAY), b"begun, and never ended", {FINGERPRINT: "d"})
    for _ in range(2):
        finished(PublishedDay(store, [tipo_1("C", "F1", 2), tipo_2("Z", "F2")], fingerprint="c"))
    inputs = Source(store, "intermediate", "output").inputs(DAY)
    assert inputs.divergences["ordem_id"].to_list() == ["C", "Z"]
    assert inputs.replaced
    assert inputs.replaced.divergences is not None
    assert inputs.replaced.divergences["ordem_id"].to_list() == ["B", "Z"]


def of_an_older_release(day: PublishedDay) -> bytes:
    return to_parquet(day.divergences.drop("campos_so_invisiveis"))


def of_other_types(day: PublishedDay) -> bytes:
    return to_parquet(day.divergences.with_columns(pl.col("valor_csv").cast(pl.Float64)))


@pytest.mark.parametrize("written", [of_an_older_release, of_other_types, lambda _: b"damaged"])
def test_where_the_one_before_cannot_be_compared_that_is_said_and_all_else_is_made(
    store: Store, written: Callable[[PublishedDay], bytes]
) -> None:
    before = PublishedDay(store, [tipo_1("A", "F1", 2)], fingerprint="a")
    etag = store.put(layout.published("output", DAY), written(before), {FINGERPRINT: "a"})
    summary = {**before.summary(), "published_etag": etag}
    store.put(layout.summary("output", DAY), to_json(summary), {FINGERPRINT: "a"})
    made = PublishedDay(store, [tipo_1("B", "F1", 2)], fingerprint="b").make_report()
    assert "não se pode dizer o que mudou" in made["relatorio.html"].decode()
    assert {"divergencias.csv", "divergencias.xlsx", "fornecedores/F1/mensagem.txt"} <= made.keys()


def test_the_one_before_may_be_damaged_so_that_its_reader_panics(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, seen = report_inputs.from_parquet, list[bytes]()

    def panics_over_the_second(parquet: bytes) -> pl.DataFrame:
        seen.append(parquet)
        if len(seen) == 2:
            raise pl.exceptions.PanicException
        return read(parquet)

    for fingerprint, order in (("a", "A"), ("b", "B")):
        finished(PublishedDay(store, [tipo_1(order, "F1", 2)], fingerprint=fingerprint))
    monkeypatch.setattr(report_inputs, "from_parquet", panics_over_the_second)
    inputs = Source(store, "intermediate", "output").inputs(DAY)
    assert len(seen) == 2
    assert inputs.replaced
    assert inputs.replaced.divergences is None


def test_one_too_large_to_be_held_is_not_compared(store: Store) -> None:
    """Its names are long and alike: a small object, and many bytes in memory."""
    PublishedDay(store, [tipo_1("A", "F1", 2, nome="x" * 60_000)], fingerprint="a")
    made = PublishedDay(store, [tipo_1("B", "F1", 2)], fingerprint="b").make_report(rows_bytes_max=20_000)
    assert "não se pode dizer o que mudou" in made["relatorio.html"].decode()


def test_where_the_summary_before_cannot_be_read_nor_can_the_change_be_told(store: Store) -> None:
    for made in (layout.published, layout.summary):
        store.put(made("output", DAY), b"{", {FINGERPRINT: "a"})
    report = PublishedDay(store, [tipo_1("B", "F1", 2)], fingerprint="b").make_report()
    assert "não se pode dizer o que mudou" in report["relatorio.html"].decode()


def test_a_first_publication_replaced_none(store: Store) -> None:
    day = PublishedDay(store, [tipo_1("A", "F1", 2)])
    finished(day)
    assert Source(store, "intermediate", "output").inputs(DAY).replaced is None
    assert "reprocessamento" not in day.make_report()["relatorio.html"].decode()


def test_a_report_s_objects_are_written_and_taken_away_by_s3_s_conditions(store: Store) -> None:
    PublishedDay(store, [tipo_1("A", "F1", 2)]).make_report()
    newer = PublishedDay(store, [tipo_1("A", "F2", 2)], fingerprint="g").make_report()
    assert sorted(name for name in newer if name.endswith(".txt")) == ["fornecedores/F2/mensagem.txt"]
    page = places.report_page("output", DAY)
    with pytest.raises(ConditionFailed):
        store.delete(page, '"another"')
    standing = store.head(page)
    assert standing
    store.delete(page, standing.etag)
    store.delete(page, standing.etag)
    assert store.head(page) is None, "what is gone is gone"
