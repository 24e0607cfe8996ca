"""Is the certificate of a session, or behind refresh tokens, still good? By the evidence of its proof while that
is young enough for the service's policy; then J-LIS is asked again, and what it says counts from then on.

A certificate that was revoked since ends the session and everything that it led to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from idp.errors import Reason, Refusal
from idp.login import named_again
from idp.login.sessions import Proof
from idp.login.sign_out import SignOut
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.revocation.check import RevocationCheck
from idp.revocation.policy import Order, RevocationPolicy
from idp.revocation.recorded import NO_CERTIFICATE, members_of, recorded, written
from idp.revocation.tally import Asked, Tally
from idp.signature_status import evidence as signature_evidence
from idp.signature_status.question import SignatureQuestion
from idp.store import acceptances
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant

_GONE = (Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_STATUS_UNKNOWN, Reason.CERTIFICATE_UNTRUSTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillGood:
    """The question and everything it needs."""

    store: Store
    revocation: RevocationCheck
    signature: SignatureQuestion
    sign_out: SignOut
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def evidence(
        self,
        tenant: Tenant,
        client: Client,
        proof: Proof,
        policy: RevocationPolicy,
        *,
        with_signature: bool = False,
    ) -> str | None:
        """Evidence that satisfies the policy, JSON; None when there is none, or the certificate is gone.

        `with_signature`: it says something of the signature certificate, too.
        """
        says_enough = not with_signature or signature_evidence.is_in(proof.evidence)
        if says_enough and is_young(proof.evidence, policy, now=int(self.now().timestamp())):
            return proof.evidence
        if proof.certificate is None:
            return None
        named = named_again.opened(tenant, proof.certificate)
        tally = Tally.of_service(tenant.tenant_id, client.client_id)
        try:
            subject = named_again.subject(tenant, named)
            found = self.revocation.evidence_for(subject, policy, tally)
        except Refusal as refusal:
            self._note_refusal(tenant, client, proof, refusal.reason, tally.asked)
            return None
        members = recorded(found, partial(tenant.keys.evidence_tag, proof.transaction_id))
        beside = signature_evidence.carried(proof.evidence)
        if with_signature:
            seen = self.signature.about(tenant, subject.name, policy, tally)
            beside = signature_evidence.member(tenant, proof.transaction_id, seen)
        text = written(members | beside)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            acceptances.set_evidence(tx, proof.transaction_id, text)
            self._record(tx, tenant, client, Action.SESSION_VERIFIED, "verified", tally.asked, revocation=members)
        return text

    def _note_refusal(
        self, tenant: Tenant, client: Client, proof: Proof, reason: Reason, asked: tuple[Asked, ...]
    ) -> None:
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if reason in _GONE:
                self.sign_out.end(tx, tenant, proof.transaction_id)
                self._record(tx, tenant, client, Action.SESSION_REVOKED, "ended", asked, reason=reason)
            else:
                self.meters.record(tx, client.client_id, Purpose.SESSION, asked)

    def _record(
        self,
        tx: Transaction,
        tenant: Tenant,
        client: Client,
        action: Action,
        outcome: str,
        asked: tuple[Asked, ...],
        **details: object,
    ) -> None:
        self.auditor.record(tx, tenant.keys, action, outcome, client_id=client.client_id, **details)
        self.meters.record(tx, client.client_id, Purpose.SESSION, asked)


def outlived(evidence: str, policy: RevocationPolicy, *, now: int) -> bool:
    """Whether stored evidence is older by now than the policy allows; a login yet to be verified has none."""
    members = members_of(evidence)
    if members["method"] in (None, NO_CERTIFICATE) or policy.max_age is None:
        return False
    return now - int(members["this_update"]) > policy.max_age.total_seconds()


def is_young(evidence: str, policy: RevocationPolicy, *, now: int) -> bool:
    """Whether stored evidence is what the policy demands of a decision that is taken now.

    Evidence of one method does not speak for a policy that wants both, nor does a login that is yet to be
    verified, or one behind which no certificate stands.
    """
    members = members_of(evidence)
    if members["method"] in (None, NO_CERTIFICATE) or policy.order is Order.BOTH:
        return False
    current = now < int(members["next_update"]) and members["method"] in map(str, policy.methods)
    return current and not outlived(evidence, policy, now=now)
