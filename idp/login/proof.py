"""Proof: from an authenticator's POST to an accepted login, in the order of the card login protocol, section 3.

Before the signature holds nobody is asked and nothing is written. A refusal leaves its audit entry, its spent
nonce and, for the waiting page, its reason behind, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from connectors.ports import LineageSource
from idp.audit import Action, Auditor
from idp.errors import Refusal
from idp.jpki import proof as jpki_proof
from idp.jpki import verify as jpki_verify
from idp.login import levels, person, proof_body
from idp.login.acceptance import AcceptanceStep, Finishing, Proven
from idp.login.handles import Handles, Reached
from idp.login.states import Channel
from idp.login.transaction import Attempt
from idp.login.transactions import Transactions
from idp.metering.record import Meters, Purpose
from idp.revocation.check import RevocationCheck
from idp.revocation.deferral import Deferred, evidence_or_leave
from idp.revocation.tally import Tally
from idp.store.engine import Store

_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    handles: Handles
    revocation: RevocationCheck
    lineage: LineageSource
    acceptance: AcceptanceStep
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def run(self, attempt: Attempt, reached: Reached, unverified_body: bytes) -> Finishing:
        """Accept a proof over a live handle of the attempt (step 1 is the caller's); how the login is finished.

        Raises Refusal:

        2. the body is not well-formed (TOO_LARGE, MALFORMED): not written down;
        3. no nonce is outstanding (ALREADY_USED): not written down;
        4. and 5. algorithm, issuer, signature over M (see `jpki.verify`);
        6. kind, profile, time (ibid.); the device or the level is not enough for this service
           (CERTIFICATE_TYPE_NOT_ACCEPTED, LEVEL_INSUFFICIENT); revoked, or nobody can tell (see
           `RevocationCheck`); whose it is cannot be told (CERTIFICATE_CONFLICT, LINEAGE_UNAVAILABLE).
        """
        # 2
        unverified = proof_body.parse(unverified_body)
        # 3
        nonce = self.handles.take_nonce(attempt.tenant, reached)
        tally = Tally()
        try:
            proven = self._prove(attempt, reached, unverified, nonce, tally)
            return self.acceptance.run(attempt, proven)
        except Refusal as refusal:
            _log.info("login.refused", reason=refusal.reason, detail=refusal.detail)
            self._leave_audit_entry(attempt, refusal, tally)
            self.transactions.refuse(attempt.tenant, attempt.transaction, refusal.reason)
            raise
        except Exception:
            self.transactions.refuse(attempt.tenant, attempt.transaction, None)
            raise

    def _prove(
        self,
        attempt: Attempt,
        reached: Reached,
        unverified: jpki_verify.UnverifiedProof,
        nonce: bytes,
        tally: Tally,
    ) -> Proven:
        tenant, client, channel = attempt.tenant, attempt.client, reached.handle.channel
        challenge = jpki_proof.Challenge(tenant.issuer, tenant.origin, reached.handle.agent_transaction, nonce)
        # 4, 5, and of 6: kind, profile, time
        certificate = jpki_verify.verify(
            unverified, challenge, anchors=tenant.anchors, profile=tenant.profile, now=self.now()
        )
        levels.require_type(client, certificate.device)
        level = levels.require(client, levels.earned(channel, certificate.device))
        by_code = levels.earned(Channel.CROSS_DEVICE, certificate.device)
        # 6: revocation, lineage
        evidence = evidence_or_leave(
            lambda: self.revocation.evidence_for(certificate, client.revocation, tally),
            client.revocation,
            self.now(),
        )
        if isinstance(evidence, Deferred):
            level, by_code = levels.require(client, levels.lowered(level)), levels.lowered(by_code)
        who = person.of(self.store, tenant, certificate, lineage=self.lineage, token_bytes=self.token_bytes)
        return Proven(
            channel=channel,
            certificate=certificate,
            level=level,
            by_code=by_code if levels.reaches(client, by_code) else None,
            evidence=evidence,
            asked=tally.asked,
            who=who,
        )

    def _leave_audit_entry(self, attempt: Attempt, refusal: Refusal, tally: Tally) -> None:
        with self.store.for_tenant(attempt.tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                attempt.tenant.keys,
                Action.LOGIN_REFUSED,
                "refused",
                client_id=attempt.client.client_id,
                reason=refusal.reason,
            )
            self.meters.record(tx, attempt.client.client_id, Purpose.LOGIN, tally.asked)
