"""Servers with TLS put on or taken away, and what is sent to them: only the client's part is ours.

The embedded PostgreSQL is built without TLS; MySQL's and MariaDB's is hidden, as somebody in between would.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from pymysql.constants import CLIENT

from local.place import HOST
from tests.database.certificates import Certificates

_SSL_REQUEST_BYTES = 8


@contextmanager
def front(port: int, certificates: Certificates) -> Iterator[int]:
    """The port of a server that speaks TLS as PostgreSQL does, and is the one at `port` behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    with _listening(partial(_carry, port=port, context=context)) as taken:
        yield taken


@contextmanager
def without(port: int) -> Iterator[tuple[int, bytearray]]:
    """The port of the MySQL at `port` that offers no TLS, and all that clients sent to it."""
    sent = bytearray()
    with _listening(partial(_hide, port=port, sent=sent)) as taken:
        yield taken, sent


@contextmanager
def watched(port: int) -> Iterator[tuple[int, bytearray]]:
    """The port of the server at `port`, and all that clients sent to it."""
    sent = bytearray()
    with _listening(partial(_watch, port=port, sent=sent)) as taken:
        yield taken, sent


@contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):  # closed: the test is over
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()


def _hide(client: socket.socket, port: int, sent: bytearray) -> None:
    """The greeting's capabilities come after its version, the session's number and eight bytes of salt."""
    with suppress(OSError), client, socket.create_connection((HOST, port)) as server:
        greeting = bytearray(server.recv(65536))
        capabilities = greeting.index(0, 5) + 14
        greeting[capabilities + 1] &= ~(CLIENT.SSL >> 8) & 0xFF
        client.sendall(greeting)
        _both_ways(client, server, sent)


def _watch(client: socket.socket, port: int, sent: bytearray) -> None:
    with suppress(OSError), client, socket.create_connection((HOST, port)) as server:
        _both_ways(client, server, sent)


def _carry(plain: socket.socket, port: int, context: ssl.SSLContext) -> None:
    with suppress(OSError), plain:
        plain.recv(_SSL_REQUEST_BYTES)
        plain.sendall(b"S")
        with (
            context.wrap_socket(plain, server_side=True) as client,
            socket.create_connection((HOST, port)) as server,
        ):
            _both_ways(client, server)


def _both_ways(client: socket.socket, server: socket.socket, sent: bytearray | None = None) -> None:
    back = threading.Thread(target=_pump, args=(server, client), daemon=True)
    back.start()
    _pump(client, server, sent)
    back.join(5)


def _pump(source: socket.socket, target: socket.socket, seen: bytearray | None = None) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if seen is not None:
                seen += data
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
