"""An HTTP peer that says whatever a test wants, byte by byte and as slowly as it wants."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

CLOSE = None
"""A step that ends the connection."""
Step = bytes | float | None
"""Bytes to send, seconds to wait, or CLOSE."""


class Request(NamedTuple):
    """One request as received: the request line, lower-case header names, the body."""

    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    """A whole HTTP/1.1 answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


class Peer:
    """A server on a loopback port. `reply` gives the steps of each answer; `requests` is what was asked.

    `connections`: how many came; `ended`: how many of them it has closed.
    """

    def __init__(self, reply: Callable[[Request], Iterable[Step]], *, port: int = 0) -> None:
        self._reply = reply
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self.connections = 0
        self.ended = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self._converse(connection)
        self.ended += 1

    def _converse(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, suppress(OSError):
            while line := stream.readline():
                request = _rest(line, stream)
                self.requests.append(request)
                for step in self._reply(request):
                    if step is CLOSE:
                        return
                    if isinstance(step, bytes):
                        connection.sendall(step)
                    else:
                        time.sleep(step)


def _rest(line: bytes, stream: Iterable[bytes]) -> Request:
    headers = {}
    for header in stream:
        if not header.strip():
            break
        name, _, value = header.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", "0")))  # type: ignore[attr-defined]
    return Request(line.decode("latin-1").strip(), headers, body)
