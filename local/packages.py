"""Archives that jobs and functions bring, unpacked once for each content."""

import io
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile


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


def _once(target: Path, fill: Callable[[Path], None]) -> Path:
    """The folder appears under its name only when it is whole; who loses the race takes the winner's."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
        fill(scratch)
        scratch.chmod(0o755)
        with suppress(OSError):
            scratch.rename(target)
    return target
