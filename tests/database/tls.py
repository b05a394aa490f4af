"""TLS in front of the embedded PostgreSQL, which is built without: only the client's part is ours."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from local.place import HOST
from tests.database.certificates import Certificates

_SSL_REQUEST_BYTES = 8


@contextmanager
def front(port: int, certificates: Certificates) -> Iterator[int]:
    """The port of a server that speaks TLS as PostgreSQL does, and is the one at `port` behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_serve, args=(listener, port, context), daemon=True).start()
        yield listener.getsockname()[1]


def _serve(listener: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with suppress(OSError):  # closed: the test is over
        while True:
            plain, _ = listener.accept()
            threading.Thread(target=_carry, args=(plain, port, context), daemon=True).start()


def _carry(plain: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with suppress(OSError), plain:
        plain.recv(_SSL_REQUEST_BYTES)
        plain.sendall(b"S")
        with (
            context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection((HOST, port)) as server,
        ):
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
