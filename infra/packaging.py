"""What is uploaded, built once and deterministically: the same sources give the same bytes.

`functions.zip` (all functions but one), `explain.zip` (that one, which reads what jobs wrote, and so with
their Polars), `jobs.zip` (for `--extra-py-files`; a .zip, since a .whl there imports on the
driver and fails on the workers), and for each job `<module>-<hash>.gluewheels.zip` (for
`--additional-python-modules`; Glue 5 recognises a zip of wheels by that suffix, and installs its
`wheels/requirements.txt` without an index, on each worker: so a job brings what it imports, and no more).
"""

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICES = frozenset(
    (
        *("cloudwatch", "events", "glue", "lambda", "logs", "quicksight"),
        *("rds", "s3", "secretsmanager", "sns", "stepfunctions", "sts"),
    )
)
"""Services whose models the functions' botocore keeps; all of them are 400 directories."""

UNPACKED_LIMIT_BYTES = 250 * 1024 * 1024
"""AWS Lambda's limit for a function's unpacked code."""

_CARRIED = (".py", ".sql", ".html", ".css", ".js")
_OF_REPORT = "reconciliation/report/"
_OF_OTHERS = ("reconciliation/kernels/", "reconciliation/explaining/", _OF_REPORT)
_EXPLAINS = "lambdas/explain.py"
"""The function that is a package of its own."""
_READS_DATA = "validation_job"
"""The job whose wheels are what it takes to read what jobs wrote, and no more."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64")
_SERVICE_DATA = re.compile(r"boto(?:core|3)/data/([^/]+)/")

Entry = tuple[str, bytes]


@dataclass(frozen=True)
class Packages:
    """Paths of the built archives; `wheels` by the module of the job that brings them."""

    functions: Path
    explain: Path
    jobs: Path
    wheels: Mapping[str, Path]


@dataclass(frozen=True)
class Sources:
    """The checkout, and what was built from it."""

    root: Path
    packages: Packages


class PackagingError(RuntimeError):
    """The packages cannot be built; its text says what to do."""


def sources(root: Path) -> Sources:
    """The checkout with its packages built in `build/`. Raises PackagingError."""
    return Sources(root, build(root, root / "build"))


def build(root: Path, out: Path) -> Packages:
    """Build all packages of the checkout `root` into `out`. Raises PackagingError."""
    out.mkdir(parents=True, exist_ok=True)
    function_wheels = download_wheels(root / "requirements" / "functions.txt", out / "wheels")
    of_jobs = sorted((root / "requirements").glob("*_job.txt"))
    packages = Packages(
        functions=out / "functions.zip",
        explain=out / "explain.zip",
        jobs=out / "jobs.zip",
        wheels={requirements.stem: _job_wheels(requirements, out) for requirements in of_jobs},
    )
    write_zip(packages.functions, function_entries(root, function_wheels))
    _write_explain(root, out, packages.explain)
    write_zip(packages.jobs, source_entries(root, "reconciliation", "glue_jobs"))
    return packages


def function_entries(root: Path, wheels: Path) -> Iterator[Entry]:
    """The functions' code and pinned libraries; what only jobs use stays out: Polars alone fills one."""
    for name, content in source_entries(root, "reconciliation", "lambdas"):
        if not name.startswith((*_OF_OTHERS, _EXPLAINS)):
            yield name, content
    yield from library_entries(wheels)


def explain_entries(root: Path) -> Iterator[Entry]:
    """The explaining function's own code: the core without the report, and of the functions itself."""
    for name, content in source_entries(root, "reconciliation"):
        if not name.startswith(_OF_REPORT):
            yield name, content
    for name in ("lambdas/__init__.py", _EXPLAINS):
        yield name, (root / name).read_bytes()


def library_entries(wheels: Path) -> Iterator[Entry]:
    """What a function needs of its wheels."""
    for archive, name in _needed(wheels):
        yield name, archive.read(name)


def _needed(wheels: Path) -> Iterator[tuple[zipfile.ZipFile, str]]:
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if not name.endswith("/") and is_needed(name):
                    yield archive, name


def is_needed(name: str) -> bool:
    """Whether a wheel's file is used by the functions."""
    service = _SERVICE_DATA.match(name)
    return service is None or service[1] in SERVICES


def source_entries(root: Path, *packages: str) -> Iterator[Entry]:
    """The Python files of these packages of the checkout, whatever they are now, their SQL and templates."""
    for package in packages:
        for path in sorted((root / package).rglob("*")):
            if path.suffix in _CARRIED:
                yield path.relative_to(root).as_posix(), path.read_bytes()


def _write_explain(root: Path, out: Path, path: Path) -> None:
    """Its libraries are packed once, since Polars takes ten seconds; to a copy of them its code is added."""
    wheels = download_wheels(root / "requirements" / f"{_READS_DATA}.txt", out / "wheels")
    kept = hashlib.sha256("\n".join(name for _, name in _needed(wheels)).encode()).hexdigest()[:8]
    libraries = wheels.with_name(f"{wheels.name}-{kept}.libraries.zip")
    if not libraries.exists():
        write_zip(libraries, library_entries(wheels))
    write_zip(path, explain_entries(root), after=libraries)


def _job_wheels(requirements: Path, out: Path) -> Path:
    wheels = download_wheels(requirements, out / "wheels")
    path = out / f"{requirements.stem}-{wheels.name}.gluewheels.zip"
    if not path.exists():
        write_zip(path, wheel_entries(requirements, wheels), compress=False)
    return path


def wheel_entries(requirements: Path, wheels: Path) -> Iterator[Entry]:
    """Glue's zip of wheels: the wheels, checked by hash when they were downloaded, and their plain pins."""
    pins = re.findall(r"^([A-Za-z0-9._-]+==\S+)", requirements.read_text(), re.MULTILINE)
    yield "wheels/requirements.txt", "".join(f"{pin}\n" for pin in pins).encode()
    for wheel in sorted(wheels.glob("*.whl")):
        yield f"wheels/{wheel.name}", wheel.read_bytes()


def write_zip(
    path: Path,
    entries: Iterable[Entry],
    *,
    after: Path | None = None,
    compress: bool = True,
    limit_bytes: int = UNPACKED_LIMIT_BYTES,
) -> None:
    """Write the entries sorted, with one date and mode, so that equal entries give equal bytes.

    After those of another archive, where one is given. Raises PackagingError where all of them unpack to more
    than the limit.
    """
    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # others may write the same
    if after:
        shutil.copyfile(after, part)
    with zipfile.ZipFile(part, "a" if after else "w", kind) as archive:
        for name, content in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content, kind, 6)
        unpacked_bytes = sum(info.file_size for info in archive.infolist())
    part.replace(path)
    if unpacked_bytes > limit_bytes:
        raise PackagingError(f"{path.name} unpacks to {unpacked_bytes} bytes; the limit is {limit_bytes}.")


def download_wheels(requirements: Path, cache: Path) -> Path:
    """The wheels of a requirements file, for AWS's Linux and Python 3.11; the folder is named by its hash."""
    folder = cache / hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=cache, suffix=".part"))
    try:
        _pip_download(requirements, part)
        part.rename(folder)
    except OSError:
        if not folder.exists():  # another process may have been first
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def fill(root: Path, folder: Path) -> None:
    """Everything that a checkout is set up from, and its packages are built of. Raises PackagingError."""
    pins = root / "requirements"
    for name in ("bootstrap", "build", "dev"):
        _pip(pins / f"{name}.txt", folder)
    for requirements in (pins / "functions.txt", *sorted(pins.glob("*_job.txt"))):
        _pip_download(requirements, folder)


def _pip_download(requirements: Path, folder: Path) -> None:
    platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
    python = ("--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp")
    _pip(requirements, folder, *python, "--abi", "cp311", "--abi", "abi3", *platforms)


def _pip(requirements: Path, folder: Path, *words: str) -> None:
    """From the index that pip is told of, or from the folder WHEELS alone.

    Raises PackagingError, or OSError where the disk is full.
    """
    given = os.environ.get("WHEELS")
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
        *(("--no-index", "--find-links", given) if given else ()),
        *(*words, "--dest", str(folder), "-r", str(requirements)),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        if (no_room := os.strerror(errno.ENOSPC)) in done.stderr:
            raise OSError(errno.ENOSPC, no_room)
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PackagingError(f"pip could not download the wheels of {requirements.name}: {reason}")


def main(words: Sequence[str]) -> None:
    """Without a word the packages of this checkout; with one, all that they and it need, in that folder."""
    root = Path(__file__).resolve().parents[1]
    if words == [""]:
        raise SystemExit("TO names no folder: write, e.g., `make wheels TO=wheels`.")
    try:
        if words:
            fill(root, Path(words[0]))
        else:
            build(root, root / "build")
    except PackagingError as exc:
        raise SystemExit(str(exc)) from None


if __name__ == "__main__":
    main(sys.argv[1:])
