"""Linking one number and one person, for the service whose number it is.

A person is who the service knows by a PPID, or who stands at its counter after a login: in both cases a pair on
which the service holds a live grant. One number a person, one person a number, both for this service alone.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from idp.japan import day_in_japan
from idp.keys.sealing import digest
from idp.login.pairwise import open_ppid
from idp.oversight.audit import Action, Auditor
from idp.store import user_numbers as rows
from idp.store.engine import Store, Transaction, WriteConflict
from idp.tenants.tenancy import Client, Tenant
from idp.user_numbers import number as numbers
from idp.user_numbers.history import Ending, History
from idp.user_numbers.refused import NumberRefused, Why

_NUMBER_ID_BYTES = 16
_ATTEMPTS = 5
"""Of a change that others made at the same moment; each attempt sees what they did."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A number of the service; `sub` is None while it is nobody's."""

    number: str = field(repr=False)
    sub: str | None = field(repr=False)

    @property
    def state(self) -> str:
        """In a word."""
        return "unlinked" if self.sub is None else "linked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A number for a pair. `by`: who links it, for the audit trail.

    `replace`: a number that the person has already gives way. `claim`: the claim code that was shown.
    `vouched`: who links it answers for it without a claim code, as a service does after its own login.
    `new`: it need not be on the list that the service handed in.
    """

    pair_id: bytes
    number: str = field(repr=False)
    by: str
    replace: bool = False
    claim: str | None = field(default=None, repr=False)
    vouched: bool = False
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Every method is about one service's own numbers and people; others' do not exist to it."""

    store: Store
    history: History
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def once(self, tenant: Tenant, act: Callable[[Transaction], T]) -> T:
        """Do one act in a transaction of its own, anew when another's came between. Raises what it raises, and
        NumberRefused with BUSY.
        """
        for _ in range(_ATTEMPTS):
            try:
                with self.store.for_tenant(tenant.tenant_id).write() as tx:
                    return act(tx)
            except WriteConflict:
                continue
        raise NumberRefused(Why.BUSY)

    def pair_of(self, tx: Transaction, client: Client, sub: str) -> bytes:
        """The pair of a person with whom the service has a live grant. Raises NumberRefused with NOT_FOUND."""
        seen = rows.pair_of(tx, digest(sub), client.client_id)
        if seen is None or not seen.granted:
            raise NumberRefused(Why.NOT_FOUND)
        return seen.pair_id

    def of_pair(self, tx: Transaction, tenant: Tenant, client: Client, pair_id: bytes) -> Found:
        """The number of a person. Raises NumberRefused with NOT_FOUND."""
        return _require(tenant, rows.by_pair(tx, client.client_id, pair_id))

    def of_number(self, tx: Transaction, tenant: Tenant, client: Client, unverified: str) -> Found:
        """Whose a number is. Raises NumberRefused with NOT_FOUND, MALFORMED."""
        return _require(tenant, self._row(tx, tenant, client, numbers.require(unverified)))

    def count_claim(self, tenant: Tenant, client: Client, wish: Wish) -> None:
        """Count a try of a claim code, before and apart from the act, which may be undone."""
        if wish.claim is None:
            return
        index = tenant.keys.number_index(client.client_id, wish.number)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.count_try(tx, client.client_id, index, most=numbers.MOST_TRIES + 1)

    def link(self, tx: Transaction, tenant: Tenant, client: Client, wish: Wish) -> bool:
        """Link it inside `tx`; False when it was linked so already.

        Raises NumberRefused: MALFORMED, IN_USE, ALREADY_LINKED, NOT_LISTED, CLAIM_REFUSED; WriteConflict when
        another request came between, for `once`.
        """
        numbers.require(wish.number)
        # The pair first: whoever links the same two between both reads is met by the second.
        mine = rows.by_pair(tx, client.client_id, wish.pair_id)
        row = self._row(tx, tenant, client, wish.number)
        if row is not None and row.pair_id == wish.pair_id:
            return False
        row = self._without_ended(tx, tenant, client, row)
        if row is not None and row.pair_id is not None:
            raise NumberRefused(Why.IN_USE)
        if mine is not None and not wish.replace:
            raise NumberRefused(Why.ALREADY_LINKED)
        if row is not None:
            _require_claim(tenant, client, row, wish)
        elif not wish.new and rows.has_unlinked(tx, client.client_id):
            raise NumberRefused(Why.NOT_LISTED)
        if mine is not None:
            self._end(tx, tenant, client, mine, Ending.REPLACED, wish.by)
        self._store(tx, tenant, client, row, wish)
        self._audit(
            tx, tenant, client, Action.USER_NUMBER_LINKED, wish.pair_id, wish.by, replaced=mine is not None
        )
        return True

    def delete(self, tx: Transaction, tenant: Tenant, client: Client, row: rows.NumberRow | None, by: str) -> None:
        """Delete one number as it was read. Raises NumberRefused with NOT_FOUND for none, and WriteConflict."""
        if row is None:
            raise NumberRefused(Why.NOT_FOUND)
        if row.pair_id is not None:
            self._end(tx, tenant, client, row, Ending.DELETED, by)
        elif not rows.remove(tx, row):
            raise WriteConflict("the number changed meanwhile")
        self._audit(tx, tenant, client, Action.USER_NUMBER_DELETED, row.pair_id, by)

    def row_of_sub(self, tx: Transaction, client: Client, sub: str) -> rows.NumberRow | None:
        """The number of whoever the service knows or knew by that PPID, for deleting."""
        seen = rows.pair_of(tx, digest(sub), client.client_id)
        return rows.by_pair(tx, client.client_id, seen.pair_id) if seen else None

    def row_of_number(
        self, tx: Transaction, tenant: Tenant, client: Client, unverified: str
    ) -> rows.NumberRow | None:
        """A number, for deleting. Raises NumberRefused with MALFORMED."""
        return self._row(tx, tenant, client, numbers.require(unverified))

    def stop(self, tx: Transaction, tenant: Tenant, client_id: str, pair_id: bytes) -> bool:
        """End the link with its grant, in the transaction that ends the grant. False when there was none."""
        row = rows.by_pair(tx, client_id, pair_id)
        if row is None:
            return False
        self.history.keep(tx, tenant, client_id, row, Ending.STOPPED, "")
        if not rows.remove(tx, row):
            raise WriteConflict("the number changed meanwhile")
        return True

    def _row(self, tx: Transaction, tenant: Tenant, client: Client, number: str) -> rows.NumberRow | None:
        return rows.by_number(tx, client.client_id, tenant.keys.number_index(client.client_id, number))

    def _without_ended(
        self, tx: Transaction, tenant: Tenant, client: Client, row: rows.NumberRow | None
    ) -> rows.NumberRow | None:
        """The row, unless its pair or grant ended without it: such a link ends now."""
        if row is None or row.pair_id is None or not has_ended(row):
            return row
        self.stop(tx, tenant, client.client_id, row.pair_id)
        return None

    def _store(
        self, tx: Transaction, tenant: Tenant, client: Client, row: rows.NumberRow | None, wish: Wish
    ) -> None:
        today = day_in_japan(self.now())
        if row is not None:
            done = rows.link(tx, row.number_id, wish.pair_id, created=today)
        else:
            new = new_number(tenant, client, wish.number, self.token_bytes, pair_id=wish.pair_id)
            done = rows.add(tx, new, created=today)
        if not done:
            raise WriteConflict("the number or the pair was linked meanwhile")

    def _end(
        self, tx: Transaction, tenant: Tenant, client: Client, row: rows.NumberRow, ending: Ending, by: str
    ) -> None:
        self.history.keep(tx, tenant, client.client_id, row, ending, by)
        if not rows.remove(tx, row):
            raise WriteConflict("the number changed meanwhile")

    def _audit(
        self,
        tx: Transaction,
        tenant: Tenant,
        client: Client,
        action: Action,
        pair_id: bytes | None,
        by: str,
        **details: object,
    ) -> None:
        client_id = client.client_id
        if pair_id is not None:
            details["pair"] = tenant.keys.audit_tag(client_id, self.now(), pair_id)
        self.auditor.record(tx, tenant.keys, action, "done", client_id=client_id, by=by, **details)


def has_ended(row: rows.NumberRow) -> bool:
    """Whether its pair or grant ended: it is no number any more, for anybody."""
    return row.pair_id is not None and row.sealed_ppid is None


def told(tenant: Tenant, row: rows.NumberRow) -> Found:
    """What a service may know of its number."""
    sub = open_ppid(tenant, row.pair_id, row.sealed_ppid) if row.pair_id and row.sealed_ppid else None
    return Found(numbers.unseal(tenant.keys, row.number_id, row.sealed_number), sub)


def new_number(
    tenant: Tenant,
    client: Client,
    number: str,
    token_bytes: Callable[[int], bytes],
    *,
    pair_id: bytes | None = None,
    claim: str | None = None,
) -> rows.NewNumber:
    """A number as it is about to be stored."""
    number_id, client_id = token_bytes(_NUMBER_ID_BYTES), client.client_id
    return rows.NewNumber(
        number_id=number_id,
        client_id=client_id,
        number_index=tenant.keys.number_index(client_id, number),
        sealed_number=numbers.seal(tenant.keys, number_id, number),
        pair_id=pair_id,
        claim_mac=None if claim is None else numbers.claim_mac(tenant.keys, client_id, number, claim),
    )


def _require(tenant: Tenant, row: rows.NumberRow | None) -> Found:
    if row is None or has_ended(row):
        raise NumberRefused(Why.NOT_FOUND)
    return told(tenant, row)


def _require_claim(tenant: Tenant, client: Client, row: rows.NumberRow, wish: Wish) -> None:
    """Raises NumberRefused with CLAIM_REFUSED unless the claim code was shown where one is asked for."""
    if wish.claim is None and (wish.vouched or row.claim_mac is None):
        return
    shown = numbers.claim_mac(tenant.keys, client.client_id, wish.number, wish.claim or "")
    right = row.claim_mac is not None and hmac.compare_digest(shown, row.claim_mac)
    if wish.claim is None or not right or row.claim_tries > numbers.MOST_TRIES:
        raise NumberRefused(Why.CLAIM_REFUSED)
