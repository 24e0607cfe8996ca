"""Release: what a resident agreed to hand over is put where UserInfo finds it, sealed, for as long as the tenant
says.

A tenant may have nothing stored: then it lies in the short-lived state alone, where logins under way are, until
its access token ends. No database and no backup ever holds it.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from idp.items import ITEMS
from idp.keys.sealing import Place, SealBroken
from idp.login import consent
from idp.login.pairwise import Pair
from idp.login.transaction import Attempt
from idp.oversight.audit import Action, Auditor
from idp.sources.normal import leaves_open
from idp.sources.record import Read, Source
from idp.store import released
from idp.store.engine import Store, Transaction
from idp.store.released import ReleasedRow
from idp.store.shortlived import ShortLived
from idp.store.tokens import AccessTokenView
from idp.tenants.tenancy import Tenant
from idp.tenants.tenant_settings import RELEASED_SECONDS

TABLE = "released_attribute"
_SOURCE = "source"
_log = structlog.get_logger("idp.login")


class Altered(Exception):
    """Items that are not as they were released: of another login, another item, another source, or forged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Puts items there, finds them, and takes away what is over."""

    store: Store
    state: ShortLived
    auditor: Auditor
    now: Callable[[], datetime]

    def run(self, attempt: Attempt, pair: Pair, brought: Read | None) -> tuple[str, ...]:
        """Release what this login brought and the person agrees to: one write transaction, none for nothing.

        Returns the names of the items that were let go. What the card leaves open is not among them, nor kept:
        UserInfo has nothing to tell of it.
        """
        read = consent.let_go(brought, pair)
        values = {} if read is None else {n: v for n, v in read.values.items() if not leaves_open(n, v)}
        if read is None or not values:
            return ()
        tenant, transaction_id = attempt.tenant, attempt.transaction.transaction_id
        sealed = {
            name: tenant.keys.seal(_place(transaction_id, read.source, name), value.encode())
            for name, value in values.items()
        }
        stored = tenant.settings.released_seconds
        if not stored:
            said = {name: base64.b64encode(value).decode() for name, value in sealed.items()}
            key, fields = _key(tenant, transaction_id), {_SOURCE: str(read.source), **said}
            self.state.create(key, fields, seconds=RELEASED_SECONDS)
        ends = int(self.now().timestamp()) + stored
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if stored:
                rows = [
                    ReleasedRow(transaction_id, name, read.source, value, ends, pair.pair_id)
                    for name, value in sealed.items()
                ]
                released.add(tx, rows)
            self.auditor.record(
                tx,
                tenant.keys,
                Action.ATTRIBUTES_RELEASED,
                "released",
                client_id=attempt.client.client_id,
                attributes=sorted(values),
                source=read.source,
            )
        return tuple(values)

    def told(self, tenant: Tenant, view: AccessTokenView) -> Read | None:
        """What the login behind a token released, as far as the person agrees to it now. Raises Altered.

        One that only went on to this service released nothing of its own.
        """
        if not view.own_login or (view.consented is not None and not set(view.consented.split()) & set(ITEMS)):
            return None
        found = self.found(tenant, view.client_id, view.transaction_id)
        return found if view.consented is None else consent.within(found, view.consented.split())

    def found(self, tenant: Tenant, client_id: str, transaction_id: str) -> Read | None:
        """What a login at that service released, while it may still be told.

        Raises Altered, after it was written down and told to the operator: without a value, and of nobody.
        """
        try:
            if not tenant.settings.released_seconds:
                return self._in_state(tenant, transaction_id)
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                rows = released.find(tx, transaction_id, now=int(self.now().timestamp()))
            return _opened(tenant, transaction_id, {row.name: (row.source, row.sealed_value) for row in rows})
        except (SealBroken, ValueError) as error:  # ValueError: a source that is none
            self._alarm(tenant, client_id)
            raise Altered(TABLE) from error

    def kept(
        self, tenant: Tenant, client_id: str, pair_id: bytes, consented: Collection[str]
    ) -> Mapping[str, str]:
        """What is still kept of a person's logins at that service, of each item what the newest one released.

        Nothing where the tenant stores nothing. Raises Altered as `found`.
        """
        if not tenant.settings.released_seconds:
            return {}
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            rows = released.of_person(tx, pair_id, client_id, now=int(self.now().timestamp()))
        newest = {row.name: row for row in rows if row.name in consented}
        try:
            return {
                name: tenant.keys.open(_place(row.transaction_id, row.source, name), row.sealed_value).decode()
                for name, row in newest.items()
            }
        except SealBroken as error:
            self._alarm(tenant, client_id)
            raise Altered(TABLE) from error

    def _in_state(self, tenant: Tenant, transaction_id: str) -> Read | None:
        fields = self.state.read(_key(tenant, transaction_id)) or {}
        source = fields.pop(_SOURCE, "")
        sealed = {name: (source, base64.b64decode(value)) for name, value in fields.items()}
        return _opened(tenant, transaction_id, sealed)

    def _alarm(self, tenant: Tenant, client_id: str) -> None:
        _log.error("seal.broken", tenant=tenant.tenant_id, table=TABLE, client=client_id)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            action, outcome = Action.SEAL_BROKEN, "refused"
            self.auditor.record(tx, tenant.keys, action, outcome, client_id=client_id, table=TABLE)

    def forget_over(self, tenants: Iterable[Tenant]) -> int:
        """Delete what is over, and all that a tenant stored before it decided to store nothing; how many items."""
        gone = 0
        for tenant in tenants:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                gone += self._forget(tx, tenant)
        if gone:
            _log.info("released.forgotten", items=gone)
        return gone

    def _forget(self, tx: Transaction, tenant: Tenant) -> int:
        if not tenant.settings.released_seconds:
            return released.forget_all(tx)
        return released.forget_over(tx, now=int(self.now().timestamp()))


def _opened(tenant: Tenant, transaction_id: str, sealed: Mapping[str, tuple[str, bytes]]) -> Read | None:
    """The values. Raises SealBroken for what was altered or moved, ValueError for a source that is none."""
    if not sealed:
        return None
    (source, *others) = {source for source, _ in sealed.values()}
    if others:
        raise SealBroken(TABLE)
    values = {
        name: tenant.keys.open(_place(transaction_id, source, name), value).decode()
        for name, (_, value) in sealed.items()
    }
    return Read(Source(source), values)


def _key(tenant: Tenant, transaction_id: str) -> str:
    return f"{tenant.tenant_id}:released:{transaction_id}"


def _place(transaction_id: str, source: str, name: str) -> Place:
    """The source belongs to the place: a row that is changed in the database makes nothing verified."""
    return Place(TABLE, f"{transaction_id} {source}".encode(), name)
