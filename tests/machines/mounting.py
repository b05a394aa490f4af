"""Whether this machine lets whoever tests mount something, in a namespace that nobody else sees."""

from __future__ import annotations

import subprocess

IN_ITS_OWN_NAMESPACE = ("unshare", "--mount")
CAN_MOUNT = not subprocess.run([*IN_ITS_OWN_NAMESPACE, "true"], check=False, capture_output=True).returncode
