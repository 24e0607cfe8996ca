"""Binding passkeys, finding and counting them, and taking them away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from idp import base64url
from idp.japan import day_in_japan
from idp.jpki.profile import Device
from idp.oversight.audit import Action, Auditor
from idp.passkeys import ceremony
from idp.passkeys.ceremony import CeremonyFailed
from idp.passkeys.passkey import Passkey, opened, sealed
from idp.people import record
from idp.registration import NotAllowed
from idp.store import passkeys as rows
from idp.store.engine import Store, Transaction
from idp.store.shortlived import Change, ShortLived
from idp.tenants.tenancy import Tenant

MOST = 10
"""Of one person."""
CHALLENGE_BYTES = 32
_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """The acts, over the store; challenges of bindings are short-lived."""

    store: Store
    state: ShortLived
    auditor: Auditor
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def of_person(self, tenant: Tenant, handle: bytes) -> Sequence[Passkey]:
        """A person's passkeys, the oldest first."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            found = rows.of_person(tx, tenant.keys.passkey_mark(handle))
        return [opened(tenant.keys, row) for row in found]

    def find(self, tenant: Tenant, credential_id: bytes) -> Passkey | None:
        """The passkey of a credential, None where there is none. `handle`: of who its person is by now."""
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            row = rows.by_index(tx, tenant.keys.passkey_index(credential_id))
            if row is None:
                return None
            found = opened(tenant.keys, row)
            return replace(found, handle=record.surviving(tx, tenant.keys, found.handle))

    def offer(self, tenant: Tenant, handle: bytes, session_digest: bytes, *, name: str) -> str:
        """What the browser of that session is asked to make, JSON; its challenge lives five minutes.

        Raises NotAllowed for somebody who has as many as one may have.
        """
        known = self.of_person(tenant, handle)
        if len(known) >= MOST:
            raise NotAllowed(f"a person has at most {MOST} passkeys")
        challenge = self.token_bytes(CHALLENGE_BYTES)
        fields = {"challenge": base64url.encode(challenge)}
        self.state.create(_key(tenant, session_digest), fields, seconds=_SECONDS)
        return ceremony.binding_options(
            tenant,
            user_id=tenant.keys.passkey_user(handle),
            challenge=challenge,
            known=[one.credential_id for one in known],
            name=name,
        )

    def bind(
        self, tenant: Tenant, handle: bytes, session_digest: bytes, device: Device | None, unverified: str
    ) -> Passkey:
        """Bind what the browser made to who has signed in with a certificate, or to a member of the staff.

        `device`: of that certificate, None of the staff. Raises CeremonyFailed; every challenge is answered once.
        Raises NotAllowed for one passkey too many.
        """
        challenge = self._taken(tenant, session_digest)
        found = ceremony.made(tenant, unverified, challenge=challenge)
        passkey = Passkey(
            credential_id=found.credential_id,
            handle=handle,
            public_key=found.public_key,
            sign_count=found.sign_count,
            may_be_copied=found.may_be_copied,
            device=device,
            bound_on=day_in_japan(self.now()),
        )
        row = sealed(tenant.keys, passkey)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if len(rows.of_person(tx, row.person_mark)) >= MOST:
                raise NotAllowed(f"a person has at most {MOST} passkeys")
            if not rows.add(tx, row, created=passkey.bound_on):
                raise CeremonyFailed("this credential is bound already")
            self._audit(tx, tenant, Action.PASSKEY_BOUND, handle, may_be_copied=passkey.may_be_copied)
        return passkey

    def count(self, tenant: Tenant, passkey: Passkey, sign_count: int) -> bool:
        """Keep how far its counter is; nothing is written for one that counts nothing.

        False when another login has shown a later count meanwhile.
        """
        if sign_count == 0 and passkey.sign_count == 0:
            return True
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            row = rows.by_index(tx, tenant.keys.passkey_index(passkey.credential_id), held=True)
            if row is None:
                return False
            found = opened(tenant.keys, row)
            if found.sign_count >= sign_count:
                return False
            rows.put(tx, sealed(tenant.keys, replace(found, sign_count=sign_count)))
            return True

    def remove(self, tenant: Tenant, handle: bytes, credential_index: bytes) -> bool:
        """Take one of their own away from a person; False where there is none of theirs with that index."""
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if not rows.remove(tx, credential_index, tenant.keys.passkey_mark(handle)):
                return False
            self._audit(tx, tenant, Action.PASSKEY_REMOVED, handle)
            return True

    def end_of(self, tx: Transaction, tenant: Tenant, handle: bytes) -> int:
        """Take all of a person's away in the transaction of whoever has the reason; how many there were."""
        mark = tenant.keys.passkey_mark(handle)
        found = rows.of_person(tx, mark)
        for row in found:
            rows.remove(tx, row.credential_index, mark)
            self._audit(tx, tenant, Action.PASSKEY_REMOVED, handle)
        return len(found)

    def _taken(self, tenant: Tenant, session_digest: bytes) -> bytes:
        """The outstanding challenge, once. Raises CeremonyFailed when none is."""
        key = _key(tenant, session_digest)
        kept = (self.state.read(key) or {}).get("challenge", "")
        changed = self.state.change(key, Change({"challenge": kept}, {"challenge": ""})) if kept else None
        if changed is None or not changed.applied:
            raise CeremonyFailed("no challenge is outstanding")
        return ceremony.challenge_in(kept)

    def _audit(self, tx: Transaction, tenant: Tenant, action: Action, handle: bytes, **more: object) -> None:
        """A person is named by a tag of this month that is like none of any service."""
        tag = tenant.keys.audit_tag("", self.now(), tenant.keys.passkey_mark(handle))
        self.auditor.record(tx, tenant.keys, action, "done", person=tag, **more)


def _key(tenant: Tenant, session_digest: bytes) -> str:
    return f"{tenant.tenant_id}:passkey:{session_digest.hex()}"
