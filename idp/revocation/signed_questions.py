"""An OCSP source that answers to registered verifiers alone: every question goes out signed."""

from connectors.ports import OcspSource
from idp.jpki.ocsp_request import RequestSigner


class SignedQuestions(OcspSource):
    """Another source, asked in our name. Safe for threads."""

    def __init__(self, source: OcspSource, signer: RequestSigner) -> None:
        self._source = source
        self._signer = signer

    def ask(self, request: bytes) -> bytes:
        """See OcspSource."""
        return self._source.ask(self._signer.sign(request))
