"""Keeps the checkout as the release that pyproject.toml names: `python -m tests.releases.record`.

Said once, in the commit that releases it; a kept release is never recorded again.
"""

import sys
import tomllib
from pathlib import Path

from tests.releases import kept
from tests.releases.cutting import recorded

ROOT = Path(__file__).resolve().parents[2]


def current_version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def main() -> int:
    """Answers the exit code."""
    version = current_version()
    if version in kept.versions():
        print(f"Release {version} is kept already: raise pyproject.toml's version first.", file=sys.stderr)
        return 1
    print(f"Release {version} is kept in {kept.write(version, recorded())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
