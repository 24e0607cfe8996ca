"""J-LIS's latest-information service, by a consent that the resident signed before.

While the certificate that signed it is good, it says itself what is the latest. Once it is not, J-LIS is asked: it
tells the items that were agreed to, or nothing before the resident has a new signature certificate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ports import CertificateKind, CertificateName, LatestSource
from idp.errors import Reason, Refusal
from idp.items import KANA
from idp.jpki.certificate import parse
from idp.jpki.revocation import Method
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.signature_status.named import issuer
from idp.sources.normal import Wanted, checked, told
from idp.sources.record import Read, Source
from idp.sources.signature_certificate import SignatureCertificate, SignedBy
from idp.tenants.tenancy import Tenant

_AT_J_LIS: Mapping[str, str] = {KANA: "kana"}
_HERE: Mapping[str, str] = {there: here for here, there in _AT_J_LIS.items()}


def at_j_lis(item: str) -> str:
    """What J-LIS calls an item, in the form of our stand-in."""
    return _AT_J_LIS.get(item, item)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A consent that stands: the certificate that signed it, and the service that it is for.

    `policy`: how its revocation is asked for; `tally` takes down every question, J-LIS's charge with it.
    """

    tenant: Tenant
    client_id: str
    certificate: bytes = field(repr=False)
    name: CertificateName = field(repr=False)
    policy: RevocationPolicy
    tally: Tally

    @property
    def signed_by(self) -> SignedBy:
        """The certificate as a source of its own."""
        return SignedBy(self.certificate, self.tenant.profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestInformation:
    """See Basic4Source: the evidence is the consent. Raises Refusal and ConnectorError where nobody could tell.

    `signed`: what the certificate itself says while it is good.
    """

    j_lis: LatestSource
    revocation: RevocationCheck
    now: Callable[[], datetime]
    signed: SignatureCertificate = field(default=SignatureCertificate(Source.LATEST))
    source: Source = Source.LATEST

    def read(self, evidence: Standing, wanted: Wanted) -> Read | None:
        """See Basic4Source. Raises connectors.errors.Refused where J-LIS knows of no consent."""
        if not wanted.items:
            return None
        if self._is_good(evidence):
            return self.signed.read(evidence.signed_by, wanted)
        found = self.j_lis.ask(evidence.name, evidence.client_id)
        evidence.tally.charge(CertificateKind.SIGNATURE, Method.LATEST, answered=bool(found.values))
        if not found.values:
            return None
        held = checked({_HERE.get(item, item): value for item, value in found.values.items()})
        return Read(self.source, told(held, wanted), at=wanted.at)

    def _is_good(self, standing: Standing) -> bool:
        """Whether the certificate that signed still counts. Raises Refusal where nobody could tell."""
        if parse(standing.certificate).certificate.not_valid_after_utc <= self.now():
            return False
        anchor = issuer(standing.tenant, standing.name)
        if anchor is None:
            raise Refusal(Reason.CERTIFICATE_UNTRUSTED, "the issuer of the certificate that agreed")
        try:
            serial = SerialAlone(anchor, standing.name.serial)
            self.revocation.evidence_for(serial, standing.policy, standing.tally)
        except Refusal as refusal:
            if refusal.reason is Reason.CERTIFICATE_REVOKED:
                return False
            raise
        return True
