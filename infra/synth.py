"""The template in cdk.out/, without npm and without an account. Does nothing where it is up to date.

`python -m infra.synth`; `assembly` for whoever deploys. The CDK starts only where there is work.
With settings, `name=value`, a template of its own in build/template/: cdk.out/ is the local stack's.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from infra.context import SettingsError, pairs

ROOT = Path(__file__).resolve().parents[1]
INPUTS = (
    "infra",
    "reconciliation",
    "glue_jobs",
    "lambdas",
    "state_machine",
    "runbooks",
    "requirements",
    "cdk.json",
)
_MARK = "inputs.sha256"


class SynthError(RuntimeError):
    """The template cannot be made; its text says what to do."""


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

    Raises SynthError.
    """
    with _alone(root) as lock:
        wanted, mark = inputs_hash(root), root / "cdk.out" / _MARK
        if not mark.exists() or mark.read_text() != wanted:
            synthesize(root, mark.parent, {})
            mark.write_text(wanted)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield mark.parent


@contextmanager
def _alone(root: Path) -> Iterator[IO[str]]:
    """The lock of all that is synthesized in the checkout."""
    (root / "build").mkdir(exist_ok=True)
    with (root / "build" / "synth.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def synthesize(root: Path, out: Path, context: Mapping[str, str]) -> None:
    """`context` are settings on top of cdk.json's. Raises SynthError.

    In a process of its own: the CDK's Node would stay as long as the caller, and end badly with it.
    """
    shutil.rmtree(out, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "infra.asked", "infra.app"],
        cwd=root, env={**os.environ, "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)},
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        *findings, sentence = made.stderr.strip().splitlines() or ["The synth failed."]
        sys.stderr.write("".join(f"{line}\n" for line in findings))
        raise SynthError(sentence)


def main(given: Sequence[str]) -> None:
    try:
        if context := dict(pair.split("=", 1) for pair in pairs(given)):
            out = ROOT / "build" / "template"
            with _alone(ROOT):
                synthesize(ROOT, out, context)
        else:
            with assembly() as out:
                pass
    except (SynthError, SettingsError) as exc:
        raise SystemExit(str(exc)) from None
    sys.stdout.write(f"{out.relative_to(ROOT)}/ has the template.\n")


if __name__ == "__main__":
    main(sys.argv[1:])
