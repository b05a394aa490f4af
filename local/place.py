"""Where one stack lives, and the names by which its processes find it."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.settings import Settings, context_of

CHECKOUT = Path(__file__).resolve().parents[1]
DEFAULT_DIRECTORY = CHECKOUT / ".local"
ACCOUNT = "123456789012"
REGION = context_of(CHECKOUT).get("region", Settings.region)
REGION_VARIABLES = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
HOST = "127.0.0.1"


class StackError(Exception):
    """One sentence for the person at the terminal, that says what to do."""


@dataclass(frozen=True)
class Place:
    """`directory` belongs to one stack; `cache` outlives stacks, and those of one checkout share it."""

    directory: Path
    port: int
    cache: Path = DEFAULT_DIRECTORY / "cache"

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def outbox(self) -> Path:
        return self.directory / "outbox.jsonl"

    @property
    def runs(self) -> Path:
        return self.directory / "runs"

    @property
    def before_packages(self) -> Path:
        """Where a job looks first for what it imports. Nothing is there, unless somebody puts it."""
        return self.directory / "before-packages"

    @property
    def aws(self) -> dict[str, str]:
        """The environment in which boto3 and the CLI speak to this stack."""
        return {**self._account, **REGION_VARIABLES}

    def child_environment(self) -> dict[str, str]:
        """All that a job or function inherits: nothing of the caller's, as on AWS; Lambda adds a region."""
        return {
            **self._account,
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
        } | {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}

    @property
    def _account(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def running_already(directory: Path) -> StackError:
    return StackError(
        f"Já há um ambiente local no ar em {directory}: espere por ele, ou encerre o que o iniciou."
    )


def listen(port: int) -> socket.socket:
    """Port 0 is any free one. Raises StackError."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError as exc:
        listener.close()
        why = (
            "é do administrador: escolha outra"
            if isinstance(exc, PermissionError)
            else "não está livre: encerre o que a usa, ou escolha outra"
        )
        raise StackError(f"A porta {port} {why}, por exemplo `make up PORT=4600`.") from exc
    return listener
