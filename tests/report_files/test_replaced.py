"""What a day's report knows of the publication that its own replaced: by S3's versions, on moto."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from glue_jobs.report_inputs import Source
from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.objects import ConditionFailed, to_json
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


def test_it_is_the_newest_one_of_other_data_with_its_own_summary(store: Store) -> None:
    for fingerprint, order in (("a", "A"), ("b", "B"), ("c", "C"), ("c", "C")):
        finished(PublishedDay(store, [tipo_1(order, "F1", 2), tipo_2("Z", "F2")], fingerprint=fingerprint))
    inputs = Source(store, "intermediate", "output").inputs(DAY)
    assert inputs.divergences["ordem_id"].to_list() == ["C", "Z"]
    assert inputs.replaced
    assert inputs.replaced.divergences["ordem_id"].to_list() == ["B", "Z"]
    assert inputs.replaced.summary.fingerprint == "b"
    assert inputs.replaced.summary.seconds_by_stage == {"total": 9.0}


def test_a_first_publication_replaced_none(store: Store) -> None:
    finished(PublishedDay(store, [tipo_1("A", "F1", 2)]))
    assert Source(store, "intermediate", "output").inputs(DAY).replaced is None


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
