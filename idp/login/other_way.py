"""Acceptance of who has shown an ID with its password, or a passkey: what a login leaves behind without a
signature.

The same as after a certificate's proof (`acceptance.py`): the acceptance with its evidence, the session, the audit
entry, in one write transaction; then the way back, which completes only in the browser that holds the
transaction's cookie. Where two proofs are asked for, this one is the first and leaves nothing but whose it was.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import structs

from idp.errors import Reason, Refusal
from idp.events.outbox import JSON
from idp.keys.sealing import digest
from idp.login import combined, named_again
from idp.login.acceptance import accepting, new_session, seal_in, seal_prover
from idp.login.bound import GoodCertificate
from idp.login.levels import Level
from idp.login.prover import Prover
from idp.login.states import Channel, State
from idp.login.transaction import RETURN_SECONDS, Accepted, Attempt
from idp.login.transactions import Transactions
from idp.metering.record import Meters, Purpose
from idp.organizations.claim import Organization
from idp.oversight.audit import Action, Auditor
from idp.revocation.recorded import members_of, without_certificate, written
from idp.revocation.tally import Asked
from idp.store import acceptances
from idp.store.engine import Store, Transaction
from idp.store.shortlived import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Who has shown what. `certificate`: the good one behind it, None for somebody without a card.

    `evidence`: of a certificate that is no person's, as an acceptance keeps it; empty for none.
    `organization`: for whom they sign in, None of residents.
    `mark`: keyed bytes by which the audit names the person; `asked`: what J-LIS was asked.
    """

    handle: bytes = field(repr=False)
    level: Level
    channel: Channel
    mark: bytes
    certificate: GoodCertificate | None = None
    evidence: str = ""
    organization: Organization | None = None
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWay:
    """The step and everything it needs."""

    store: Store
    transactions: Transactions
    auditor: Auditor
    meters: Meters
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, shown: Recognised) -> str:
        """Where the browser goes on: to the service's end of the login, or to the second proof.

        Raises Refusal: LEVEL_INSUFFICIENT; ALREADY_USED when the transaction waits no more.
        """
        if attempt.demand.combined:
            return self._first(attempt, shown)
        attempt.demand.require(shown.level)
        self._change(
            attempt, Change({"state": State.WAITING}, {"state": State.PROVING, "by": shown.channel, "passkey": ""})
        )
        try:
            return self._accept(attempt, shown)
        except Exception:
            self.transactions.refuse(attempt.tenant, attempt.transaction, None)
            raise

    def _first(self, attempt: Attempt, shown: Recognised) -> str:
        tenant, transaction_id = attempt.tenant, attempt.transaction.transaction_id
        first = combined.first_of(tenant, transaction_id, shown.handle, shown.level)
        self._change(attempt, Change({"state": State.WAITING}, {"first": first, "passkey": "", "refusal": ""}))
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self._audit(tx, attempt, shown, "first")
        return attempt.transaction.url(tenant)

    def _accept(self, attempt: Attempt, shown: Recognised) -> str:
        tenant, transaction_id = attempt.tenant, attempt.transaction.transaction_id
        moment, session = int(self.now().timestamp()), self.transactions.new_secret()
        good = shown.certificate
        shown_evidence = good.evidence if good is not None else shown.evidence
        evidence = shown_evidence or written(without_certificate(moment))
        record = acceptances.Acceptance(
            transaction_id=transaction_id,
            client_id=attempt.client.client_id,
            acr=shown.level.acr,
            amr=" ".join(shown.level.amr),
            evidence=evidence,
            accepted_at=moment,
        )
        with accepting(self.store, tenant) as tx:
            acceptances.add(tx, record, self._session(attempt, shown, session, moment))
            self._audit(tx, attempt, shown, "accepted")
        secret = self.transactions.new_secret()
        accepted = Accepted(
            acr=record.acr,
            acr_by_code="",
            amr=record.amr,
            evidence=evidence,
            accepted_at=moment,
            sealed_prover=seal_prover(tenant, transaction_id, Prover(shown.handle, session)),
            return_digest=digest(secret).hex(),
            return_ends=moment + RETURN_SECONDS,
            sealed_organization=seal_in(tenant, transaction_id, "organization", shown.organization.to_json())
            if shown.organization
            else "",
        )
        if not self.transactions.accept(tenant, attempt.transaction, accepted, None):
            raise Refusal(Reason.ALREADY_USED, "the transaction ended meanwhile")
        return f"{attempt.transaction.url(tenant)}/return?secret={secret}"

    def _session(self, attempt: Attempt, shown: Recognised, session: str, moment: int) -> acceptances.NewSession:
        """Without a certificate nobody can be asked about it later, and the session does not go on elsewhere."""
        founded = new_session(attempt, session, shown.handle, moment)
        if shown.certificate is None:
            return founded
        members: dict[str, JSON] = shown.certificate.members | {"by": str(shown.channel)}
        sealed = named_again.seal_members(attempt.tenant, founded.session_digest, members)
        return structs.replace(founded, sealed_certificate=sealed)

    def _audit(self, tx: Transaction, attempt: Attempt, shown: Recognised, outcome: str) -> None:
        keys, client_id, good = attempt.tenant.keys, attempt.client.client_id, shown.certificate
        evidence = good.evidence if good is not None else shown.evidence
        self.auditor.record(
            tx,
            keys,
            Action.LOGIN_ACCEPTED,
            outcome,
            client_id=client_id,
            acr=shown.level.acr,
            amr=list(shown.level.amr),
            channel=shown.channel,
            revocation=members_of(evidence) if evidence else None,
            **({"organization": shown.organization.kind} if shown.organization else {}),
            person=keys.audit_tag(client_id, self.now(), shown.mark),
        )
        self.meters.record(tx, client_id, Purpose.LOGIN, shown.asked)

    def _change(self, attempt: Attempt, step: Change) -> None:
        changed = self.transactions.records.change(attempt.tenant, attempt.transaction.transaction_id, step)
        if changed is None or not changed.applied:
            raise Refusal(Reason.ALREADY_USED, "the transaction does not wait")
