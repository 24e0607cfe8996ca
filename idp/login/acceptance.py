"""Acceptance: what a proof that holds leaves behind, in one write transaction (card login protocol, section 4).

The person if new, the acceptance with its evidence, the session, the audit entry; then the short-lived transaction
is accepted, with the secret that brings the resident's browser back.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from idp.audit import Action, Auditor
from idp.errors import Reason, Refusal
from idp.jpki.revocation import Evidence
from idp.jpki.verify import VerifiedCertificate
from idp.login import person
from idp.login.levels import Level
from idp.login.transaction import RETURN_SECONDS, Accepted, Attempt, Transaction, Transactions
from idp.sealing import Place, digest
from idp.store import acceptances, certificates, engine
from idp.tenancy import Tenant

SESSION_SECONDS = 8 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What the checks of a proof have shown."""

    certificate: VerifiedCertificate
    level: Level
    evidence: Evidence
    who: person.Known | person.New


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceStep:
    """The step and everything it needs."""

    store: engine.Store
    transactions: Transactions
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, proven: Proven) -> str:
        """Store the acceptance; the return URL for the authenticator.

        Raises Refusal with ALREADY_USED when the transaction was accepted or ended meanwhile, and with
        CERTIFICATE_CONFLICT when another key's row for the same certificate index came first.
        """
        tenant, transaction = attempt.tenant, attempt.transaction
        moment = self.now()
        session, secret = self.transactions.new_secret(), self.transactions.new_secret()
        record = acceptances.Acceptance(
            transaction_id=transaction.transaction_id,
            client_id=attempt.client.client_id,
            acr=proven.level.acr,
            amr=" ".join(proven.level.amr),
            evidence=json.dumps(_evidence(attempt, proven.evidence)),
            accepted_at=int(moment.timestamp()),
        )
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            handle = _settle(tx, tenant, proven, moment)
            if not acceptances.add(tx, record, _session(tenant, session, handle, record.accepted_at)):
                raise Refusal(Reason.ALREADY_USED, "this transaction was accepted before")
            self._audit(tx, attempt, proven, moment)
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

    def _audit(self, tx: engine.Transaction, attempt: Attempt, proven: Proven, moment: datetime) -> None:
        keys, client_id = attempt.tenant.keys, attempt.client.client_id
        self.auditor.record(
            tx,
            keys,
            Action.LOGIN_ACCEPTED,
            "accepted",
            client_id=client_id,
            acr=proven.level.acr,
            device=proven.certificate.device,
            revocation=_evidence(attempt, proven.evidence),
            person=keys.audit_tag(client_id, f"{moment:%Y-%m}", proven.who.cert_index),
        )


def _settle(tx: engine.Transaction, tenant: Tenant, proven: Proven, moment: datetime) -> bytes:
    """The person's handle; of two first logins with one certificate the loser takes the winner's."""
    who = proven.who
    if isinstance(who, person.Known) or certificates.add(tx, who.cert_index, who.row, created=moment.date()):
        return who.handle
    earlier = certificates.find(tx, who.cert_index)
    if earlier is None:
        raise LookupError("a certificate row was there and is not")
    return person.known(tenant.keys, who.cert_index, earlier, proven.certificate).handle


def _session(tenant: Tenant, session: str, handle: bytes, accepted_at: int) -> acceptances.NewSession:
    return acceptances.NewSession(
        digest(session),
        tenant.keys.seal(Place("session", digest(session), "handle"), handle),
        accepted_at + SESSION_SECONDS,
    )


def _evidence(attempt: Attempt, evidence: Evidence) -> dict[str, object]:
    """Evidence as stored with the decision; times in seconds since 1970, exact.

    The digest is keyed and bound to the transaction: one answer may serve a person's logins at several services,
    and its plain digest would join them.
    """
    return {
        "method": evidence.method,
        "checked_at": int(evidence.checked_at.timestamp()),
        "this_update": int(evidence.this_update.timestamp()),
        "next_update": int(evidence.next_update.timestamp()),
        "fallback": evidence.fallback,
        "digest": attempt.tenant.keys.evidence_tag(attempt.transaction.transaction_id, evidence.digest),
    }


def open_sealed(tenant: Tenant, transaction: Transaction, field: str, sealed: str) -> bytes:
    """Open what an accepted proof left sealed in its transaction: `handle` or `session`."""
    return tenant.keys.open(_place(transaction, field), base64.b64decode(sealed))


def _sealed(tenant: Tenant, transaction: Transaction, field: str, plaintext: bytes) -> str:
    return base64.b64encode(tenant.keys.seal(_place(transaction, field), plaintext)).decode()


def _place(transaction: Transaction, field: str) -> Place:
    return Place("login", transaction.transaction_id.encode(), field)
