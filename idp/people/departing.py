"""People who cannot sign in any more because every certificate of theirs was revoked.

They died, or lost it all: a list does not say which. What is decided:

- **At once** (the next sweep) their sessions end: nobody is there who could have them. So do logins of their
  agents, who act for them no more until they are back.
- **After a grace** that each tenant sets (30 days unless it says otherwise) J-LIS is asked whether it links
  another certificate to theirs. If one may be good (a renewal, a new card, a phone), nobody is told anything:
  the next sweep begins anew. If none, each service with a grant is told `account-disabled`, at a moment of its own
  (`idp/events/events.py`). An answer that cannot be had is waited for.
- **Nothing is taken from them.** Numbers, grants, consents and user numbers stay, and no number is issued again.
  Whoever comes back with a new certificate that is linked to theirs is who they were, at once; the services that
  were told so are told `account-enabled` (RISC), and never before the other event. A login is the better proof
  meanwhile: a service lets in whoever we vouch for.

How far it is stands in the person's sealed record, and what is yet to be done in the outbox: a worker that is
killed has done a step or has not, and a second sweep finds nothing left to do.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from idp.events.events import EventName, Events
from idp.events.outbox import JSON, Outbox
from idp.jpki.crl_refused import CrlRefused
from idp.oversight.ledger import Ledger, Operation
from idp.people import record, sessions
from idp.people.merging import open_ppid
from idp.people.record import Record
from idp.people.represented import Represented
from idp.people.standing import Standing
from idp.store import certificates, pair_life
from idp.store.certificates import NamedRow
from idp.store.engine import Store, Transaction
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.worker.job import Job, Postpone

KIND, BACK = "person-departed", "person-back"
"""The outbox's kinds; both payloads: `person`, the handle, hexadecimal."""
LIVES_SECONDS = 90 * 24 * 3600
"""Beyond the grace: J-LIS may be away for long."""
DAY_SECONDS = 24 * 3600
_AT_ONCE = 1000
_WAIT_SECONDS = 3600
_log = structlog.get_logger("idp.people")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What becomes of a person who comes back with a certificate. `span_seconds`: see `idp/events/spread.py`."""

    outbox: Outbox
    now: Callable[[], datetime]
    span_seconds: int

    def run(self, tx: Transaction, tenant: Tenant, handle: bytes) -> None:
        """Let them count as there, in the transaction in which their certificate becomes known."""
        mine = record.read(tx, tenant.keys, handle, held=True)
        if mine is None or not mine.departed_at:
            return
        moment = self.now()
        here = replace(mine, departed_at=0, disabled_at=0)
        record.put(tx, tenant.keys, handle, here, today=moment.date())
        if mine.disabled_at:
            told_by = mine.disabled_at + 2 * self.span_seconds
            delay = max(0, told_by - int(moment.timestamp()))
            payload: dict[str, JSON] = {"person": handle.hex()}
            lives = delay + LIVES_SECONDS
            self.outbox.put(tx, tenant.keys, BACK, payload, delay_seconds=delay, lives_seconds=lives)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing:
    """The sweep, and the handler of both kinds of job."""

    store: Store
    directory: Directory
    standing: Standing
    events: Events
    ledger: Ledger
    outbox: Outbox
    represented: Represented
    end_login: sessions.EndLogin
    now: Callable[[], datetime]

    def sweep(self) -> None:
        """Find everybody of every tenant whose last good certificate was revoked."""
        for tenant in self.directory.all():
            try:
                for handle in self._suspects(tenant):
                    self._find(tenant, handle)
            except CrlRefused as refused:
                _log.warning("departing.no-list", tenant=tenant.tenant_id, reason=refused.reason)

    def run(self, tenant: Tenant, job: Job) -> None:
        """See Handler. Raises Postpone while lists cannot be read, and what the lineage raises."""
        handle = bytes.fromhex(str(job.payload["person"]))
        try:
            told = self._enable(tenant, job, handle) if job.kind == BACK else self._disable(tenant, job, handle)
        except CrlRefused as refused:
            raise Postpone(_WAIT_SECONDS, f"lists: {refused.reason}") from refused
        _log.info("departing.done", kind=job.kind, tenant=tenant.tenant_id, services=told)

    def _suspects(self, tenant: Tenant) -> list[bytes]:
        """Everybody of whom a certificate was revoked."""
        found: set[bytes] = set()
        after = b""
        while True:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                rows = certificates.named(tx, after=after, limit=_AT_ONCE)
            if not rows:
                return sorted(found)
            revoked = self.standing.revoked(tenant, rows)
            found |= {_handle(tenant, row) for row in rows if row.cert_index in revoked}
            after = rows[-1].cert_index

    def _find(self, tenant: Tenant, handle: bytes) -> None:
        mine, rows = self._seen(tenant, handle)
        if mine.departed_at or mine.into or self.standing.last_revoked(tenant, rows) is None:
            return
        moment = self.now()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if record.read(tx, tenant.keys, handle, held=True) != mine:
                return  # somebody was here: the next sweep looks again
            gone = replace(mine, departed_at=int(moment.timestamp()))
            record.put(tx, tenant.keys, handle, gone, today=moment.date())
            sessions.end_of(tx, tenant, handle, moment, self.end_login)
            self.represented.suspend(tx, tenant, handle)
            grace = tenant.settings.disable_grace_days * DAY_SECONDS
            payload: dict[str, JSON] = {"person": handle.hex()}
            lives = grace + LIVES_SECONDS
            self.outbox.put(tx, tenant.keys, KIND, payload, delay_seconds=grace, lives_seconds=lives)

    def _disable(self, tenant: Tenant, job: Job, handle: bytes) -> int:
        """Tell the services, unless the person is back or may come back; how many."""
        mine, rows = self._seen(tenant, handle)
        if not mine.departed_at or mine.disabled_at or mine.into:
            return 0
        last = self.standing.last_revoked(tenant, rows)
        stays = last is None or self.standing.has_successor(tenant, last, rows)
        moment = self.now()
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if record.read(tx, tenant.keys, handle, held=True) != mine:
                raise Postpone(problem="the person's record changed")
            at = int(moment.timestamp())
            after = replace(mine, departed_at=0) if stays else replace(mine, disabled_at=at)
            record.put(tx, tenant.keys, handle, after, today=moment.date())
            told = 0 if stays else self._tell(tx, tenant, handle, EventName.ACCOUNT_DISABLED)
            if not stays:
                self._record(tx, tenant, Operation.PERSON_DISABLED, handle, told)
            job.finish(tx)
        return told

    def _enable(self, tenant: Tenant, job: Job, handle: bytes) -> int:
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            handle = record.surviving(tx, tenant.keys, handle)
            mine = record.read(tx, tenant.keys, handle, held=True) or Record()
            told = 0 if mine.disabled_at else self._tell(tx, tenant, handle, EventName.ACCOUNT_ENABLED)
            self._record(tx, tenant, Operation.PERSON_ENABLED, handle, told)
            job.finish(tx)
        return told

    def _seen(self, tenant: Tenant, handle: bytes) -> tuple[Record, list[NamedRow]]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            mine = record.read(tx, tenant.keys, handle) or Record()
            return mine, certificates.named_among(tx, [member.index for member in mine.certificates])

    def _tell(self, tx: Transaction, tenant: Tenant, handle: bytes, name: EventName) -> int:
        told, moment = 0, self.now()
        indexes = [tenant.keys.pair_index(sector, handle) for sector in tenant.sectors]
        for pair in pair_life.live_at(tx, indexes).values():
            for grant in pair_life.grants(tx, pair.pair_id):
                client = tenant.clients.get(grant.client_id)
                if client is not None:
                    self.events.emit(tx, tenant, client, open_ppid(tenant, pair), name, {}, moment)
                    told += 1
        return told

    def _record(self, tx: Transaction, tenant: Tenant, operation: Operation, handle: bytes, told: int) -> None:
        details: dict[str, JSON] = {"by": "revocation", "services": told}
        self.ledger.record(tx, tenant.keys, operation, details, secret={"person": handle.hex()})


def _handle(tenant: Tenant, row: NamedRow) -> bytes:
    return tenant.keys.open(record.certificate_place(row.cert_index), row.sealed_handle)
