"""The far side of a J-LIS source for which no address is configured: it never answers, so logins are refused."""

from typing import NoReturn

from connectors.errors import Unreachable
from connectors.ports import CertificateKind, CertificateName, CrlSource, LineageSource, OcspSource


class NoOcsp(OcspSource):
    """An OCSP responder that is not there."""

    def ask(self, request: bytes) -> NoReturn:
        """See OcspSource."""
        raise Unreachable("no OCSP responder is configured")


class NoCrl(CrlSource):
    """A repository that is not there."""

    def fetch(self, kind: CertificateKind, issuer_key_id: bytes) -> NoReturn:
        """See CrlSource."""
        raise Unreachable("no CRL repository is configured")


class NoLineage(LineageSource):
    """A lineage service that is not there."""

    def ask(self, certificate: CertificateName) -> NoReturn:
        """See LineageSource."""
        raise Unreachable("no lineage service is configured")
