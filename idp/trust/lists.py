"""Revocation lists of multi-tier stores: verified when they are loaded, and only ever replaced by newer ones.

Nothing decides by a stored list alone: the path engine verifies it again for every certificate it speaks of.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from idp.jpki.certificate import UNREADABLE
from idp.jpki.crl_refused import CrlReason, CrlRefused, UnknownIssuer
from idp.jpki.path import gate, lists
from idp.jpki.path.limits import MAX_CRL_BYTES, Budget
from idp.jpki.path.lists import GatedList
from idp.jpki.path.reasons import PathReason, PathRefusal
from idp.jpki.revocation import CLOCK_SKEW
from idp.oversight import audit, authentic
from idp.store import trust as rows
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.trust import words
from ppid.encoding import length_prefixed

MAX_BYTES = MAX_CRL_BYTES
"""A longer list is refused: the path engine, which reads it for every certificate, would not take it."""
_REASONS = {PathReason.TOO_LARGE: CrlReason.TOO_LARGE, PathReason.ALGORITHM_REFUSED: CrlReason.ALGORITHM}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What a list says of itself. `key`: SHA-256 of issuer, issuing key and scope, in which lists succeed."""

    key: bytes
    issuer: str
    issuer_key_id: bytes
    number: int
    delta: bool
    this_update: datetime
    next_update: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class LoadedList:
    """A list in use. `unchanged`: it was in use before."""

    facts: ListFacts
    unchanged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustLists:
    """Loading lists into a tenant's stores."""

    store: Store
    auditor: audit.Auditor
    now: Callable[[], datetime]

    def load(self, tenant: Tenant, purpose: str, unverified_der: bytes) -> LoadedList:
        """Put a list in the place of the one that it succeeds.

        Raises CrlRefused, and then what is in use stays: TOO_LARGE, GARBLED, ALGORITHM, UNKNOWN_ISSUER when no
        certificate of the purpose may have signed it, SIGNATURE, NOT_YET, ROLLBACK.
        """
        gated = read(unverified_der)
        found = facts(unverified_der, gated)
        if gated.this_update > self.now() + CLOCK_SKEW:
            raise CrlRefused(CrlReason.NOT_YET, "thisUpdate lies in the future")
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.hold(tx, purpose)
            _require_signed(
                gated, [row.der for row in authentic.certificates(tx, tenant) if row.purpose == purpose]
            )
            for row in rows.lists(tx, purpose):
                if row.list_key == found.key:
                    if row.der == unverified_der:
                        return LoadedList(found, unchanged=True)
                    _require_newer(found, facts(row.der))
            rows.put_list(tx, rows.ListRow(purpose, found.key, int(found.this_update.timestamp()), unverified_der))
            details = {"purpose": purpose, "list": found.key.hex(), "number": found.number}
            self.auditor.record(tx, tenant.keys, audit.Action.TRUST_LIST_LOADED, "done", **details)
        return LoadedList(found, unchanged=False)


def read(unverified_der: bytes) -> GatedList:
    """Pass a list through the path engine's gate. Raises CrlRefused."""
    try:
        return lists.read_list(unverified_der, Budget())
    except PathRefusal as refusal:
        raise CrlRefused(_REASONS.get(refusal.reason, CrlReason.GARBLED), refusal.detail) from refusal


def facts(der: bytes, gated: GatedList | None = None) -> ListFacts:
    """What the list says of itself. Raises CrlRefused for bytes that are none."""
    gated = gated or read(der)
    try:
        name = x509.load_der_x509_crl(der).issuer
    except (*UNREADABLE, UserWarning) as error:
        raise CrlRefused(CrlReason.GARBLED, "the issuer's name cannot be read") from error
    scope = (gated.authority_key_id or b"", gated.scope_der, b"" if gated.base is None else b"delta")
    return ListFacts(
        key=hashlib.sha256(length_prefixed(name.public_bytes(), *scope)).digest(),
        issuer=words.name(name),
        issuer_key_id=gated.authority_key_id or b"",
        number=gated.number,
        delta=gated.base is not None,
        this_update=gated.this_update,
        next_update=gated.next_update,
        entries=len(gated.entries),
    )


def _require_signed(crl: GatedList, certificates: Iterable[bytes]) -> None:
    """One of the certificates has the list's name, its key identifier, the right to sign lists, and signed it."""
    budget, named = Budget(), False
    for der in certificates:
        try:
            signer = gate.read(der, budget)
            usage = signer.value(x509.KeyUsage)
            if signer.subject != crl.issuer or crl.authority_key_id not in (None, signer.key_id):
                continue
            if usage is not None and not usage.crl_sign:
                continue
            named = True
            if signer.signed(crl.signed_with, crl.signature, crl.tbs, budget):
                return
        except PathRefusal:
            continue
    if named:
        raise CrlRefused(CrlReason.SIGNATURE, "no certificate of its issuer verifies the list")
    raise UnknownIssuer("no certificate of this purpose may have signed the list")


def _require_newer(new: ListFacts, in_use: ListFacts) -> None:
    """The number must rise and thisUpdate must not fall (RFC 5280 section 5.2.3)."""
    if new.number <= in_use.number or new.this_update < in_use.this_update:
        raise CrlRefused(CrlReason.ROLLBACK, "not newer than the list in use")
