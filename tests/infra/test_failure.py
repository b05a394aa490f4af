"""What a person is told to do about a stack that failed: infra/failure.py."""

import json

import pytest

from infra.failure import Refusal, explanation, refusals

BUCKET, DATABASE, SECRET = "AWS::S3::Bucket", "AWS::RDS::DBInstance", "AWS::SecretsManager::Secret"


@pytest.mark.parametrize(
    ("status", "refused", "ends"),
    [
        (
            "ROLLBACK_COMPLETE",
            Refusal("Key", "AWS::KMS::Key", "", "CREATE_FAILED", "Rate exceeded"),
            "Key (AWS::KMS::Key): Rate exceeded -> mend that; then say make deploy again.",
        ),
        (
            "ROLLBACK_COMPLETE",
            Refusal("S", SECRET, "name", "CREATE_FAILED", "already scheduled for deletion."),
            "aws secretsmanager delete-secret --force-delete-without-recovery --secret-id name;"
            " then say make deploy again.",
        ),
        (
            "ROLLBACK_FAILED",
            Refusal("Logs", BUCKET, "logs-dev", "DELETE_FAILED", "The bucket is not empty"),
            "and aws s3 rb s3://logs-dev; then say make deploy again.",
        ),
        (
            "DELETE_FAILED",
            Refusal("Db", DATABASE, "db-dev", "DELETE_FAILED", "Cannot delete protected DB Instance"),
            "--db-instance-identifier db-dev; then aws cloudformation delete-stack --stack-name Stack, and"
            " once it is gone say what you meant again.",
        ),
        (
            "DELETE_FAILED",
            Refusal("W", "AWS::Athena::WorkGroup", "w-dev", "DELETE_FAILED", "w-dev is not empty"),
            "aws athena delete-work-group --recursive-delete-option --work-group w-dev; then aws"
            " cloudformation delete-stack --stack-name Stack, and once it is gone say what you meant again.",
        ),
        (
            "UPDATE_ROLLBACK_FAILED",
            Refusal("Job", "AWS::Glue::Job", "job", "UPDATE_FAILED", "Rate exceeded"),
            "then aws cloudformation continue-update-rollback --stack-name Stack, and once it is"
            " UPDATE_ROLLBACK_COMPLETE say make deploy again.",
        ),
    ],
)
def test_each_state_and_cause_ends_with_the_next_command(status: str, refused: Refusal, ends: str) -> None:
    told = explanation("Stack", status, [refused])
    assert told.startswith("Stack ")
    assert f"({status})" in told
    assert told.endswith(ends)
    assert "\n" not in told


def test_what_a_deletion_left_counts_more_than_why_it_began() -> None:
    causes = [
        Refusal("First", BUCKET, "a", "CREATE_FAILED", "taken"),
        Refusal("Left", BUCKET, "b", "DELETE_FAILED", "is not empty"),
    ]
    told = explanation("Stack", "ROLLBACK_FAILED", causes)
    assert "Left" in told
    assert "First" not in told


def test_a_name_is_the_resources_or_the_templates() -> None:
    event = {
        "LogicalResourceId": "S",
        "ResourceType": SECRET,
        "ResourceStatus": "CREATE_FAILED",
        "ResourceProperties": json.dumps({"Name": "name"}),
        "PhysicalResourceId": "",
    }
    (refused,) = refusals("Stack", [event])
    assert refused == Refusal("S", SECRET, "name", "CREATE_FAILED", "")
