"""Which methods must speak for a certificate, in which order, and how old their evidence may be. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from idp.jpki.revocation import Evidence, Method, NoEvidence


class Order(StrEnum):
    """How methods are combined. A validation authority (VA) is passed over where none is configured."""

    OCSP_FIRST = "ocsp_first"
    """OCSP; a fresh list when OCSP gives nothing; last a VA."""
    CRL_FIRST = "crl_first"
    """A fresh list; OCSP when there is none; last a VA."""
    VA_FIRST = "va_first"
    """A VA; a fresh list when it gives nothing; last OCSP. No order waits for two responders before a list."""
    BOTH = "both"
    """Both OCSP and a fresh list must say that the certificate is good."""


_METHODS = {
    Order.OCSP_FIRST: (Method.OCSP, Method.CRL, Method.VA),
    Order.CRL_FIRST: (Method.CRL, Method.OCSP, Method.VA),
    Order.VA_FIRST: (Method.VA, Method.CRL, Method.OCSP),
    Order.BOTH: (Method.OCSP, Method.CRL),
}
_FIRST = {Method.OCSP: Order.OCSP_FIRST, Method.CRL: Order.CRL_FIRST}


@dataclass(frozen=True, slots=True)
class Deferral:
    """Leave to accept a certificate that no method speaks for, and to verify it later.

    `until`: when this leave itself ends, in UTC and whole seconds. `within`: how soon after the acceptance the
    verification must have succeeded.
    """

    until: datetime
    within: timedelta


@dataclass(frozen=True, slots=True)
class RevocationPolicy:
    """One service's or tenant's demand. `max_age`: greatest age of evidence, beside each method's own limit.

    `stated`: the order is somebody's decision and not our default.
    """

    order: Order = Order.OCSP_FIRST
    max_age: timedelta | None = None
    defer: Deferral | None = None
    stated: bool = field(default=False, compare=False)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods in the order in which they are asked."""
        return _METHODS[self.order]

    def require_young(self, evidence: Evidence, *, now: datetime) -> Evidence:
        """The evidence, if it is young enough. Raises NoEvidence (stale)."""
        if self.max_age is not None and now - evidence.this_update > self.max_age:
            raise NoEvidence("evidence older than the policy allows", stale=True)
        return evidence

    def preferring(self, method: Method | None) -> "RevocationPolicy":
        """The policy of a login whose request names the method that shall speak first; None: as it is.

        Never weaker. A request passes through the resident's hands, and a list is older than an answer: who has
        decided that a responder speaks first is not overruled, nor is a demand for both.
        """
        order = _FIRST.get(method) if method is not None else None
        responder_decided = self.stated and self.order in (Order.OCSP_FIRST, Order.VA_FIRST)
        if order is None or self.order is Order.BOTH or (order is Order.CRL_FIRST and responder_decided):
            return self
        return replace(self, order=order)

    def may_defer(self, now: datetime) -> bool:
        """Whether a check that found nothing out may be made up for later; never for a certificate refused."""
        return self.defer is not None and now < self.defer.until


DEFAULT = RevocationPolicy()
_EPOCH = datetime.fromtimestamp(0, UTC)


def read_policy(members: Mapping[str, object]) -> RevocationPolicy:
    """A policy as it is stored: `order`, `max_age_seconds` and `defer`, each left out or null for the default.

    `defer` is `{"until": seconds since 1970, "within_seconds": n}`.

    Raises ValueError for an order that we do not know and for numbers that are no positive ones.
    """
    order, seconds, defer = (members.get(name) for name in ("order", "max_age_seconds", "defer"))
    return RevocationPolicy(
        DEFAULT.order if order is None else Order(str(order)),
        None if seconds is None else _seconds("max_age_seconds", seconds),
        None if defer is None else _read_deferral(defer),
        stated=order is not None,
    )


def write_policy(policy: RevocationPolicy) -> dict[str, object]:
    """Undo `read_policy`."""
    members: dict[str, object] = {"order": str(policy.order)}
    if policy.max_age is not None:
        members["max_age_seconds"] = int(policy.max_age.total_seconds())
    if policy.defer is not None:
        until, within = int(policy.defer.until.timestamp()), int(policy.defer.within.total_seconds())
        members["defer"] = {"until": until, "within_seconds": within}
    return members


def combine(tenant_members: Mapping[str, object], service_members: Mapping[str, object]) -> RevocationPolicy:
    """The policy of a service in its tenant, both as they are stored: what the service states, it states alone.

    A member that is null is stated: by it a service goes back to the default where its tenant has something else.

    Raises ValueError as `read_policy` does, for either of the two.
    """
    read_policy(tenant_members)
    return read_policy({**tenant_members, **service_members})


def _read_deferral(members: object) -> Deferral:
    if not isinstance(members, Mapping) or members.keys() != {"until", "within_seconds"}:
        raise ValueError("defer is made of until and within_seconds")
    within = _seconds("within_seconds", members["within_seconds"])
    try:
        return Deferral(_EPOCH + _seconds("until", members["until"]), within)
    except OverflowError as error:
        raise ValueError("until is a time before the year 10000") from error


def _seconds(name: str, value: object) -> timedelta:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} is a positive number")
    try:
        return timedelta(seconds=value)
    except OverflowError as error:
        raise ValueError(f"{name} is a positive number of seconds that a clock can tell") from error
