"""Which rules a deployment may have."""

import pytest

from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from reconciliation.layout import PARTITIONS_MAX
from reconciliation.run import RANGES


@pytest.mark.parametrize(
    "text",
    [
        '{"base_unique": "yes"}',
        '{"base_unique": true}',
        '{"in_scope_days": 0}',
        '{"in_scope_days": 3661}',
        '{"in_scope_days": 31.5}',
        '{"in_scope_days": "31"}',
        '{"padded_scan_s": 0.5}',
        '{"partition_lines": 1e6}',
        '{"partition_lines": 999}',
        '{"partition_lines": 10000001}',
        '{"min_partitions": 0}',
        '{"min_partitions": 10001}',
        '{"max_lines": 0}',
        '{"max_lines": 100000001}',
        '{"warn_lines": 0}',
        '{"max_rejected_share": -0.1}',
        '{"max_rejected_share": 1.1}',
        '{"abnormal_rate_percent": -1}',
        '{"abnormal_rate_percent": 100.1}',
        '{"padded_scan_s": 1201}',
        '{"reference_day_offset": 32}',
        '{"no_such_rule": 1}',
    ],
)
def test_an_impossible_rule_is_refused(text: str) -> None:
    with pytest.raises(ReconciliationError) as refused:
        Rules.from_json(text)
    assert refused.value.code == "INVALID_SETTING"


def test_the_window_is_the_rules_and_nothing_without_it() -> None:
    assert Rules(in_scope_days=7).window_days is None
    assert Rules(base_unique="in_scope").window_days == 31
    assert Rules(base_unique="in_scope", in_scope_days=7, max_rejected_share=1).window_days == 7


@pytest.mark.parametrize("partition_lines", RANGES["partition_lines"])
@pytest.mark.parametrize("min_partitions", [1, 10_000])
def test_no_file_that_the_rules_take_has_more_partitions_than_a_plan(
    partition_lines: int, min_partitions: int
) -> None:
    rules = Rules(max_lines=100_000_000, partition_lines=partition_lines, min_partitions=min_partitions)
    assert rules.partitions(rules.max_lines, 5 * 1024**4) <= PARTITIONS_MAX


@pytest.mark.parametrize(
    ("lines", "size_bytes", "partitions"),
    [(10**6, 71 * 10**6, 8), (10**7, 71 * 10**7, 10), (200_000, 12 * 10**9, 45)],
)
def test_a_partition_is_bounded_by_its_lines_and_by_its_bytes(
    lines: int, size_bytes: int, partitions: int
) -> None:
    assert Rules().partitions(lines, size_bytes) == partitions
