"""AWS CLI without its start, which costs each command half a second: `aws` asks a process that has it loaded.

The stack's own `aws`, with its two starts, is what tests/local/ runs.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local import children
from local.stack import Stack
from tests.waiting import eventually

HERE = Path(__file__).parent


@contextmanager
def warm_cli(stack: Stack) -> Iterator[None]:
    """On the stack's PATH in place of its own `aws`, with the same configuration."""
    with TemporaryDirectory(prefix="aws") as folder:
        asked, command = Path(folder) / "asked", stack.directory / "bin" / "aws"
        server = children.start(
            [sys.executable, "-m", "tests.warm_cli.server", str(asked)], dict(os.environ), HERE.parents[1]
        )
        eventually(asked.exists, 60)
        words = command.read_text(encoding="utf-8")
        own = shlex.join([sys.executable, "-P", str(HERE.parents[1] / "local" / "aws_cli.py")])
        assert words.count(own) == 1
        client = shlex.join([sys.executable, "-S", "-E", str(HERE / "client.py"), str(asked)])
        command.write_text(words.replace(own, client), encoding="utf-8")
        try:
            yield
        finally:
            command.write_text(words, encoding="utf-8")
            children.stop(server)
