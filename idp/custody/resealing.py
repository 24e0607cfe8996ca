"""A new generation of the data key: known to every process first, then sealing, then everything old sealed anew.

Each step is one short transaction, and what is done is seen in the rows themselves: killed anywhere, the next run
goes on from there. What was sealed under an earlier generation opens all the while.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from connectors.ports import Keys
from idp.custody.progress import Progress, silent
from idp.custody.sealed_columns import SEALED, UNDER_A_MAC
from idp.keys.sealing import KEY_BYTES, SEAL, SealBroken, TenantKeys
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.services import registrations
from idp.services.registrations import Members
from idp.store import data_keys, sealed, tenants
from idp.store.data_keys import CURRENT, NEXT, OPENING, DataKeyRow
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory, event_bearer_place
from idp.tenants.tenancy import Tenant

PAGE = 200
KNOWN_SECONDS = 10
"""Every process loads what changed within 2 s: after five such turns a generation is known wherever one serves."""
SHORT_LIVED_SECONDS = 24 * 3600
"""Codes, logins under way and access records are sealed outside the database; all of them end within a day."""


@dataclass(slots=True)
class Resealed:
    """What a run did. `broken`: places that open under no generation, as they did not before."""

    generation: int
    resealed: int = 0
    looked_at: int = 0
    broken: list[str] = field(default_factory=list)
    retired: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resealing:
    """The steps, over the store."""

    store: Store
    keys: Keys
    directory: Directory
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def begin(self, tenant: Tenant) -> int:
        """Make the next generation, which seals nothing yet; its number. Raises NotAllowed while there is one."""
        at, key = self._seconds(), self.token_bytes(KEY_BYTES)
        wrapped = self.keys.wrap(tenant.tenant_id, SEAL, key)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenants.hold(tx)
            rows = _seals(tx)
            if any(row.state == NEXT for row in rows):
                raise NotAllowed("a generation of the data key is under way already")
            generation = max(row.generation for row in rows) + 1
            data_keys.add(tx, DataKeyRow(SEAL, generation, NEXT, at, wrapped))
            tenants.touch(tx)
            self.auditor.record(tx, tenant.keys, Action.DATA_KEY_MADE, "done", generation=generation)
        self.directory.refresh()
        return generation

    def seconds_until_known(self, tenant: Tenant) -> int:
        """How long the generation under way must wait yet; 0 when it may seal, or when none is under way."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            since = [row.since for row in _seals(tx) if row.state == NEXT]
        return max(0, max(since, default=0) + KNOWN_SECONDS - self._seconds()) if since else 0

    def activate(self, tenant: Tenant) -> None:
        """Let the generation under way seal, if there is one. Raises NotAllowed before every process knows it."""
        if self.seconds_until_known(tenant) > 0:
            raise NotAllowed("the new generation is not known to every process yet")
        at = self._seconds()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenants.hold(tx)
            rows = _seals(tx)
            coming = [row.generation for row in rows if row.state == NEXT]
            for row in rows:
                if coming and row.state == CURRENT:
                    data_keys.set_state(tx, SEAL, row.generation, OPENING, since=at)
            for generation in coming:
                data_keys.set_state(tx, SEAL, generation, CURRENT, since=at)
                tenants.touch(tx)
                self.auditor.record(tx, tenant.keys, Action.DATA_KEY_ACTIVATED, "done", generation=generation)
        self.directory.refresh()

    def reseal(self, tenant: Tenant, progress: Progress = silent) -> Resealed:
        """Seal everything anew that is under an earlier generation, until a whole look finds nothing more.

        `tenant`: as the directory has it after `activate`. May be killed and run again at any time.
        """
        done = Resealed(tenant.keys.sealing)
        while self._look(tenant, done, progress):
            pass
        return done

    def retire(self, tenant: Tenant, done: Resealed) -> None:
        """Delete the keys that open nothing any more, a day after they sealed their last: for good."""
        if done.broken:
            return
        latest = self._seconds() - SHORT_LIVED_SECONDS
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            tenants.hold(tx)
            if any(sealed.count(tx, *column) for column in UNDER_A_MAC):
                return
            for row in _seals(tx):
                if row.state == OPENING and row.since <= latest:
                    data_keys.remove(tx, SEAL, row.generation)
                    done.retired.append(row.generation)
                    self.auditor.record(
                        tx, tenant.keys, Action.DATA_KEY_RETIRED, "done", generation=row.generation
                    )
            if done.retired:
                tenants.touch(tx)
        self.directory.refresh()

    def _look(self, tenant: Tenant, done: Resealed, progress: Progress) -> bool:
        """One look at everything; whether anything was sealed anew, or moved meanwhile."""
        done.looked_at, done.broken = 0, []
        changed = self._bearers(tenant)
        for (table, column), where in SEALED.items():
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                total = sealed.count(tx, table, column)
            after, seen = None, 0
            while True:
                with self.store.for_tenant(tenant.tenant_id).write() as tx:
                    rows = sealed.page(tx, table, column, after=after, count=PAGE, also=where.also)
                    for row in rows:
                        changed += self._row(tx, tenant.keys, (table, column), row, done)
                if not rows:
                    break
                after, seen = rows[-1].key, seen + len(rows)
                done.looked_at += len(rows)
                progress(f"{table}.{column}", seen, max(seen, total))
        done.resealed += changed
        return changed > 0

    def _row(
        self, tx: Transaction, keys: TenantKeys, column: tuple[str, str], row: sealed.SealedRow, done: Resealed
    ) -> int:
        try:
            anew = keys.resealed(SEALED[column].place(row.columns), row.sealed)
        except SealBroken:
            done.broken.append(".".join(column))
            return 0
        if anew is None:
            return 0
        sealed.replace(tx, *column, row, anew)  # changed meanwhile: the next look sees what it has become
        return 1

    def _bearers(self, tenant: Tenant) -> int:
        """Tokens for receivers of events lie sealed in their clients' registrations."""
        changed = 0
        for client_id in tenant.clients:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                changed += registrations.change(tx, client_id, partial(_with_bearer, tenant, client_id))
        return changed

    def _seconds(self) -> int:
        return int(self.now().timestamp())


def _with_bearer(tenant: Tenant, client_id: str, stored: Members) -> Members:
    """A registration whose receiver's token is sealed anew, where that is due."""
    bearer = stored.get("events", {}).get("bearer")
    anew = bearer and tenant.keys.resealed(event_bearer_place(client_id), bytes.fromhex(bearer))
    return {**stored, "events": {**stored["events"], "bearer": anew.hex()}} if anew else stored


def _seals(tx: Transaction) -> list[DataKeyRow]:
    return [row for row in data_keys.every(tx) if row.label == SEAL]
