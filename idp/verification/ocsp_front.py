"""An OCSP responder for the municipality's other systems: `POST {issuer}/ocsp/{front}` (RFC 6960 appendix A.1).

What we find out for ourselves, by OCSP, lists or a validation authority, is answered under the tenant's own key.
`front` is a capability of 128 random bits, one for each service that may ask. There is no GET: it would write
serial numbers into URLs.

Over its limit a service is told tryLater (RFC 6960 section 2.3), and nobody is asked: its systems do as they do
when nothing is known. HTTP's own 429 is nothing that OCSP clients look for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from cryptography.x509.ocsp import OCSPResponseStatus
from flask import Flask, Response, request

from idp.errors import Refusal
from idp.jpki import ocsp_answer
from idp.jpki.ocsp_answer import Enquiry, FrontResponder, NoAnswer
from idp.jpki.revocation import Evidence
from idp.revocation.check import SerialAlone, Subject
from idp.revocation.policy import RevocationPolicy
from idp.revocation.tally import Tally
from idp.tenants.tenancy import Tenant
from idp.verification.limits import Limits
from idp.verification.problems import ApiProblem
from idp.web.web import current_tenant

CAPABILITY_LENGTH = 22
"""128 bits in base64url without padding."""
_REQUEST, _RESPONSE = "application/ocsp-request", "application/ocsp-response"
_log = structlog.get_logger("idp.ocsp_front")


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What is registered under one capability: the service that may ask, its policy, who signs for the tenant."""

    client_id: str
    policy: RevocationPolicy
    responder: FrontResponder


class Fronts(Protocol):
    """The registered fronts."""

    def find(self, tenant: Tenant, unverified_capability: str) -> Front | None:
        """The tenant's front of that capability, None when there is none."""
        ...


class Check(Protocol):
    """The revocation check: a `RevocationCheck`."""

    def evidence_for(self, certificate: Subject, policy: RevocationPolicy, tally: Tally) -> Evidence:
        """Evidence that the certificate is good, every question counted. Raises Refusal otherwise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspFront:
    """The endpoint and everything it needs.

    `meter` is told after every enquiry that reached a check, whatever it found out: tenant, client id, enquiry's
    questions.
    """

    fronts: Fronts
    revocation: Check
    limits: Limits
    meter: Callable[[Tenant, str, Tally], None]
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/ocsp/<front>", "ocsp_front", self.answer, methods=["POST"])

    def answer(self, front: str) -> Response:
        """The OCSPResponse; 404 for an unknown front, 415 and 413 for what can be no OCSPRequest."""
        tenant = current_tenant()
        found = self.fronts.find(tenant, front) if len(front) == CAPABILITY_LENGTH else None
        if found is None:
            return Response(status=404)
        if request.mimetype != _REQUEST:
            return Response(status=415)
        unverified_der = request.stream.read(ocsp_answer.MAX_REQUEST_BYTES + 1)
        if len(unverified_der) > ocsp_answer.MAX_REQUEST_BYTES:
            return Response(status=413)
        try:
            self._count(tenant, found)
            body = self._respond(tenant, found, unverified_der)
        except NoAnswer as none:
            body = none.response()
            _log.info("ocsp_front.no_answer", client_id=found.client_id, status=none.status.name)
        return Response(body, mimetype=_RESPONSE)

    def _count(self, tenant: Tenant, front: Front) -> None:
        """Count the enquiry. Raises NoAnswer (tryLater) when the service has asked too much."""
        try:
            self.limits.enquiry(tenant, front.client_id)
        except ApiProblem as problem:
            raise NoAnswer(OCSPResponseStatus.TRY_LATER) from problem

    def _respond(self, tenant: Tenant, front: Front, unverified_der: bytes) -> bytes:
        enquiry = ocsp_answer.read_enquiry(unverified_der, tenant.anchors)
        standing = self._standing(tenant, front, enquiry)
        return front.responder.answer(enquiry, standing, now=self.now())

    def _standing(self, tenant: Tenant, front: Front, enquiry: Enquiry) -> ocsp_answer.Standing:
        tally = Tally.of_service(tenant.tenant_id, front.client_id)
        certificate = SerialAlone(enquiry.anchor, enquiry.serial)
        try:
            return ocsp_answer.good(self.revocation.evidence_for(certificate, front.policy, tally))
        except Refusal as refusal:
            return ocsp_answer.bad(refusal, now=self.now())
        finally:
            self.meter(tenant, front.client_id, tally)
