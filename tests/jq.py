"""`jq .a.b` and `jq -r .a.b`, for a machine that has none: put behind everything else on the path."""

import shlex
import sys
from pathlib import Path

_JQ = """
import json, sys
value = json.load(sys.stdin)
for name in filter(None, sys.argv[-1].split(".")):
    value = value[name]
print(value if "-r" in sys.argv else json.dumps(value, indent=2, ensure_ascii=False))
"""


def put_jq(folder: Path) -> Path:
    """The folder that has it."""
    folder.mkdir(exist_ok=True)
    (folder / "jq").write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-c", _JQ])} "$@"\n')
    (folder / "jq").chmod(0o755)
    return folder
