"""The only outbound HTTP of the product: listed origins, no redirects, bounded time and size, no proxies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3

from connectors.errors import Garbled, Refused, Unreachable

CONNECT_SECONDS = 1.0
"""OCSP's budget of the product (security.md C13): connect 1 s, read 1.5 s."""
READ_SECONDS = 1.5
MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status code, lower-case header names, the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Outbound:
    """A kept-alive client for a fixed set of origins (`scheme://host[:port]`), safe for threads."""

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
        self._timeout = urllib3.Timeout(
            connect=connect_seconds, read=read_seconds, total=connect_seconds + read_seconds
        )
        self._pool = urllib3.PoolManager(
            num_pools=len(self._origins) or 1,
            maxsize=8,
            retries=False,
            cert_reqs="CERT_REQUIRED",
            ca_certs=ca_file,
        )

    def send(
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request.

        Raises Refused for an origin that is not listed, Unreachable for transport failures and 5xx, Garbled
        for a redirect or a body over the limit. Other statuses are the caller's to judge.
        """
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" not in self._origins:
            raise Refused("the origin is not on the outbound list")
        try:
            response = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers or {}),
                timeout=self._timeout,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                data = response.read(self._max_bytes + 1)
            finally:
                response.drain_conn()
                response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unreachable(f"{parts.netloc} did not answer: {type(error).__name__}") from error
        if response.status >= 500:
            raise Unreachable(f"{parts.netloc} answered {response.status}")
        if 300 <= response.status < 400:
            raise Garbled(f"{parts.netloc} answered with a redirect")
        if len(data) > self._max_bytes:
            raise Garbled(f"{parts.netloc} answered more than {self._max_bytes} bytes")
        return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, data)
