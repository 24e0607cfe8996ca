"""Binding a passkey to a member of the staff, by the paper that they were handed.

The first password on it is good for one thing: an own password, or a passkey. A passkey reaches a level that no
password does; so it is never bound by a password that was chosen, which somebody may have learnt, but by what the
staff office handed over to who it knows. For another device another paper is printed (`idp staff give-again`).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from idp import base64url
from idp.keys.sealing import Place, SealBroken, digest
from idp.organizations.account import Account
from idp.organizations.accounts import Accounts
from idp.organizations.claim import Kind
from idp.passkeys.ceremony import CeremonyFailed
from idp.passkeys.passkeys import Passkeys
from idp.passwords import hashing
from idp.passwords.tries import Tries, Trying
from idp.registration import NotAllowed
from idp.store.shortlived import Change, ShortLived
from idp.tenants.tenancy import Tenant

SECONDS = 300
_TOKEN_BYTES = 32


class Wrong(Exception):
    """The ID, the password, or both; or it is no first password, or none any more."""


class Wait(Exception):
    """Tried too often; in how many seconds there is a try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Begun:
    """`token`: for the form that brings the answer, five minutes; `options`: what the browser is asked to make."""

    token: str = field(repr=False)
    options: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The two steps and what they need."""

    accounts: Accounts
    passkeys: Passkeys
    tries: Tries
    state: ShortLived
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def begin(self, tenant: Tenant, typed_id: str, typed: str, source: str) -> Begun:
        """What the browser is asked to make, for who has the paper. Raises Wrong, Wait, NotAllowed."""
        sign_in_id = self.accounts.read(typed_id)
        account = self._account(tenant, sign_in_id)
        trying = Trying(tenant.keys.organization_id_index(sign_in_id), source, "")
        if seconds := self.tries.spend(tenant, trying):
            raise Wait(seconds)
        if account is None:
            hashing.verifies(None, typed)  # takes as long
            raise Wrong
        if not self.accounts.is_first(account, typed):
            raise Wrong
        self.tries.give_back(tenant, trying)
        token = base64url.encode(self.token_bytes(_TOKEN_BYTES))
        options = self.passkeys.offer(tenant, account.handle, digest(token), name=tenant.name("ja"))
        kept = tenant.keys.seal(_place(token), f"{sign_in_id} {account.verifier}".encode())
        self.state.create(_key(tenant, token), {"kept": base64.b64encode(kept).decode()}, seconds=SECONDS)
        return Begun(token, options)

    def finish(self, tenant: Tenant, token: str, unverified: str) -> None:
        """Bind what the browser made; the paper is used up. Raises CeremonyFailed, NotAllowed.

        Where the paper was used, or the ID ended, at this very moment, nothing stays bound: a passkey that no ID
        stands behind would sign in for ever.
        """
        sign_in_id, verifier = self._taken(tenant, token)
        account = self._account(tenant, sign_in_id)
        if account is None or account.verifier != verifier:
            raise CeremonyFailed("the paper was used meanwhile")
        bound = self.passkeys.bind(tenant, account.handle, digest(token), None, unverified)
        if not self.accounts.spend_first(tenant, sign_in_id, account):
            self.passkeys.remove(tenant, account.handle, tenant.keys.passkey_index(bound.credential_id))
            raise NotAllowed("the paper was used meanwhile")

    def _account(self, tenant: Tenant, sign_in_id: str) -> Account | None:
        account = self.accounts.find(tenant, sign_in_id)
        return account if account is not None and account.kind is Kind.MUNICIPALITY else None

    def _taken(self, tenant: Tenant, token: str) -> tuple[str, str]:
        """ID and verifier that the form of that token is for, once. Raises CeremonyFailed."""
        key = _key(tenant, token)
        kept = (self.state.read(key) or {}).get("kept", "")
        changed = self.state.change(key, Change({"kept": kept}, {"kept": ""})) if kept else None
        if changed is None or not changed.applied:
            raise CeremonyFailed("this form was sent before, or is over")
        try:
            opened = tenant.keys.open(_place(token), base64.b64decode(kept)).decode()
        except SealBroken as error:
            raise CeremonyFailed("another form") from error
        sign_in_id, _, verifier = opened.partition(" ")
        return sign_in_id, verifier


def _key(tenant: Tenant, token: str) -> str:
    return f"{tenant.tenant_id}:staff-binding:{digest(token).hex()}"


def _place(token: str) -> Place:
    return Place("staff_binding", digest(token), "kept")
