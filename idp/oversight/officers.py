"""Who may approve: officers of a tenant, each known by a token of 256 random bits that is shown once.

The first two are added freely, because nobody could approve them; every later change is itself a proposal.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp import base64url
from idp.keys.sealing import digest
from idp.oversight import audit, tombstones
from idp.oversight.approval import NEEDED, Action, Approvals, Payload, Proposal
from idp.registration import NotAllowed
from idp.store import approvals as rows
from idp.store.engine import Store, Transaction
from idp.tenants.tenancy import Tenant

ADD, REMOVE = "officer.add", "officer.remove"
TOKEN_BYTES = 32
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_TAKEN = "this name is taken, or was"
_MISSING = "this tenant had two officers, and they are gone from the database: restore it from a backup"


@dataclass(frozen=True, slots=True)
class Appointed:
    """A new officer's token, never shown again. `proposal`: what others must approve first, None when live."""

    officer: str
    token: str
    proposal: Proposal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerActs:
    """What approval of a change among the officers does."""

    auditor: audit.Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def actions(self) -> Mapping[str, Action]:
        """The actions by name."""
        return {
            ADD: Action(
                summary=lambda payload: f"make {_added(payload)[0]} an officer",
                apply=self._add,
                facts=lambda payload: {"officer": _added(payload)[0]},
            ),
            REMOVE: Action(
                summary=lambda payload: f"remove {_name(payload['officer'])} from the officers",
                apply=self._remove,
                facts=lambda payload: {"officer": _name(payload["officer"])},
            ),
        }

    def add(self, tx: Transaction, tenant: Tenant, officer: str, token_digest: bytes) -> None:
        """Make somebody an officer. Raises NotAllowed for a name that was ever taken."""
        row = rows.OfficerRow(officer, token_digest, rows.LIVE, self.now().date())
        if not rows.add_officer(tx, row):
            raise NotAllowed(_TAKEN)
        self.auditor.record(tx, tenant.keys, audit.Action.OFFICER_ADDED, "done", officer=officer)

    def _add(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        self.add(tx, tenant, *_added(payload))

    def _remove(self, tx: Transaction, tenant: Tenant, payload: Payload) -> None:
        rows.hold_officers(tx)
        officer = _name(payload["officer"])
        known = tombstones.live(tombstones.roll(tx, tenant))
        left = known - {officer}
        if len(left) < NEEDED:
            raise NotAllowed("two officers must be left, or nothing could be approved any more")
        void = self.token_bytes(TOKEN_BYTES)
        if officer not in known or not rows.remove_officer(tx, officer, void_digest=void):
            raise NotAllowed("there is no officer of that name")
        self.auditor.record(tx, tenant.keys, audit.Action.OFFICER_REMOVED, "done", officer=officer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Officers:
    """Appointing and removing officers."""

    store: Store
    approvals: Approvals
    acts: OfficerActs
    token_bytes: Callable[[int], bytes]

    def add(self, tenant: Tenant, officer: str) -> Appointed:
        """Make somebody an officer, or propose it once two ever were. Raises NotAllowed."""
        _name(officer)
        token = base64url.encode(self.token_bytes(TOKEN_BYTES))
        token_digest = tenant.keys.officer_digest(officer, digest(token))
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            memory = tombstones.remembered(tx, tenant)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.hold_officers(tx)
            known = rows.officers(tx)
            ever = memory.appointed | {row.officer_id for row in known}
            if officer in ever:
                raise NotAllowed(_TAKEN)
            if len(known) < NEEDED <= len(ever):
                raise NotAllowed(_MISSING)
            if len(ever) < NEEDED:
                self.acts.add(tx, tenant, officer, token_digest)
                return Appointed(officer, token, None)
        payload = {"officer": officer, "token_digest": token_digest.hex()}
        return Appointed(officer, token, self.approvals.propose(tenant, ADD, payload))

    def remove(self, tenant: Tenant, officer: str) -> Proposal:
        """Propose that somebody be an officer no more. Raises NotAllowed when they are none."""
        if officer not in tombstones.live(self.all(tenant)):
            raise NotAllowed("there is no officer of that name")
        return self.approvals.propose(tenant, REMOVE, {"officer": officer})

    def all(self, tenant: Tenant) -> list[rows.OfficerRow]:
        """All who ever were, by name."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return tombstones.roll(tx, tenant)


def _added(payload: Payload) -> tuple[str, bytes]:
    return _name(payload["officer"]), bytes.fromhex(payload["token_digest"])


def _name(officer: str) -> str:
    if not _NAME.fullmatch(officer):
        raise NotAllowed("an officer's name has 1 to 64 characters of a-z, 0-9 and hyphen")
    return officer
