"""Servers with TLS put on or taken away: only the client's part is ours.

The embedded PostgreSQL is built without TLS; MySQL's and MariaDB's is hidden, as somebody in between would.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pymysql.constants import CLIENT

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


@contextmanager
def without(port: int) -> Iterator[tuple[int, bytearray]]:
    """The port of the MySQL at `port` that offers no TLS, and all that clients sent to it."""
    sent = bytearray()
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_serve_plain, args=(listener, port, sent), daemon=True).start()
        yield listener.getsockname()[1], sent


def _serve_plain(listener: socket.socket, port: int, sent: bytearray) -> None:
    with suppress(OSError):  # closed: the test is over
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_hide, args=(client, port, sent), daemon=True).start()


def _hide(client: socket.socket, port: int, sent: bytearray) -> None:
    """The greeting's capabilities come after its version, the session's number and eight bytes of salt."""
    with suppress(OSError), client, socket.create_connection((HOST, port)) as server:
        greeting = bytearray(server.recv(65536))
        capabilities = greeting.index(0, 5) + 14
        greeting[capabilities + 1] &= ~(CLIENT.SSL >> 8) & 0xFF
        client.sendall(greeting)
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server, sent)
        back.join(5)


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


def _pump(source: socket.socket, target: socket.socket, seen: bytearray | None = None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if seen is not None:
                seen += data
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
