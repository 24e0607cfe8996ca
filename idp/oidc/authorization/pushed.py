"""Pushed requests: judged when they are pushed, taken up by their request URI until their login ends (RFC 9126).

A request URI lives some seconds unused, then as long as a login may: a page that is loaded anew takes it up again.
Only one login ends by it: that is unique in SQL.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from idp.keys.sealing import digest
from idp.login.records import Records
from idp.login.transaction import EXTENSION_SECONDS, TRANSACTION_SECONDS
from idp.oidc.authorization.requests import AuthorizationRequest, Parameters, UnsafeRequest
from idp.store import one_time
from idp.store.engine import Store
from idp.store.shortlived import Change
from idp.tenants.tenancy import ACTIVE, Client, Tenant

PREFIX = "urn:ietf:params:oauth:request_uri:"
"""Of every request URI of ours (RFC 9126 section 2.2)."""
_USED_SECONDS = TRANSACTION_SECONDS + EXTENSION_SECONDS
_ID_BYTES = 32
_PURPOSE = "request_uri"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequests:
    """The pushed requests of every tenant. `unused_seconds`: how long one waits for its login."""

    records: Records
    store: Store
    now: Callable[[], datetime]
    unused_seconds: int

    def keep(self, tenant: Tenant, judged: AuthorizationRequest) -> str:
        """Keep a judged request; its request URI."""
        pushed = self.records.token(_ID_BYTES)
        fields = {"client": judged.client_id, "judged": judged.to_json()}
        self.records.state.create(_key(tenant, pushed), fields, seconds=self.unused_seconds)
        return PREFIX + pushed

    def take_up(self, tenant: Tenant, client: Client, unverified_uri: str) -> AuthorizationRequest:
        """The request behind a request URI of this client.

        Raises UnsafeRequest for one that is unknown, over, another client's, or whose login has ended, and when
        the service was suspended meanwhile.
        """
        pushed = unverified_uri.removeprefix(PREFIX)
        first = Change({"used": "", "client": client.client_id}, {"used": "1"})
        changed = self.records.state.change(_key(tenant, pushed), first)
        if changed is None:
            raise UnsafeRequest("expired")
        if changed.before["client"] != client.client_id:
            raise UnsafeRequest("bad_request")
        if "spent" in changed.before:
            raise UnsafeRequest("already_finished")
        if changed.applied:
            self.records.state.prolong(_key(tenant, pushed), seconds=_USED_SECONDS)
        if client.state != ACTIVE:
            raise UnsafeRequest("service_closed")
        judged = AuthorizationRequest.from_json(changed.before["judged"]).still_granted(client)
        return structs.replace(judged, pushed=pushed)

    def end(self, tenant: Tenant, asked: AuthorizationRequest) -> bool:
        """A login of this request ends, if it was pushed. False when another one ended by it before.

        A resident who leaves may think again: that is no end.
        """
        if asked.pushed is None:
            return True
        ends = int(self.now().timestamp()) + self.unused_seconds + 2 * _USED_SECONDS
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            first = one_time.spend(tx, _PURPOSE, digest(asked.pushed), expires_at=ends)
        self.records.state.change(_key(tenant, asked.pushed), Change(put={"spent": "1"}))
        return first


def uri_of(unverified: Parameters) -> str | None:
    """The request URI of ours that a request brings, or None. Whatever else it brings does not count then."""
    uris = unverified.get("request_uri", ())
    return uris[0] if len(uris) == 1 and uris[0].startswith(PREFIX) else None


def forget(store: Store, tenants: Iterable[Tenant], now: datetime) -> None:
    """Delete what says of request URIs that are over that they were spent."""
    for tenant in tenants:
        with store.for_tenant(tenant.tenant_id).write() as tx:
            one_time.forget(tx, now=int(now.timestamp()))


def _key(tenant: Tenant, pushed: str) -> str:
    return f"{tenant.tenant_id}:par:{pushed}"
