"""Which methods must speak for a certificate, in which order, and how old their evidence may be. Pure data."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.jpki.revocation import Evidence, Method, NoEvidence


class Order(StrEnum):
    """How methods are combined."""

    OCSP_FIRST = "ocsp_first"
    """OCSP; a fresh list when OCSP gives nothing."""
    CRL_FIRST = "crl_first"
    """A fresh list; OCSP when there is none."""
    BOTH = "both"
    """Both must say that the certificate is good."""


@dataclass(frozen=True, slots=True)
class RevocationPolicy:
    """One service's or tenant's demand. `max_age`: greatest age of evidence, beside each method's own limit."""

    order: Order = Order.OCSP_FIRST
    max_age: timedelta | None = None

    @property
    def methods(self) -> tuple[Method, Method]:
        """The methods in the order in which they are asked."""
        first_crl = self.order is Order.CRL_FIRST
        return (Method.CRL, Method.OCSP) if first_crl else (Method.OCSP, Method.CRL)

    def require_young(self, evidence: Evidence, *, now: datetime) -> Evidence:
        """The evidence, if it is young enough. Raises NoEvidence (stale)."""
        if self.max_age is not None and now - evidence.this_update > self.max_age:
            raise NoEvidence("evidence older than the policy allows", stale=True)
        return evidence


DEFAULT = RevocationPolicy()
