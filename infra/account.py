"""What an AWS account says before it is changed, asked with the credentials that the CDK will use."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from infra.failure import STUCK, explanation, refusals
from reconciliation.bounded_json import parse_object

NEVER_DEPLOYED = (None, "REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE")
"""States of a stack that was never whole: the CDK deletes one that was rolled back, and begins anew."""

_LEFT = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""States of a resource that its stack has no longer: gone, or kept by its policy."""


class AccountError(RuntimeError):
    """What an account's state forbids; its text is for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """The account that the credentials of this machine are of, in one region."""

    region: str
    number: str
    """Twelve digits."""

    @classmethod
    def entered(cls, region: str) -> Self:
        """Raises AccountError where the credentials are missing, expired or refused."""
        asked = ask(region, "sts", "get-caller-identity", "--query", "Account", "--output", "text")
        if asked.returncode == 0:
            return cls(region, asked.stdout.strip())
        said = _last_line(asked.stderr)
        if "endpoint URL" in said or "proxy" in said:
            raise AccountError(f"AWS is not reached from this machine: {said}")
        raise AccountError(
            f"AWS does not let these credentials in, {credentials(os.environ)}: {said} Log in again"
            " (aws sso login, or fresh keys), or name another profile in AWS_PROFILE; then say it once more."
        )

    def status(self, stack: str) -> str | None:
        """CloudFormation's word for the stack; None where there is none. Raises AccountError."""
        status = ("--query", "Stacks[0].StackStatus", "--output", "text")
        asked = ask(self.region, "cloudformation", "describe-stacks", "--stack-name", stack, *status)
        if asked.returncode == 0:
            return asked.stdout.strip()
        if f"Stack with id {stack} does not exist" in asked.stderr:
            return None
        raise AccountError(f"The account does not tell whether {stack} is there: {_last_line(asked.stderr)}")

    def why(self, stack: str) -> str:
        """What the stack is after a command that failed, why, and the next one. Raises AccountError."""
        status = self.status(stack)
        if status in (None, "REVIEW_IN_PROGRESS"):
            return explanation(stack, status, [])
        found = self._answer(
            "cloudformation", "describe-stack-events", "--stack-name", stack, "--max-items", "1000"
        )
        return explanation(stack, status, refusals(stack, found["StackEvents"]))

    def require_rest(self, stack: str, status: str | None) -> None:
        """Raises AccountError where CloudFormation is at work on the stack, or waits for somebody."""
        if status in STUCK:
            raise AccountError(self.why(stack))
        if status and status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise AccountError(
                f"CloudFormation is still at work on {stack} ({status}): once aws cloudformation"
                f" describe-stacks --stack-name {stack} says otherwise, say it again."
            )

    def keeps_data(self, stack: str) -> bool:
        """Whether the stack, as it was deployed last, refuses to lose anything. Raises AccountError."""
        found = self._answer("cloudformation", "get-template", "--stack-name", stack)
        return any(
            item.get("DeletionPolicy", "Delete") != "Delete"
            or str(item.get("Properties", {}).get("DeletionProtection")).lower() == "true"
            for item in found["TemplateBody"]["Resources"].values()
        )

    def buckets(self, stack: str) -> set[str]:
        """Names of those that the stack has. Raises AccountError."""
        found = self._answer("cloudformation", "list-stack-resources", "--stack-name", stack)
        return {
            item.get("PhysicalResourceId", "")
            for item in found["StackResourceSummaries"]
            if item["ResourceType"] == "AWS::S3::Bucket" and item["ResourceStatus"] not in _LEFT
        }

    def require_free(self, bucket: str) -> None:
        """Raises AccountError where somebody has it: a bucket's name is one for all the world.

        S3 answers 403 where the owner is another than is expected, even if that bucket is open to us.
        """
        owner = ("--expected-bucket-owner", self.number)
        asked = ask(self.region, "s3api", "head-bucket", "--bucket", bucket, *owner)
        if asked.returncode == 0:
            raise AccountError(
                f"The bucket {bucket} is in this account already, outside the stack: delete it where it holds"
                " nothing, or choose another suffix."
            )
        if "(403)" in asked.stderr or "(301)" in asked.stderr:
            raise AccountError(
                f"The bucket {bucket} is another account's, or these credentials may not see it: choose"
                " another suffix."
            )
        if "(404)" not in asked.stderr:
            raise AccountError(
                f"S3 does not tell whether {bucket} is a free name: {_last_line(asked.stderr)}"
            )

    def _answer(self, *words: str) -> dict[str, Any]:
        asked = ask(self.region, *words, "--output", "json")
        if asked.returncode:
            raise AccountError(f"The account does not answer {words[1]}: {_last_line(asked.stderr)}")
        return parse_object(asked.stdout)


def ask(region: str, *words: str) -> subprocess.CompletedProcess[str]:
    """AWS's command line of the environment."""
    command = [sys.executable, "-m", "awscli", *words, "--region", region]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def credentials(environment: Mapping[str, str]) -> str:
    """Where AWS's command line and the CDK take them from."""
    if "AWS_ACCESS_KEY_ID" in environment:
        return "the keys of the environment (AWS_ACCESS_KEY_ID)"
    if profile := environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE"):
        return f"those of the profile {profile}"
    return "those of the profile default, since the environment names neither profile nor keys"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason was given."])[-1]
