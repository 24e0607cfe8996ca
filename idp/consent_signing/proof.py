"""From an authenticator's POST to a signed statement, in the order of a login's proof (protocol, section 3).

Before the signature holds nobody is asked and nothing is written. A refusal leaves its audit entry, its spent
nonce and, for the page that waits, its reason behind, and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from cryptography.hazmat.primitives.serialization import Encoding

from connectors.ports import CertificateKind
from idp.consent_signing import challenge
from idp.consent_signing.signed import Signed, proof_place
from idp.consent_signing.statement import Purpose
from idp.consent_signing.whose import Whose
from idp.errors import Reason, Refusal
from idp.japan import day_in_japan
from idp.jpki import verify as jpki_verify
from idp.jpki.consent_proof import ConsentChallenge
from idp.jpki.signature_attributes import read_attributes
from idp.jpki.verify import UnverifiedProof, VerifiedCertificate
from idp.keys.sealing import digest
from idp.login import levels, proof_body
from idp.login.acceptance import Finishing, open_sealed, seal_in
from idp.login.handles import Handles, Reached
from idp.login.signing import Signing
from idp.login.transaction import RETURN_SECONDS, Accepted, Attempt
from idp.login.transactions import Transactions
from idp.metering.record import Meters
from idp.metering.record import Purpose as Metered
from idp.oversight.audit import Action, Auditor
from idp.revocation.check import RevocationCheck
from idp.revocation.recorded import recorded
from idp.revocation.tally import Tally
from idp.store import signed_statements
from idp.store.engine import Store
from idp.store.signed_statements import StatementRow
from idp.tenants.tenancy import Client, Tenant

_log = structlog.get_logger("idp.consent_signing")


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningStep:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    handles: Handles
    revocation: RevocationCheck
    whose: Whose
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def challenge(self, tenant: Tenant, client: Client, reached: Reached, signing: Signing) -> dict[str, object]:
        """What an authenticator is told that reached the handle."""
        return challenge.answer(tenant, client, reached, signing)

    def run(self, attempt: Attempt, reached: Reached, signing: Signing, unverified_body: bytes) -> Finishing:
        """Accept a signature over a live handle of the attempt (step 1 is the caller's); how the browser goes on.

        Raises Refusal as `ProofStep.run` does, with these differences: a user certificate is
        CERTIFICATE_WRONG_KIND; another person's is CERTIFICATE_CONFLICT; its revocation is never left for later.
        """
        unverified = proof_body.parse(unverified_body)  # 2
        nonce = self.handles.take_nonce(attempt.tenant, reached)  # 3
        tally = Tally.of_service(attempt.tenant.tenant_id, attempt.client.client_id)
        try:
            asked = _asked(attempt.tenant, reached, signing, nonce)
            certificate = self._verified(attempt, unverified, asked)
            evidence = self.revocation.evidence_for(certificate, attempt.demand.revocation, tally)
            handle = person_of(attempt, signing)
            self.whose.require(attempt.tenant, certificate, handle)
            tag = partial(attempt.tenant.keys.evidence_tag, attempt.transaction.transaction_id)
            signed = self._signed(attempt, signing, unverified, asked, certificate, recorded(evidence, tag))
            return self._accept(attempt, signing, signed, certificate, tally)
        except Refusal as refusal:
            _log.info("signing.refused", reason=refusal.reason, detail=refusal.detail)
            self._leave_audit_entry(attempt, signing, refusal, tally)
            self.transactions.refuse(attempt.tenant, attempt.transaction, refusal)
            raise
        except Exception:
            self.transactions.refuse(attempt.tenant, attempt.transaction, None)
            raise

    def _verified(
        self, attempt: Attempt, unverified: UnverifiedProof, asked: ConsentChallenge
    ) -> VerifiedCertificate:
        """Steps 4 and 5, and of 6: kind, profile, time, device."""
        tenant = attempt.tenant
        certificate = jpki_verify.verify(
            unverified,
            asked,
            anchors=tenant.anchors,
            profile=tenant.profile,
            now=self.now(),
            kind=CertificateKind.SIGNATURE,
        )
        levels.require_type(attempt.client, certificate.device)
        read_attributes(certificate.leaf)  # whoever signs is named, or nothing is proven of anybody
        return certificate

    def _signed(
        self,
        attempt: Attempt,
        signing: Signing,
        unverified: UnverifiedProof,
        asked: ConsentChallenge,
        certificate: VerifiedCertificate,
        revocation: dict[str, object],
    ) -> Signed:
        return Signed(
            transaction_id=attempt.transaction.transaction_id,
            purpose=Purpose(signing.purpose),
            issuer=asked.issuer,
            origin=asked.origin,
            transaction=asked.transaction,
            nonce=asked.nonce,
            statement=asked.statement,
            message=asked.message(),
            algorithm=unverified.algorithm,
            signature=unverified.signature,
            certificate=certificate.leaf.certificate.public_bytes(Encoding.DER),
            name=certificate.name,
            revocation=revocation,
            signed_at=int(self.now().timestamp()),
        )

    def _accept(
        self, attempt: Attempt, signing: Signing, signed: Signed, certificate: VerifiedCertificate, tally: Tally
    ) -> Finishing:
        """One row, unique per transaction, with its audit entry; then the browser may come back for it."""
        tenant, client, moment = attempt.tenant, attempt.client, self.now()
        transaction_id, content = signed.transaction_id, signed.to_json()
        today = day_in_japan(moment)
        row = StatementRow(
            transaction_id=transaction_id,
            client_id=client.client_id,
            purpose=signed.purpose,
            day=today,
            sealed_proof=tenant.keys.seal(proof_place(transaction_id), content) if signing.kept_days else None,
            proof_ends=today + timedelta(days=signing.kept_days),
        )
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not signed_statements.add(tx, row):
                raise Refusal(Reason.ALREADY_USED, "this statement was signed before")
            self.auditor.record(
                tx,
                tenant.keys,
                Action.STATEMENT_SIGNED,
                "signed",
                client_id=client.client_id,
                purpose=signing.purpose,
                device=certificate.device,
                revocation=dict(signed.revocation),
            )
            self.meters.record(tx, client.client_id, Metered.SIGNING, tally.asked)
        return self._finishing(attempt, signing, content, int(moment.timestamp()))

    def _finishing(self, attempt: Attempt, signing: Signing, content: bytes, moment: int) -> Finishing:
        """Let the transaction wait for its browser. Raises Refusal with ALREADY_USED."""
        tenant, transaction = attempt.tenant, attempt.transaction
        secret = self.transactions.new_secret()
        accepted = Accepted(
            acr="",
            acr_by_code="",
            amr="",
            evidence="",
            accepted_at=moment,
            sealed_prover="",
            return_digest=digest(secret).hex(),
            return_ends=moment + RETURN_SECONDS,
            sealed_signed=seal_in(tenant, transaction.transaction_id, "signed", content),
        )
        if not self.transactions.accept(tenant, transaction, accepted, None):
            raise Refusal(Reason.ALREADY_USED, "the transaction ended meanwhile")
        return Finishing(return_url=f"{transaction.url(tenant)}/return?secret={secret}", code=None)

    def _leave_audit_entry(self, attempt: Attempt, signing: Signing, refusal: Refusal, tally: Tally) -> None:
        tenant, client_id = attempt.tenant, attempt.client.client_id
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(
                tx,
                tenant.keys,
                Action.STATEMENT_REFUSED,
                "refused",
                client_id=client_id,
                reason=refusal.reason,
                purpose=signing.purpose,
            )
            self.meters.record(tx, client_id, Metered.SIGNING, tally.asked)


def person_of(attempt: Attempt, signing: Signing) -> bytes:
    """The handle of the person who is to sign."""
    return open_sealed(attempt.tenant, attempt.transaction, "handle", signing.sealed_person)


def _asked(tenant: Tenant, reached: Reached, signing: Signing, nonce: bytes) -> ConsentChallenge:
    transaction = reached.handle.agent_transaction
    return ConsentChallenge(tenant.issuer, tenant.origin, transaction, nonce, signing.statement)
