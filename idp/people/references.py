"""References: how officers name a person without seeing a serial number or a number of any other service.

A resident gets one on the page that asks whose a certificate is; an officer gets one for the person whom a service
knows by its own number. It says where it came from, and counts for thirty days.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from idp.continuity import holders
from idp.keys.sealing import Place, digest
from idp.oversight.audit import Action, Auditor
from idp.people import record, spoken
from idp.registration import NotAllowed
from idp.store import moving, person_codes
from idp.store.engine import Transaction
from idp.store.person_codes import ReferenceRow
from idp.tenants.tenancy import Client, Tenant

CHARACTERS = 8
LIFE = timedelta(days=30)
_RANDOM_BYTES = 5
_INDEX_BYTES = 32


class Kind(StrEnum):
    """What a reference names."""

    PERSON = "person"
    CERTIFICATE = "certificate"
    """One that is nobody's yet."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reference names: a person's handle, or a certificate's indexes as `Arriving` takes them."""

    kind: Kind
    origin: str
    expires_at: int
    body: bytes = field(repr=False)
    named: bytes = field(default=b"", repr=False)
    """Of a person who was merged, their own handle; `body` is then the survivor's."""

    @property
    def indexes(self) -> tuple[bytes, bytes, tuple[bytes, ...]]:
        """Of a certificate: its index, its key's, and those to which it is linked."""
        parts = [self.body[at : at + _INDEX_BYTES] for at in range(0, len(self.body), _INDEX_BYTES)]
        return parts[0], parts[1], tuple(parts[2:])


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """Giving out references and reading them."""

    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def to_certificate(self, tx: Transaction, tenant: Tenant, client: Client, indexes: bytes) -> str:
        """A reference to a certificate that is nobody's yet, asked for in a login at that service."""
        return self._make(tx, tenant, Kind.CERTIFICATE, f"a login at {client.service_id}", indexes)

    def to_person(self, tx: Transaction, tenant: Tenant, client: Client, sub: str) -> str:
        """A reference to the person whom a service knows by `sub`. Raises NotAllowed for one that it does not."""
        pair = moving.by_digest(tx, digest(sub))
        if pair is None or pair.sector_id not in client.sectors:
            raise NotAllowed("this service knows nobody by that number")
        owner = holders.first_owner(tenant, pair)  # `read` follows merges, and none that was split
        return self._make(tx, tenant, Kind.PERSON, f"a number at {client.service_id}", owner)

    def to_owner(self, tx: Transaction, tenant: Tenant, handle: bytes, origin: str) -> str:
        """A reference to a person who was found otherwise; `origin` says how."""
        return self._make(tx, tenant, Kind.PERSON, origin, handle)

    def read(self, tx: Transaction, tenant: Tenant, typed: str) -> Reference:
        """What it names; of somebody who was merged, the survivor. Raises NotAllowed for none that counts."""
        text = spoken.read(typed, CHARACTERS)
        row = person_codes.reference(tx, tenant.keys.reference_index(text)) if text else None
        if row is None or row.expires_at <= int(self.now().timestamp()):
            raise NotAllowed("there is no such reference, or its time is over")
        named = body = tenant.keys.open(_place(row.reference_index), row.sealed_body)
        kind = Kind(row.kind)
        if kind is Kind.PERSON:
            body = record.surviving(tx, tenant.keys, body)
        return Reference(kind, row.origin, row.expires_at, body, named)

    def _make(self, tx: Transaction, tenant: Tenant, kind: Kind, origin: str, body: bytes) -> str:
        text = spoken.spoken(self.token_bytes(_RANDOM_BYTES), CHARACTERS)
        index, ends = tenant.keys.reference_index(text), int((self.now() + LIFE).timestamp())
        sealed = tenant.keys.seal(_place(index), body)
        person_codes.add_reference(tx, ReferenceRow(index, kind, origin, sealed, ends))
        self.auditor.record(tx, tenant.keys, Action.PERSON_REFERRED_TO, "done", kind=kind, origin=origin)
        return text


def _place(index: bytes) -> Place:
    return Place("person_reference", index, "body")
