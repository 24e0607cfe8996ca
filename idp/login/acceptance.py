"""Acceptance: what a proof that holds leaves behind, in one write transaction (card login protocol, section 4).

The person if new, the acceptance with its evidence, the session, the audit entry; then the short-lived transaction
is accepted, with the secret that brings the resident's browser back, the code that they type there, or both.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from msgspec import Struct

from idp.continuity.carry import Opened
from idp.continuity.newcomers import Newcomers
from idp.errors import Reason, Refusal
from idp.events.outbox import Outbox
from idp.jpki.revocation import Evidence
from idp.jpki.verify import VerifiedCertificate
from idp.keys.sealing import Place, digest
from idp.login import combined, named_again, own_pages, person, verify_later
from idp.login.codes import Codes
from idp.login.levels import Level
from idp.login.prover import Prover
from idp.login.sessions import SESSION_SECONDS, Held, handle_place
from idp.login.states import Channel
from idp.login.transaction import RETURN_SECONDS, Accepted, Attempt, Transaction
from idp.login.transactions import Transactions
from idp.metering.record import Meters, Purpose
from idp.oversight.audit import Action, Auditor
from idp.people import certificate_names
from idp.people.arrival import Arrival, Arriving
from idp.revocation.deferral import Deferred
from idp.revocation.recorded import recorded, written
from idp.revocation.tally import Asked
from idp.signature_status import evidence as signature_evidence
from idp.signature_status.named import Seen
from idp.signature_status.status import MEMBER
from idp.sources.record import Read
from idp.store import acceptances, engine
from idp.tenants.tenancy import Tenant

INDEX_BYTES = 32


class Proven(Struct, frozen=True, kw_only=True):
    """What the checks of a proof have shown.

    `by_code`: the level if a code finishes it, None where none may. `terminal`: the counter terminal that took
    part, empty where none did. `attributes`: what of the card's was asked for and read. `brought`: the person's
    number at the tenant that gave the service's residents. `signature`: what was found of the signature
    certificate beside theirs, None where the service does not ask.
    """

    channel: Channel
    certificate: VerifiedCertificate
    level: Level
    by_code: Level | None
    evidence: Evidence | Deferred
    asked: tuple[Asked, ...]
    who: person.Whose
    terminal: str = ""
    attributes: Read | None = None
    brought: Opened | None = None
    signature: Seen | None = None


class Finishing(Struct, frozen=True, kw_only=True):
    """How the resident's browser finishes an accepted login: by the return URL, by six digits, or by either."""

    return_url: str | None
    code: str | None

    def to_json(self) -> dict[str, object]:
        """The answer to the authenticator (section 4)."""
        told: dict[str, object] = {"status": "accepted"}
        if self.return_url is not None:
            told["return_url"] = self.return_url
        if self.code is not None:
            told["code"] = self.code
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceStep:
    """The step and everything it needs."""

    store: engine.Store
    transactions: Transactions
    codes: Codes
    arrival: Arrival
    newcomers: Newcomers
    auditor: Auditor
    meters: Meters
    outbox: Outbox
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, proven: Proven) -> Finishing:
        """Store the acceptance; how the login is finished, for the authenticator.

        Raises Refusal with ALREADY_USED when the transaction was accepted or ended meanwhile, and with
        CERTIFICATE_CONFLICT when another key's row for the same certificate index came first, or when the first of
        two proofs was another person's.
        """
        tenant, transaction = attempt.tenant, attempt.transaction
        moment, session = self.now(), self.transactions.new_secret()
        found, beside = _recorded(attempt, proven), _beside(attempt, proven)
        record = acceptances.Acceptance(
            transaction_id=transaction.transaction_id,
            client_id=attempt.client.client_id,
            acr=proven.level.acr,
            amr=" ".join(proven.level.amr),
            evidence=written(found | beside),
            accepted_at=int(moment.timestamp()),
        )
        with accepting(self.store, tenant) as tx:
            handle = settled(tx, tenant, proven.who, proven.certificate, self.arrival)
            combined.require_same(attempt, handle)
            founded = None
            if handle is not None and not transaction.beside:  # a proof beside a login is nobody's session
                founded = new_session(attempt, session, handle, record.accepted_at, proven.certificate)
            acceptances.add(tx, record, founded)
            if handle is not None and not transaction.beside:
                self.newcomers.attach(tx, tenant, attempt.client, proven.brought, handle)
            self._audit(tx, attempt, proven, found, moment)
            self.meters.record(tx, attempt.client.client_id, Purpose.LOGIN, proven.asked)
            if isinstance(proven.evidence, Deferred):
                if handle is None:  # an overturned login must have somebody to be overturned for
                    raise Refusal(Reason.LINEAGE_UNAVAILABLE, "neither revocation nor link can be found out")
                verify_later.leave(self.outbox, tx, attempt, proven.certificate, proven.evidence, handle, beside)
        return self._finishing(attempt, proven, record, handle, session)

    def _finishing(
        self, attempt: Attempt, proven: Proven, record: acceptances.Acceptance, handle: bytes | None, session: str
    ) -> Finishing:
        """Let the short-lived transaction wait for its browser. Raises Refusal with ALREADY_USED."""
        tenant, transaction = attempt.tenant, attempt.transaction
        secret = "" if proven.channel is Channel.CROSS_DEVICE else self.transactions.new_secret()
        code, kept = self.codes.draw(tenant, transaction, record.accepted_at) if proven.by_code else (None, None)
        accepted = Accepted(
            acr=record.acr,
            acr_by_code=proven.by_code.acr if proven.by_code else "",
            amr=record.amr,
            evidence=record.evidence,
            accepted_at=record.accepted_at,
            sealed_prover=seal_prover(
                tenant, transaction.transaction_id, Prover(handle or b"", session, proven.who.cert_index)
            ),
            asked=handle is None,
            sealed_certificate=_unclear(attempt, proven.who),
            sealed_brought=seal_in(tenant, transaction.transaction_id, "brought", proven.brought.to_json())
            if proven.brought and handle is None
            else "",
            return_digest=digest(secret).hex() if secret else "",
            return_ends=record.accepted_at + RETURN_SECONDS,
            sealed_attributes=seal_in(
                tenant, transaction.transaction_id, "attributes", proven.attributes.to_json()
            )
            if proven.attributes
            else "",
        )
        if not self.transactions.accept(tenant, transaction, accepted, kept):
            raise Refusal(Reason.ALREADY_USED, "the transaction ended meanwhile")
        return_url = f"{transaction.url(tenant)}/return?secret={secret}" if secret else None
        return Finishing(return_url=return_url, code=code)

    def _audit(
        self,
        tx: engine.Transaction,
        attempt: Attempt,
        proven: Proven,
        revocation: Mapping[str, object],
        moment: datetime,
    ) -> None:
        keys, client_id = attempt.tenant.keys, attempt.client.client_id
        self.auditor.record(
            tx,
            keys,
            Action.LOGIN_ACCEPTED,
            "accepted",
            client_id=client_id,
            acr=proven.level.acr,
            device=proven.certificate.device,
            known_by=_KNOWN_BY[type(proven.who)],
            **({"beside": True} if attempt.transaction.beside else {}),
            channel=proven.channel,
            **({"terminal": proven.terminal, "amr": proven.level.amr} if proven.terminal else {}),
            revocation=revocation,
            **({MEMBER: proven.signature.status.members()} if proven.signature else {}),
            person=keys.audit_tag(client_id, moment, proven.who.cert_index),
        )


@contextmanager
def accepting(store: engine.Store, tenant: Tenant) -> Iterator[engine.Transaction]:
    """The write in which a proof is accepted. Raises Refusal with ALREADY_USED where one was accepted before."""
    try:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            yield tx
    except acceptances.AlreadyAccepted as before:
        raise Refusal(Reason.ALREADY_USED, "this transaction was accepted before") from before


def settled(
    tx: engine.Transaction,
    tenant: Tenant,
    who: person.Whose,
    certificate: VerifiedCertificate,
    arrival: Arrival,
) -> bytes | None:
    """The person's handle, stored if new, with the certificate's name; None while the resident must be asked."""
    if isinstance(who, person.Unclear):
        return None
    handle = who.handle
    if isinstance(who, person.New):
        handle = arrival.settle(tx, tenant, Arriving(who.cert_index, who.key_index, who.linked, who.handle))
    else:
        person.bind(tx, tenant.keys, who)
        if not who.has_signed:
            arrival.signed(tx, tenant, handle)
    if isinstance(who, person.New) or not who.named:
        certificate_names.keep(tx, tenant.keys, who.cert_index, certificate)
    return handle


_KNOWN_BY = {person.Known: "certificate", person.New: "lineage", person.Unclear: "nobody yet"}


def _unclear(attempt: Attempt, who: person.Whose) -> str:
    """What is kept of a certificate that is nobody's yet: its index, its key's, and as far as it is linked.

    Beside a login it is kept of the other one, too, which is somebody's: it proves whose the first is.
    """
    if not isinstance(who, person.Unclear) and not attempt.transaction.beside:
        return ""
    linked = who.linked if isinstance(who, person.Unclear) else ()
    indexes = b"".join((who.cert_index, who.key_index, *linked))
    return seal_in(attempt.tenant, attempt.transaction.transaction_id, "certificate", indexes)


def new_session(
    attempt: Attempt, session: str, handle: bytes, accepted_at: int, certificate: VerifiedCertificate | None = None
) -> acceptances.NewSession:
    """The session that a person's accepted proof founds. `session`: the secret for their browser.

    Without the `certificate` nobody can be asked about it later, and the session does not go on elsewhere.
    """
    tenant, session_digest = attempt.tenant, digest(session)
    return acceptances.NewSession(
        session_digest=session_digest,
        sector_id=attempt.client.sector_id,
        sealed_handle=tenant.keys.seal(handle_place(session_digest), handle),
        sealed_certificate=named_again.seal(tenant, session_digest, certificate) if certificate else None,
        expires_at=accepted_at
        + (own_pages.SESSION_SECONDS if own_pages.is_own(attempt.client) else SESSION_SECONDS),
    )


def _recorded(attempt: Attempt, proven: Proven) -> dict[str, object]:
    keys, transaction_id = attempt.tenant.keys, attempt.transaction.transaction_id
    return recorded(proven.evidence, partial(keys.evidence_tag, transaction_id))


def _beside(attempt: Attempt, proven: Proven) -> dict[str, object]:
    """Members that stand beside the evidence: the status of the signature certificate."""
    if proven.signature is None:
        return {}
    return signature_evidence.member(attempt.tenant, attempt.transaction.transaction_id, proven.signature)


def unclear(tenant: Tenant, transaction: Transaction) -> person.Unclear | None:
    """The certificate of an accepted proof that is nobody's yet; None where it is somebody's."""
    accepted = transaction.accepted
    if accepted is None or not accepted.sealed_certificate:
        return None
    indexes = open_sealed(tenant, transaction, "certificate", accepted.sealed_certificate)
    first, second, *linked = (indexes[at : at + INDEX_BYTES] for at in range(0, len(indexes), INDEX_BYTES))
    return person.Unclear(first, second, tuple(linked))


def brought(tenant: Tenant, transaction: Transaction) -> Opened | None:
    """The number that a person who has to be asked brings from another tenant, or None."""
    accepted = transaction.accepted
    if accepted is None or not accepted.sealed_brought:
        return None
    return Opened.from_json(open_sealed(tenant, transaction, "brought", accepted.sealed_brought))


def earlier_proof(tenant: Tenant, held: Held, transaction_id: str) -> Accepted:
    """What the proof of a session leaves in another transaction, where it stands for a new one."""
    name = held.proof.certificate
    proof = named_again.index(tenant, name) if name else b""
    return Accepted(
        acr=held.acr,
        acr_by_code="",
        amr=held.amr,
        evidence=held.evidence,
        accepted_at=held.accepted_at,
        sealed_prover=seal_prover(tenant, transaction_id, Prover(held.handle, held.secret, proof)),
        return_digest="",
        return_ends=0,
        continues=held.transaction_id,
    )


def prover(tenant: Tenant, transaction: Transaction) -> Prover:
    """Whose the accepted proof is. Raises LookupError before there is one."""
    if transaction.accepted is None:
        raise LookupError("no proof was accepted in this transaction")
    return Prover.from_bytes(open_sealed(tenant, transaction, "prover", transaction.accepted.sealed_prover))


def seal_prover(tenant: Tenant, transaction_id: str, whose: Prover) -> str:
    """Undo it with `prover`."""
    return seal_in(tenant, transaction_id, "prover", whose.to_bytes())


def open_sealed(tenant: Tenant, transaction: Transaction, field: str, sealed: str) -> bytes:
    """Open what an accepted proof left sealed in its transaction: `field` is what `Accepted` calls sealed."""
    return tenant.keys.open(_place(transaction.transaction_id, field), base64.b64decode(sealed))


def seal_in(tenant: Tenant, transaction_id: str, field: str, plaintext: bytes) -> str:
    """Undo it with `open_sealed`."""
    return base64.b64encode(tenant.keys.seal(_place(transaction_id, field), plaintext)).decode()


def _place(transaction_id: str, field: str) -> Place:
    return Place("login", transaction_id.encode(), field)
