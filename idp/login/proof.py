"""Proof: from an authenticator's POST to an accepted login, in the order of the card login protocol, section 3.

Before the signature holds nobody is asked and nothing is written. A refusal leaves its audit entry and its spent
nonce behind, and nothing else.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.ports import LineageSource
from idp.audit import Action, Auditor
from idp.errors import Reason, Refusal
from idp.jpki import proof as jpki_proof
from idp.jpki import verify as jpki_verify
from idp.jpki.revocation import Evidence
from idp.login import levels, person, proof_body
from idp.login.revocation import RevocationCheck
from idp.login.transaction import RETURN_SECONDS, Accepted, Transaction, Transactions
from idp.sealing import Place, digest
from idp.store import acceptances, certificates
from idp.store.engine import Store
from idp.tenancy import Client, Tenant

SESSION_SECONDS = 8 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    revocation: RevocationCheck
    lineage: LineageSource
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def run(self, tenant: Tenant, client: Client, transaction: Transaction, unverified_body: bytes) -> str:
        """Accept a proof for a live transaction (step 1 is the caller's); the return URL for the agent.

        Raises Refusal.
        """
        # 2
        unverified = proof_body.parse(unverified_body, attributes_asked=False)
        # 3
        nonce = self.transactions.take_nonce(tenant, transaction)
        try:
            return self._accept(tenant, client, transaction, unverified, nonce)
        except Refusal as refusal:
            self._leave_audit_entry(tenant, client, refusal)
            self.transactions.refuse(tenant, transaction, refusal.reason)
            raise

    def _accept(
        self,
        tenant: Tenant,
        client: Client,
        transaction: Transaction,
        unverified: jpki_verify.UnverifiedProof,
        nonce: bytes,
    ) -> str:
        challenge = jpki_proof.Challenge(tenant.issuer, tenant.origin, transaction.agent_transaction, nonce)
        # 4, 5, and of 6: kind, profile, time
        certificate = jpki_verify.verify(
            unverified, challenge, anchors=tenant.anchors, profile=tenant.profile, now=self.now()
        )
        if certificate.device not in client.certificate_types:
            raise Refusal(Reason.CERTIFICATE_TYPE_NOT_ACCEPTED)
        level = levels.require(client, levels.SAME_DEVICE[certificate.device])
        # 6: revocation, lineage
        evidence = self.revocation.evidence_for(certificate)
        who = self._find_person(tenant, certificate)
        return self._store_acceptance(tenant, client, transaction, level, evidence, who, certificate)

    def _find_person(
        self, tenant: Tenant, certificate: jpki_verify.VerifiedCertificate
    ) -> person.Known | person.New:
        index = person.cert_index(tenant, certificate)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = certificates.find(tx, index)
        if row is not None:
            return person.known(tenant.keys, index, row, certificate)
        return person.first(tenant.keys, index, certificate, lineage=self.lineage, token_bytes=self.token_bytes)

    def _store_acceptance(
        self,
        tenant: Tenant,
        client: Client,
        transaction: Transaction,
        level: levels.Level,
        evidence: Evidence,
        who: person.Known | person.New,
        certificate: jpki_verify.VerifiedCertificate,
    ) -> str:
        """One write transaction: person if new, acceptance, evidence, session, audit entry."""
        moment = self.now()
        session, secret = self.transactions.new_secret(), self.transactions.new_secret()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            handle = who.handle
            if isinstance(who, person.New) and not certificates.add(
                tx, who.cert_index, who.row, created=moment.date()
            ):
                earlier = certificates.find(tx, who.cert_index)
                if earlier is None:
                    raise LookupError("a certificate row was there and is not")
                handle = person.known(tenant.keys, who.cert_index, earlier, certificate).handle
            record = acceptances.Acceptance(
                transaction.transaction_id,
                client.client_id,
                level.acr,
                " ".join(level.amr),
                evidence_json(evidence),
                int(moment.timestamp()),
            )
            new_session = acceptances.NewSession(
                digest(session),
                tenant.keys.seal(Place("session", digest(session), "handle"), handle),
                record.accepted_at + SESSION_SECONDS,
            )
            if not acceptances.add(tx, record, new_session):
                raise Refusal(Reason.ALREADY_USED, "this transaction was accepted before")
            self.auditor.record(
                tx,
                tenant.keys,
                Action.LOGIN_ACCEPTED,
                "accepted",
                client_id=client.client_id,
                acr=level.acr,
                device=certificate.device,
                revocation=json.loads(record.evidence),
                person=tenant.keys.audit_tag(client.client_id, f"{moment:%Y-%m}", who.cert_index),
            )
        accepted = Accepted(
            acr=record.acr,
            amr=record.amr,
            evidence=record.evidence,
            accepted_at=record.accepted_at,
            sealed_handle=_sealed(tenant, transaction, "handle", handle),
            sealed_session=_sealed(tenant, transaction, "session", session.encode()),
            return_digest=digest(secret).hex(),
            return_ends=record.accepted_at + RETURN_SECONDS,
        )
        if not self.transactions.accept(tenant, transaction, accepted):
            raise Refusal(Reason.ALREADY_USED, "the transaction ended meanwhile")
        return tenant.url(f"/login/{transaction.transaction_id}/return?secret={secret}")

    def _leave_audit_entry(self, tenant: Tenant, client: Client, refusal: Refusal) -> None:
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                tenant.keys,
                Action.LOGIN_REFUSED,
                "refused",
                client_id=client.client_id,
                reason=refusal.reason,
            )


def evidence_json(evidence: Evidence) -> str:
    """Evidence as stored with the decision; times in seconds since 1970, exact."""
    return json.dumps(
        {
            "method": evidence.method,
            "checked_at": int(evidence.checked_at.timestamp()),
            "this_update": int(evidence.this_update.timestamp()),
            "next_update": int(evidence.next_update.timestamp()),
            "fallback": evidence.fallback,
            "digest": evidence.digest.hex(),
        }
    )


def open_sealed(tenant: Tenant, transaction: Transaction, field: str, sealed: str) -> bytes:
    """Open what an accepted proof left sealed in its transaction: `handle` or `session`."""
    return tenant.keys.open(_place(transaction, field), base64.b64decode(sealed))


def _sealed(tenant: Tenant, transaction: Transaction, field: str, plaintext: bytes) -> str:
    return base64.b64encode(tenant.keys.seal(_place(transaction, field), plaintext)).decode()


def _place(transaction: Transaction, field: str) -> Place:
    return Place("login", transaction.transaction_id.encode(), field)
