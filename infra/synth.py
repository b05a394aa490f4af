"""The template in cdk.out/, without npm and without an account. Does nothing where it is up to date.

`python -m infra.synth`; `assembly` for whoever deploys. The CDK is imported only when there is work.
"""

import fcntl
import hashlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.packaging import PackagingError, sources
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


@contextmanager
def assembly(root: Path = ROOT) -> Iterator[Path]:
    """The cloud assembly of the checkout, made anew where its inputs changed; nobody replaces it meanwhile.

    Raises SettingsError, PackagingError.
    """
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "synth.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, mark = inputs_hash(root), root / "cdk.out" / _MARK
        if not mark.exists() or mark.read_text() != wanted:
            _synthesize(root, mark.parent)
            mark.write_text(wanted)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield mark.parent


def _synthesize(root: Path, out: Path) -> None:
    from infra import app  # noqa: PLC0415 - starts Node: only where there is work

    built = sources(root)
    shutil.rmtree(out, ignore_errors=True)
    app.build_app(app.context_of(root), built, out).synth()


def main() -> None:
    try:
        with assembly() as out:
            sys.stdout.write(f"{out.name}/ has the template.\n")
    except (SettingsError, PackagingError) as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main()
