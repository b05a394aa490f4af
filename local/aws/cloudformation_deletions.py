"""Resources of moto's own types that it cannot delete, or deletes where AWS refuses. Each takes `Ref`.

What a service refuses ends as DELETE_FAILED with the service's own words (cloudformation_stacks.py).
"""

from collections.abc import Callable
from secrets import token_hex

from local.aws.cloudformation_types import client

KEY_WINDOW_DAYS = 30
"""PendingWindowInDays of AWS::KMS::Key, where the template says none."""


def _delete_bucket(ref: str) -> None:
    """moto's type leaves one that holds something, and says nothing (S3: API_DeleteBucket.html)."""
    client("s3").delete_bucket(Bucket=ref)


def _delete_key(ref: str) -> None:
    """moto's type deletes it at once; a key waits, and has no name (KMS: deleting-keys.html)."""
    client("kms").schedule_key_deletion(KeyId=ref, PendingWindowInDays=KEY_WINDOW_DAYS)


def _delete_route_table(ref: str) -> None:
    ec2 = client("ec2")
    (table,) = ec2.describe_route_tables(RouteTableIds=[ref])["RouteTables"]
    for association in table["Associations"]:
        ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=ref)


def _delete_role(ref: str) -> None:
    """moto's type takes off what others attached (IAM: API_DeleteRole.html, DeleteConflict)."""
    iam = client("iam")
    if not iam.list_attached_role_policies(RoleName=ref)["AttachedPolicies"]:
        for name in iam.list_role_policies(RoleName=ref)["PolicyNames"]:
            iam.delete_role_policy(RoleName=ref, PolicyName=name)
    iam.delete_role(RoleName=ref)


def _delete_policy(ref: str) -> None:
    iam = client("iam")
    for role in iam.list_entities_for_policy(PolicyArn=ref)["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=ref)
    iam.delete_policy(PolicyArn=ref)


DELETERS: dict[str, Callable[[str], object]] = {
    "AWS::EC2::FlowLog": lambda ref: client("ec2").delete_flow_logs(FlowLogIds=[ref]),
    "AWS::EC2::RouteTable": _delete_route_table,
    "AWS::EC2::VPCEndpoint": lambda ref: client("ec2").delete_vpc_endpoints(VpcEndpointIds=[ref]),
    "AWS::IAM::ManagedPolicy": _delete_policy,
    "AWS::IAM::Role": _delete_role,
    "AWS::KMS::Key": _delete_key,
    "AWS::S3::Bucket": _delete_bucket,
}


def _keep_snapshot(ref: str) -> None:
    name = f"{ref}-snapshot-{token_hex(6)}"
    client("rds").create_db_snapshot(DBInstanceIdentifier=ref, DBSnapshotIdentifier=name)


SNAPSHOTS: dict[str, Callable[[str], object]] = {"AWS::RDS::DBInstance": _keep_snapshot}
"""Types of which the policy Snapshot keeps one (aws-attribute-deletionpolicy.html)."""
