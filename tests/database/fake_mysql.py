"""A server that calls itself MySQL, asks for the password in a way of its choice, and keeps all it gets."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pymysql.constants import CLIENT

from local.place import HOST

_SALT = b"saltsaltsaltsaltsalt"
_OFFERED = (
    CLIENT.PROTOCOL_41
    | CLIENT.SECURE_CONNECTION
    | CLIENT.PLUGIN_AUTH
    | CLIENT.PLUGIN_AUTH_LENENC_CLIENT_DATA
    | CLIENT.CONNECT_WITH_DB
)


@contextmanager
def asking(plugin: str, more: bytes = b"", *, tls: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and the packets that clients sent; after the answer to `plugin` it says `more`."""
    packets: list[bytes] = []
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_serve, args=(listener, plugin, more, tls, packets), daemon=True).start()
        yield listener.getsockname()[1], packets


def _serve(listener: socket.socket, plugin: str, more: bytes, tls: bool, packets: list[bytes]) -> None:
    with suppress(OSError):  # closed: the test is over
        while True:
            client, _ = listener.accept()
            with suppress(OSError, ValueError), client:
                _talk(client, plugin, more, tls, packets)


def _talk(client: socket.socket, plugin: str, more: bytes, tls: bool, packets: list[bytes]) -> None:
    offered = _OFFERED | (CLIENT.SSL if tls else 0)
    greeting = b"\x0a" + b"8.4.0\0" + struct.pack("<I", 4) + _SALT[:8] + b"\0"
    greeting += struct.pack("<HBHHB", offered & 0xFFFF, 45, 2, offered >> 16, 21) + bytes(10)
    _send(client, 0, greeting + _SALT[8:] + b"\0" + plugin.encode() + b"\0")
    packets.append(_receive(client))
    _send(client, 2, b"\xfe" + plugin.encode() + b"\0" + _SALT + b"\0")
    packets.append(_receive(client))
    if more:
        _send(client, 4, more)
        packets.append(_receive(client))
    _send(client, 6, b"\xff" + struct.pack("<H", 1045) + b"#28000no")


def _send(client: socket.socket, number: int, payload: bytes) -> None:
    client.sendall(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)


def _receive(client: socket.socket) -> bytes:
    """One packet. Raises ValueError where the client has gone."""
    head = client.recv(4, socket.MSG_WAITALL)
    if len(head) < 4:
        raise ValueError("the client has gone")
    return client.recv(int.from_bytes(head[:3], "little"), socket.MSG_WAITALL)
