"""local/aws/athena.py: no query is said to have succeeded that was not run."""

import pytest
from botocore.exceptions import ClientError

from local.aws.athena import REFUSAL
from tests.local.conftest import Account


def test_a_query_is_refused_and_leaves_no_trace(account: Account) -> None:
    athena = account.client("athena")
    with pytest.raises(ClientError) as refused:
        athena.start_query_execution(QueryString="EXECUTE resumo_do_dia", WorkGroup="primary")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    assert refused.value.response["Error"]["Message"] == REFUSAL
    assert athena.list_query_executions()["QueryExecutionIds"] == []
