"""One HTTP/1.1 question over a connection that is open, and its whole answer (RFC 9112), under one deadline.

As little as it takes: a resident waits while a responder is asked. `http.client` and urllib3 together take five
times as long to say the same.
"""

import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from connectors.errors import Garbled

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n]*)?")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:[ \t]*;[^\r\n]*)?")
_TELL_THE_END = ("transfer-encoding", "content-length")
_LENGTH = re.compile(r"[0-9]{1,12}")
_LONGEST_HEAD, _MOST_HEADERS, _LONGEST_LINE = 64 * 1024, 100, 4096
_PIECE = 64 * 1024
_ALLOWED = "!#$%&'()*+,/:;=?@[]~"
"""What stands in a request's target as it is (RFC 3986 section 2.2), beside letters and digits."""


class NotHttp(OSError):
    """What came is no HTTP answer, or one that was cut short."""


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


def request(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The bytes of a question. Raises ValueError for a header that would be two."""
    first = f"{method} {quote(target, safe=_ALLOWED)} HTTP/1.1"
    lines = [first, f"Host: {host}", "Accept-Encoding: identity", "User-Agent: ppid-idp"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None or method == "POST":
        lines.append(f"Content-Length: {len(body or b'')}")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line of a request has an end within")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def host_of(netloc: str) -> str:
    """The Host header for an address, a name in other letters as the DNS has it. Raises ValueError."""
    return netloc if netloc.isascii() else netloc.encode("idna").decode("ascii")


def _header(line: bytes) -> tuple[str, str]:
    """Its lower-case name and its value, without the blanks around it. Raises NotHttp.

    Without a pattern for the value: one would go back and forth in a long run of blanks.
    """
    name, colon, value = line.partition(b":")
    if not colon or _NAME.fullmatch(name) is None or b"\r" in value or b"\n" in value:
        raise NotHttp("no header")
    return name.decode().lower(), value.strip(b" \t").decode("latin-1")


class Exchange:
    """The receiving side of a connection, for one answer."""

    def __init__(self, sock: socket.socket, limits: Limits) -> None:
        self._socket = sock
        self._limits = limits
        self._come = b""
        self.reusable = False
        """Whether the connection may be asked again: the answer came to its end, and the peer keeps it open.

        Never before that end: what is left of an answer would be the next one's, of another question.
        """

    def ask(self, asked: bytes, *, bodiless: bool = False) -> Answer:
        """Send a question and receive its answer. `bodiless`: the answer to HEAD.

        Raises OSError (TimeoutError, NotHttp), and Garbled for a body over the limit.
        """
        self._socket.settimeout(self._left())
        self._socket.sendall(asked)
        minor, status, headers = self._head()
        while status < 200:
            minor, status, headers = self._head()
        has_end = bodiless or status in (204, 304) or not headers.keys().isdisjoint(_TELL_THE_END)
        body = b"" if bodiless or status in (204, 304) else self._body(headers)
        kept = minor == b"1" and "close" not in headers.get("connection", "").lower()
        self.reusable = has_end and kept and not self._come
        return Answer(status, headers, body)

    def _head(self) -> tuple[bytes, int, dict[str, str]]:
        while (end := self._come.find(b"\r\n\r\n")) < 0:
            if len(self._come) > _LONGEST_HEAD:
                raise NotHttp("a head without end")
            self._more()
        first, *lines = self._come[:end].split(b"\r\n")
        self._come = self._come[end + 4 :]
        status = _STATUS.fullmatch(first)
        if status is None or len(lines) > _MOST_HEADERS:
            raise NotHttp("no head of an answer")
        headers: dict[str, str] = {}
        for line in lines:
            name, value = _header(line)
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return status[1], int(status[2]), headers

    def _body(self, headers: Mapping[str, str]) -> bytes:
        """By its chunks, its length, or the end of the connection (RFC 9112 section 6.3)."""
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise NotHttp("a coding that nobody asked for")
            return self._chunks()
        if length is not None:
            if not _LENGTH.fullmatch(length):
                raise NotHttp("no length")
            return self._exactly(self._allowed(int(length)))
        self._allowed(len(self._come))
        while self._receive():
            self._allowed(len(self._come))
        body, self._come = self._come, b""
        return body

    def _chunks(self) -> bytes:
        body = b""
        while size := self._chunk_size():
            self._allowed(len(body) + size)
            body += self._exactly(size)
            if self._line():
                raise NotHttp("a chunk longer than it says")
        while self._line():  # trailers, which nobody reads
            pass
        return body

    def _chunk_size(self) -> int:
        size = _SIZE.fullmatch(self._line())
        if size is None:
            raise NotHttp("no size of a chunk")
        return int(size[1], 16)

    def _line(self) -> bytes:
        while (end := self._come.find(b"\r\n")) < 0:
            if len(self._come) > _LONGEST_LINE:
                raise NotHttp("a line without end")
            self._more()
        line, self._come = self._come[:end], self._come[end + 2 :]
        return line

    def _exactly(self, size: int) -> bytes:
        while len(self._come) < size:
            self._more()
        found, self._come = self._come[:size], self._come[size:]
        return found

    def _allowed(self, size: int) -> int:
        if size > self._limits.max_bytes:
            raise Garbled(f"more than {self._limits.max_bytes} bytes")
        return size

    def _more(self) -> None:
        if not self._receive():
            raise NotHttp("the answer was cut short")

    def _receive(self) -> int:
        self._socket.settimeout(min(self._left(), self._limits.stall_seconds))
        piece = self._socket.recv(_PIECE)
        self._come += piece
        return len(piece)

    def _left(self) -> float:
        left = self._limits.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        return left
