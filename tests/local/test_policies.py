"""local/aws/policies.py against the examples of AWS's guides: each line names the page it is taken from."""

import json
from typing import Any

import pytest

from local.aws.policies import Principal, Request, judged

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/now"
READER = Principal((SESSION, ROLE), ACCOUNT)
BUCKET = "arn:aws:s3:::DOC-EXAMPLE-BUCKET"


def allow(action: Any = "s3:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "s3:*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def document(*statements: dict[str, Any]) -> list[str]:
    return [json.dumps({"Version": "2012-10-17", "Statement": list(statements)})] if statements else []


def asked(action: str = "s3:GetObject", resource: str = f"{BUCKET}/a", **context: Any) -> Request:
    return Request(READER, action, resource, {key.replace("__", ":"): context[key] for key in context})


def is_allowed(request: Request, *identity: dict[str, Any], by: tuple[dict[str, Any], ...] = ()) -> bool:
    return judged(request, document(*identity), document(*by)) is None


# --- actions and resources

MATCHES = [
    # reference_policies_elements_action.html
    (allow("s3:GetObject"), "s3:GetObject", f"{BUCKET}/a", True),
    (allow("S3:getobject"), "s3:GetObject", f"{BUCKET}/a", True),
    (allow("iam:*AccessKey*"), "iam:ListAccessKeys", "*", True),
    (allow("iam:*AccessKey*"), "iam:ListUsers", "*", False),
    (allow(["sqs:SendMessage", "sqs:ReceiveMessage"]), "sqs:ReceiveMessage", "*", True),
    (allow("s3:GetObject"), "s3:GetObjectVersion", f"{BUCKET}/a", False),
    # reference_policies_elements_resource.html
    (allow(resource=f"{BUCKET}/*/test/*"), "s3:GetObject", f"{BUCKET}/1/test/object.jpg", True),
    (allow(resource=f"{BUCKET}/*/test/*"), "s3:GetObject", f"{BUCKET}/1/2/test/3/object.jpg", True),
    (allow(resource=f"{BUCKET}/*/test/*"), "s3:GetObject", f"{BUCKET}/1/object.jpg", False),
    (allow(resource=f"{BUCKET}/????-??-??/*"), "s3:GetObject", f"{BUCKET}/2026-02-16/a", True),
    (allow(resource=f"{BUCKET}/????-??-??/*"), "s3:GetObject", f"{BUCKET}/resumos/a", False),
    (allow(resource=f"{BUCKET}/*"), "s3:ListBucket", BUCKET, False),
    (allow(resource=f"{BUCKET}/A*"), "s3:GetObject", f"{BUCKET}/a", False),
    (allow(resource=f"{BUCKET}/a.b"), "s3:GetObject", f"{BUCKET}/aXb", False),
    # reference_policies_elements_notaction.html, …_notresource.html
    ({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},
     "s3:GetObject", f"{BUCKET}/a", True),
    ({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"},
     "s3:DeleteBucket", BUCKET, False),
    ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "iam:ListUsers", "*", False),
    ({"Effect": "Allow", "Action": "s3:*", "NotResource": [f"{BUCKET}", f"{BUCKET}/*"]},
     "s3:GetObject", f"{BUCKET}/a", False),
    ({"Effect": "Allow", "Action": "s3:*", "NotResource": [f"{BUCKET}", f"{BUCKET}/*"]},
     "s3:GetObject", "arn:aws:s3:::other/a", True),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "action", "resource", "expected"), MATCHES)
def test_what_a_statement_covers(
    statement: dict[str, Any], action: str, resource: str, expected: bool
) -> None:
    assert is_allowed(asked(action, resource), statement) == expected


# --- conditions

CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    # reference_policies_elements_condition_operators.html
    ({"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}},
     {"aws__principaltag/job-category": "iamuser-admin"}, True),
    ({"StringEquals": {"aws:PrincipalTag/job-category": "iamuser-admin"}}, {}, False),
    ({"StringNotEquals": {"aws:x": "a"}}, {"aws__x": "b"}, True),
    ({"StringNotEquals": {"aws:x": ["a", "b"]}}, {"aws__x": "b"}, False),
    ({"StringNotEquals": {"aws:x": "a"}}, {}, True),
    ({"StringEqualsIgnoreCase": {"aws:x": "A"}}, {"aws__x": "a"}, True),
    ({"StringEquals": {"AWS:X": "a"}}, {"aws__x": "a"}, True),
    ({"StringLike": {"s3:prefix": ["", "home/", "home/*"]}}, {"s3__prefix": "home/me/"}, True),
    ({"StringLike": {"s3:prefix": ["", "home/", "home/*"]}}, {"s3__prefix": "other/"}, False),
    ({"StringNotLike": {"aws:x": "a*"}}, {"aws__x": "ab"}, False),
    ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3__max-keys": "9"}, True),
    ({"NumericLessThanEquals": {"s3:max-keys": 10}}, {"s3__max-keys": "11"}, False),
    ({"NumericNotEquals": {"s3:max-keys": 10}}, {"s3__max-keys": "11"}, True),
    ({"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}},
     {"aws__tokenissuetime": "2020-01-01T00:00:02Z"}, True),
    ({"DateLessThan": {"aws:CurrentTime": "1577836800"}},
     {"aws__currenttime": "2020-01-01T00:00:02Z"}, False),
    ({"Bool": {"aws:SecureTransport": "false"}}, {"aws__securetransport": "true"}, False),
    ({"Bool": {"aws:SecureTransport": True}}, {"aws__securetransport": "true"}, True),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, {"aws__sourceip": "203.0.113.7"}, True),
    ({"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}},
     {"aws__sourceip": "203.0.113.7"}, False),
    ({"IpAddress": {"aws:SourceIp": "2001:DB8:1234:5678::/64"}},
     {"aws__sourceip": "2001:db8:1234:5678::1"}, True),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:REGION:123456789012:TOPIC-ID"}},
     {"aws__sourcearn": "arn:aws:sns:REGION:123456789012:TOPIC-ID"}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:TOPIC-*"}},
     {"aws__sourcearn": "arn:aws:sns:r:1:TOPIC-ID"}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:TOPIC"}},
     {"aws__sourcearn": "arn:aws:sns:r:1:TOPIC"}, False),
    ({"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:*:A*"}}, {"aws__sourcearn": "arn:aws:sns:r:1:B"}, True),
    # …IfExists and Null, on the same page
    ({"StringEqualsIfExists": {"aws:x": "a"}}, {}, True),
    ({"StringEqualsIfExists": {"aws:x": "a"}}, {"aws__x": "b"}, False),
    ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
    ({"Null": {"aws:TokenIssueTime": "true"}}, {"aws__tokenissuetime": "x"}, False),
    ({"Null": {"aws:TokenIssueTime": "false"}}, {"aws__tokenissuetime": "x"}, True),
    # reference_policies_condition-single-vs-multi-valued-context-keys.html
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}},
     {"aws__tagkeys": ["environment"]}, True),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment", "cost-center"]}},
     {"aws__tagkeys": ["environment", "other"]}, False),
    ({"ForAllValues:StringEquals": {"aws:TagKeys": ["environment"]}}, {}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment"]}},
     {"aws__tagkeys": ["other", "environment"]}, True),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment"]}}, {"aws__tagkeys": ["other"]}, False),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["environment"]}}, {}, False),
    ({"ForAnyValue:StringNotLike": {"aws:TagKeys": ["environment"]}}, {}, False),
    # reference_policies_condition-logic-multiple-context-keys-or-values.html: all keys, any value
    ({"StringEquals": {"aws:x": ["a", "b"], "aws:y": "c"}}, {"aws__x": "b", "aws__y": "c"}, True),
    ({"StringEquals": {"aws:x": ["a", "b"], "aws:y": "c"}}, {"aws__x": "b", "aws__y": "d"}, False),
    ({"StringEquals": {"aws:x": "a"}, "Bool": {"aws:y": "true"}}, {"aws__x": "a", "aws__y": "false"}, False),
    # reference_policies_variables.html: a value, a default, a star that is one, a value that is no pattern
    ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, {"aws__username": "me", "s3__prefix": "me/x"}, True),
    ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, {"aws__username": "*", "s3__prefix": "me/x"}, False),
    ({"StringEquals": {"aws:x": "${aws:PrincipalTag/team, 'company-wide'}"}},
     {"aws__x": "company-wide"}, True),
    ({"StringEquals": {"aws:x": "a${*}"}}, {"aws__x": "a*"}, True),
    ({"StringLike": {"aws:x": "a${*}"}}, {"aws__x": "ab"}, False),
    ({"StringLike": {"aws:x": "${aws:unknown}"}}, {"aws__x": ""}, False),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "context", "expected"), CONDITIONS)
def test_when_a_condition_holds(condition: Any, context: Any, expected: bool) -> None:
    assert is_allowed(asked(**context), allow(Condition=condition)) == expected


def test_a_variable_in_a_resource_is_the_requests_own() -> None:
    """reference_policies_variables.html."""
    home = allow(resource=f"{BUCKET}/${{aws:username}}/*")
    assert is_allowed(asked(resource=f"{BUCKET}/me/a", aws__username="me"), home)
    assert not is_allowed(asked(resource=f"{BUCKET}/you/a", aws__username="me"), home)
    assert not is_allowed(asked(resource=f"{BUCKET}/me/a"), home)
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": home["Resource"]}
    assert is_allowed(asked(aws__username="me"), elsewhere)
    assert not is_allowed(asked(), elsewhere)


# --- who decides: reference_policies_evaluation-logic.html

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def named(statement: dict[str, Any], who: Any) -> tuple[dict[str, Any]]:
    return ({**statement, "Principal": who},)


DECISIONS = [
    ([], (), False),
    ([allow()], (), True),
    ([allow(), deny("s3:GetObject")], (), False),
    ([allow()], named(deny(), "*"), False),
    ([allow()], named(deny(), {"AWS": ROOT}), False),
    ([allow()], named(deny(), {"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}), True),
    ([], named(allow(), {"AWS": ROLE}), True),
    ([], named(allow(), {"AWS": [SESSION]}), True),
    ([], named(allow(), "*"), True),
    ([], named(allow(), {"AWS": "*"}), True),
    ([], named(allow(), {"AWS": ROOT}), False),
    ([allow()], named(allow(), {"AWS": ACCOUNT}), True),
    ([], named(allow(), {"Service": "s3.amazonaws.com"}), False),
    ([deny("s3:GetObject")], named(allow(), {"AWS": ROLE}), False),
    # reference_policies_elements_notprincipal.html
    ([allow()], ({**deny(), "NotPrincipal": {"AWS": [ROOT, ROLE, SESSION]}},), True),
    ([allow()], ({**deny(), "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/Bob"}},), False),
]


@pytest.mark.parametrize(("identity", "resource", "expected"), DECISIONS)
def test_one_allow_is_enough_and_one_deny_too(identity: Any, resource: Any, expected: bool) -> None:
    assert is_allowed(asked(), *identity, by=resource) == expected


@pytest.mark.parametrize(
    ("identity", "key", "expected"),
    [
        ([allow("kms:Decrypt")], named(allow("kms:*"), {"AWS": ROOT}), None),
        ([], named(allow("kms:*"), {"AWS": ROOT}),
         "because no identity-based policy allows the kms:Decrypt action"),
        ([], named(allow("kms:Decrypt"), {"AWS": ROLE}), None),
        ([allow("kms:Decrypt")], (), "because no resource-based policy allows the kms:Decrypt action"),
        ([allow("kms:Decrypt")], named(allow("kms:Encrypt"), {"AWS": ROOT}),
         "because no resource-based policy allows the kms:Decrypt action"),
        ([allow("kms:Decrypt")], (*named(allow("kms:*"), {"AWS": ROOT}), *named(deny("kms:Decrypt"), "*")),
         "with an explicit deny in a resource-based policy"),
    ],
)  # fmt: skip
def test_a_keys_policy_decides(identity: Any, key: Any, expected: str | None) -> None:
    """kms/latest/developerguide/key-policy-default.html: it must let the account's policies count."""
    request = asked("kms:Decrypt", f"arn:aws:kms:r:{ACCOUNT}:key/1")
    assert judged(request, document(*identity), document(*key), resource_decides=True) == expected


def test_a_service_is_allowed_by_the_resource_alone_and_under_its_conditions() -> None:
    """lambda/latest/dg/permissions-function-services.html."""
    function = "arn:aws:lambda:r:111122223333:function:my-function"
    of_bucket = {"ArnLike": {"AWS:SourceArn": BUCKET}, "StringEquals": {"AWS:SourceAccount": ACCOUNT}}
    statement = allow("lambda:InvokeFunction", function, Condition=of_bucket)
    policy = document(*named(statement, {"Service": "s3.amazonaws.com"}))

    def refusal(service: str, bucket: str) -> str | None:
        context = {"aws:sourcearn": bucket, "aws:sourceaccount": ACCOUNT}
        who = Principal(service=f"{service}.amazonaws.com")
        return judged(Request(who, "lambda:InvokeFunction", function, context), (), policy)

    assert refusal("s3", BUCKET) is None
    assert refusal("sns", BUCKET)
    assert refusal("s3", "arn:aws:s3:::other")
