"""Pushed authorization requests (RFC 9126): a service sends its request itself, the browser only names it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response
from msgspec import structs

from idp.oidc.authorization import checks, hints, requests
from idp.oidc.authorization.pushed import PushedRequests
from idp.oidc.authorization.request_objects import RequestObjects
from idp.oidc.binding.dpop import ProofRefused
from idp.oidc.binding.proofs import Proofs
from idp.oidc.clients import client_request
from idp.oidc.clients.client_authentication import ClientAuthentication, ClientRefused
from idp.oidc.clients.mistakes import Mistakes
from idp.oidc.oauth_errors import oauth_error
from idp.oidc.tokens import form, targets
from idp.tenants.tenancy import Client, Tenant
from idp.web.certificate_hop import Hop
from idp.web.web import current_tenant, json_answer

PATH = "/par"
_CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")
"""Parameters that are the client's and no part of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequestEndpoint:
    """The endpoint and everything it needs."""

    clients: ClientAuthentication
    hop: Hop
    request_objects: RequestObjects
    pushed: PushedRequests
    proofs: Proofs
    mistakes: Mistakes
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule(PATH, "par", self.push, methods=["POST"])

    def push(self) -> Response:
        """Judge a request of an authenticated client; its request URI, or what is wrong, in JSON."""
        tenant = current_tenant()
        try:
            read = client_request.read(self.hop)
        except form.FormRefused as refusal:
            return oauth_error(tenant, refusal.error, refusal.description)
        try:
            self.proofs.require_nonce(tenant)
            client = self.clients.authenticated(tenant, read.credentials)
            judged = self._judged(tenant, client, read)
        except ProofRefused as refused:
            return oauth_error(tenant, refused.error, str(refused), headers=self.proofs.next_nonce(tenant))
        except ClientRefused as refused:
            return self._refused(tenant, read, "invalid_client", str(refused))
        except requests.UnsafeRequest:
            return self._refused(tenant, read, "invalid_request", "redirect_uri is not a registered one")
        except requests.AuthorizationError as error:
            answer = self._refused(tenant, read, error.error, error.description)
            answer.headers.update(self.proofs.next_nonce(tenant))
            return answer
        body = {"request_uri": self.pushed.keep(tenant, judged), "expires_in": self.pushed.unused_seconds}
        return json_answer(body, 201, self.proofs.next_nonce(tenant))

    def _refused(self, tenant: Tenant, read: form.TokenForm, error: str, sentence: str) -> Response:
        self.mistakes.note(tenant, read.credentials.client_id, "par", error, sentence)
        return oauth_error(tenant, error, sentence)

    def _judged(self, tenant: Tenant, client: Client, read: form.TokenForm) -> requests.AuthorizationRequest:
        """The request. Raises UnsafeRequest and AuthorizationError as at the authorization endpoint."""
        sent = {name: [value] for name, value in read.values.items() if name not in _CREDENTIALS}
        sent |= {form.RESOURCE: list(read.resources)} if read.resources else {}
        if "request_uri" in sent:
            raise requests.AuthorizationError("invalid_request", "a request URI is pushed nowhere (RFC 9126, 2.1)")
        sent["client_id"] = [client.client_id]
        unverified = self.request_objects.counting(tenant, client, sent)
        destination = requests.destination_of(unverified, client)
        parsed = checks.parsed(unverified, client, destination, at=self.now(), pushed=True)
        judged = hints.applied(tenant, client, checks.judged(parsed, client), unverified)
        return self._with_key(tenant, targets.applied(tenant, client, judged, unverified))

    def _with_key(self, tenant: Tenant, judged: requests.AuthorizationRequest) -> requests.AuthorizationRequest:
        """The request bound to the key of the proof that came with it (RFC 9449 section 10.1)."""
        try:
            proof = self.proofs.shown(tenant, PATH)
        except ProofRefused as refused:
            raise requests.AuthorizationError(refused.error, str(refused)) from refused
        if proof is None:
            return judged
        if judged.dpop_jkt not in (None, proof.jkt):
            raise requests.AuthorizationError("invalid_dpop_proof", "dpop_jkt names another key")
        return structs.replace(judged, dpop_jkt=proof.jkt)
