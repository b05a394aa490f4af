"""The real template at a first deployment that fails: what is left, what is in the way, and the second try.

All of it in this process (creation.py); `python -m tests.infra.creation` fails at every resource in turn.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.quicksight.models import quicksight_backends

from infra.settings import QUICKSIGHT_STACK
from local.aws import cloudformation_names
from local.place import ACCOUNT, REGION
from tests.infra.conftest import Synth
from tests.infra.creation import NAME, Creation, emptied, id_of, part
from tests.infra.template import Template, name_of
from tests.rights.deny.creation import denial_of
from tests.rights.granted import Right

DRAWN = ("DatabaseInstance", "AnalyticsWorkGroup", "ObservabilityRotateSecretErrors")
"""One that is protected later, one that is named, and one of the last."""
LOGS, ROLE, WORKGROUP = "StorageAccessLogs", "FunctionsTriggerRole", "AnalyticsWorkGroup"
JOB, JOB_NAME = "JobsOutputJob", "reconciliation-output-job"
Parts = dict[str, Any]


@pytest.fixture(scope="module")
def first(synth: Synth) -> Template:
    """As the first deployment has it: the database is not protected yet."""
    return synth(protect_database=False)


@pytest.fixture(scope="module")
def account(first: Template) -> Iterator[Creation]:
    with emptied(first.folder, first.raw) as creation:
        yield creation


@pytest.fixture
def creation(account: Creation) -> Iterator[Creation]:
    """In an account where nothing is, and where a test leaves nothing."""
    empty = account.found()
    yield account
    account.at, account.meanwhile = "", None
    account.remove()
    assert account.found() == empty


@pytest.fixture
def shown(creation: Creation, first: Template) -> Iterator[Creation]:
    """QuickSight's stack in place of the main one, whose parts it knows by name alone."""
    main = creation.template
    assert first.quicksight
    creation.template, creation.stack = first.quicksight.raw, QUICKSIGHT_STACK
    yield creation
    creation.at = ""
    assert creation.delete() == ""
    creation.template, creation.stack = main, NAME


def other(template: Parts, name: str, **properties: Any) -> Parts:
    """Another template, in which the resource has these properties."""
    changed = deepcopy(template)
    changed["Resources"][id_of(template, name)]["Properties"] |= properties
    return changed


@pytest.mark.parametrize("name", DRAWN)
def test_the_second_try_is_whole_wherever_the_first_one_failed(creation: Creation, name: str) -> None:
    before, failing = creation.found(), id_of(creation.template, name)
    creation.at = f"CREATE {failing}"
    assert creation.create() == "ROLLBACK_COMPLETE"
    assert creation.events("CREATE_FAILED") == {failing: "Rate exceeded"}
    assert creation.found() == before, "buckets, database and key's alias, too"
    assert creation.resources() == {"DELETE_COMPLETE", "CREATE_FAILED"}
    assert creation.found() == before, "to look at what is gone makes nothing"
    creation.at = ""
    assert creation.delete() == ""
    assert creation.create() == "CREATE_COMPLETE"
    if name == DRAWN[0]:
        for logical_id, item in creation.template["Resources"].items():
            if item["Type"] in cloudformation_names._KNOWN:
                with pytest.raises(ValueError, match=f"'{name_of(logical_id, item)}' already exists"):
                    cloudformation_names.require_free(item["Type"], item["Properties"])


@pytest.mark.parametrize("name", ["Role", "DataSource", "DataSet", "Analysis", "Dashboard"])
def test_quicksights_stack_leaves_nothing_and_is_whole_at_the_second_try(shown: Creation, name: str) -> None:
    before, failing = shown.found(), id_of(shown.template, name)
    shown.at = f"CREATE {failing}"
    assert shown.create() == "ROLLBACK_COMPLETE"
    assert shown.events("CREATE_FAILED") == {failing: "Rate exceeded"}
    assert shown.found() == before
    shown.at = ""
    assert shown.delete() == ""
    assert shown.create() == "CREATE_COMPLETE"
    assert ("data_sets", "reconciliation-dataset") in shown.found()


def test_a_dataset_that_somebody_made_is_in_the_way_and_stays(shown: Creation) -> None:
    where = {"AwsAccountId": ACCOUNT, "DataSetId": "reconciliation-dataset"}
    given = {"Name": "n", "PhysicalTableMap": {}, "ImportMode": "SPICE"}
    shown.client("quicksight").create_data_set(**where, **given)
    assert shown.create() == "ROLLBACK_COMPLETE"
    assert "already exists" in shown.events("CREATE_FAILED")["DataSet"]
    assert ("data_sets", "reconciliation-dataset") in shown.found()
    quicksight_backends[ACCOUNT][REGION].data_sets.clear()  # moto has no DeleteDataSet


def test_a_bucket_in_use_ends_a_rollback_and_stays_in_the_way_until_it_is_deleted(creation: Creation) -> None:
    """S3's own log of accesses, some minutes after the bucket was made. Of a stack that failed, the deletion
    keeps what RetainExceptOnCreate names: emptying it is not enough."""
    some, failing = part(creation.template, LOGS, WORKGROUP), id_of(creation.template, WORKGROUP)
    creation.at = f"CREATE {failing}"
    bucket, s3 = "reconciliation-access-logs", creation.client("s3")
    creation.meanwhile = lambda now: s3.put_object(Bucket=bucket, Key="ingress/log", Body=b"x")
    assert creation.create(some) == "ROLLBACK_FAILED"
    (left,) = creation.events("DELETE_FAILED").items()
    assert left[0] == id_of(some, LOGS)
    assert "not empty" in left[1]
    creation.at, creation.meanwhile = "", None
    s3.delete_object(Bucket=bucket, Key="ingress/log")
    assert creation.delete() == ""
    assert creation.create(some) == "ROLLBACK_COMPLETE"
    assert creation.events("CREATE_FAILED").keys() == {id_of(some, LOGS)}, "its name is taken"
    s3.delete_bucket(Bucket=bucket)
    creation.delete()
    assert creation.create(some) == "CREATE_COMPLETE"


def test_a_protected_database_cannot_be_rolled_back(creation: Creation) -> None:
    """Which is why the first deployment has none; what it needs is not tried."""
    some = part(creation.template, "DatabaseSecret")
    protected = other(some, "DatabaseInstance", DeletionProtection=True)
    creation.at = f"CREATE {id_of(some, 'DatabaseSecret')}"
    assert creation.create(protected) == "ROLLBACK_FAILED"
    assert "protected DB Instance" in creation.events("DELETE_FAILED")[id_of(some, "DatabaseInstance")]
    creation.at = ""
    assert creation.delete() == "DELETE_FAILED"
    with pytest.raises(ClientError, match="is in DELETE_FAILED state and can not be updated"):
        creation.update(some)
    creation.client("rds").modify_db_instance(
        DBInstanceIdentifier="reconciliation-db", DeletionProtection=False, ApplyImmediately=True
    )
    assert creation.delete() == ""
    assert creation.client("rds").describe_db_snapshots()["DBSnapshots"], "its policy is Snapshot"
    assert creation.create(some) == "CREATE_COMPLETE"
    assert creation.update(protected) == "UPDATE_COMPLETE"
    assert creation.delete() == "DELETE_FAILED", "as the second deployment leaves it"
    creation.client("rds").modify_db_instance(
        DBInstanceIdentifier="reconciliation-db", DeletionProtection=False, ApplyImmediately=True
    )


def test_a_workgroup_with_a_history_goes_where_the_template_says_so(creation: Creation) -> None:
    some = part(creation.template, WORKGROUP)
    kept = other(some, WORKGROUP, RecursiveDeleteOption=False)
    athena = creation.client("athena")
    query = {"QueryString": "select 1", "WorkGroup": "reconciliation"}
    assert creation.create(kept) == "CREATE_COMPLETE"
    athena.start_query_execution(**query)
    assert creation.delete() == "DELETE_FAILED"
    assert "is not empty" in creation.events("DELETE_FAILED")[id_of(some, WORKGROUP)]
    athena.delete_work_group(WorkGroup="reconciliation", RecursiveDeleteOption=True)
    assert creation.delete() == ""
    assert creation.create(some) == "CREATE_COMPLETE"
    athena.start_query_execution(**query)
    assert creation.delete() == ""


def test_a_role_to_which_somebody_gave_more_is_not_deleted(creation: Creation) -> None:
    some, iam = part(creation.template, ROLE), creation.client("iam")
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::theirs"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    theirs = iam.create_policy(PolicyName="theirs", PolicyDocument=document)["Policy"]["Arn"]
    assert creation.create(some) == "CREATE_COMPLETE"
    iam.attach_role_policy(RoleName="reconciliation-trigger", PolicyArn=theirs)
    assert creation.delete() == "DELETE_FAILED"
    iam.detach_role_policy(RoleName="reconciliation-trigger", PolicyArn=theirs)
    iam.delete_policy(PolicyArn=theirs)
    assert creation.delete() == ""


def test_names_that_only_seem_free_are_in_the_way(creation: Creation) -> None:
    """A secret that somebody deleted, and a log group that somebody's late line made."""
    secret, logs = "AlertsSlackWebhook", "FunctionsTriggerLogs"
    manager, groups = creation.client("secretsmanager"), creation.client("logs")
    for name, some, needle in (
        (secret, part(creation.template, secret), "scheduled for deletion"),
        (logs, part(creation.template, logs), "already exists"),
    ):
        manager.create_secret(Name="reconciliation-slack-webhook", SecretString="x")
        manager.delete_secret(SecretId="reconciliation-slack-webhook")
        groups.create_log_group(logGroupName="/aws/lambda/reconciliation-trigger")
        assert creation.create(some) == "ROLLBACK_COMPLETE"
        assert needle in creation.events("CREATE_FAILED")[id_of(some, name)]
        creation.delete()
        forced = {"SecretId": "reconciliation-slack-webhook", "ForceDeleteWithoutRecovery": True}
        manager.delete_secret(**forced)
        groups.delete_log_group(logGroupName="/aws/lambda/reconciliation-trigger")
        assert creation.create(some) == "CREATE_COMPLETE"
        creation.delete()


def test_a_function_that_may_not_join_its_network_is_not_there_afterwards(creation: Creation) -> None:
    """Found by the loop of tests/rights/deny: it was left behind, and in the way of the next try."""
    found = denial_of(creation, Right("reconciliation-query", "ec2:DeleteNetworkInterface", "*"))
    assert (found.is_refused, found.usual) == (True, "CREATE_COMPLETE")


def arguments(creation: Creation) -> dict[str, str]:
    return dict(creation.client("glue").get_job(JobName=JOB_NAME)["Job"]["DefaultArguments"])


def test_an_update_that_fails_goes_back_and_one_that_cannot_waits(creation: Creation) -> None:
    """At the job, once its role is another; then on the way back at the role."""
    some, job, role = part(creation.template, JOB), id_of(creation.template, JOB), "JobsRole"
    assert creation.create(some) == "CREATE_COMPLETE"
    before = arguments(creation)
    items = some["Resources"]
    policies = [*items[id_of(some, role)]["Properties"]["Policies"][:1]]
    goal = other(other(some, role, Policies=policies), JOB, DefaultArguments={"--changed": "yes"})
    goal["Resources"]["New"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "new"}}
    creation.at = f"UPDATE {job}"
    assert creation.update(goal) == "UPDATE_ROLLBACK_FAILED", "the job cannot be brought back either"
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state"):
        creation.update(goal)
    creation.at = ""
    assert creation.go_on() == "UPDATE_ROLLBACK_COMPLETE"
    assert arguments(creation) == before
    assert ("logGroups", "new") not in creation.found()
    iam = creation.client("iam")
    assert len(iam.list_role_policies(RoleName="ReconciliationGlueRole")["PolicyNames"]) > 1
    assert creation.update(goal) == "UPDATE_COMPLETE"
    assert arguments(creation) == {"--changed": "yes"}
    assert ("logGroups", "new") in creation.found()
    assert creation.update(some) == "UPDATE_COMPLETE"
    assert ("logGroups", "new") not in creation.found()
