"""The sweep: every night each signature certificate that is watched is looked up in the revocation lists.

Lists cost nothing and name nobody to J-LIS. Serial numbers are asked by the thousand; only what has changed is
written, each in a transaction of its own with the events that tell it, so that a sweep which is cut off has told a
change or has not, and the next one goes on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from connectors.ports import CertificateName
from idp.jpki.crl_refused import CrlRefused
from idp.jpki.trust import Anchor
from idp.keys.sealing import Place
from idp.signature_status import changes
from idp.signature_status.changes import Change
from idp.signature_status.named import Seen, issuer
from idp.signature_status.status import SCOPE, Status
from idp.signature_status.watching import Watched, Watching, opened
from idp.store import signature_watches as rows
from idp.store.crl_index.lists import Status as Listed
from idp.store.crl_index.lists import Verdict
from idp.store.engine import Store
from idp.store.signature_watches import HeldRow
from idp.tenants.directory import Directory
from idp.tenants.tenancy import ACTIVE, Tenant

_AT_ONCE = 5000
_log = structlog.get_logger("idp.signature_status")


class Lists(Protocol):
    """The revocation lists in use."""

    def verdicts(self, anchor: Anchor, serials: Sequence[int]) -> list[Verdict]:
        """What all lists of `anchor` say of each serial number. Raises CrlRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows a sweep of one tenant looked at, and how many changes it told."""

    watched: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The task, over the store and the lists."""

    store: Store
    directory: Directory
    lists: Lists
    watching: Watching
    now: Callable[[], datetime]

    def run(self) -> None:
        """Sweep every tenant; one whose lists cannot be read is left for the next night."""
        for tenant in self.directory.all():
            try:
                swept = self.sweep(tenant)
            except CrlRefused as refused:
                _log.warning("signature_status.no-list", tenant=tenant.tenant_id, reason=refused.reason)
                continue
            _log.info("signature_status.swept", tenant=tenant.tenant_id, **_counted(swept))

    def sweep(self, tenant: Tenant) -> Swept:
        """One tenant's. Raises CrlRefused for an index that cannot be used."""
        watched = changed = 0
        after = b""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.forget_unheld(tx)
        while True:
            with self.store.for_tenant(tenant.tenant_id).read() as tx:
                page = rows.held(tx, after=after, limit=_AT_ONCE)
            if not page:
                return Swept(watched, changed)
            self._forget(tenant, [row for row in page if SCOPE not in row.released.split()])
            wanted = [row for row in page if _is_wanted(tenant, row)]
            watched += len(wanted)
            changed += sum(self._settle(tenant, row, change) for row, change in self._changes(tenant, wanted))
            after = page[-1].row.watch_id

    def _forget(self, tenant: Tenant, taken_back: Sequence[HeldRow]) -> None:
        """Nothing is kept of what its resident agrees to no more."""
        if taken_back:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                rows.forget(tx, [held.row for held in taken_back])

    def _changes(self, tenant: Tenant, page: Sequence[HeldRow]) -> list[tuple[HeldRow, Change]]:
        """Those of a page about whose certificates the lists say something new."""
        seen = [(row, opened(tenant.keys, row.row)) for row in page]
        reasons = self._reasons(tenant, {name for _, one in seen for name in _asked(one)})
        at = int(self.now().timestamp())
        found = [(row, _change(one, reasons, at)) for row, one in seen]
        return [(row, change) for row, change in found if change is not None]

    def _reasons(self, tenant: Tenant, names: Iterable[CertificateName]) -> Mapping[CertificateName, str]:
        """Of those certificates that a list names: why."""
        by_anchor: dict[Anchor, list[CertificateName]] = defaultdict(list)
        for name in names:
            anchor = issuer(tenant, name)
            if anchor is not None:
                by_anchor[anchor].append(name)
        found = {}
        for anchor, of_anchor in by_anchor.items():
            verdicts = self.lists.verdicts(anchor, [name.serial for name in of_anchor])
            for name, verdict in zip(of_anchor, verdicts, strict=True):
                if verdict.status is Listed.REVOKED:
                    found[name] = verdict.reason or "unspecified"
        return found

    def _settle(self, tenant: Tenant, held: HeldRow, change: Change) -> bool:
        client = tenant.clients[held.row.client_id]
        sub = tenant.keys.open(Place("pair", held.row.pair_id, "ppid"), held.sealed_ppid).decode()
        of = Watched(tenant, client, held.row.pair_id, sub)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            return self.watching.settle(tx, of, held.row, change)


def _counted(swept: Swept) -> dict[str, int]:
    return {"watched": swept.watched, "changed": swept.changed}


def _is_wanted(tenant: Tenant, held: HeldRow) -> bool:
    """Whether the service asks still, and the resident agrees to it."""
    client = tenant.clients.get(held.row.client_id)
    asks = client is not None and client.state == ACTIVE and SCOPE in client.scopes
    return asks and SCOPE in held.released.split()


def _asked(seen: Seen) -> tuple[CertificateName, ...]:
    """What the lists may have news of: a revocation is never undone."""
    if seen.signature is None or seen.status.status is Status.REVOKED:
        return seen.earlier
    return (seen.signature, *seen.earlier)


def _change(seen: Seen, reasons: Mapping[CertificateName, str], at: int) -> Change | None:
    """What the lists change of it, or None."""
    ended = {name: reasons[name] for name in seen.earlier if name in reasons}
    earlier = changes.ended(seen, ended) if ended else None
    kept = earlier.kept if earlier else seen
    present = seen.signature if seen.status.status is not Status.REVOKED else None
    if present is None or present not in reasons:
        return earlier
    now = changes.revoked(kept, reasons[present], at=at)
    names = {name for name, _ in now.told}
    before = earlier.told if earlier else ()
    return Change(now.kept, (*now.told, *((name, data) for name, data in before if name not in names)))
