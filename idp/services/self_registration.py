"""Services that register themselves, by invitation, and later look at, change and give up what they registered.

RFC 7591 and 7592. The rules are those of an administrator's wish; the invitation's terms hold for ever.
"""

import hmac
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from idp import base64url
from idp.keys.sealing import digest
from idp.oversight.audit import Action, Auditor
from idp.registration import NewService, NotAllowed, RedirectUriNotAllowed, require_service
from idp.registration.metadata import MEMBERS, METADATA, REDIRECT, Members, MetadataRefused, told, wish_in
from idp.registration.terms import Terms
from idp.services import client_secrets
from idp.services.client_policies import LEGACY
from idp.services.invitations import Invitation, Invitations
from idp.services.registrations import read, rewrite
from idp.services.sector_identifiers import URI
from idp.services.service_changes import rewritten, wish_of
from idp.services.service_registration import Registered, ServiceRegistration
from idp.services.service_standing import ServiceStanding
from idp.store.engine import Store, WriteConflict
from idp.store.shortlived import ShortLived
from idp.tenants.directory import Directory
from idp.tenants.tenancy import DISABLED, REMOVED, Client, Tenant

MOST, PER_SECONDS = 30, 60
"""Requests by one token: every one may fetch a document and write."""
_TOKEN_BYTES, _ID_BYTES = 32, 8
_UNSTATED: dict[str, Any] = {
    member.name: () if member.default is MISSING else member.default
    for member in fields(NewService)
    if member.name in MEMBERS
}
"""What a wish has where the metadata leaves a member out."""


class TokenRefused(Exception):
    """No invitation, or no service's own token: nobody is told which."""


class ServiceClosed(Exception):
    """The municipality has disabled the service: it changes nothing meanwhile."""


class TooOften(Exception):
    """`seconds` until the next request by this token is heard."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many requests by one token")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Information:
    """What a service is told of itself (RFC 7591 section 3.2.1). Secrets are there when they were just made."""

    client_id: str
    issued_at: int
    access_token: str = field(repr=False)
    client_secret: str | None = field(repr=False)
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfRegistration:
    """The acts, over the store."""

    store: Store
    state: ShortLived
    directory: Directory
    auditor: Auditor
    invitations: Invitations
    services: ServiceRegistration
    standing: ServiceStanding
    now: Callable[[], datetime]
    token_bytes: Callable[[int], bytes]

    def register(self, tenant: Tenant, unverified_token: str, unverified: Members) -> Information:
        """Register by an invitation. Raises TokenRefused, TooOften, MetadataRefused; nothing is written then."""
        invitation = self.invitations.find(tenant, unverified_token)
        if invitation is None:
            raise TokenRefused
        self._count(tenant, unverified_token)
        terms = invitation.terms
        new = NewService(
            service_id=f"self-{self.token_bytes(_ID_BYTES).hex()}",
            sector_id=terms.sector_id,
            sector_purpose=terms.sector_purpose,
            purpose_ja=terms.purpose_ja,
            purpose_en=terms.purpose_en,
            **wish_in(unverified, terms),
        )
        self._judge(tenant, new)
        token = base64url.encode(self.token_bytes(_TOKEN_BYTES))
        try:
            registered = self._add(tenant, new, invitation, token)
        except WriteConflict:  # two that found one sector at once: the second joins it
            registered = self._add(tenant, new, invitation, token)
        self.directory.refresh()
        return self._information(tenant, registered.client_id, token, registered.client_secret)

    def look(self, tenant: Tenant, client_id: str, unverified_token: str) -> Information:
        """What is registered. Raises TokenRefused and TooOften."""
        client = self._mine(tenant, client_id, unverified_token)
        return self._information(tenant, client.client_id, unverified_token, None)

    def change(self, tenant: Tenant, client_id: str, unverified_token: str, unverified: Members) -> Information:
        """Register other metadata in place of what was; what is left out is as never said (RFC 7592 section 2.2).

        Raises TokenRefused, TooOften, ServiceClosed and MetadataRefused; nothing is written then.
        """
        client = self._mine(tenant, client_id, unverified_token)
        if client.state == DISABLED:
            raise ServiceClosed
        _require_own(client, unverified)
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            stored = read(tx, client.client_id)
        self._judge(tenant, _wished(stored, client, unverified))
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                rewrite(
                    tx,
                    self.auditor,
                    tenant,
                    client.client_id,
                    lambda latest: _changed(latest, client, tenant, unverified),
                    by="itself",
                )
                method = read(tx, client.client_id)["token_endpoint_auth_method"]
                made = client_secrets.settle(tx, client.client_id, method, self.token_bytes, now=self.now())
        except NotAllowed as error:  # an administrator was faster
            raise _refused(error) from error
        self.directory.refresh()
        return self._information(tenant, client.client_id, unverified_token, made.text if made else None)

    def remove(self, tenant: Tenant, client_id: str, unverified_token: str) -> None:
        """Give the registration up, for ever. Raises TokenRefused, TooOften and ServiceClosed."""
        client = self._mine(tenant, client_id, unverified_token)
        if client.state == DISABLED:
            raise ServiceClosed
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            client_secrets.forget(tx, client.client_id)
            self.standing.close(tx, tenant, client, REMOVED, Action.SERVICE_REMOVED, by="itself")
        self.directory.refresh()

    def _add(self, tenant: Tenant, new: NewService, invitation: Invitation, token: str) -> Registered:
        itself = {
            "token": digest(token).hex(),
            "invitation": invitation.invitation_id,
            "terms": invitation.terms.to_members(),
            "reviewed": invitation.terms.reviewed,
            "at": int(self.now().timestamp()),
        }
        try:
            with self.store.for_tenant(tenant.tenant_id).write() as tx:
                if not self.invitations.use(tx, invitation):
                    raise TokenRefused
                return self.services.add(tx, tenant, new, itself=itself, invitation=invitation.invitation_id)
        except NotAllowed as error:
            raise _refused(error) from error

    def _judge(self, tenant: Tenant, new: NewService) -> None:
        try:
            self.services.judge(tenant, new)
        except NotAllowed as error:
            raise _refused(error) from error

    def _mine(self, tenant: Tenant, client_id: str, unverified_token: str) -> Client:
        """The service whose own token that is; one that is gone has none. In constant time."""
        client = self.directory.client(tenant, client_id)
        own = client.self_registered if client is not None and client.state != REMOVED else None
        shown = digest(unverified_token)
        matches = hmac.compare_digest(shown, own.token_digest if own else bytes(len(shown)))
        if client is None or own is None or not matches:
            raise TokenRefused
        self._count(tenant, unverified_token)
        return client

    def _count(self, tenant: Tenant, token: str) -> None:
        key = f"register:{tenant.tenant_id}:{digest(token).hex()}"
        spent = self.state.spend(key, 1, limit=MOST, seconds=PER_SECONDS)
        if not spent.within:
            raise TooOften(spent.seconds)

    def _information(self, tenant: Tenant, client_id: str, token: str, secret: str | None) -> Information:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            stored = read(tx, client_id)
        return Information(client_id, stored["self_registered"]["at"], token, secret, told(stored))


def _require_own(client: Client, unverified: Members) -> None:
    """Raise MetadataRefused unless a change names its own client, and no other secret than it has (2.2)."""
    if unverified.get("client_id") != client.client_id:
        raise MetadataRefused(METADATA, "client_id is the service's own")
    secret = unverified.get("client_secret")
    if secret is None:
        return
    known = [isinstance(secret, str) and hmac.compare_digest(digest(secret), d) for d in client.secret_digests]
    if not any(known):
        raise MetadataRefused(METADATA, "client_secret is none of the service's own")


def _wished(stored: Members, client: Client, unverified: Members) -> NewService:
    """The whole wish after a change by the service. Raises MetadataRefused."""
    if stored["profile"] == LEGACY.name:
        raise MetadataRefused(METADATA, "a service of this profile is changed by administrators alone")
    terms = Terms.from_members(stored["self_registered"]["terms"])
    wish = _UNSTATED | wish_in(unverified, replace(terms, profile=stored["profile"]))
    if wish[URI] != stored.get(URI):
        raise MetadataRefused(METADATA, f"{URI} stays as it was registered")
    return replace(wish_of(stored, client), **wish)


def _changed(stored: Members, client: Client, tenant: Tenant, unverified: Members) -> Members:
    """The metadata after a change by the service: nobody has looked at what is new in it.

    Raises NotAllowed and MetadataRefused.
    """
    after = _wished(stored, client, unverified)
    require_service(after, sandbox=tenant.sandbox)
    anew = rewritten(stored, client, tenant, after)
    own = stored["self_registered"]
    if anew == stored or own["terms"]["reviewed"]:
        return anew
    return {**anew, "self_registered": {**own, "reviewed": False}}


def _refused(error: NotAllowed) -> MetadataRefused:
    return MetadataRefused(REDIRECT if isinstance(error, RedirectUriNotAllowed) else METADATA, str(error))
