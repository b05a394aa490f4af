"""The template in cdk.out/, without npm and without an account. Does nothing where it is up to date.

`python -m infra.synth`; `synthesize` for whoever deploys. The CDK is imported only when there is work.
"""

import hashlib
import shutil
import sys
from pathlib import Path

from infra.packaging import PackagingError
from infra.settings import SettingsError

ROOT = Path(__file__).resolve().parents[1]
INPUTS = ("infra", "reconciliation", "glue_jobs", "lambdas", "state_machine", "requirements", "cdk.json")
_MARK = "inputs.sha256"


def inputs_hash(root: Path) -> str:
    """Hash of all that the template and the packages are made from."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        top = root / name
        files = [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()


def synthesize(root: Path = ROOT) -> Path:
    """The cloud assembly of the checkout, made anew where its inputs changed. Raises SettingsError, PackagingError."""
    out = root / "cdk.out"
    wanted = inputs_hash(root)
    mark = out / _MARK
    if mark.exists() and mark.read_text() == wanted:
        return out
    from infra import app, packaging  # noqa: PLC0415 - starts Node: only where there is work

    sources = app.Sources(root, packaging.build(root, root / "build"))
    shutil.rmtree(out, ignore_errors=True)
    app.build_app(app.context_of(root), sources, out).synth()
    mark.write_text(wanted)
    return out


def main() -> None:
    try:
        out = synthesize()
    except (SettingsError, PackagingError) as exc:
        raise SystemExit(str(exc)) from None
    sys.stdout.write(f"{out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out}: ready\n")


if __name__ == "__main__":
    main()
