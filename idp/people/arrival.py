"""Arrival: a certificate that finds nobody yet becomes somebody's, with all that J-LIS names beside it.

Every certificate that is named gets its row in one transaction, so that a card and a phone that come at the same
moment meet: whoever is second finds the rows of the first, and is that person.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from idp.errors import Reason, Refusal
from idp.keys.sealing import TenantKeys
from idp.people import record
from idp.people.departing import Returning
from idp.people.merging import Merging
from idp.people.record import By, Member, Record
from idp.store import certificates
from idp.store.certificates import CertificateRow
from idp.store.engine import Transaction
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True)
class Arriving:
    """The certificate by its index and its key's, those to which it is linked, and the handle of a new person."""

    cert_index: bytes
    key_index: bytes
    linked: tuple[bytes, ...]
    handle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The act, inside the transaction of the acceptance."""

    merging: Merging
    returning: Returning
    now: Callable[[], datetime]

    def settle(self, tx: Transaction, tenant: Tenant, arriving: Arriving) -> bytes:
        """The person's handle: of those who are known by a linked certificate, else the new one.

        Two people to whom J-LIS links the same certificate are one, and are merged. Raises Refusal with
        CERTIFICATE_CONFLICT when another key's row for the same certificate index came first.
        """
        mine, people = self._enter(tx, tenant.keys, arriving)
        if not people:
            record.add(tx, tenant.keys, arriving.handle, _founded(arriving, mine), created=self.now().date())
            return arriving.handle
        (keep, via), *others = people.items()
        for other, _ in others:
            self.merging.run(tx, tenant, keep, other, By.LINEAGE)
        for index in mine:
            certificates.give(tx, index, record.seal_handle(tenant.keys, index, keep))
        self._extend(tx, tenant.keys, keep, mine, via)
        self.returning.run(tx, tenant, keep)
        return keep

    def signed(self, tx: Transaction, tenant: Tenant, handle: bytes) -> None:
        """A certificate that J-LIS had only named has signed: its person is there, whatever was thought."""
        self.returning.run(tx, tenant, handle)

    def attach(self, tx: Transaction, tenant: Tenant, arriving: Arriving, *, via: bytes = b"") -> None:
        """Make the certificate that of the known person whose handle it has, on another word than J-LIS's.

        `via`: the certificate of theirs that has proven it, if one has. Raises Refusal with CERTIFICATE_CONFLICT
        when it has become another person's meanwhile.
        """
        mine, people = self._enter(tx, tenant.keys, arriving)
        if people.keys() - {arriving.handle}:
            raise Refusal(Reason.CERTIFICATE_CONFLICT, "the certificate has become another person's")
        self._extend(tx, tenant.keys, arriving.handle, mine, via)
        self.returning.run(tx, tenant, arriving.handle)

    def _enter(
        self, tx: Transaction, keys: TenantKeys, arriving: Arriving
    ) -> tuple[list[bytes], dict[bytes, bytes]]:
        """Make every row that is not there: those made, and the people of the others, the longest known first.

        Each person comes with the certificate by which they are known.
        """
        indexes = sorted({arriving.cert_index, *arriving.linked})  # in one order: two never wait in a circle
        mine = [index for index in indexes if self._add(tx, keys, arriving, index)]
        rows = certificates.find_all(tx, indexes)
        self._require_key(tx, arriving, rows[arriving.cert_index])
        people: dict[bytes, bytes] = {}
        for index, row in rows.items():
            if index not in mine:
                people.setdefault(record.open_handle(keys, index, row), index)
        return mine, people

    def _extend(self, tx: Transaction, keys: TenantKeys, handle: bytes, indexes: list[bytes], via: bytes) -> None:
        if indexes:
            members = [Member(index, via) for index in indexes]
            record.extend(tx, keys, handle, members, today=self.now().date())

    def _add(self, tx: Transaction, keys: TenantKeys, arriving: Arriving, index: bytes) -> bool:
        key_index = arriving.key_index if index == arriving.cert_index else b""
        row = CertificateRow(key_index, record.seal_handle(keys, index, arriving.handle))
        return certificates.add(tx, index, row, created=self.now().date())

    def _require_key(self, tx: Transaction, arriving: Arriving, row: CertificateRow) -> None:
        if not row.key_index:
            certificates.bind(tx, arriving.cert_index, arriving.key_index)
        elif not hmac.compare_digest(row.key_index, arriving.key_index):
            raise Refusal(Reason.CERTIFICATE_CONFLICT, "same certificate index, another public key")


def _founded(arriving: Arriving, indexes: list[bytes]) -> Record:
    """The record of a new person."""
    linked = [Member(index, arriving.cert_index) for index in indexes if index != arriving.cert_index]
    return Record((Member(arriving.cert_index), *linked))
