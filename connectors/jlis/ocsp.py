"""OCSP over HTTP (RFC 6960 appendix A)."""

import base64
import time
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

from connectors.errors import ConnectorError, Unreachable
from connectors.http import Outbound, Question
from connectors.jlis import answers
from connectors.ports import OcspSource

MAX_BYTES = 32 * 1024
"""The port's limit: a response with its responder's certificate takes about 2 KiB."""
TOTAL_SECONDS = 2.0
"""The most that all responders together may take: a resident is waiting, and a list is there as well."""
_ACCEPT = {"Accept": "application/ocsp-response"}
_SENT = {"Content-Type": "application/ocsp-request"}


class OcspHttp(OcspSource):
    """An OCSP responder behind one URL, asked by POST, or by GET where caches stand in between (RFC 5019)."""

    def __init__(self, url: str, outbound: Outbound, *, method: Literal["GET", "POST"] = "POST") -> None:
        self._url = url
        self._outbound = outbound
        self._method = method
        self._posted: Question | None = None

    def ask(self, request: bytes, *, seconds: float | None = None) -> bytes:
        """Send a DER OCSPRequest, return the DER OCSPResponse unjudged; `seconds` at most.

        Raises Unreachable, Refused (4xx) or Garbled (not an OCSP answer by type or size).
        """
        if self._method == "GET":
            url = f"{self._url.rstrip('/')}/{quote(base64.b64encode(request), safe='')}"
            answer = self._outbound.send("GET", url, headers=_ACCEPT, seconds=seconds)
        else:
            if self._posted is None:
                self._posted = self._outbound.question("POST", self._url, headers=_ACCEPT | _SENT)
            answer = self._outbound.ask(self._posted, request, seconds=seconds)
        return answers.require(answer, "application/ocsp-response", max_bytes=MAX_BYTES, peer="the OCSP responder")


class OcspInTurn(OcspSource):
    """Several responders for the same certificates: the next is asked when one gives no answer.

    All together take `total_seconds` at most.
    """

    def __init__(self, responders: Sequence[OcspHttp], *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._responders = responders
        self._total_seconds = total_seconds

    def ask(self, request: bytes) -> bytes:
        """The first answer that there is. Raises what the last responder raised."""
        deadline = time.monotonic() + self._total_seconds
        failure: ConnectorError = Unreachable("no OCSP responder was left to ask")
        for responder in self._responders:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return responder.ask(request, seconds=left)
            except ConnectorError as error:
                failure = error
        raise failure
