"""A resident's proof, handed in by the service itself: the person as that service knows them.

The same checks in the same order as at a login (card login protocol, section 3), over a message of its own, and
one level lower: no origin is signed. No session, no code and no consent come of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connectors.ports import LineageSource
from idp.continuity.carry import Opened
from idp.continuity.newcomers import Newcomers
from idp.errors import Reason, Refusal
from idp.jpki import certificate as jpki_certificate
from idp.jpki import verify as jpki_verify
from idp.jpki.api_proof import ApiChallenge
from idp.jpki.revocation import Evidence
from idp.jpki.verify import UnverifiedProof, VerifiedCertificate
from idp.login import demand, levels, person
from idp.login.acceptance import settled
from idp.login.demand import NO_WISH
from idp.login.levels import Level
from idp.login.pairwise import Pair, Pairs
from idp.metering.record import Meters, Purpose
from idp.oidc.claims.claims import previous_claims
from idp.oversight.audit import Action, Auditor
from idp.people.arrival import Arrival
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import RevocationPolicy
from idp.revocation.recorded import recorded_by_itself
from idp.revocation.tally import Tally
from idp.signature_status.question import SignatureQuestion
from idp.signature_status.status import MEMBER, SCOPE, SignatureStatus, Status
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant
from idp.verification import shapes
from idp.verification.api import Answer, Call, Endpoint
from idp.verification.challenges import Challenges
from idp.verification.verdict import claim, fresher

ACR = "aal2"
_log = structlog.get_logger("idp.verification")
_EXAMPLE = {
    "sub": "Lf_4yBSyFj0JN5oA-7RcznstB7ozLEClOnPYk1kZdMg",
    "acr": ACR,
    "amr": ["hwk", "sc", "pin", "mfa"],
    "revocation": {
        "method": "ocsp",
        "checked_at": 1775034000,
        "this_update": 1775033100,
        "next_update": 1775034900,
        "fallback": False,
    },
    "signature_certificate": {"status": "valid", "checked_at": 1775034000, "basic4_changed": False},
}
_PROBLEMS = (
    "signature_invalid", "algorithm_refused", "certificate_untrusted", "certificate_wrong_kind",
    "certificate_expired", "certificate_not_yet_valid", "certificate_revoked", "certificate_status_unknown",
    "certificate_conflict", "certificate_type_not_accepted", "level_insufficient", "not_found", "already_used",
    "expired", "revocation_unavailable", "evidence_too_old", "lineage_unavailable", "keys_unavailable",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Proven:
    certificate: VerifiedCertificate
    level: Level
    evidence: Evidence
    who: person.Known | person.New
    brought: Opened | None
    signature: SignatureStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentications:
    """The step and everything it needs."""

    store: Store
    challenges: Challenges
    revocation: RevocationCheck
    lineage: LineageSource
    signature: SignatureQuestion
    pairs: Pairs
    arrival: Arrival
    newcomers: Newcomers
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def endpoint(self) -> Endpoint:
        """`POST /authentications`."""
        return Endpoint(
            path="/authentications",
            name="authentications",
            run=self.run,
            summary="The person who signed a challenge, as this service knows them.",
            takes=shapes.AuthenticationRequest,
            gives=shapes.AuthenticationAnswer,
            problems=_PROBLEMS,
            repeatable=True,
            media_types={
                "application/json": {"challenge": "AAECAw...", "certificate": "MIIG...", "signature": "q83v..."}
            },
            example=_EXAMPLE,
        )

    def run(self, call: Call) -> Answer:
        """Answer with the person. Raises ApiProblem for the body's shape, Refusal as a login does.

        Before the signature holds nobody is asked; a refusal leaves its audit entry, its spent challenge and the
        count of what was asked behind.
        """
        # 2
        asked = call.read(shapes.AuthenticationRequest)
        leaf = jpki_certificate.parse(shapes.der_of(asked.certificate))
        unverified = UnverifiedProof(leaf, asked.algorithm, shapes.bytes_of(asked.signature))
        # 3
        challenge = self.challenges.take(call.tenant, call.client, asked.challenge)
        tally = Tally.of_service(call.tenant.tenant_id, call.client.client_id)
        try:
            proven = self._prove(call, unverified, challenge, asked.freshness, tally)
            pair = self._pair(call, proven)
        except Refusal as refusal:
            _log.info("verification.refused", reason=refusal.reason, detail=refusal.detail)
            self._leave_refusal(call, refusal, tally)
            raise
        return self._answer(call, proven, pair, tally)

    def _prove(
        self, call: Call, unverified: UnverifiedProof, challenge: bytes, freshness: int | None, tally: Tally
    ) -> _Proven:
        tenant, client = call.tenant, call.client
        asked = ApiChallenge(tenant.issuer, client.client_id, challenge)
        # 4, 5, and of 6: kind, profile, time
        certificate = jpki_verify.verify(
            unverified, asked, anchors=tenant.anchors, profile=tenant.profile, now=self.now()
        )
        levels.require_type(client, certificate.device)
        level = demand.of(tenant, client, NO_WISH).require(Level(ACR, levels.SAME_DEVICE[certificate.device].amr))
        # 6: revocation, lineage
        policy = fresher(client.revocation, freshness)
        evidence = self.revocation.evidence_for(certificate, policy, tally)
        who = person.of(self.store, tenant, certificate, lineage=self.lineage, token_bytes=self.token_bytes)
        if isinstance(who, person.Unclear):  # nobody is here to be asked: a login on our pages asks
            raise Refusal(Reason.LINEAGE_UNAVAILABLE, "the link cannot be obtained")
        brought = self.newcomers.seek(tenant, client, certificate)
        signature = self._signature(tenant, client, certificate, policy, tally)
        return _Proven(certificate, level, evidence, who, brought, signature)

    def _signature(
        self,
        tenant: Tenant,
        client: Client,
        certificate: VerifiedCertificate,
        policy: RevocationPolicy,
        tally: Tally,
    ) -> SignatureStatus:
        """Asked for a service alone that is registered for it: J-LIS may charge for the question."""
        if SCOPE not in client.scopes:
            return SignatureStatus(Status.UNKNOWN, int(self.now().timestamp()))
        return self.signature.about(tenant, certificate.name, policy, tally).status

    def _pair(self, call: Call, proven: _Proven) -> Pair:
        """The person's pair with this service; the person is stored first, if new."""
        who, handle = proven.who, proven.who.handle
        if isinstance(who, person.New) or not (who.has_signed and who.named):
            with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
                handle = settled(tx, call.tenant, who, proven.certificate, self.arrival) or handle
        if proven.brought is not None:
            with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
                self.newcomers.attach(tx, call.tenant, call.client, proven.brought, handle)
        return self.pairs.ensure(call.tenant, call.client, handle, proof=who.cert_index)

    def _answer(self, call: Call, proven: _Proven, pair: Pair, tally: Tally) -> Answer:
        keys, client_id, now = call.tenant.keys, call.client.client_id, self.now()
        answer = Answer(
            {
                "sub": pair.ppid,
                **previous_claims(pair.previous, now=int(now.timestamp())),
                "acr": proven.level.acr,
                "amr": list(proven.level.amr),
                "revocation": claim(proven.evidence),
                MEMBER: proven.signature.claim(),
            }
        )
        with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                keys,
                Action.VERIFICATION_ANSWERED,
                "answered",
                client_id=client_id,
                acr=proven.level.acr,
                device=proven.certificate.device,
                revocation=recorded_by_itself(proven.evidence, keys, self.token_bytes),
                new_pair=pair.new,
                person=keys.audit_tag(client_id, now, proven.who.cert_index),
            )
            self.meters.record(tx, client_id, Purpose.AUTHENTICATION, tally.asked)
            return call.keep(tx, answer)

    def _leave_refusal(self, call: Call, refusal: Refusal, tally: Tally) -> None:
        client_id = call.client.client_id
        with self.store.for_tenant(call.tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                call.tenant.keys,
                Action.VERIFICATION_REFUSED,
                "refused",
                client_id=client_id,
                reason=refusal.reason,
            )
            self.meters.record(tx, client_id, Purpose.AUTHENTICATION, tally.asked)
