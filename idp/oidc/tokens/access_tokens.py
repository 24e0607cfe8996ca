"""Access tokens as they are shown: which of them count, for UserInfo and for whoever asks about one.

A token counts while neither it, its login nor its grant has ended, and while its certificate is known to be good
as the service's policy wants it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.keys.sealing import digest
from idp.login.sessions import Proof, Sessions
from idp.login.still_good import StillGood, outlived
from idp.oidc.claims.act import ActOver, Acts
from idp.oidc.claims.claims import is_overdue
from idp.oidc.tokens import refreshing
from idp.signature_status.status import SCOPE
from idp.store import refresh_families, tokens
from idp.store.engine import Store
from idp.store.tokens import AccessTokenView
from idp.tenants.tenancy import ACTIVE, Client, Tenant


class TokenOver(Exception):
    """No access token of this tenant, or one that counts no more."""


@dataclass(frozen=True, slots=True)
class MetToken:
    """An access token that has not ended, with its service; how old the evidence is has not been looked at yet."""

    view: AccessTokenView
    client: Client


@dataclass(frozen=True, slots=True)
class LiveToken:
    """An access token that counts, with its service and the evidence about its certificate, JSON.

    `act`: the claim of who acts for the person, with its name; empty for themselves.
    """

    view: AccessTokenView
    client: Client
    evidence: str
    act: Mapping[str, object]


def met(store: Store, tenant: Tenant, unverified: str, *, now: int) -> MetToken:
    """The token that was shown, which nobody is asked about. Raises TokenOver."""
    with store.for_tenant(tenant.tenant_id).read() as tx:
        view = tokens.find(tx, digest(unverified))
    client = None if view is None else tenant.clients.get(view.client_id)
    if view is None or client is None or client.state != ACTIVE:
        raise TokenOver
    if view.revoked or view.expires_at <= now or is_overdue(view.evidence, now=now):
        raise TokenOver
    return MetToken(view, client)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTokens:
    """The access tokens of every tenant, over the store."""

    store: Store
    sessions: Sessions
    still_good: StillGood
    acts: Acts
    now: Callable[[], datetime]

    def met(self, tenant: Tenant, unverified: str) -> MetToken:
        """The token that was shown. Raises TokenOver."""
        return met(self.store, tenant, unverified, now=int(self.now().timestamp()))

    def live(self, tenant: Tenant, met: MetToken) -> LiveToken:
        """The token, if its certificate is known to be good, which may be asked about here. Raises TokenOver.

        One that an agent's login gave counts while they may act.
        """
        now, view = int(self.now().timestamp()), met.view
        try:
            act = self.acts.of(tenant, met.client, view.transaction_id, view.sealed_acting)
        except ActOver as over:
            raise TokenOver from over
        return LiveToken(view, met.client, self._evidence(tenant, met.client, view, now), act)

    def _evidence(self, tenant: Tenant, client: Client, view: AccessTokenView, now: int) -> str:
        """The login's evidence, or another where the service's policy wants it younger by now."""
        if not outlived(view.evidence, client.revocation, now=now):
            return view.evidence
        proof = self._proof(tenant, view)
        asked = SCOPE in view.scope.split()
        found = proof and self.still_good.evidence(tenant, client, proof, client.revocation, with_signature=asked)
        if not found:
            raise TokenOver
        return found

    def _proof(self, tenant: Tenant, view: AccessTokenView) -> Proof | None:
        """Whom to ask about: by the session, or by the refresh tokens that outlive it."""
        session = self.sessions.of_login(tenant, view.transaction_id)
        if session is not None:
            return session.proof
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            family = refresh_families.find(tx, view.code_digest)
        return None if family is None else refreshing.proof_of(family)
