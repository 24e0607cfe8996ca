"""An OCSP responder on a real socket that works, or fails in one of many ways, and may change its mind."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import IO, Self

from components.hierarchy import NOW, Hierarchy
from components.status import MINUTE, ocsp_answer, responder
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

UP = "up"
SLOW_SECONDS = 20.0
DRIP_SECONDS = 0.4
_UNAUTHORIZED = ocsp.OCSPResponseStatus.UNAUTHORIZED
_OLD = {"this_update": NOW - 90 * MINUTE, "next_update": NOW - 75 * MINUTE}


class BrokenResponder:
    """Serves the certificates of one authority; `way` is how, asked at each request anew.

    `asked`: how many requests were read.
    """

    def __init__(self, hierarchy: Hierarchy, way: str = UP) -> None:
        self.way = way
        self.asked = 0
        self._hierarchy = hierarchy
        self._signer = responder(hierarchy.user)
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream, suppress(OSError):
            while request := _body(stream):
                self.asked += 1
                WAYS[self.way](self, connection, request)

    def good(self, request: bytes, **deviation: object) -> bytes:
        """What an honest responder answers, but for the deviation."""
        asked = ocsp.load_der_ocsp_request(request)
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
        answer = {"nonce": nonce, "serial": asked.serial_number, "signer": self._signer, **deviation}
        return ocsp_answer(self._hierarchy, **answer)

    def wait(self, seconds: float) -> None:
        """Let time pass; a responder that is over raises OSError, as its socket would."""
        if self._over.wait(seconds):
            raise OSError("over")


def _body(stream: IO[bytes]) -> bytes:
    """The body of the next request of a connection, empty at its end."""
    length = 0
    for line in stream:
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "content-length":
            length = int(value)
        if not line.strip():
            break
    return stream.read(length)


def _send(connection: socket.socket, body: bytes, *, status: str = "200 OK") -> None:
    connection.sendall(_head(body, status) + body)


def _head(body: bytes, status: str = "200 OK") -> bytes:
    lines = (f"HTTP/1.1 {status}", "Content-Type: application/ocsp-response", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode()


def _reset(_self: BrokenResponder, connection: socket.socket, _request: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RD)
    raise OSError("reset")  # closing now sends RST


def _slow(self: BrokenResponder, connection: socket.socket, request: bytes) -> None:
    answer = self.good(request)
    self.wait(SLOW_SECONDS)
    _send(connection, answer)


def _dripping(self: BrokenResponder, connection: socket.socket, request: bytes) -> None:
    body = self.good(request)
    for octet in _head(body) + body:
        connection.sendall(bytes([octet]))
        self.wait(DRIP_SECONDS)


def _says(**deviation: object) -> Callable[[BrokenResponder, socket.socket, bytes], None]:
    return lambda self, connection, request: _send(connection, self.good(request, **deviation))


WAYS: Mapping[str, Callable[[BrokenResponder, socket.socket, bytes], None]] = {
    UP: _says(),
    "black hole": lambda self, _connection, _request: self.wait(3600),
    "reset": _reset,
    "500": lambda _self, connection, _request: _send(connection, b"broken", status="500 Broken"),
    "garbage": lambda _self, connection, _request: _send(connection, bytes(range(256))),
    "replay": _says(nonce=bytes(32)),  # signed, fresh, and the answer to an earlier question
    "no nonce": _says(nonce=None),
    "wrong nonce": _says(nonce=bytes(range(1, 33))),
    "slow": _slow,
    "drip": _dripping,
    "stale": _says(**_OLD),
    "unauthorized": lambda _self, connection, _request: _send(
        connection,
        ocsp.OCSPResponseBuilder.build_unsuccessful(_UNAUTHORIZED).public_bytes(Encoding.DER),
    ),
}
TELLS_NOTHING = tuple(way for way in WAYS if way not in {UP, "stale"})
"""The ways that are no evidence, old or new."""


@contextmanager
def no_handshake() -> Iterator[str]:
    """The origin of a host that drops connections before they stand, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [
            socket.socket() for _ in range(8)
        ]  # the kernel keeps few that nobody accepts, and drops the rest
        try:
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(address)
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for each in waiting:
                each.close()
