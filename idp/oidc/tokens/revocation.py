"""Revocation: a service gives back a token that it needs no more (RFC 7009).

Each its own alone: for another's, the answer is that for a token that never was, and nothing happens to it.
"""

from dataclasses import dataclass

from flask import Flask, Response

from idp.keys.sealing import digest
from idp.oidc.clients import client_request
from idp.oidc.clients.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import client_credentials, form
from idp.oidc.tokens.refreshing import Refreshing
from idp.oversight.audit import Action, Auditor
from idp.store import tokens
from idp.store.engine import Store
from idp.tenants.tenancy import Client, Tenant
from idp.web.certificate_hop import Hop
from idp.web.web import current_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationEndpoint:
    """The endpoint and everything it needs."""

    clients: ClientAuthentication
    hop: Hop
    store: Store
    refreshing: Refreshing
    auditor: Auditor

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/revoke", "revoke", self.revoke, methods=["POST"])

    def revoke(self) -> Response:
        """End the token that the service names; a hint changes nothing (section 2.1).

        A token of the verification API is kept nowhere and ends by itself within ten minutes.
        """
        tenant = current_tenant()
        try:
            read = client_request.read(self.hop, required=["token"])
            client = self.clients.authenticated(tenant, read.credentials)
        except form.FormRefused as refusal:
            return oauth_error(tenant, refusal.error, refusal.description)
        except ClientRefused as refused:
            return oauth_error(tenant, "invalid_client", str(refused))
        if client_credentials.is_access_of(tenant.keys, client, read.values["token"]):
            return oauth_error(tenant, "unsupported_token_type", "a token of this kind ends by itself")
        self._end(tenant, client, read.values["token"])
        return _nothing()

    def _end(self, tenant: Tenant, client: Client, unverified: str) -> None:
        """An access token alone; with a refresh token its whole family."""
        met = self.refreshing.shown(tenant, client, unverified)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            if met is not None:
                ended = tokens.revoke_tokens_of_code(tx, met.family.code_digest)
            else:
                ended = tokens.revoke(tx, digest(unverified), client.client_id)
            if ended:
                action = Action.TOKEN_REVOKED
                self.auditor.record(tx, tenant.keys, action, "ended", client_id=client.client_id)


def _nothing() -> Response:
    """200, whose content says nothing (RFC 7009 section 2.2): an empty object, for clients that read JSON."""
    return Response("{}", mimetype="application/json")
