"""local/aws/rights.py and guard.py: whoever acts as a role may do what its policies say, and nothing else."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from local.aws.needs import Asked, needs
from local.place import ACCOUNT, REGION, Place
from tests.local.conftest import Account, archive, document
from tests.waiting import eventually

EXPLICIT = " with an explicit deny in a resource-based policy"
Client = Callable[[str], Any]
Statement = dict[str, Any]


def allow(*actions: str, on: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def acting(account: Account, *statements: Statement) -> tuple[str, Client]:
    """A new role with these rights: its name, and clients of somebody who took it."""
    name = f"role-{uuid4().hex}"
    arn = account.role(name, list(statements))
    taken = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="now")["Credentials"]
    session = boto3.Session(
        taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], region_name=REGION
    )
    return name, lambda service: session.client(service, endpoint_url=account.stack.endpoint)  # type: ignore[call-overload]


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and the text of the refusal."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error.get("Message", "")


def test_a_missing_right_is_named_and_one_that_is_given_counts_at_once(account: Account) -> None:
    bucket = account.bucket()
    name, client = acting(account)
    put = {"Bucket": bucket, "Key": "a b/ç", "Body": b"1"}
    code, text = refused(client("s3").put_object, **put)
    asked = f"is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::{bucket}/a b/ç"
    why = "because no identity-based policy allows the s3:PutObject action"
    assert code == "AccessDenied"
    assert text == f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/now {asked} {why}"
    iam = account.client("iam")
    given = document(allow("s3:PutObject", on=f"arn:aws:s3:::{bucket}/a b/?"))
    iam.put_role_policy(RoleName=name, PolicyName="later", PolicyDocument=given)
    client("s3").put_object(**put)
    iam.delete_role_policy(RoleName=name, PolicyName="later")
    assert refused(client("s3").put_object, **put)[0] == "AccessDenied"
    assert client("sts").get_caller_identity()["Arn"].endswith(f"assumed-role/{name}/now")


def test_who_may_not_list_is_not_told_what_is_missing(account: Account) -> None:
    bucket = account.bucket()
    _, client = acting(account, allow("s3:GetObject"))
    assert refused(client("s3").get_object, Bucket=bucket, Key="a")[0] == "AccessDenied"
    assert refused(client("s3").head_object, Bucket=bucket, Key="a")[0] == "403"
    _, client = acting(account, allow("s3:GetObject", "s3:ListBucket"))
    assert refused(client("s3").get_object, Bucket=bucket, Key="a")[0] == "NoSuchKey"


def test_a_version_needs_a_right_of_its_own(account: Account) -> None:
    bucket = account.bucket(versioned=True)
    version = account.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")["VersionId"]
    _, client = acting(account, allow("s3:GetObject"))
    assert client("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    assert refused(client("s3").get_object, Bucket=bucket, Key="a", VersionId=version)[0] == "AccessDenied"


def test_a_buckets_policy_counts_with_its_conditions(account: Account) -> None:
    bucket = account.bucket()
    everything = {"Principal": "*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    plain = {"Effect": "Deny", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    listing = {"Effect": "Deny", "Action": "s3:ListBucket", "Condition": {"Null": {"s3:prefix": "true"}}}
    policy = document({**plain, **everything}, {**listing, **everything})
    account.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    _, client = acting(account, allow("s3:*"))
    client("s3").list_objects_v2(Bucket=bucket, Prefix="days/")
    code, text = refused(client("s3").list_objects_v2, Bucket=bucket)
    assert code == "AccessDenied"
    assert text.endswith("s3:ListBucket on resource: arn:aws:s3:::" + bucket + EXPLICIT)


def test_what_a_service_does_with_a_key_needs_the_callers_rights(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    bucket, name = account.bucket(), f"secret-{uuid4().hex}"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    encryption = {"Rules": [rule]}
    account.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption)
    account.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    account.client("secretsmanager").create_secret(Name=name, KmsKeyId=key, SecretString="1")
    topic = account.client("sns").create_topic(Name=uuid4().hex, Attributes={"KmsMasterKeyId": key})[
        "TopicArn"
    ]
    _, client = acting(account, allow("s3:*", "secretsmanager:*", "sns:*"))
    code, text = refused(client("s3").get_object, Bucket=bucket, Key="a")
    assert (code, f"kms:Decrypt on resource: {key}" in text) == ("AccessDenied", True)
    code, text = refused(client("s3").put_object, Bucket=bucket, Key="a", Body=b"2")
    assert (code, "kms:GenerateDataKey on" in text) == ("AccessDenied", True)
    client("s3").head_object(Bucket=bucket, Key="a")
    assert refused(client("secretsmanager").get_secret_value, SecretId=name)[0] == "AccessDeniedException"
    assert refused(client("sns").publish, TopicArn=topic, Message="1")[0] == "KMSAccessDenied"
    by_s3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    _, client = acting(account, allow("s3:*", "sns:*"), allow("kms:Decrypt", on=key, Condition=by_s3))
    assert client("s3").get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    assert refused(client("sns").publish, TopicArn=topic, Message="1")[0] == "KMSAccessDenied"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("cloudwatch", "put_metric_data", {"Namespace": "Other", "MetricData": []}, "AccessDeniedException"),
        ("ec2", "describe_subnets", {}, "UnauthorizedOperation"),
        ("glue", "get_job_runs", {"JobName": "other"}, "AccessDeniedException"),
        ("lambda", "invoke", {"FunctionName": "other"}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("secretsmanager", "get_secret_value", {"SecretId": "other"}, "AccessDeniedException"),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:r:a:t", "Message": "1"}, "AuthorizationError"),
        ("sqs", "send_message", {"QueueUrl": "http://q/a/b", "MessageBody": "1"}, "AccessDeniedException"),
        ("stepfunctions", "list_state_machines", {}, "AccessDeniedException"),
    ],
)  # fmt: skip
def test_each_service_refuses_in_its_own_words(
    account: Account, service: str, operation: str, parameters: dict[str, Any], code: str
) -> None:
    ours = {"StringEquals": {"cloudwatch:namespace": "Reconciliation"}}
    metrics = allow("cloudwatch:PutMetricData", Condition=ours)
    _, client = acting(account, metrics, allow("glue:*", on="arn:aws:glue:*:*:job/ours"))
    assert refused(getattr(client(service), operation), **parameters)[0] == code


def test_a_role_is_passed_on_only_by_whom_that_is_allowed(account: Account) -> None:
    job = account.job("")
    role = f"arn:aws:iam::{ACCOUNT}:role/any"
    update = {"Role": role, "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/k"}}
    _, client = acting(account, allow("glue:UpdateJob"))
    assert "iam:PassRole" in refused(client("glue").update_job, JobName=job, JobUpdate=update)[1]
    to_glue = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    _, client = acting(account, allow("glue:UpdateJob"), allow("iam:PassRole", on=role, Condition=to_glue))
    client("glue").update_job(JobName=job, JobUpdate=update)


def test_a_function_acts_as_its_role(account: Account) -> None:
    bucket = account.bucket()
    role = f"role-{uuid4().hex}"
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    who = boto3.client('sts').get_caller_identity()['Arn']\n"
        f"    boto3.client('s3').list_objects_v2(Bucket={bucket!r})\n"
        "    return who\n"
    )
    statement = allow("s3:ListBucket", on=f"arn:aws:s3:::{bucket}")
    function = account.function(source, Role=account.role(role, [statement]), Timeout=30)
    invoke = account.client("lambda").invoke
    assert f"assumed-role/{role}/function-" in json.loads(invoke(FunctionName=function)["Payload"].read())
    account.client("iam").put_role_policy(
        RoleName=role, PolicyName="access", PolicyDocument=document(allow("x:y"))
    )
    failure = json.loads(invoke(FunctionName=function)["Payload"].read())
    assert failure["errorMessage"].startswith(
        "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: arn:aws:sts::"
    )
    group = f"/aws/lambda/{function.rsplit(':', 1)[-1]}"  # nor may it write its log
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert groups == []


def test_a_machine_acts_as_its_role(account: Account) -> None:
    """The code that a Catch would name, and the sentence that an operator reads in the history."""
    start = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun", "End": True}
    states = {"Start": {**start, "Parameters": {"JobName": "ours"}}}
    role = account.role(f"role-{uuid4().hex}", [allow("glue:StartJobRun", on="arn:aws:glue:*:*:job/other")])
    sfn = account.client("stepfunctions")
    text = json.dumps({"StartAt": "Start", "States": states})
    machine = sfn.create_state_machine(name=uuid4().hex, definition=text, roleArn=role)["stateMachineArn"]
    ended = account.ended_execution(sfn.start_execution(stateMachineArn=machine)["executionArn"])
    assert (ended["status"], ended["error"]) == ("FAILED", "Glue.AWSGlueException")
    assert "is not authorized to perform: glue:StartJobRun on resource: " in ended["cause"]


def test_a_job_is_fetched_as_its_role(account: Account) -> None:
    job = account.job("")
    role = account.role(f"role-{uuid4().hex}", [])
    command = account.client("glue").get_job(JobName=job)["Job"]["Command"]
    account.client("glue").update_job(JobName=job, JobUpdate={"Role": role, "Command": command})
    run = account.ended_run(job, account.client("glue").start_job_run(JobName=job)["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("AccessDenied: User: arn:aws:sts::")
    assert "s3:GetObject on resource: arn:aws:s3:::bucket-" in run["ErrorMessage"]


def test_code_that_an_earlier_run_left_unpacked_is_fetched_as_the_role_too(account: Account) -> None:
    job, glue, bucket = account.job(""), account.client("glue"), account.bucket()
    body = archive({f"{uuid4().hex}.py": ""})
    put = account.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=body)
    kept = Place(account.stack.directory, 0).cache / "code" / put["ETag"].strip('"')
    kept.mkdir(parents=True)
    role = account.role(f"role-{uuid4().hex}", [allow("s3:GetObject", on="arn:aws:s3:::*/script.py")])
    command = glue.get_job(JobName=job)["Job"]["Command"]
    code = {"--extra-py-files": f"s3://{bucket}/code.zip"}
    changed = {"Role": role, "Command": command, "DefaultArguments": code}
    glue.update_job(JobName=job, JobUpdate=changed)
    run = account.ended_run(job, glue.start_job_run(JobName=job)["JobRunId"])
    kept.rmdir()
    assert f"s3:GetObject on resource: arn:aws:s3:::{bucket}/code.zip" in run["ErrorMessage"]


def test_a_service_invokes_only_what_lets_it(account: Account) -> None:
    """Of two functions the topic reaches the one whose policy names SNS."""
    kept, sns = account.bucket(), account.client("sns")
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    for forgotten in (True, False):
        function = account.recorder(kept)
        if forgotten:
            account.client("lambda").remove_permission(FunctionName=function, StatementId="sns")
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    sns.publish(TopicArn=topic, Message="1")
    (event,) = eventually(lambda: account.recorded(kept))
    assert event["Records"][0]["EventSubscriptionArn"].startswith(topic)
    time.sleep(0.5)
    assert len(account.recorded(kept)) == 1


def test_an_unknown_key_is_nobodys(account: Account) -> None:
    session = boto3.Session("AKIA" + "A" * 16, "x", region_name=REGION)
    s3 = session.client("s3", endpoint_url=account.stack.endpoint)
    assert refused(s3.list_buckets)[0] == "InvalidAccessKeyId"


OBJECT = {"Bucket": "b", "Key": "k"}


@pytest.mark.parametrize(
    ("service", "operation", "given", "rights"),
    [
        ("s3", "PUT", {**OBJECT, "uploadId": "1", "partNumber": "1"}, ["s3:PutObject arn:aws:s3:::b/k"]),
        ("s3", "DELETE", {**OBJECT, "uploadId": "1"}, ["s3:AbortMultipartUpload arn:aws:s3:::b/k"]),
        ("s3", "GET", {**OBJECT, "uploadId": "1"}, ["s3:ListMultipartUploadParts arn:aws:s3:::b/k"]),
        ("s3", "DELETE", {**OBJECT, "versionId": "1"}, ["s3:DeleteObjectVersion arn:aws:s3:::b/k"]),
        ("s3", "DELETE", {**OBJECT, "if-match": '"e"'},
         ["s3:DeleteObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::b/k"]),
        ("s3", "PUT", {**OBJECT, "if-match": '"e"'},
         ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::b/k"]),
        ("s3", "PUT", {**OBJECT, "x-amz-copy-source": "a/c%20d", "x-amz-tagging-directive": "REPLACE"},
         ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::a/c d"]),
        ("s3", "PUT", {**OBJECT, "x-amz-copy-source": "a/c?versionId=1"},
         ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObjectVersion arn:aws:s3:::a/c",
          "s3:GetObjectVersionTagging arn:aws:s3:::a/c", "s3:PutObjectTagging arn:aws:s3:::b/k"]),
        ("s3", "GET", {"Bucket": "b", "Key": "", "versions": ""}, ["s3:ListBucketVersions arn:aws:s3:::b"]),
        ("s3", "GET", {"Bucket": "b", "Key": "", "lifecycle": ""},
         ["s3:GetLifecycleConfiguration arn:aws:s3:::b"]),
        ("states", "DescribeExecution", {"executionArn": "arn:aws:states:r:a:execution:m:e"},
         ["states:DescribeExecution arn:aws:states:r:a:execution:m:e"]),
        ("quicksight", "CreateIngestion", {"DataSetId": "d", "IngestionId": "i"},
         [f"quicksight:CreateIngestion arn:aws:quicksight:{REGION}:{ACCOUNT}:dataset/d/ingestion/i"]),
        ("lambda", "Invoke", {"FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"},
         [f"lambda:InvokeFunction arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"]),
        ("logs", "FilterLogEvents", {"logGroupName": "g"},
         [f"logs:FilterLogEvents arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:log-stream:"]),
        ("glue", "GetConnection", {"Name": "n"},
         [f"glue:GetConnection arn:aws:glue:{REGION}:{ACCOUNT}:{it}" for it in ("catalog", "connection/n")]),
        ("glue", "ListJobs", {}, ["glue:ListJobs *"]),
    ],
)  # fmt: skip
def test_what_a_request_needs(service: str, operation: str, given: dict[str, str], rights: list[str]) -> None:
    found = needs(Asked(service, operation, given))
    assert [f"{need.action} {need.resource}" for need in found] == rights


def test_a_parameter_is_a_condition_keys_value_of_its_service_alone() -> None:
    given = {"TopicArn": "arn:aws:sns:r:a:t", "Protocol": "email", "Endpoint": "a@b", "Namespace": "n"}
    (need,) = needs(Asked("sns", "Subscribe", given))
    assert need.context == {"sns:protocol": "email", "sns:endpoint": "a@b"}
