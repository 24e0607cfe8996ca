"""The only outbound HTTP of the product: listed origins, no redirects, bounded time and size, no proxies.

A time-out of `http.client` bounds each receive, so a peer that drips one byte a second is never late. Here
the whole answer, headers included, has one deadline.
"""

import http.client
import io
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.errors import Garbled, Refused, Unreachable

CONNECT_SECONDS = 1.0
"""A resident is waiting: connect 1 s, read 1.5 s."""
READ_SECONDS = 1.5
MAX_BYTES = 64 * 1024
KEPT_CONNECTIONS = 16
"""Connections kept alive to one origin: as many as a process has threads (`Settings.threads`)."""


class Redirected(Garbled):
    """The peer sent us elsewhere. No redirect is ever followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status code, lower-case header names, the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """A kept-alive client for a fixed set of origins (`scheme://host[:port]`), safe for threads.

    Looking up the host's name has no time limit of its own: that is the resolver's (`options timeout`).
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        max_bytes: int = MAX_BYTES,
        ca_file: str | None = None,
    ) -> None:
        self._origins = frozenset(origins)
        self._max_bytes = max_bytes
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._timeout = self._within(connect_seconds + read_seconds)
        self._pool = urllib3.PoolManager(
            num_pools=len(self._origins) or 1,
            maxsize=KEPT_CONNECTIONS,
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=ca_file,
        )
        self._pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

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
        peer = self._listed(url)
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers or {}),
                timeout=self._timeout if seconds is None else self._within(seconds),
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            data = _read(response, self._max_bytes + 1)
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            raise Unreachable(f"{peer} did not answer: {type(error).__name__}") from error
        if len(data) > self._max_bytes:
            response.close()  # reading on, to keep the connection, would have no end
            raise Garbled(f"{peer} answered more than {self._max_bytes} bytes")
        response.release_conn()
        if response.status >= 500 and not server_errors:
            raise Unreachable(f"{peer} answered {response.status}")
        if 300 <= response.status < 400 and response.status != http.HTTPStatus.NOT_MODIFIED:
            raise Redirected(f"{peer} answered with a redirect")
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, data)

    def _within(self, seconds: float) -> urllib3.Timeout:
        return urllib3.Timeout(connect=self._connect_seconds, read=self._read_seconds, total=seconds)

    def _listed(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            raise Refused("not a URL") from None
        if f"{parts.scheme}://{parts.netloc}" not in self._origins:
            raise Refused("the origin is not on the outbound list")
        return parts.netloc


def _read(response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    """The body, or its first `limit` bytes. The last read finds nothing: only that tells an answer cut short."""
    data = b""
    while len(data) < limit and (piece := response.read(limit - len(data))):
        data += piece
    return data


class _TimedReader(io.RawIOBase):
    """The receiving side of a socket, every read of which is granted only the time that is left."""

    def __init__(self, stream: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        self._stream = stream
        self._socket = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long as a whole")
        self._socket.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *, deadline: float, method: str | None = None) -> None:
        super().__init__(sock, method=method)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, deadline))


class _Timed(HTTPConnection):
    def getresponse(self) -> Any:
        deadline = time.monotonic() + (self.timeout or 0)
        self.response_class = partial(_TimedResponse, deadline=deadline)  # type: ignore[assignment]
        return super().getresponse()


class _TimedTls(_Timed, HTTPSConnection):
    pass


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Timed


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TimedTls
