"""The question: which signature certificate stands beside a user certificate, and is it good?

It never raises: whatever cannot be found out is `unknown`. One question to J-LIS's ties and, where that names a
certificate, one check of it as the service's policy wants it, which J-LIS charges for as for any check of a
signature certificate (20 yen by OCSP; by lists nothing).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connectors.errors import ConnectorError, Refused
from connectors.ports import CertificateKind, CertificateName, TieAnswer, TieSource
from idp.errors import Reason, Refusal
from idp.revocation.breaker import Breaker
from idp.revocation.check import RevocationCheck, SerialAlone
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.signature_status.named import Seen, issuer
from idp.signature_status.status import SignatureStatus, Status
from idp.tenants.tenancy import Tenant

_log = structlog.get_logger("idp.signature_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureQuestion:
    """The question and whom it is put to. `breaker`: so that no login waits long for ties that fail."""

    ties: TieSource
    revocation: RevocationCheck
    breaker: Breaker
    now: Callable[[], datetime]

    def about(self, tenant: Tenant, user: CertificateName, policy: RevocationPolicy, tally: Tally) -> Seen:
        """What is found of the signature certificate beside `user`; the check is counted in `tally`."""
        answer, signature = self.tied(user)
        if answer is not TieAnswer.TIED or signature is None:
            return self._seen(user, Status.NONE if answer is TieAnswer.NONE else Status.UNKNOWN, None)
        anchor = issuer(tenant, signature)
        if anchor is None:
            return self._seen(user, Status.UNKNOWN, signature)
        try:
            self.revocation.evidence_for(SerialAlone(anchor, signature.serial), policy, tally)
        except Refusal as refusal:
            revoked = refusal.reason is Reason.CERTIFICATE_REVOKED
            status = Status.REVOKED if revoked else Status.UNKNOWN
            return self._seen(user, status, signature, refusal.revocation_reason if revoked else None)
        return self._seen(user, Status.VALID, signature)

    def tied(self, user: CertificateName) -> tuple[TieAnswer, CertificateName | None]:
        """The newest signature certificate beside it."""
        if not self.breaker.allows():
            return TieAnswer.UNOBTAINABLE, None
        try:
            ties = self.ties.ask(user)
        except ConnectorError as error:
            if not isinstance(error, Refused):  # which is an answer, of one that was never issued
                self.breaker.failed()
            _log.warning("signature_status.no-tie", error=type(error).__name__)
            return TieAnswer.UNOBTAINABLE, None
        self.breaker.succeeded()
        of_kind = [name for name in ties.certificates if name.kind is CertificateKind.SIGNATURE]
        return ties.answer, of_kind[0] if of_kind else None

    def _seen(
        self, user: CertificateName, status: Status, signature: CertificateName | None, reason: str | None = None
    ) -> Seen:
        return Seen(SignatureStatus(status, int(self.now().timestamp()), reason), user, signature)
