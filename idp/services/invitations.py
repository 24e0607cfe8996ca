"""Invitations: initial access tokens (RFC 7591 section 3) that an administrator hands to whoever runs a service.

256 random bits each, shown once, stored as SHA-256; over after days and after a number of registrations.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp import base64url
from idp.keys.sealing import digest
from idp.oversight.audit import Action, Auditor
from idp.registration import NotAllowed
from idp.registration.terms import Terms, require_terms
from idp.store import invitations as rows
from idp.store.engine import Store, Transaction
from idp.store.invitations import InvitationRow
from idp.tenants.tenancy import Tenant

MOST_USES, MOST_DAYS = 1000, 366
_TOKEN_BYTES = 32
_ID_CHARACTERS = 12
_KEPT = timedelta(days=30)
"""How long the list still shows one that is over."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation; nothing in it is secret. `expires_at` in seconds since 1970."""

    invitation_id: str
    token_digest: bytes
    terms: Terms
    uses_left: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """One that was made. `text` is shown once."""

    invitation_id: str
    text: str = field(repr=False)
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """The acts, over the store: one transaction each, with its audit entry."""

    store: Store
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def make(self, tenant: Tenant, terms: Terms, *, uses: int, days: int) -> NewInvitation:
        """Invite. Raises NotAllowed for terms that are none, too many uses or days, and where nobody registers."""
        if not tenant.settings.self_registration:
            raise NotAllowed("services do not register themselves here: idp tenant settings --self-registration")
        if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            raise NotAllowed(f"an invitation is for 1 to {MOST_USES} services and 1 to {MOST_DAYS} days")
        require_terms(terms)
        text, now = base64url.encode(self.token_bytes(_TOKEN_BYTES)), self.now()
        ends = int((now + timedelta(days=days)).timestamp())
        row = InvitationRow(digest(text), _to_text(terms), uses, ends, now.date())
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            rows.forget(tx, before=int((now - _KEPT).timestamp()))
            rows.add(tx, row)
            made = _id(row.token_digest)
            said = terms.to_members()
            self.auditor.record(
                tx, tenant.keys, Action.SERVICE_INVITED, "done", invitation=made, uses=uses, **said
            )
        return NewInvitation(made, text, ends)

    def every(self, tenant: Tenant) -> Sequence[Invitation]:
        """All of them, also those that are used up or lately over, the oldest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return [_read(row) for row in rows.every(tx)]

    def withdraw(self, tenant: Tenant, invitation_id: str) -> None:
        """Let nobody register by it any more; who did stays. Raises NotAllowed for one that is none."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            found = [row for row in rows.every(tx) if _id(row.token_digest) == invitation_id]
            if not found or not rows.withdraw(tx, found[0].token_digest):
                raise NotAllowed("there is no such invitation")
            self.auditor.record(tx, tenant.keys, Action.SERVICE_INVITED, "withdrawn", invitation=invitation_id)

    def find(self, tenant: Tenant, unverified_token: str) -> Invitation | None:
        """The invitation of that token, while it may be used."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.find(tx, digest(unverified_token), now=self._moment())
        return _read(row) if row else None

    def use(self, tx: Transaction, invitation: Invitation) -> bool:
        """Take one use of it, in the transaction that registers. False when others took the last one."""
        return rows.use(tx, invitation.token_digest, now=self._moment())

    def _moment(self) -> int:
        return int(self.now().timestamp())


def _to_text(terms: Terms) -> str:
    return json.dumps(terms.to_members(), ensure_ascii=False, sort_keys=True)


def _read(row: InvitationRow) -> Invitation:
    terms = Terms.from_members(json.loads(row.terms))
    return Invitation(_id(row.token_digest), row.token_digest, terms, row.uses_left, row.expires_at)


def _id(token_digest: bytes) -> str:
    """What an invitation is called: the beginning of its digest, of which nobody finds the token."""
    return token_digest.hex()[:_ID_CHARACTERS]
