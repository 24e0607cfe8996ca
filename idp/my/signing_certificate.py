"""How the signature certificate stands beside the one that somebody signed in with, for themselves."""

from dataclasses import dataclass

from connectors.ports import CertificateKind, CertificateName
from idp.errors import Refusal
from idp.login import named_again
from idp.my.resident import Resident
from idp.signature_status.by_lists import StatusByLists
from idp.signature_status.status import SignatureStatus


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """Asks about it. `status`: None where nobody is there who knows which certificates belong together."""

    status: StatusByLists | None

    def of(self, resident: Resident) -> SignatureStatus | None:
        """What is found now; None where nobody can be asked, or the session does not know its certificate."""
        tenant, name = resident.tenant, resident.session.proof.certificate
        if self.status is None or name is None:
            return None
        try:
            known = named_again.subject(tenant, named_again.opened(tenant, name))
        except Refusal:  # of an issuer that is trusted no longer
            return None
        return self.status.about(tenant, CertificateName(CertificateKind.USER, known.anchor.key_id, known.serial))
