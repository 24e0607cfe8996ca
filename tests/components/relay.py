"""A TCP relay on loopback: it counts how often the talk turns back to the client's side, and can be slow."""

import socket
import threading
from contextlib import closing, suppress
from types import TracebackType
from typing import Self

from components.ports import free_port


class Relay:
    """Passes bytes between clients of `port` and the server at `target`.

    `round_trips`: on every connection, each run of bytes from the client after bytes from the server is one.
    `delay_seconds`: for how long the server's bytes are held back.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.round_trips = 0
        self.delay_seconds = 0.0
        self._closing = threading.Event()
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def address(self) -> str:
        """Where clients come, over TLS."""
        return f"https://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """A new connection to the server."""
        return socket.create_connection(("127.0.0.1", self._target))

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = self.connect()
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            speaker = [server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(source, sink, client, speaker), daemon=True).start()

    def _pass(
        self, source: socket.socket, sink: socket.socket, client: socket.socket, speaker: list[socket.socket]
    ) -> None:
        with closing(sink):
            while data := _receive(source):
                with self._lock:
                    if source is client and speaker[0] is not client:
                        self.round_trips += 1
                    speaker[0] = source
                if source is not client and self.delay_seconds:
                    self._closing.wait(self.delay_seconds)
                with suppress(OSError):
                    sink.sendall(data)


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""
