"""OCSP over HTTP (RFC 6960 appendix A)."""

from connectors.http import Outbound
from connectors.jlis import answers
from connectors.ports import OcspSource

MAX_BYTES = 32 * 1024
"""The port's limit: a response with its responder's certificate takes about 2 KiB."""


class OcspHttp(OcspSource):
    """An OCSP responder behind one URL, asked by POST."""

    def __init__(self, url: str, outbound: Outbound) -> None:
        self._url = url
        self._outbound = outbound

    def ask(self, request: bytes) -> bytes:
        """Send a DER OCSPRequest, return the DER OCSPResponse unjudged.

        Raises Unreachable, Refused (4xx) or Garbled (not an OCSP answer by type or size).
        """
        answer = self._outbound.send(
            "POST",
            self._url,
            body=request,
            headers={"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"},
        )
        return answers.require(answer, "application/ocsp-response", max_bytes=MAX_BYTES, peer="the OCSP responder")
