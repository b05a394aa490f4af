"""local/in_vpc/: how a process of the VPC sees what it does not reach."""

import json

from local.place import REGION
from tests.local.conftest import EVERYTHING, Account, document
from tests.local.vpc import build

TRIES = """
import boto3, io, socket, urllib.request
from botocore.config import Config

def tried(act):
    try:
        return act()
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"

def handler(event, context):
    def client(service, **more):
        return boto3.client(service, config=Config(retries={"total_max_attempts": 1}), **more)
    s3, where = client("s3"), {"Bucket": event["bucket"], "Key": "um ção+1.txt"}
    body = b"x" * 2_500_000
    return {
        "put": tried(lambda: s3.put_object(**where, Body=io.BytesIO(body), IfNoneMatch="*") and "done"),
        "again": tried(lambda: s3.put_object(**where, Body=body, IfNoneMatch="*")),
        "got": tried(lambda: s3.get_object(**where)["Body"].read() == body),
        "slice": tried(lambda: len(s3.get_object(**where, Range="bytes=10-19")["Body"].read())),
        "listed": tried(lambda: s3.list_objects_v2(Bucket=event["bucket"])["Contents"][0]["Key"]),
        "other region": tried(lambda: client("s3", region_name="us-east-2").head_object(**where)),
        "no endpoint": tried(lambda: client("sns").list_topics()),
        "secret": tried(lambda: client("secretsmanager").get_secret_value(SecretId="none")),
        "page": tried(lambda: urllib.request.urlopen("https://pypi.org/simple/")),
        "unknown name": tried(lambda: socket.create_connection(("database.invalid", 5432))),
        "address": tried(lambda: socket.create_connection(("10.0.0.9", 5432))),
    }
"""


def test_a_function_of_the_vpc(account: Account) -> None:
    """The same in a warm process whose endpoint goes, or whose endpoint's policy changes."""
    vpc, bucket = build(account.client("ec2")), account.bucket()
    function = account.function(TRIES, VpcConfig=vpc.config, Timeout=60)

    def answers() -> dict[str, object]:
        payload = json.dumps({"bucket": bucket})
        answer = account.client("lambda").invoke(FunctionName=function, Payload=payload)
        return dict(json.loads(answer["Payload"].read()))

    found = answers()
    expected = {"put": "done", "got": True, "slice": 10, "listed": "um ção+1.txt"}
    assert {name: found[name] for name in expected} == expected
    assert "PreconditionFailed" in str(found["again"])
    for name, address in (
        ("other region", f"https://{bucket}.s3.us-east-2.amazonaws.com/um%20%C3%A7%C3%A3o%2B1.txt"),
        ("no endpoint", f"https://sns.{REGION}.amazonaws.com/"),
    ):
        assert found[name] == f'ConnectTimeoutError: Connect timeout on endpoint URL: "{address}"'
    assert str(found["secret"]).startswith("ResourceNotFoundException")
    assert str(found["page"]) == "URLError: <urlopen error timed out>"
    assert str(found["unknown name"]).startswith("gaierror")
    assert found["address"] == "TimeoutError: timed out"

    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    policy = document({**EVERYTHING[0], "Principal": "*"}, deny)
    account.client("ec2").modify_vpc_endpoint(VpcEndpointId=vpc.s3, PolicyDocument=policy)
    account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[vpc.secrets])
    found = answers()
    assert "AccessDenied" in str(found["got"])
    assert "with an explicit deny in a VPC endpoint policy" in str(found["got"])
    assert str(found["secret"]).startswith("ConnectTimeoutError")
