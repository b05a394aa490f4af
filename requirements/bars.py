"""uv with its own progress bars, without the list of all packages that it ends with: bars.py COMMAND.

uv draws bars on a terminal alone, so it is given one; elsewhere it says each download in a line.
"""

import os
import pty
import re
import subprocess
import sys

LISTED = re.compile(rb"^ (\x1b\[\d+m)*[+~-](\x1b\[\d+m)* .*\r?\n", re.MULTILINE)


def shown(fd: int) -> bytes:
    """What of the next output is for a person; never nothing, by which `pty` would know the end."""
    said = os.read(fd, 1 << 16)
    return LISTED.sub(b"", said) or (b"\r" if said else b"")


def main(command: list[str]) -> int:
    """Answers uv's exit code."""
    if sys.stdout.isatty():
        return os.waitstatus_to_exitcode(pty.spawn(command, shown))
    with subprocess.Popen([*command, "--no-progress"], stderr=subprocess.PIPE) as uv:
        assert uv.stderr
        for line in uv.stderr:
            sys.stderr.write(LISTED.sub(b"", line).decode(errors="replace"))
            sys.stderr.flush()
    return uv.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
