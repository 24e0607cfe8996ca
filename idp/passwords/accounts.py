"""Giving out IDs, changing their passwords, and ending them.

A resident with a card gives themselves an ID and resets its password with the card. The staff give one to somebody
without a card, by a paper with a first password that is good for nothing but choosing an own one. An ID of a
person who was merged into another ends, as does every ID of two who are parted: who was meant is not known any
more.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from idp.japan import day_in_japan
from idp.jpki.profile import Device
from idp.oversight.audit import Action, Auditor
from idp.passwords import hashing
from idp.passwords.account import BY_STAFF, ID_CHARACTERS, Account, Issued, opened, sealed
from idp.people import record, spoken
from idp.people.record import Record
from idp.registration import NotAllowed
from idp.store import password_accounts as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

FIRST_DAYS = 30
"""How long a first password may be on its way."""
FIRST_CHARACTERS = 20
_HANDLE_BYTES = 32
_TRIES = 8


@dataclass(frozen=True, slots=True)
class GivenOut:
    """An ID with its first password, as they are printed once."""

    sign_in_id: str
    first_password: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The acts, over the store."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def read(self, typed: str) -> str:
        """The ID in what somebody typed, as it is written; empty for what is none."""
        return spoken.read(typed, ID_CHARACTERS) or ""

    def find(self, tenant: Tenant, sign_in_id: str) -> Account | None:
        """The account of an ID, whose person may have become another's meanwhile; None where there is none.

        `handle` is that of the person who they are by now.
        """
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.by_index(tx, tenant.keys.sign_in_id_index(sign_in_id))
            if row is None:
                return None
            account = opened(tenant.keys, row)[1]
            return replace(account, handle=record.surviving(tx, tenant.keys, account.handle))

    def of_person(self, tenant: Tenant, handle: bytes) -> tuple[str, Account] | None:
        """A person's ID and account, or None."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.by_person(tx, tenant.keys.sign_in_id_mark(handle))
        return None if row is None else opened(tenant.keys, row)

    def set_by_card(self, tenant: Tenant, handle: bytes, device: Device, password: str) -> str:
        """A password for a person who has signed in with a certificate; their ID, given out now if they had none.

        An ID that the staff gave out is one of the certificate from then on. The password is as `rules.py` wants
        it.
        """
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = rows.by_person(tx, tenant.keys.sign_in_id_mark(handle), held=True)
            account = Account(
                handle=handle,
                verifier=self._verifier(password),
                issued=Issued.CERTIFICATE,
                issued_on=day_in_japan(self.now()),
                device=device,
            )
            if row is None:
                made = self._add(tx, tenant, account)
                if made is not None:
                    return made
                row = rows.by_person(tx, tenant.keys.sign_in_id_mark(handle), held=True)
            if row is None:
                raise LookupError("no ID is free")
            sign_in_id = opened(tenant.keys, row)[0]
            rows.put(tx, sealed(tenant.keys, row.account_index, sign_in_id, account))
            self._audit(tx, tenant, Action.PASSWORD_CHANGED, account, "by-card")
            return sign_in_id

    def change(self, tenant: Tenant, sign_in_id: str, known: Account, password: str) -> bool:
        """Another password for who has just shown this one. False when somebody changed it meanwhile."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = rows.by_index(tx, tenant.keys.sign_in_id_index(sign_in_id), held=True)
            if row is None:
                return False
            found = opened(tenant.keys, row)[1]
            if found.verifier != known.verifier:
                return False
            changed = replace(found, verifier=self._verifier(password), first_until=0)
            rows.put(tx, sealed(tenant.keys, row.account_index, sign_in_id, changed))
            self._audit(tx, tenant, Action.PASSWORD_CHANGED, changed, "by-password")
            return True

    def give_out(self, tenant: Tenant, issued: Issued) -> GivenOut:
        """An ID for somebody without a card, who is a new person here. Raises NotAllowed for ways that are not the
        staff's."""
        if issued not in BY_STAFF:
            raise NotAllowed("the staff give out IDs at the counter and by post")
        first, until = self._first(), self.now() + timedelta(days=FIRST_DAYS)
        account = self._newcomer(issued, first, until)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return GivenOut(self._add_person(tx, tenant, account), first, until)

    def give_out_as(self, tx: Transaction, tenant: Tenant, sign_in_id: str, issued: Issued) -> GivenOut:
        """The same under an ID that is promised already. Raises NotAllowed when it was given to somebody else."""
        first, until = self._first(), self.now() + timedelta(days=FIRST_DAYS)
        account = self._newcomer(issued, first, until)
        record.add(tx, tenant.keys, account.handle, Record(), created=self.now().date())
        row = sealed(tenant.keys, tenant.keys.sign_in_id_index(sign_in_id), sign_in_id, account)
        if not rows.add(tx, row, created=account.issued_on):
            raise NotAllowed("this ID is somebody else's by now: they have to ask again")
        self._audit(tx, tenant, Action.PASSWORD_ISSUED, account, "issued")
        return GivenOut(sign_in_id, first, until)

    def begin_on_line(self, tenant: Tenant, password: str) -> str:
        """An ID for somebody whom nobody knows, with the password that they chose."""
        account = self._newcomer(Issued.ONLINE, password, None)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return self._add_person(tx, tenant, account)

    def _newcomer(self, issued: Issued, password: str, first_until: datetime | None) -> Account:
        return Account(
            handle=self.token_bytes(_HANDLE_BYTES),
            verifier=self._verifier(password),
            issued=issued,
            issued_on=day_in_japan(self.now()),
            first_until=int(first_until.timestamp()) if first_until else 0,
        )

    def _add_person(self, tx: Transaction, tenant: Tenant, account: Account) -> str:
        record.add(tx, tenant.keys, account.handle, Record(), created=self.now().date())
        made = self._add(tx, tenant, account)
        if made is None:
            raise LookupError("no ID is free")
        return made

    def give_out_again(self, tenant: Tenant, sign_in_id: str, issued: Issued) -> GivenOut:
        """Another first password for an ID that the staff have given out before. Raises NotAllowed."""
        first, until = self._first(), self.now() + timedelta(days=FIRST_DAYS)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = self._required(tx, tenant, sign_in_id)
            account = opened(tenant.keys, row)[1]
            if issued not in BY_STAFF:
                raise NotAllowed("the staff give out passwords at the counter and by post")
            if account.issued is Issued.CERTIFICATE:
                raise NotAllowed("the password of an ID that was given out with a card is reset with the card")
            again = replace(
                account,
                verifier=self._verifier(first),
                issued=issued,
                issued_on=day_in_japan(self.now()),
                first_until=int(until.timestamp()),
            )
            rows.put(tx, sealed(tenant.keys, row.account_index, sign_in_id, again))
            self._audit(tx, tenant, Action.PASSWORD_CHANGED, again, "by-staff")
        return GivenOut(sign_in_id, first, until)

    def end(self, tenant: Tenant, sign_in_id: str) -> None:
        """Let nobody sign in with that ID any more. Raises NotAllowed where there is none."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self._remove(tx, tenant, self._required(tx, tenant, sign_in_id))

    def end_of(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """End a person's ID in the transaction of whoever has the reason; how many there were."""
        row = rows.by_person(tx, tenant.keys.sign_in_id_mark(handle), held=True)
        if row is None:
            return 0
        self._remove(tx, tenant, row)
        return 1

    def _add(self, tx: Transaction, tenant: Tenant, account: Account) -> str | None:
        """The new ID. None where the person was given one at this very moment, in another window."""
        for _ in range(_TRIES):
            sign_in_id = spoken.spoken(self.token_bytes(ID_CHARACTERS), ID_CHARACTERS)
            row = sealed(tenant.keys, tenant.keys.sign_in_id_index(sign_in_id), sign_in_id, account)
            if rows.add(tx, row, created=account.issued_on):
                self._audit(tx, tenant, Action.PASSWORD_ISSUED, account, "issued")
                return sign_in_id
        return None

    def _remove(self, tx: Transaction, tenant: Tenant, row: rows.AccountRow) -> None:
        account = opened(tenant.keys, row)[1]
        rows.remove(tx, row.account_index)
        self._audit(tx, tenant, Action.PASSWORD_ENDED, account, "ended")

    def _required(self, tx: Transaction, tenant: Tenant, sign_in_id: str) -> rows.AccountRow:
        row = rows.by_index(tx, tenant.keys.sign_in_id_index(sign_in_id), held=True)
        if row is None:
            raise NotAllowed("there is no such ID")
        return row

    def _verifier(self, password: str) -> str:
        return hashing.verifier_of(password, salt=self.token_bytes(hashing.SALT_BYTES))

    def _first(self) -> str:
        return spoken.spoken(self.token_bytes(FIRST_CHARACTERS), FIRST_CHARACTERS)

    def _audit(self, tx: Transaction, tenant: Tenant, action: Action, account: Account, outcome: str) -> None:
        """A person is named by a tag of this month that is like none of any service."""
        mark = tenant.keys.sign_in_id_mark(account.handle)
        tag = tenant.keys.audit_tag("", self.now(), mark)
        how = {"issued": str(account.issued), "assurance": account.assurance}
        self.auditor.record(tx, tenant.keys, action, outcome, person=tag, **how)
