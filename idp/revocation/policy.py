"""Which methods must speak for a certificate, in which order, and how old their evidence may be. Pure data."""

from collections.abc import Mapping
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


def read_policy(members: Mapping[str, object]) -> RevocationPolicy:
    """A policy as it is stored: `order` and `max_age_seconds`, each left out where it is the default.

    Raises ValueError for an order that we do not know and an age that is no positive number of seconds.
    """
    order = Order(str(members.get("order", DEFAULT.order)))
    seconds = members.get("max_age_seconds")
    if seconds is None:
        return RevocationPolicy(order)
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        raise ValueError("max_age_seconds is a positive number")
    return RevocationPolicy(order, timedelta(seconds=seconds))


def write_policy(policy: RevocationPolicy) -> dict[str, object]:
    """Undo `read_policy`."""
    members: dict[str, object] = {"order": str(policy.order)}
    if policy.max_age is not None:
        members["max_age_seconds"] = int(policy.max_age.total_seconds())
    return members
