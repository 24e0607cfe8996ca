"""The question whose a certificate is, where J-LIS's link to an earlier one cannot be obtained.

The PPID document, section Life. Until it is answered the accepted proof is nobody's: no pair, no session, no code.
Somebody who has used another card or phone here proves it: with that one, with a transfer code, or before two
officers. Only a "no" makes a person, and that is written down, so that it can be mended.

A login finished by six digits proves only that somebody told them: whoever was talked into reading a QR code must
not find their certificate bound to the talker's person. After digits there is the "no", and the officers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import structs

from idp.continuity.newcomers import Newcomers
from idp.errors import Reason, Refusal
from idp.login import acceptance, dispatch, person
from idp.login.attributes import NOTHING
from idp.login.handles import HANDLE_BYTES
from idp.login.records import Records, after
from idp.login.states import State
from idp.login.transaction import Attempt, Transaction
from idp.login.transactions import Transactions
from idp.oversight.audit import Action, Auditor
from idp.oversight.ledger import Ledger, Operation
from idp.people import record
from idp.people.arrival import Arrival, Arriving
from idp.people.record import By
from idp.people.references import References
from idp.people.transfer import TransferCodes
from idp.store import acceptances
from idp.store.engine import Store
from idp.store.engine import Transaction as Tx
from idp.store.shortlived import Change
from idp.tenants.tenancy import Tenant

TRIES = 5
"""Transfer codes typed, and references asked for, in one login."""
_NO_STARTER = "beside"
"""In the place of the starter's record: nobody takes a proof beside a login for a login of the service."""


class Answer(StrEnum):
    """What a resident can say. The values are the form's."""

    OTHER = "other"
    """Yes, and it is at hand."""
    CODE = "code"
    """Yes, and there is a transfer code of it."""
    COUNTER = "counter"
    """Yes, but it is gone: let officers confirm it."""
    NONE = "none"
    """No: this is the first time."""


AFTER_DIGITS = (Answer.COUNTER, Answer.NONE)
"""What can be said in a login that six digits finished: nothing by which the browser binds the certificate."""


def answers_to(transaction: Transaction) -> tuple[Answer, ...]:
    """What can be said in a transaction in which the question is open."""
    return AFTER_DIGITS if dispatch.accepted(transaction).by_code else tuple(Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStep:
    """The step and everything it needs."""

    store: Store
    records: Records
    arrival: Arrival
    newcomers: Newcomers
    transfer_codes: TransferCodes
    references: References
    ledger: Ledger
    auditor: Auditor
    now: Callable[[], datetime]

    def open(self, tenant: Tenant, transaction_id: str, cookie: str) -> Transaction | None:
        """The transaction in which the question is open, for the browser that holds its cookie, or None."""
        transaction = self.records.held_by(tenant, transaction_id, cookie)
        if transaction is None or transaction.state is not State.CONSENTING or not dispatch.is_asked(transaction):
            return None
        return transaction

    def beside(self, attempt: Attempt) -> tuple[Transaction, str]:
        """Begin a transaction for the other certificate: it, and the secret for its cookie.

        Only the device that shows the page can prove there: what a QR code collects may come from anybody.
        Raises Refusal with LEVEL_INSUFFICIENT after digits.
        """
        _require(attempt, Answer.OTHER)
        request = structs.replace(attempt.transaction.request, body=_NO_STARTER, attributes=NOTHING)
        return Transactions(self.records).start(
            attempt.tenant, request, cross_device=False, beside=attempt.transaction.transaction_id
        )

    def create(self, attempt: Attempt) -> Attempt | None:
        """A new person. None when the question was answered meanwhile. Raises as `Arrival.settle`."""

        def act(tx: Tx, who: person.Unclear) -> bytes:
            fresh = self.records.token_bytes(person.HANDLE_BYTES)
            handle = self.arrival.settle(tx, attempt.tenant, _arriving(who, fresh))
            if handle == fresh:
                secret = {"person": handle.hex(), "certificate": who.cert_index.hex()}
                self.ledger.record(
                    tx, attempt.tenant.keys, Operation.PERSON_CREATED, {"by": "resident"}, secret=secret
                )
            return handle

        return self._settled(attempt, act, "new")

    def by_other(self, attempt: Attempt, other: Attempt) -> Attempt | None:
        """The person whose other certificate has signed beside this login.

        None when that one finds nobody either, or the question was answered meanwhile. Raises as `Arrival.attach`,
        and Refusal with LEVEL_INSUFFICIENT after digits.
        """
        _require(attempt, Answer.OTHER)
        if dispatch.is_asked(other.transaction):
            return None
        handle = dispatch.handle_of(other.tenant, other.transaction)
        proving = acceptance.unclear(other.tenant, other.transaction)
        via = b"" if proving is None else proving.cert_index

        def act(tx: Tx, who: person.Unclear) -> bytes | None:
            now = record.holder(tx, attempt.tenant.keys, via) if via else handle  # a split may have come between
            return None if now is None else self._attach(tx, attempt, who, now, By.PROOF, via=via)

        return self._settled(attempt, act, "proof")

    def by_code(self, attempt: Attempt, typed: str) -> Attempt | None:
        """The person who made the transfer code. None for a code that does not count; six are never looked at.

        Raises as `Arrival.attach`, and Refusal with LEVEL_INSUFFICIENT after digits: the code is not looked at.
        """
        _require(attempt, Answer.CODE)
        if not self._counted(attempt, "transfer_tries"):
            return None

        def act(tx: Tx, who: person.Unclear) -> bytes | None:
            handle = self.transfer_codes.spend(tx, attempt.tenant, typed)
            return None if handle is None else self._attach(tx, attempt, who, handle, By.TRANSFER_CODE)

        return self._settled(attempt, act, "transfer code")

    def refer(self, attempt: Attempt) -> str | None:
        """A reference to the certificate, with which officers can confirm whose it is. None after five."""
        tenant, transaction = attempt.tenant, attempt.transaction
        if not self._counted(attempt, "references"):
            return None
        indexes = acceptance.open_sealed(
            tenant, transaction, "certificate", dispatch.accepted(transaction).sealed_certificate
        )
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return self.references.to_certificate(tx, tenant, attempt.client, indexes)

    def _attach(
        self, tx: Tx, attempt: Attempt, who: person.Unclear, handle: bytes, by: By, *, via: bytes = b""
    ) -> bytes:
        via = via or record.by_way_of(tx, attempt.tenant.keys, handle)
        handle = record.surviving(tx, attempt.tenant.keys, handle)
        self.arrival.attach(tx, attempt.tenant, _arriving(who, handle), via=via)
        secret = {"person": handle.hex(), "certificate": who.cert_index.hex()}
        self.ledger.record(tx, attempt.tenant.keys, Operation.PERSON_ATTACHED, {"by": by}, secret=secret)
        return handle

    def _counted(self, attempt: Attempt, name: str) -> bool:
        step = Change({"state": State.CONSENTING}, {}, {name: TRIES})
        changed = self.records.change(attempt.tenant, attempt.transaction.transaction_id, step)
        return changed is not None and changed.applied

    def _settled(
        self, attempt: Attempt, act: Callable[[Tx, person.Unclear], bytes | None], told: str
    ) -> Attempt | None:
        """Let `act` find the person; then the login is theirs, with a session. The first answer counts."""
        tenant, transaction = attempt.tenant, attempt.transaction
        who = acceptance.unclear(tenant, transaction)
        if who is None or not self._take(attempt):
            return None
        handle, settled = None, False
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                handle = act(tx, who)
                if handle is not None:
                    brought = acceptance.brought(tenant, transaction)
                    self.newcomers.attach(tx, tenant, attempt.client, brought, handle)
                    self._found_session(tx, attempt, who, handle, told)
            settled = handle is not None
        finally:
            if not settled:
                self._give_back(attempt)
        return None if handle is None else self._answered(attempt, handle)

    def _found_session(self, tx: Tx, attempt: Attempt, who: person.Unclear, handle: bytes, told: str) -> None:
        tenant, transaction = attempt.tenant, attempt.transaction
        accepted = dispatch.accepted(transaction)
        session = dispatch.session_of(tenant, transaction)
        founded = acceptance.new_session(attempt, session, handle, accepted.accepted_at)
        acceptances.add_session(tx, transaction.transaction_id, founded)
        client_id = attempt.client.client_id
        tag = tenant.keys.audit_tag(client_id, self.now(), who.cert_index)
        self.auditor.record(
            tx, tenant.keys, Action.PERSON_ASKED, "answered", client_id=client_id, answer=told, person=tag
        )

    def _take(self, attempt: Attempt) -> bool:
        """Spend the form: of two answers at one moment one is looked at."""
        transaction = attempt.transaction
        step = Change({"state": State.CONSENTING, "form": transaction.form}, {"form": ""})
        changed = self.records.change(attempt.tenant, transaction.transaction_id, step)
        return bool(transaction.form) and changed is not None and changed.applied

    def _give_back(self, attempt: Attempt) -> None:
        step = Change({"state": State.CONSENTING, "form": ""}, {"form": attempt.transaction.form})
        self.records.change(attempt.tenant, attempt.transaction.transaction_id, step)

    def _answered(self, attempt: Attempt, handle: bytes) -> Attempt | None:
        tenant, transaction = attempt.tenant, attempt.transaction
        whose = structs.replace(acceptance.prover(tenant, transaction), handle=handle)
        sealed = acceptance.seal_prover(tenant, transaction.transaction_id, whose)
        before = dispatch.accepted(transaction)
        accepted = structs.replace(before, sealed_prover=sealed, sealed_certificate="", asked=False)
        put = {"accepted": accepted.to_json(), "form": self.records.token(HANDLE_BYTES)}
        step = Change({"state": State.CONSENTING, "form": ""}, put)
        changed = self.records.change(tenant, transaction.transaction_id, step)
        if changed is None or not changed.applied:
            return None
        return Attempt(tenant, attempt.client, after(changed, step))


def _require(attempt: Attempt, answer: Answer) -> None:
    if answer not in answers_to(attempt.transaction):
        raise Refusal(Reason.LEVEL_INSUFFICIENT, f"the answer {answer} in a login that digits finished")


def _arriving(who: person.Unclear, handle: bytes) -> Arriving:
    return Arriving(who.cert_index, who.key_index, who.linked, handle)
