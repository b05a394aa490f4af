"""CPython 3.11 as uv finds it: an archive of this machine's own, a catalogue with its hash, on loopback."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_LEFT_OUT = ("test", "__pycache__", "site-packages", "idlelib", "tkinter")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def archived(folder: Path) -> Path:
    """As python-build-standalone packs it, in one folder `python`: the interpreter that this one is of."""
    target, prefix = folder / "cpython.tar.gz", Path(sys.base_prefix)

    def kept(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
        return None if set(item.name.split("/")) & set(_LEFT_OUT) else item

    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        for part in ("bin", "include", "lib"):
            archive.add(prefix / part, f"python/{part}", filter=kept)
        _add_program(archive, prefix)
    return target


def _add_program(archive: tarfile.TarFile, prefix: Path) -> None:
    """Over the one before: where it was linked to a library by its path, it looks beside itself."""
    program = (prefix / "bin" / "python3.11").read_bytes()
    path = str(prefix / "lib").encode() + b"\0"
    data = program.replace(path, b"$ORIGIN/../lib".ljust(len(path), b"\0"))
    item = tarfile.TarInfo("python/bin/python3.11")
    item.mode, item.size = 0o755, len(data)
    archive.addfile(item, io.BytesIO(data))


@contextmanager
def served(folder: Path, *, is_right: bool = True) -> Iterator[dict[str, str]]:
    """The variables by which uv asks for it there. Where it is not right, another hash is told."""
    archive = folder / "cpython.tar.gz"
    digest = hashlib.sha256(archive.read_bytes() + (b"" if is_right else b" ")).hexdigest()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    patch = sys.version_info.micro
    address = f"http://127.0.0.1:{server.server_port}"
    entry = {
        "name": "cpython", "arch": {"family": "x86_64", "variant": None}, "os": "linux", "libc": "gnu",
        "major": 3, "minor": 11, "patch": patch, "prerelease": "", "url": f"{address}/{archive.name}",
        "sha256": digest, "variant": None, "build": "20260101",
    }  # fmt: skip
    catalogue = folder / f"catalogue-{server.server_port}.json"  # another may be served beside it
    catalogue.write_text(json.dumps({f"cpython-3.11.{patch}-linux-x86_64-gnu": entry}))
    try:
        yield {"UV_PYTHON_DOWNLOADS_JSON_URL": f"{address}/{catalogue.name}", "no_proxy": "127.0.0.1"}
    finally:
        server.shutdown()
