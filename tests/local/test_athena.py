"""local/aws/athena.py: no query is said to have succeeded that was not run; saved ones are listed."""

from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws.athena import REFUSAL
from local.place import ACCOUNT, REGION
from tests.local.conftest import Account


def test_a_query_is_refused_and_leaves_no_trace(account: Account) -> None:
    athena = account.client("athena")
    with pytest.raises(ClientError) as refused:
        athena.start_query_execution(QueryString="EXECUTE resumo_do_dia", WorkGroup="primary")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    assert refused.value.response["Error"]["Message"] == REFUSAL
    assert athena.list_query_executions()["QueryExecutionIds"] == []


def reader_of(account: Account, workgroup: str) -> Any:
    """Athena as somebody sees it who may read that workgroup's saved queries."""
    on = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{workgroup}"
    right = {"Effect": "Allow", "Action": "athena:BatchGetNamedQuery", "Resource": on}
    arn = account.role(f"role-{uuid4().hex}", [right])
    taken = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="now")["Credentials"]
    return boto3.client(
        "athena", endpoint_url=account.stack.endpoint, region_name=REGION,
        aws_access_key_id=taken["AccessKeyId"], aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )  # fmt: skip


def test_saved_queries_are_told_to_whom_their_workgroup_is_open(account: Account) -> None:
    """Runbook 4.6, its first command. Of the action the workgroup is the resource (Service Authorization
    Reference, Athena)."""
    athena = account.client("athena")
    athena.create_work_group(Name="open", Configuration={})
    made = athena.create_named_query(Name="one", Database="d", QueryString="SELECT 1", WorkGroup="open")
    asked = {"NamedQueryIds": [made["NamedQueryId"], "unknown"]}
    told = reader_of(account, "open").batch_get_named_query(**asked)
    assert [(query["Name"], query["WorkGroup"]) for query in told["NamedQueries"]] == [("one", "open")]
    assert told["UnprocessedNamedQueryIds"] == [{"NamedQueryId": "unknown"}]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        reader_of(account, "other").batch_get_named_query(**asked)
