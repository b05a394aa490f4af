"""A copy of this checkout with this checkout's environment, in which make does what a person asks for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Checkout:
    """`folder` is the copy; `.local` in it is its own, `.venv` a link."""

    folder: Path

    @classmethod
    def copied(cls, folder: Path, *, linked: bool = True) -> Checkout:
        """All that git knows or would; the pins are made older than the environment, so that it counts."""
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file() and not name.startswith(".venv"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        if linked:
            (folder / ".venv").symlink_to((ROOT / ".venv").resolve())
            for name in ("bootstrap", "dev"):
                os.utime(folder / "requirements" / f"{name}.txt", (0, 0))
        return cls(folder)

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Its output is one text, with what goes to stderr; it leads a session, as a terminal's job does."""
        return subprocess.Popen(
            words, cwd=self.folder, env={**_clean(), **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The exit code, and all that was said."""
        process = self.start(*words, env=env)
        said, _ = process.communicate()
        return process.returncode, said


def _clean() -> dict[str, str]:
    """Without what make or pytest gave this process: as in a person's terminal."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTEST"))
    }
