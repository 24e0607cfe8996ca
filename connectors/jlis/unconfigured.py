"""The far side of a J-LIS source for which no address is configured: it never answers, so logins are refused."""

from typing import NoReturn

from connectors.errors import Unreachable
from connectors.ports import CertificateName, LatestConsent, LatestSource, LineageSource, OcspSource, TieSource


class NoOcsp(OcspSource):
    """An OCSP responder that is not there."""

    def ask(self, request: bytes) -> NoReturn:
        """See OcspSource."""
        raise Unreachable("no OCSP responder is configured")


class NoLineage(LineageSource):
    """A lineage service that is not there."""

    def ask(self, certificate: CertificateName) -> NoReturn:
        """See LineageSource."""
        raise Unreachable("no lineage service is configured")


class NoTies(TieSource):
    """A service that ties certificates and is not there."""

    def ask(self, certificate: CertificateName) -> NoReturn:
        """See TieSource."""
        raise Unreachable("no service that ties certificates is configured")


class NoLatest(LatestSource):
    """A latest-information service that is not there."""

    def agree(self, consent: LatestConsent) -> NoReturn:
        """See LatestSource."""
        raise Unreachable("no latest-information service is configured")

    def withdraw(self, certificate: CertificateName, service: str, items: tuple[str, ...] = ()) -> NoReturn:
        """See LatestSource."""
        raise Unreachable("no latest-information service is configured")

    def ask(self, certificate: CertificateName, service: str) -> NoReturn:
        """See LatestSource."""
        raise Unreachable("no latest-information service is configured")
