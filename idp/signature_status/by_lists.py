"""The same question for the resident: the lists alone are asked, which costs nobody anything and names nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connectors.ports import CertificateName, TieAnswer
from idp.jpki.crl_refused import CrlRefused
from idp.signature_status.named import issuer
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.status import SignatureStatus, Status
from idp.signature_status.sweep import Lists
from idp.store.crl_index.lists import Status as Listed
from idp.tenants.tenancy import Tenant

_log = structlog.get_logger("idp.signature_status")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusByLists:
    """Asks J-LIS which certificate it is, and the lists in use how it stands."""

    question: SignatureQuestion
    lists: Lists
    now: Callable[[], datetime]

    def about(self, tenant: Tenant, user: CertificateName) -> SignatureStatus:
        """What the lists say of the signature certificate beside `user`."""
        answer, signature = self.question.tied(user)
        if answer is not TieAnswer.TIED or signature is None:
            return self._status(Status.NONE if answer is TieAnswer.NONE else Status.UNKNOWN)
        anchor = issuer(tenant, signature)
        if anchor is None:
            return self._status(Status.UNKNOWN)
        try:
            (verdict,) = self.lists.verdicts(anchor, [signature.serial])
        except CrlRefused as refused:
            _log.warning("signature_status.no-list", tenant=tenant.tenant_id, reason=refused.reason)
            return self._status(Status.UNKNOWN)
        if verdict.status is Listed.REVOKED:
            return self._status(Status.REVOKED, verdict.reason or "unspecified")
        return self._status(Status.VALID if verdict.status is Listed.NOT_LISTED else Status.UNKNOWN)

    def _status(self, status: Status, reason: str | None = None) -> SignatureStatus:
        return SignatureStatus(status, int(self.now().timestamp()), reason)
