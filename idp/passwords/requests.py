"""An ID for somebody without a card, begun on line: at once, or after the staff looked and by letter.

At once: whoever comes chooses a password and has an ID. Nobody knows who they are.

With a letter: they write who they are, and are shown an ID that is good for nothing yet. The staff compare what
was written with the resident register, and send the first password to the address that stands **there**. Neither
half is enough: who takes the letter does not know the ID, which was on the screen alone; who wrote a stranger's
name does not get the letter. No copies of papers are taken: the register says more, and copies would lie about.
What was written is kept sealed until the staff have decided, for 30 days at most, and then nowhere.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from idp.japan import day_in_japan
from idp.keys.sealing import Place, TenantKeys
from idp.oversight.audit import Action, Auditor
from idp.passwords.account import ID_CHARACTERS, Issued
from idp.passwords.accounts import Accounts, GivenOut
from idp.people import spoken
from idp.receipts import numbers
from idp.registration import NotAllowed
from idp.store import account_requests as rows
from idp.store.account_requests import RequestRow
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

KEPT_DAYS = 30
MOST_WAITING = 2000
"""Of a tenant: more than its staff look at in a month is somebody's joke."""
_DRAWS = 8
_WIDTH = 5120
"""Bytes of a request before it is sealed, however much was written: no length tells a name."""


class TooMany(Exception):
    """As many wait as are taken; another day there is room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """What somebody wrote of themselves, for the comparison with the register. `born`: as they write a date."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    born: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request. `sign_in_id`: the ID that its applicant has on the screen, and nobody else knows."""

    number: str
    sign_in_id: str = field(repr=False)
    applicant: Applicant = field(repr=False)
    applied_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class Noted:
    """What the applicant is shown, once."""

    number: str
    sign_in_id: str
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """The acts, over the store."""

    store: Store
    accounts: Accounts
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def at_once(self, tenant: Tenant, password: str) -> str:
        """The ID of somebody who is a new person here, with the password that they chose (`rules.py`)."""
        return self.accounts.begin_on_line(tenant, password)

    def apply(self, tenant: Tenant, applicant: Applicant) -> Noted:
        """Keep a request until the staff decide. Raises TooMany."""
        sign_in_id = spoken.spoken(self.token_bytes(ID_CHARACTERS), ID_CHARACTERS)
        today = day_in_japan(self.now())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if rows.count(tx) >= MOST_WAITING:
                raise TooMany
            for _ in range(_DRAWS):
                number = numbers.arrival_number(self.token_bytes(numbers.ARRIVAL_BYTES))
                made = Waiting(number, sign_in_id, applicant, today, today + timedelta(days=KEPT_DAYS))
                if rows.add(tx, _sealed(tenant.keys, made)):
                    self._audit(tx, tenant, Action.ACCOUNT_REQUESTED, "waits", number)
                    return Noted(number, sign_in_id, made.expires_on)
        raise LookupError("no number is free")

    def waiting(self, tenant: Tenant) -> Sequence[Waiting]:
        """What waits, the one that goes first before the others."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = [_opened(tenant.keys, row) for row in rows.waiting(tx)]
        return [one for one in found if one.expires_on > day_in_japan(self.now())]

    def read(self, tenant: Tenant, typed: str) -> Waiting:
        """One request, for who compares it; that it was read is written down. Raises NotAllowed."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = self._required(tx, tenant, typed)
            self._audit(tx, tenant, Action.ACCOUNT_REQUEST_READ, "read", found.number)
        return found

    def accept(self, tenant: Tenant, typed: str) -> GivenOut:
        """Who asks is in the register as they wrote: the first password, for the letter. Raises NotAllowed.

        What they wrote goes in the same transaction; the ID is theirs already, and stands in no letter.
        """
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = self._required(tx, tenant, typed)
            given = self.accounts.give_out_as(tx, tenant, found.sign_in_id, Issued.LETTER)
            rows.remove(tx, found.number)
            self._audit(tx, tenant, Action.ACCOUNT_REQUEST_DECIDED, "accepted", found.number)
        return given

    def refuse(self, tenant: Tenant, typed: str) -> None:
        """Give no ID, and forget what was written. Raises NotAllowed."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = self._required(tx, tenant, typed)
            rows.remove(tx, found.number)
            self._audit(tx, tenant, Action.ACCOUNT_REQUEST_DECIDED, "refused", found.number)

    def _required(self, tx: Transaction, tenant: Tenant, typed: str) -> Waiting:
        number = numbers.read_arrival(typed)
        row = rows.of_number(tx, number, held=True) if number else None
        if row is None or row.expires_on <= day_in_japan(self.now()):
            raise NotAllowed("no request of this number waits")
        return _opened(tenant.keys, row)

    def _audit(self, tx: Transaction, tenant: Tenant, action: Action, outcome: str, number: str) -> None:
        """By its number, which is nobody's: it is random, and what belonged to it is gone."""
        self.auditor.record(tx, tenant.keys, action, outcome, request=number)


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete the requests that nobody looked at in time."""
    for tenant in tenants:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            rows.forget(tx, today=day_in_japan(now))


def _sealed(keys: TenantKeys, waiting: Waiting) -> RequestRow:
    applicant = waiting.applicant
    body = {
        "id": waiting.sign_in_id,
        "name": applicant.name,
        "address": applicant.address,
        "born": applicant.born,
        "applied_on": waiting.applied_on.isoformat(),
    }
    text = json.dumps(body, sort_keys=True).ljust(_WIDTH).encode()
    return RequestRow(waiting.number, keys.seal(_place(waiting.number), text), waiting.expires_on)


def _opened(keys: TenantKeys, row: RequestRow) -> Waiting:
    stored = json.loads(keys.open(_place(row.request_number), row.sealed_body))
    applicant = Applicant(name=stored["name"], address=stored["address"], born=stored["born"])
    applied_on = date.fromisoformat(stored["applied_on"])
    return Waiting(row.request_number, stored["id"], applicant, applied_on, row.expires_on)


def _place(number: str) -> Place:
    return Place("account_request", number.encode(), "body")
