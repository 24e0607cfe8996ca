"""Whether a signature certificate belongs to a person who is known by user certificates.

J-LIS ties the two kinds where they stand on one card or phone; the person's record knows their user certificates.
Nothing is ever taken from names or dates of birth. What J-LIS cannot tell is refused, and is not called another's.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.ports import CertificateName, Lineage, LineageAnswer, LineageSource, TieAnswer, Ties, TieSource
from idp.errors import Reason, Refusal
from idp.jpki.verify import VerifiedCertificate
from idp.people import record
from idp.store import certificates
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The check and everything it needs."""

    store: Store
    ties: TieSource
    lineage: LineageSource

    def require(self, tenant: Tenant, certificate: VerifiedCertificate, handle: bytes) -> None:
        """Return if the signature certificate is that person's.

        Raises Refusal: CERTIFICATE_CONFLICT when it is somebody else's; LINEAGE_UNAVAILABLE when J-LIS does not
        answer, or cannot tell.
        """
        ties = self._ties(certificate.name)
        if ties.answer is not TieAnswer.TIED:
            raise Refusal(Reason.LINEAGE_UNAVAILABLE, f"the signature certificate's tie is {ties.answer}")
        found = self._people(tenant, ties.certificates)
        if not found:  # issued since the person was last heard of, or another phone's
            found = self._people(tenant, self._line(ties.certificates))
        if handle not in found:
            raise Refusal(Reason.CERTIFICATE_CONFLICT, "the signature certificate of another person")

    def _people(self, tenant: Tenant, names: Iterable[CertificateName]) -> set[bytes]:
        """The handles of those whom these user certificates find, as they are after merges."""
        anchors = {(anchor.kind, anchor.key_id): anchor.spki_sha256 for anchor in tenant.anchors}
        with_anchor = [(anchors.get((name.kind, name.issuer_key_id)), name) for name in names]
        indexes = {tenant.keys.cert_index(n.kind, spki, n.serial) for spki, n in with_anchor if spki is not None}
        found = set()
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            for index in indexes:
                row = certificates.find(tx, index)
                if row is not None:
                    handle = record.open_handle(tenant.keys, index, row)
                    found.add(record.surviving(tx, tenant.keys, handle))
        return found

    def _line(self, names: Iterable[CertificateName]) -> set[CertificateName]:
        """The other user certificates of the same line. Raises Refusal where J-LIS cannot name them all."""
        linked: set[CertificateName] = set()
        for name in names:
            lineage = self._lineage(name)
            linked.update(lineage.certificates)
            if lineage.answer is LineageAnswer.UNOBTAINABLE:
                raise Refusal(Reason.LINEAGE_UNAVAILABLE, "the line of the tied user certificate")
        return linked

    def _ties(self, name: CertificateName) -> Ties:
        try:
            return self.ties.ask(name)
        except ConnectorError as error:
            raise Refusal(Reason.LINEAGE_UNAVAILABLE, str(error)) from error

    def _lineage(self, name: CertificateName) -> Lineage:
        try:
            return self.lineage.ask(name)
        except ConnectorError as error:
            raise Refusal(Reason.LINEAGE_UNAVAILABLE, str(error)) from error
