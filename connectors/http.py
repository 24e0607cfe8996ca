"""The only outbound HTTP of the product: listed origins, no redirects, bounded time and size, no proxies.

A time-out of `http.client` bounds each receive, so a peer that drips one byte a second is never late. Here
the whole answer, headers included, has one deadline.
"""

import http.client
import io
import math
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urlsplit

import h11
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.errors import Garbled, Refused, Unreachable
from connectors.exchange import Answer, Exchange, Heads, Limits, host_of

__all__ = ["Answer", "Outbound", "Question", "Redirected", "Stream"]

CONNECT_SECONDS = 1.0
"""A resident is waiting: connect 1 s, read 1.5 s."""
READ_SECONDS = 1.5
STALL_SECONDS = 10.0
"""An answer that is streamed and of which nothing comes for so long will not come."""
MAX_BYTES = 64 * 1024
Resolve = Callable[[str, int], Sequence[str]]
_TRANSPORT = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError)
KEPT_CONNECTIONS = 16
"""Connections kept alive to one origin: as many as a process has threads (`Settings.threads`)."""


class Redirected(Garbled):
    """The peer sent us elsewhere. No redirect is ever followed."""


class Stream:
    """The body of one HTTP answer as it comes in: status code, lower-case header names, bytes on demand."""

    def __init__(self, response: urllib3.BaseHTTPResponse, peer: str, max_bytes: int) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in response.headers.items()}
        self._response = response
        self._peer = peer
        self._max_bytes = max_bytes
        self._left = max_bytes

    def readinto(self, buffer: memoryview, /) -> int:
        """Read into the buffer; 0 when all has come. Raises Unreachable, or Garbled for more than the limit."""
        try:
            piece = self._response.read(min(len(buffer), self._left + 1))
        except _TRANSPORT as error:
            raise Unreachable(f"{self._peer} stopped in the middle: {type(error).__name__}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise Garbled(f"{self._peer} answered more than {self._max_bytes} bytes")
        buffer[: len(piece)] = piece
        return len(piece)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an origin, but for its body. `peer`: host and port, as messages name it."""

    origin: str
    peer: str
    heads: Heads


class Outbound:
    """A kept-alive client for a fixed set of origins (`scheme://host[:port]`), safe for threads.

    Looking up the host's name has no time limit of its own: that is the resolver's (`options timeout`).
    `stall_seconds`: the most that one receive may take, where that is less than what is left of the whole.
    `resolve`: the addresses of a host and port, tried in turn and no others; it may raise a connector's error.
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        stall_seconds: float | None = None,
        max_bytes: int = MAX_BYTES,
        ca_file: str | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._origins = frozenset(origins)
        self._max_bytes = max_bytes
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._seconds = connect_seconds + read_seconds
        self._timeout = urllib3.Timeout(connect=connect_seconds, read=read_seconds, total=self._seconds)
        self._stall_seconds = math.inf if stall_seconds is None else stall_seconds
        self._manager = urllib3.PoolManager(
            num_pools=len(self._origins) or 1,
            maxsize=KEPT_CONNECTIONS,
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=ca_file,
        )
        pools = {"http": _PlainPool, "https": _TlsPool}
        self._manager.pool_classes_by_scheme = {
            scheme: partial(pool, stall_seconds=stall_seconds, resolve=resolve)  # type: ignore[misc]
            for scheme, pool in pools.items()
        }
        self._pools: dict[str, Any] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        server_errors: bool = False,
        seconds: float | None = None,
    ) -> Answer:
        """Send one request. With `server_errors` a 5xx is an answer like any other.

        `seconds`: the most that this one may take as a whole, where that is less than the client's own limits.

        Raises Refused for an origin that is not listed, Unreachable for transport failures and 5xx,
        Redirected for a redirect, Garbled for a body over the limit. Other statuses are for the caller.
        """
        question = self.question(method, url, headers=headers)
        return self.ask(question, body, server_errors=server_errors, seconds=seconds)

    def question(self, method: str, url: str, *, headers: Mapping[str, str] | None = None) -> Question:
        """What is to be asked again and again, each time with another body. Raises Refused for what is no URL."""
        parts = _parts(url)
        try:
            host = host_of(parts.netloc)
        except ValueError:
            raise Refused("not a request") from None
        return Question(_origin(parts), parts.netloc, Heads(method, _target(parts), host, headers or {}))

    def ask(
        self,
        question: Question,
        body: bytes | None = None,
        *,
        server_errors: bool = False,
        seconds: float | None = None,
    ) -> Answer:
        """Ask it with that body; the rest is as in `send`."""
        peer = question.peer
        try:
            head = question.heads.of(body)
        except ValueError:
            raise Refused("not a request") from None
        total = self._seconds if seconds is None else min(self._seconds, seconds)
        try:
            answer = self._answer(question.origin, head, body or b"", total)
        except _TRANSPORT as error:
            raise Unreachable(f"{peer} did not answer: {type(error).__name__}") from error
        except Garbled as error:
            raise Garbled(f"{peer} answered {error}") from None
        _require_own_answer(answer.status, peer, server_errors=server_errors)
        return answer

    def _answer(self, origin: str, head: h11.Request, body: bytes, total: float) -> Answer:
        """Over a connection to that origin, kept or new; it is kept where its peer keeps it."""
        pool, last = self._pool_of(origin), time.monotonic() + total
        connection = pool.taken(min(self._connect_seconds, total))
        deadline = min(last, time.monotonic() + self._read_seconds)
        exchange = Exchange(connection.sock, Limits(deadline, self._stall_seconds, self._max_bytes))
        try:
            return exchange.ask(head, body)
        finally:
            pool.given_back(connection, reusable=exchange.reusable)

    def _pool_of(self, origin: str) -> Any:
        """The connections to that origin. Raises Refused when it is not listed."""
        pool = self._pools.get(origin)
        if pool is None:
            if origin not in self._origins:
                raise Refused("the origin is not on the outbound list")
            parts = urlsplit(origin)
            pool = self._manager.connection_from_host(parts.hostname, parts.port, parts.scheme)
            self._pools[origin] = pool
        return pool

    @contextmanager
    def stream(self, url: str, *, headers: Mapping[str, str] | None = None) -> Iterator[Stream]:
        """GET without holding the body: read it within the block, under this client's limits of time and size.

        Entering raises as `send` does; so does reading. What is not read is not waited for.
        """
        parts = _parts(url)
        peer = parts.netloc
        try:
            response = self._request(parts, headers)
        except _TRANSPORT as error:
            raise Unreachable(f"{peer} did not answer: {type(error).__name__}") from error
        try:
            _require_own_answer(response.status, peer)
            yield Stream(response, peer, self._max_bytes)
        finally:
            response.close()

    def _request(self, parts: SplitResult, headers: Mapping[str, str] | None) -> urllib3.BaseHTTPResponse:
        """Send a GET and receive the head of its answer."""
        response: urllib3.BaseHTTPResponse = self._pool_of(_origin(parts)).urlopen(
            "GET",
            _target(parts),
            headers=dict(headers or {}),
            timeout=self._timeout,
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        return response

    def close(self) -> None:
        """Let go of every connection that is kept alive."""
        self._pools.clear()
        self._manager.clear()


def _require_own_answer(status: int, peer: str, *, server_errors: bool = False) -> None:
    """Raise Unreachable for a 5xx that is not wanted, Redirected for a redirect."""
    if status >= 500 and not server_errors:
        raise Unreachable(f"{peer} answered {status}")
    if 300 <= status < 400 and status != http.HTTPStatus.NOT_MODIFIED:
        raise Redirected(f"{peer} answered with a redirect")


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise Refused("not a URL") from None


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc}"


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _TimedReader(io.RawIOBase):
    """The receiving side of a socket, every read of which is granted only the time that is left, or a stall's."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket, deadline: float, stall_seconds: float) -> None:
        self._stream = stream
        self._socket = sock
        self._deadline = deadline
        self._stall_seconds = stall_seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        self._socket.settimeout(min(left, self._stall_seconds))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, *, deadline: float, stall_seconds: float, method: str | None = None
    ) -> None:
        super().__init__(sock, method=method)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, deadline, stall_seconds))


class _Timed(HTTPConnection):
    def __init__(
        self,
        *arguments: Any,
        stall_seconds: float | None = None,
        resolve: Resolve | None = None,
        **named: Any,
    ) -> None:
        super().__init__(*arguments, **named)
        self._stall_seconds = math.inf if stall_seconds is None else stall_seconds
        self._resolve = resolve

    def _new_conn(self) -> socket.socket:
        if self._resolve is None:
            return super()._new_conn()
        name = self._dns_host
        refused: Exception = Unreachable("the host has no address")
        try:
            for address in self._resolve(name, self.port):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (urllib3.exceptions.HTTPError, OSError) as error:
                    refused = error
        finally:
            self._dns_host = name  # what the peer's certificate must name
        raise refused

    def getresponse(self) -> Any:
        deadline = time.monotonic() + (self.timeout or 0)
        self.response_class = partial(  # type: ignore[assignment]
            _TimedResponse, deadline=deadline, stall_seconds=self._stall_seconds
        )
        return super().getresponse()


class _TimedTls(_Timed, HTTPSConnection):
    pass


class _Lending:
    """A pool that lends its connections for exchanges of our own."""

    def taken(self, seconds: float) -> Any:
        """One that is kept and still open, or a new one. Raises urllib3's errors, OSError, the resolver's."""
        connection: Any = self._get_conn()  # type: ignore[attr-defined]
        if connection.is_closed:
            connection.timeout = max(seconds, 0.001)
            try:
                connection.connect()
            except BaseException:
                connection.close()
                raise
        return connection

    def given_back(self, connection: Any, *, reusable: bool) -> None:
        """Keep it for the next, or close it."""
        if not reusable:
            connection.close()
        self._put_conn(connection)  # type: ignore[attr-defined]


class _PlainPool(_Lending, urllib3.HTTPConnectionPool):
    ConnectionCls = _Timed


class _TlsPool(_Lending, urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls
