"""Archives that jobs and functions bring, unpacked once for each content."""

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

KEPT_S = 7 * 24 * 3600


def unpacked(archive: Callable[[], bytes], target: Path) -> Path:
    """`target`, holding the files of the zip. Its name says which content, so it is never written twice."""
    return _once(target, lambda folder: ZipFile(io.BytesIO(archive())).extractall(folder))


def installed(wheels: Callable[[], bytes], target: Path) -> Path:
    """`target`, holding what all the wheels in the zip install: an importable folder."""

    def install(folder: Path) -> None:
        with ZipFile(io.BytesIO(wheels())) as bundle:
            for name in bundle.namelist():
                if name.endswith(".whl"):
                    ZipFile(io.BytesIO(bundle.read(name))).extractall(folder)

    return _once(target, install)


def forget_unused(cache: Path) -> None:
    """Each change of the code leaves a package behind: those of the last days are kept."""
    oldest = time.time() - KEPT_S
    for folder in cache.glob("*/*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _once(target: Path, fill: Callable[[Path], None]) -> Path:
    """The folder appears under its name only when it is whole; who loses the race takes the winner's."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
        fill(scratch)
        scratch.chmod(0o755)
        with suppress(OSError):
            scratch.rename(target)
    os.utime(target)
    return target
