"""One HTTP/1.1 question over a connection that is open, and its whole answer (RFC 9112), under one deadline.

h11 writes and reads; here are the waiting and the limits. A resident waits while a responder is asked, and
`http.client` and urllib3 together take several times as long to say the same.
"""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import h11

from connectors.errors import Garbled

_LONGEST_HEAD, _MOST_HEADERS = 64 * 1024, 100
_PIECE = 64 * 1024
_END = h11.EndOfMessage()
_ALLOWED = "!#$%&'()*+,/:;=?@[]~"
"""What stands in a request's target as it is (RFC 3986 section 2.2), beside letters and digits."""


class NotHttp(OSError):
    """What came is no HTTP answer, or an answer that was cut short."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status code, lower-case header names, the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """`deadline`: by `time.monotonic`; `stall_seconds`: the most of one receive; `max_bytes`: of the body."""

    deadline: float
    stall_seconds: float
    max_bytes: int


class Heads:
    """What goes before the body of a question. No representation shows it: headers hold credentials.

    A head is judged once for every length of a body: who asks again and again sends bodies of few lengths.
    """

    def __init__(self, method: str, target: str, host: str, headers: Mapping[str, str]) -> None:
        own = {"Host": host, "Accept-Encoding": "identity", "User-Agent": "ppid-idp"}
        self._method = method
        self._target = quote(target, safe=_ALLOWED)
        self._headers = [*own.items(), *headers.items()]
        self._heads: dict[int | None, h11.Request] = {}

    def of(self, body: bytes | None) -> h11.Request:
        """The head for that body. Raises ValueError for a header that HTTP cannot carry: with a line end, say."""
        length = len(body or b"") if body is not None or self._method == "POST" else None
        head = self._heads.get(length)
        if head is None:
            head = self._heads[length] = self._judged(length)
        return head

    def _judged(self, length: int | None) -> h11.Request:
        told = [] if length is None else [("Content-Length", str(length))]
        try:
            return h11.Request(method=self._method, target=self._target, headers=self._headers + told)
        except h11.LocalProtocolError:
            raise ValueError("not a request") from None


def host_of(netloc: str) -> str:
    """The Host header for an address, a name in other letters as the DNS has it. Raises ValueError."""
    return netloc if netloc.isascii() else netloc.encode("idna").decode("ascii")


class Exchange:
    """The asking side of a connection, for one question and its answer."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._limits = limits
        self._peer = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)

    @property
    def reusable(self) -> bool:
        """Whether the connection may be asked again: the answer came to its end, and the peer keeps it open.

        Never before that end: what is left of an answer would be the next one's, of another question.
        """
        peer = self._peer
        return peer.our_state is peer.their_state is h11.DONE and peer.trailing_data == (b"", False)

    def ask(self, head: h11.Request, body: bytes) -> Answer:
        """Send a question and receive its answer.

        Raises OSError (TimeoutError, NotHttp), and Garbled for a body over the limit.
        """
        send = self._peer.send
        self._socket.settimeout(self._left())
        self._socket.sendall(send(head) + send(h11.Data(data=body)) + send(_END))
        try:
            self._receive()
            answered = self._head()
            return Answer(answered.status_code, _headers(answered), self._body())
        except h11.RemoteProtocolError:
            raise NotHttp("no answer, or one that was cut short") from None

    def _head(self) -> h11.Response:
        while not isinstance(event := self._next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise NotHttp("no head of an answer")
        return event

    def _body(self) -> bytes:
        body = bytearray()
        while isinstance(event := self._next(), h11.Data):
            body += event.data
            if len(body) > self._limits.max_bytes:
                raise Garbled(f"more than {self._limits.max_bytes} bytes")
        if not isinstance(event, h11.EndOfMessage):
            raise NotHttp("no body of an answer")
        return bytes(body)

    def _next(self) -> object:
        """What the peer says next; waits for it."""
        while (event := self._peer.next_event()) is h11.NEED_DATA:
            self._receive()
        return event

    def _receive(self) -> None:
        self._socket.settimeout(min(self._left(), self._limits.stall_seconds))
        self._peer.receive_data(self._socket.recv(_PIECE))

    def _left(self) -> float:
        left = self._limits.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        return left


def _headers(head: h11.Response) -> Mapping[str, str]:
    """By lower-case names; of several of one name the values are joined (RFC 9110 section 5.2).

    Raises NotHttp for too many, and where two of them say how long the body is (RFC 9112 section 6.3).
    """
    lines = head.headers.raw_items()
    if len(lines) > _MOST_HEADERS:
        raise NotHttp("headers without end")
    headers: dict[str, str] = {}
    for octets, content in lines:
        name, value = octets.decode("ascii").lower(), content.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if {"transfer-encoding", "content-length"} <= headers.keys():
        raise NotHttp("two words about where it ends")
    return headers
