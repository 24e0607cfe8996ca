"""PPID: the number by which one sector's services know one person.

Derived once, with a key in custody, when a person first comes to a sector; stored sealed; never derived again.
The PPID document, sections Derivation and Store.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from msgspec import Struct, structs

import ppid
from connectors.errors import ConnectorError
from connectors.ports import Keys
from idp.errors import Reason, Refusal
from idp.japan import day_in_japan
from idp.keys.sealing import Place, digest
from idp.login.previous import Previous, of_both
from idp.oversight.audit import Action, Auditor
from idp.people import pair_proofs, record
from idp.store import migrating, moving, pair_life, pairs
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Client, Tenant

Answered = Callable[[pairs.Consent | None], pairs.Consent]
_PAIR_ID_BYTES = 16
_TRIES = 4
"""A grant moves once in a migration, and goes back once."""


class Pair(Struct, frozen=True):
    """A person as one sector knows them. `new`: by this very call. `previous`: of a number that has changed."""

    pair_id: bytes
    ppid: str
    consent: pairs.Consent | None
    new: bool = False
    previous: Previous | None = None

    @property
    def subjects(self) -> frozenset[str]:
        """By which numbers the service may name the person: this one, and the one before while it hears of it."""
        return frozenset({self.ppid} | ({self.previous.sub} if self.previous else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Finding and making pairs."""

    store: Store
    keys: Keys
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def find(self, tenant: Tenant, client: Client, handle: bytes) -> Pair | None:
        """The pair of the client's sector and this person, with the client's own consent. Needs no key."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = _find(tx, tenant, client, handle)
        return self._opened(tenant, client, handle, row) if row else None

    def allow(
        self, tenant: Tenant, client: Client, handle: bytes, answered: Answered, *, proof: bytes = b""
    ) -> Pair:
        """The pair, made if absent, with the client's grant and the resident's consent.

        `answered`: the consent, from the one before. `proof`: the index of the certificate that proved this
        login, empty where it is not known; kept of a pair that this login makes, of no other. Raises Refusal
        with KEYS_UNAVAILABLE when a new pair needs the key and its custody does not answer.
        """
        handle, row, new = self._find_or_derive(tenant, client, handle, proof)
        today = day_in_japan(self.now())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = _held(tx, tenant, client, handle, row) or _stored(tx, new, tenant, client, handle, today)
            consent = answered(row.consent)
            pairs.allow(tx, row.pair_id, client.client_id, consent, created=today)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.CONSENT_GIVEN,
                "allowed",
                client_id=client.client_id,
                released=consent.released,
                declined=consent.declined,
                new_pair=new is not None,
            )
        return structs.replace(self._opened(tenant, client, handle, row), consent=consent)

    def ensure(self, tenant: Tenant, client: Client, handle: bytes, *, proof: bytes = b"") -> Pair:
        """The pair, made if absent, with the client's grant and no consent: nobody was asked.

        For a service that had the person's proof itself. Needs no key and writes nothing where pair and grant
        are there. `proof`: as for `allow`. Raises Refusal with KEYS_UNAVAILABLE as it does.
        """
        handle, row, new = self._find_or_derive(tenant, client, handle, proof)
        if row is None or not row.granted:
            today = day_in_japan(self.now())
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                row = _held(tx, tenant, client, handle, row) or _stored(tx, new, tenant, client, handle, today)
                pairs.grant(tx, row.pair_id, client.client_id, created=today)
        return structs.replace(self._opened(tenant, client, handle, row), new=new is not None)

    def begins_anew(self, tenant: Tenant, client: Client, handle: bytes) -> bool:
        """Whether the person has stopped the sector's services before, so that a pair now has another number."""
        index = tenant.keys.pair_index(client.sector_id, handle)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return _find(tx, tenant, client, handle) is None and pairs.next_generation(tx, index) > 0

    def _find_or_derive(
        self, tenant: Tenant, client: Client, handle: bytes, proof: bytes
    ) -> tuple[bytes, pairs.PairView | None, pairs.NewPair | None]:
        """The pair that there is or a new one, after whose it is: of somebody merged meanwhile, the survivor's."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = _find(tx, tenant, client, handle)
            if row is None and (owner := record.surviving(tx, tenant.keys, handle)) != handle:
                handle = owner
                row = _find(tx, tenant, client, handle)
            index = tenant.keys.pair_index(client.sector_id, handle)
            generation = 0 if row else pairs.next_generation(tx, index)
        if row is not None:
            return handle, row, None
        new = self._unissued(tenant, client, handle, index, generation)
        return handle, None, replace(new, sealed_proof=pair_proofs.seal(tenant.keys, new.pair_id, proof))

    def _unissued(
        self, tenant: Tenant, client: Client, handle: bytes, index: bytes, generation: int
    ) -> pairs.NewPair:
        """A pair of that generation or, should the number be one that ended, of the next whose is not."""
        while True:
            new = self._derive(tenant, client, handle, index, generation)
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                met = pair_life.by_digest(tx, new.ppid_digest)
            if met is None or (met.state == pairs.LIVE and met.pair_index == index):
                return new  # one of this moment is met when it is stored
            generation += 1

    def _derive(
        self, tenant: Tenant, client: Client, handle: bytes, index: bytes, generation: int
    ) -> pairs.NewPair:
        if tenant.ppid_key_version == 0:
            raise Refusal(Reason.KEYS_UNAVAILABLE, "the tenant's PPID key waits for its ceremony")
        try:
            value = ppid.derive(
                self.keys,
                tenant_id=tenant.tenant_id,
                sector_id=client.sector_id,
                handle=handle,
                key_version=tenant.ppid_key_version,
                generation=generation,
            )
        except ConnectorError as error:
            raise Refusal(Reason.KEYS_UNAVAILABLE, str(error)) from error
        pair_id = self.token_bytes(_PAIR_ID_BYTES)
        return pairs.NewPair(
            pair_id=pair_id,
            sector_id=client.sector_id,
            pair_index=index,
            generation=generation,
            ppid_digest=digest(value),
            sealed_ppid=tenant.keys.seal(ppid_place(pair_id), value.encode()),
            sealed_handle=tenant.keys.seal(handle_place(pair_id), handle),
            key_version=tenant.ppid_key_version,
        )

    def _opened(self, tenant: Tenant, client: Client, handle: bytes, row: pairs.PairView) -> Pair:
        """The pair with its number, and the one before it; from here on the service counts as told.

        A grant that goes back to its old pair at this very moment is followed there.
        """
        now = int(self.now().timestamp())
        if client.window is None or not client.window.migration_id:
            number = open_ppid(tenant, row.pair_id, row.sealed_ppid)
            previous = of_both(tenant, client, row.pair_id, None, row.former, now=now)
            return Pair(row.pair_id, number, row.consent, previous=previous)
        for _ in range(_TRIES):
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                found = migrating.previous(tx, client.client_id, row.pair_id)
                seen = _find(tx, tenant, client, handle) or row
            if seen.pair_id == row.pair_id and (found is None or found.told or self._tell(tenant, client, row)):
                previous = of_both(tenant, client, row.pair_id, found, row.former, now=now)
                number = open_ppid(tenant, row.pair_id, row.sealed_ppid)
                return Pair(row.pair_id, number, row.consent, previous=previous)
            row = seen
        raise LookupError("a grant moves to and fro")

    def _tell(self, tenant: Tenant, client: Client, row: pairs.PairView) -> bool:
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return migrating.tell(tx, client.client_id, row.pair_id)


def _find(tx: Transaction, tenant: Tenant, client: Client, handle: bytes) -> pairs.PairView | None:
    """The person's pair with this client: while its residents change sectors, the one that its grant is on."""
    if client.window is not None and client.window.also_sector:
        row = _at(tx, tenant, client, tenant.keys.pair_index(client.window.also_sector, handle))
        if row is not None and row.granted:
            return row
    return _at(tx, tenant, client, tenant.keys.pair_index(client.sector_id, handle))


def _at(tx: Transaction, tenant: Tenant, client: Client, pair_index: bytes) -> pairs.PairView | None:
    former_index = tenant.keys.former_index(client.client_id, pair_index)
    return pairs.find(tx, pair_index, client.client_id, former_index)


def _held(
    tx: Transaction, tenant: Tenant, client: Client, handle: bytes, row: pairs.PairView | None
) -> pairs.PairView | None:
    """The pair that was found, or the one that its grant has moved to since; it stays until `tx` ends."""
    if client.window is None or row is None or moving.hold(tx, [row.pair_id]):
        return row
    return _find(tx, tenant, client, handle)


def _stored(
    tx: Transaction, new: pairs.NewPair | None, tenant: Tenant, client: Client, handle: bytes, today: date
) -> pairs.PairView:
    """The new pair, or the one that another request of this person stored meanwhile."""
    if new is not None:
        pairs.add(tx, new, created=today)
    row = _find(tx, tenant, client, handle)
    if row is None:
        raise LookupError("a pair was stored and is not there")
    return row


def ppid_place(pair_id: bytes) -> Place:
    """Where a pair's PPID is sealed."""
    return Place("pair", pair_id, "ppid")


def handle_place(pair_id: bytes) -> Place:
    """Where the handle is sealed for which a pair's PPID was derived."""
    return Place("pair", pair_id, "handle")


def open_ppid(tenant: Tenant, pair_id: bytes, sealed_ppid: bytes) -> str:
    """The PPID of a stored pair."""
    return tenant.keys.open(ppid_place(pair_id), sealed_ppid).decode()
