"""What is open in somebody's name: logins in browsers, and services that may come back alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.keys.sealing import SealBroken
from idp.login import own_pages
from idp.login.sessions import handle_place
from idp.login.sign_ins import SignIns, Visit
from idp.login.sign_out import SignOut
from idp.my import holdings
from idp.my.resident import Resident
from idp.people import sessions as people_sessions
from idp.store import own_pages as rows
from idp.store import pair_life
from idp.store.engine import Store, Transaction
from idp.store.own_pages import OpenLogin
from idp.tenants.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Something open. `mark`: by which its form names it; `login`: None for a service that may come back alone.

    `browser`: as `browser_names` says; `services`: client ids; `this`: the pages that are being read.
    """

    mark: str
    login: OpenLogin | None = field(repr=False)
    services: tuple[str, ...]
    browser: str = ""
    until: int = 0
    this: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLogins:
    """Reading and ending them."""

    store: Store
    sign_ins: SignIns
    sign_out: SignOut
    now: Callable[[], datetime]

    def of(self, resident: Resident) -> Sequence[Open]:
        """Everything open, the latest login first, then what lasts."""
        with self.store.for_tenant(resident.tenant.tenant_id).read() as tx:
            return self._of(tx, resident)

    def end(self, resident: Resident, mark: str) -> bool:
        """End what has that mark in this session. False when nothing of this person has."""
        tenant = resident.tenant
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            named = next((one for one in self._of(tx, resident) if one.mark == mark), None)
            if named is None:
                return False
            if named.login is None:
                self._end_lasting(tx, resident, named.services[0])
            else:
                self.sign_out.end(tx, tenant, named.login.transaction_id, sector_id=named.login.sector_id)
        return True

    def end_all(self, tx: Transaction, resident: Resident) -> int:
        """End every login of the person, this one too, and all access that lasts; how many logins there were."""
        tenant = resident.tenant
        ended = people_sessions.end_of(tx, tenant, resident.handle, self.now(), self.sign_out.end)
        for pair_id in holdings.pairs_of(tx, tenant, resident.handle):
            pair_life.revoke_tokens(tx, pair_id)
        return ended

    def _of(self, tx: Transaction, resident: Resident) -> list[Open]:
        tenant, now = resident.tenant, int(self.now().timestamp())
        pair_ids = list(holdings.pairs_of(tx, tenant, resident.handle))
        parts = rows.parts(tx, pair_ids)
        visits = self.sign_ins.of(tx, tenant, pair_ids, resident.handle)
        own = {visit.sign_in.login for visit in visits if not visit.client_id}
        browsers = _browsers(visits)
        logins = [
            login for login in rows.open_among(tx, {*parts, *own}, now=now) if _is_of(tenant, login, resident)
        ]
        found = [
            Open(
                mark=resident.form(f"session {login.transaction_id}"),
                login=login,
                services=tuple(sorted(parts.get(login.transaction_id, ()))),
                browser=browsers.get(login.transaction_id, ""),
                until=login.expires_at,
                this=login.transaction_id == resident.session.transaction_id,
            )
            for login in sorted(logins, key=lambda login: -login.accepted_at)
        ]
        lasting = rows.lasting(tx, pair_ids, now=now)
        found += [
            Open(mark=resident.form(f"lasting {client_id}"), login=None, services=(client_id,), until=until)
            for (_, client_id), until in sorted(lasting.items(), key=lambda item: item[0][1])
        ]
        return found

    def _end_lasting(self, tx: Transaction, resident: Resident, client_id: str) -> None:
        for pair_id in holdings.pairs_of(tx, resident.tenant, resident.handle):
            pair_life.revoke_tokens(tx, pair_id, client_id=client_id)


def _browsers(visits: Sequence[Visit]) -> dict[str, str]:
    """In which browser each login was made."""
    return {visit.sign_in.login: visit.sign_in.browser for visit in visits if not visit.sign_in.continued}


def _is_of(tenant: Tenant, login: OpenLogin, resident: Resident) -> bool:
    try:
        return tenant.keys.open(handle_place(login.session_digest), login.sealed_handle) == resident.handle
    except SealBroken:
        return False


def is_own(login: OpenLogin) -> bool:
    """Whether a login is to the person's own pages."""
    return login.sector_id == own_pages.SECTOR_ID
