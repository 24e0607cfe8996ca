"""One HTTP/1.1 question over a connection that is open, and its whole answer (RFC 9112), under one deadline.

h11 writes and reads; here are the waiting and the limits. A resident waits while a responder is asked, and
`http.client` and urllib3 together take several times as long to say the same.
"""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import h11

from connectors.errors import Garbled

_LONGEST_HEAD, _MOST_HEADERS = 64 * 1024, 100
_PIECE = 64 * 1024
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`deadline`: by `time.monotonic`; `stall_seconds`: the most of one receive; `max_bytes`: of the body."""

    deadline: float
    stall_seconds: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. No representation shows it: headers hold credentials."""

    head: h11.Request = field(repr=False)
    body: bytes = field(repr=False)


def question(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None) -> Question:
    """A question to be sent. Raises ValueError for a header that HTTP cannot carry: one with a line end, say."""
    lines = [("Host", host), ("Accept-Encoding", "identity"), ("User-Agent", "ppid-idp"), *headers.items()]
    if body is not None or method == "POST":
        lines.append(("Content-Length", str(len(body or b""))))
    try:
        head = h11.Request(method=method, target=quote(target, safe=_ALLOWED), headers=lines)
    except h11.LocalProtocolError:
        raise ValueError("not a request") from None
    return Question(head, body or b"")


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

    def ask(self, asked: Question) -> Answer:
        """Send a question and receive its answer.

        Raises OSError (TimeoutError, NotHttp), and Garbled for a body over the limit.
        """
        self._socket.settimeout(self._left())
        self._socket.sendall(self._written(asked))
        try:
            head = self._head()
            return Answer(head.status_code, _headers(head), self._body())
        except h11.RemoteProtocolError:
            raise NotHttp("no answer, or one that was cut short") from None

    def _written(self, asked: Question) -> bytes:
        events = (asked.head, h11.Data(data=asked.body), h11.EndOfMessage())
        return b"".join(self._peer.send(event) or b"" for event in events)

    def _head(self) -> h11.Response:
        while not isinstance(event := self._next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise NotHttp("no head of an answer")
        return event

    def _body(self) -> bytes:
        pieces, size = [], 0
        while not isinstance(event := self._next(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise NotHttp("no body of an answer")
            size += len(event.data)
            if size > self._limits.max_bytes:
                raise Garbled(f"more than {self._limits.max_bytes} bytes")
            pieces.append(bytes(event.data))
        return b"".join(pieces)

    def _next(self) -> object:
        """What the peer says next; waits for it."""
        while (event := self._peer.next_event()) is h11.NEED_DATA:
            self._socket.settimeout(min(self._left(), self._limits.stall_seconds))
            self._peer.receive_data(self._socket.recv(_PIECE))
        return event

    def _left(self) -> float:
        left = self._limits.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        return left


def _headers(head: h11.Response) -> Mapping[str, str]:
    """By lower-case names; of several of one name the values are joined (RFC 9110 section 5.2).

    Raises NotHttp for too many, and where two of them say how long the body is (RFC 9112 section 6.3).
    """
    if len(head.headers) > _MOST_HEADERS:
        raise NotHttp("headers without end")
    headers: dict[str, str] = {}
    for name, value in ((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if {"transfer-encoding", "content-length"} <= headers.keys():
        raise NotHttp("two words about where it ends")
    return headers
