"""A company's way out: a proxy that ends TLS itself, by certificates of a root of its own, on loopback.

Whatever host is asked, it answers as an index of the packages in a folder. Spoken to in TLS without `CONNECT`
it is `localhost`: a company's own index.
"""

from __future__ import annotations

import functools
import re
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from local.place import HOST
from tests.database.certificates import certificate, pem

_TLS = b"\x16"  # a handshake's first byte; no HTTP method begins so


@dataclass
class Gateway:
    """`ca` is a file that whoever comes must trust; `asked` counts what was fetched, by who (pip, uv)."""

    packages: Path
    ca: Path
    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    @property
    def as_proxy(self) -> dict[str, str]:
        return {"HTTPS_PROXY": f"http://{HOST}:{self.port}"}

    @property
    def as_index(self) -> dict[str, str]:
        return {"PIP_INDEX_URL": f"https://localhost:{self.port}/simple"}


@contextmanager
def gateway(packages: Path, folder: Path) -> Iterator[Gateway]:
    """Its root and certificates lie in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = Gateway(packages, folder / "company.crt")
    made.ca.write_bytes(certificate("ca", key, key, is_ca=True))
    handler = functools.partial(_Handler, made, _context(folder, key), directory=str(packages))
    with _Server((HOST, 0), handler) as server:
        server.daemon_threads = True
        made.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield made
        server.shutdown()


def _context(folder: Path, root: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """Certified as whatever host the other side wants."""

    @functools.cache
    def of(host: str) -> ssl.SSLContext:
        key, path = ec.generate_private_key(ec.SECP256R1()), folder / f"{host}.pem"
        path.write_bytes(pem(key) + certificate(host, key, root, is_ca=False, host=x509.DNSName(host)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        connection.context = of(host or "localhost")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = choose
    return context


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever does not believe the certificate hangs up, and says so where it was started."""


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, at: Gateway, context: ssl.SSLContext, *words: Any, **named: Any) -> None:
        self._at, self._context = at, context
        super().__init__(*words, **named)

    def setup(self) -> None:
        if self.request.recv(1, socket.MSG_PEEK) == _TLS:
            self.request = self._context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def do_CONNECT(self) -> None:
        """From here on the tunnel's inside is read, whatever the host."""
        self.send_response(200)
        self.end_headers()
        self.setup()
        self.close_connection = False

    def do_GET(self) -> None:
        self._at.asked[self.headers["User-Agent"].split("/")[0]] += 1
        wanted = re.fullmatch(r"/simple/([^/]+)/", self.path)
        if not wanted:
            super().do_GET()
            return
        names = [path.name for path in self._at.packages.iterdir() if _project(path.name) == wanted[1]]
        page = "".join(f'<a href="/{name}">{name}</a>\n' for name in names).encode()
        self.send_response(200 if names else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None: ...


def _project(file: str) -> str:
    """As an index spells it: of `ruamel.yaml-0.18-py3-none-any.whl`, `ruamel-yaml`."""
    return re.sub(r"[-_.]+", "-", re.split(r"-(?=\d)", file)[0]).lower()
