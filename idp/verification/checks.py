"""One check: a certificate, or a serial number alone. The verdict is always an answer, never an error."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import CertificateKind
from idp.errors import Refusal
from idp.jpki import certificate as jpki_certificate
from idp.jpki import verify as jpki_verify
from idp.jpki.certificate import UnverifiedCertificate
from idp.login import person
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import RevocationPolicy
from idp.revocation.recorded import recorded_by_itself
from idp.revocation.serials import generations
from idp.revocation.tally import Tally
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.verification import shapes
from idp.verification.api import Answer, Call, Endpoint
from idp.verification.serials import SerialCheck
from idp.verification.verdict import Status, Verdict, bad, fresher, good


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The step and everything it needs."""

    store: Store
    revocation: RevocationCheck
    serials: SerialCheck
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def endpoint(self) -> Endpoint:
        """`POST /certificates/check`."""
        return Endpoint(
            path="/certificates/check",
            name="check",
            run=self.run,
            summary="The verdict on one certificate, or on one serial number.",
            takes=shapes.CheckRequest,
            gives=shapes.Verdict,
            repeatable=True,
            media_types={"application/json": {"kind": "user", "serial": "1a2b3c", "freshness": 3600}},
            example={
                "status": "revoked",
                "code": "certificate_revoked",
                "reason": "keyCompromise",
                "revocation": None,
            },
        )

    def run(self, call: Call) -> Answer:
        """Answer with a verdict. Raises ApiProblem or Refusal for what is no certificate and no serial number."""
        asked = call.read(shapes.CheckRequest)
        policy, tag = fresher(call.client.revocation, asked.freshness), None
        tally = Tally.of_service(call.tenant.tenant_id, call.client.client_id)
        if asked.certificate is not None:
            leaf = jpki_certificate.parse(shapes.der_of(asked.certificate))
            verdict, index = self._certificate(call.tenant, leaf, policy, tally)
            if index is not None:
                tag = call.tenant.keys.audit_tag(call.client.client_id, self.now(), index)
        else:
            verdict = self._serial(call.tenant, asked, policy, tally)
        return self._answer(call, verdict, tally, tag)

    def _certificate(
        self, tenant: Tenant, leaf: UnverifiedCertificate, policy: RevocationPolicy, tally: Tally
    ) -> tuple[Verdict, bytes | None]:
        """The verdict, and the index of the certificate if it is one of ours."""
        index = None
        try:
            certificate = jpki_verify.certificate(
                leaf, anchors=tenant.anchors, profile=tenant.profile, kind=None, now=self.now()
            )
            index = person.cert_index(tenant, certificate)
            return good(Status.VALID, self.revocation.evidence_for(certificate, policy, tally)), index
        except Refusal as refusal:
            return bad(refusal, method=tally.last_method, now=self.now()), index

    def _serial(
        self, tenant: Tenant, asked: shapes.CheckRequest, policy: RevocationPolicy, tally: Tally
    ) -> Verdict:
        kind, serial = CertificateKind(str(asked.kind)), int(str(asked.serial), 16)
        key_id = None if asked.issuer_key_id is None else bytes.fromhex(asked.issuer_key_id)
        anchors = generations(tenant.anchors, kind, key_id, now=self.now())
        return self.serials.verdict(anchors, serial, policy, tally)

    def _answer(self, call: Call, verdict: Verdict, tally: Tally, tag: str | None) -> Answer:
        client_id = call.client.client_id
        keys, evidence = call.tenant.keys, verdict.evidence
        details: dict[str, object] = {"status": verdict.status, "code": verdict.code}
        if tag is not None:
            details["person"] = tag
        if evidence is not None:
            details["revocation"] = recorded_by_itself(evidence, keys, self.token_bytes)
        with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
            self.auditor.record(tx, keys, Action.VERIFICATION_ANSWERED, "answered", client_id=client_id, **details)
            self.meters.record(tx, client_id, Purpose.CHECK, tally.asked)
            return call.keep(tx, Answer(verdict.members()))
