"""A TCP proxy before the database: what a network does to connections."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from local.place import HOST

_PIECE = 1 << 14


class Proxy:
    """Takes connections at `port` to the database's, each as the network is at that moment."""

    def __init__(self, database_port: int) -> None:
        self._database_port = database_port
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self.met = 0
        """Connections that were refused or cut, and pieces that waited."""
        self._delay_s = 0.0
        self._passes = threading.Event()
        self._passes.set()
        self._is_refusing = False
        self._ends: set[socket.socket] = set()
        self._pieces_left = 0
        self._act: Callable[[], object] | None = None
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._passes.set()
        self.cut()

    def cut(self) -> None:
        """Every connection there is breaks now."""
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                self.met += 1

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody gets in any more, and who was in is out."""
        self._is_refusing = True
        self.cut()
        try:
            yield
        finally:
            self._is_refusing = False

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Half open: packets are taken, and nothing comes back."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    @contextmanager
    def slow(self, delay_s: float) -> Iterator[None]:
        """Each piece of up to 16 KB comes so much later."""
        self._delay_s = delay_s
        try:
            yield
        finally:
            self._delay_s = 0.0

    def at_piece(self, number: int, act: Callable[[], object] | None) -> None:
        """Does that once before the so many-th piece from now on goes on, of any connection, either way."""
        self._pieces_left, self._act = number, act

    def _count_down(self) -> None:
        self._pieces_left -= 1
        if self._pieces_left == 0 and (act := self._act):
            act()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            self.accepted += 1
            if self._is_refusing:
                self.met += 1
                client.close()
                continue
            server = socket.create_connection((HOST, self._database_port))
            self._ends |= {client, server}
            for ends in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=ends, name="proxy", daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(_PIECE):
                self._count_down()
                self.met += not self._passes.is_set() or self._delay_s > 0
                self._passes.wait()
                time.sleep(self._delay_s)
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            self._ends.discard(end)
