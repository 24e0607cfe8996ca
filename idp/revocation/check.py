"""The revocation check of one certificate, as a policy demands it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from msgspec import structs

from connectors.ports import CertificateName
from idp.jpki.revocation import Evidence, Method, NoEvidence, StatusRefused, none_left
from idp.jpki.trust import Anchor
from idp.revocation.policy import Order, RevocationPolicy
from idp.revocation.tally import Tally

_log = structlog.get_logger("idp.revocation")


class Subject(Protocol):
    """A certificate as far as revocation goes: a `VerifiedCertificate`, or a `SerialAlone`."""

    @property
    def anchor(self) -> Anchor:
        """Who issued it."""
        ...

    @property
    def serial(self) -> int:
        """Its serial number."""
        ...

    @property
    def crl_point(self) -> bytes | None:
        """DER Name of its distribution point, or None. Raises NoEvidence when there is more than one."""
        ...


@dataclass(frozen=True, slots=True)
class SerialAlone:
    """A certificate that nobody has seen: without a distribution point, a list of the whole CA must speak."""

    anchor: Anchor
    serial: int
    crl_point: bytes | None = None

    @property
    def name(self) -> CertificateName:
        """As J-LIS names it."""
        return CertificateName(self.anchor.kind, self.anchor.key_id, self.serial)


class Responders(Protocol):
    """Revocation by questions: OCSP, or a validation authority."""

    def evidence_for(self, anchor: Anchor, serial: int, *, tally: Tally | None = None) -> Evidence:
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
    """The methods that this process has; `by_va` is None where no validation authority is configured."""

    def __init__(
        self, *, by_ocsp: Responders, by_crl: Lists, now: Callable[[], datetime], by_va: Responders | None = None
    ) -> None:
        self._responders = {Method.OCSP: by_ocsp} if by_va is None else {Method.OCSP: by_ocsp, Method.VA: by_va}
        self._methods = {order: self._available(RevocationPolicy(order)) for order in Order}
        self._by_crl = by_crl
        self._now = now

    def evidence_for(self, certificate: Subject, policy: RevocationPolicy, tally: Tally | None = None) -> Evidence:
        """Evidence that the certificate is not revoked; `fallback` when it is not the first method's.

        Every question that is put is counted in `tally`, however the check ends.

        Raises Refusal: CERTIFICATE_REVOKED, CERTIFICATE_STATUS_UNKNOWN, EVIDENCE_TOO_OLD,
        REVOCATION_UNAVAILABLE.
        """
        tally = tally or Tally()
        if policy.order is Order.BOTH:
            return self._all_of(certificate, policy, tally)
        failures: list[NoEvidence] = []
        for method in self._methods[policy.order]:
            if failures:
                _log.warning("revocation.fallback", to=method, detail=str(failures[-1]), stale=failures[-1].stale)
            fallback = method is not policy.methods[0]
            try:
                evidence = self._ask(method, certificate, policy, tally)
                return structs.replace(evidence, fallback=True) if fallback else evidence
            except NoEvidence as failure:
                failures.append(failure)
            except StatusRefused as refusal:
                if refusal.evidence is not None:
                    refusal.evidence = structs.replace(refusal.evidence, fallback=fallback)
                raise
        raise none_left(failures) from failures[-1]

    def _all_of(self, certificate: Subject, policy: RevocationPolicy, tally: Tally) -> Evidence:
        """The first method's evidence, when every method has some.

        Every one is asked, even after one that knows nothing: another may know that the certificate is revoked.
        """
        found: list[Evidence] = []
        failures: list[NoEvidence] = []
        for method in policy.methods:
            try:
                found.append(self._ask(method, certificate, policy, tally))
            except NoEvidence as failure:
                failures.append(failure)
        if failures:
            raise none_left(failures) from failures[-1]
        return found[0]

    def _available(self, policy: RevocationPolicy) -> list[Method]:
        """The policy's methods without a validation authority that nobody configured."""
        return [method for method in policy.methods if method is not Method.VA or method in self._responders]

    def _ask(self, method: Method, certificate: Subject, policy: RevocationPolicy, tally: Tally) -> Evidence:
        anchor, serial = certificate.anchor, certificate.serial
        if method is Method.CRL:
            point = certificate.crl_point
            with tally.question(anchor.kind, method):
                evidence = self._by_crl.evidence_for(anchor, serial, point=point)
        else:
            evidence = self._responders[method].evidence_for(anchor, serial, tally=tally)
        return policy.require_young(evidence, now=self._now())
