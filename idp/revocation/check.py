"""The revocation check of one certificate, as a policy demands it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import structlog

from idp.jpki.revocation import Evidence, Method, NoEvidence, none_left
from idp.jpki.trust import Anchor
from idp.jpki.verify import VerifiedCertificate
from idp.revocation.policy import Order, RevocationPolicy

_log = structlog.get_logger("idp.revocation")


class Responders(Protocol):
    """Revocation by OCSP."""

    def evidence_for(self, anchor: Anchor, serial: int) -> Evidence:
        """Evidence that the certificate is good. Raises NoEvidence, or Refusal when it is not."""
        ...


class Lists(Protocol):
    """Revocation by lists."""

    def evidence_for(self, anchor: Anchor, serial: int, *, point: bytes | None = None) -> Evidence:
        """Evidence that no list covering the certificate names it. Raises NoEvidence, or Refusal when one does.

        `point`: DER Name of the certificate's distribution point, None when it names none.
        """
        ...


class RevocationCheck:
    """The methods that this process has."""

    def __init__(self, *, by_ocsp: Responders, by_crl: Lists, now: Callable[[], datetime]) -> None:
        self._by_ocsp = by_ocsp
        self._by_crl = by_crl
        self._now = now

    def evidence_for(self, certificate: VerifiedCertificate, policy: RevocationPolicy) -> Evidence:
        """Evidence that the certificate is not revoked; `fallback` when it is not the first method's.

        Raises Refusal: CERTIFICATE_REVOKED, CERTIFICATE_STATUS_UNKNOWN, EVIDENCE_TOO_OLD,
        REVOCATION_UNAVAILABLE.
        """
        first, second = policy.methods
        try:
            if policy.order is Order.BOTH:
                evidence = self._ask(first, certificate, policy)
                self._ask(second, certificate, policy)
                return evidence
            return self._ask(first, certificate, policy)
        except NoEvidence as failure:
            if policy.order is Order.BOTH:
                raise none_left([failure]) from failure
            return self._fall_back(second, certificate, policy, failure)

    def _fall_back(
        self, method: Method, certificate: VerifiedCertificate, policy: RevocationPolicy, earlier: NoEvidence
    ) -> Evidence:
        _log.warning("revocation.fallback", to=method, detail=str(earlier), stale=earlier.stale)
        try:
            return replace(self._ask(method, certificate, policy), fallback=True)
        except NoEvidence as failure:
            raise none_left([earlier, failure]) from failure

    def _ask(self, method: Method, certificate: VerifiedCertificate, policy: RevocationPolicy) -> Evidence:
        anchor, serial = certificate.anchor, certificate.serial
        if method is Method.CRL:
            evidence = self._by_crl.evidence_for(anchor, serial, point=certificate.crl_point)
        else:
            evidence = self._by_ocsp.evidence_for(anchor, serial)
        return policy.require_young(evidence, now=self._now())
