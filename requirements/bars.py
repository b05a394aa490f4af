"""uv with its own progress bars, without the list of all packages that it ends with: bars.py COMMAND.

uv draws bars on a terminal alone, so it is given one; elsewhere it says each download in a line.
"""

import os
import pty
import re
import signal
import subprocess
import sys
from contextlib import suppress

LISTED = re.compile(rb"^ (\x1b\[\d+m)*[+~-](\x1b\[\d+m)* .*\r?\n", re.MULTILINE)

INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)


def shown(fd: int) -> bytes:
    """What of the next output is for a person; never nothing, by which `pty` would know the end."""
    said = os.read(fd, 1 << 16)
    return LISTED.sub(b"", said) or (b"\r" if said else b"")


def in_background() -> bool:
    """Where nobody may change the terminal."""
    with suppress(OSError):  # a terminal, but not the one that this job was started from
        return os.tcgetpgrp(sys.stdout.fileno()) != os.getpgrp()
    return False


def main(command: list[str]) -> int:
    """Answers uv's exit code."""
    if sys.stdout.isatty() and not in_background():
        ended = os.waitstatus_to_exitcode(pty.spawn(command, shown))
        if ended in INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(0, signal.SIGINT)  # only uv saw the Ctrl-C, which is for all of this job
        return ended
    with subprocess.Popen([*command, "--no-progress"], stderr=subprocess.PIPE) as uv:
        assert uv.stderr
        for line in uv.stderr:
            sys.stderr.write(LISTED.sub(b"", line).decode(errors="replace"))
            sys.stderr.flush()
    return uv.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
