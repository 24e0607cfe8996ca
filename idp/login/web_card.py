"""LINK on the web: help page, challenge, proof, decline (card login protocol, sections 1 to 4).

No cookies, no CORS, nothing stored by caches.
"""

from dataclasses import dataclass, replace

from flask import Flask, Response

from idp.answers import Problem, problem
from idp.consent_signing.proof import SigningStep
from idp.errors import Reason, Refusal
from idp.login import challenge, own_pages
from idp.login.handles import Handles, Reached
from idp.login.proof import ProofStep
from idp.login.proof_body import MAX_BODY_BYTES
from idp.login.transaction import Attempt, Transaction
from idp.oversight.audit import Action, Auditor
from idp.store.engine import Store
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Client, Tenant
from idp.web.request import here
from idp.web.web import PageWriter, current_tenant, json_answer, problem_answer, wants_json

_CLAIM = "HTTP_JPKI_LOGIN_CLAIM"
"""The header `Jpki-Login-Claim`, as the environment names it (PEP 3333)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRoutes:
    """The authenticator's side of a transaction."""

    directory: Directory
    handles: Handles
    proof: ProofStep
    signing: SigningStep
    store: Store
    auditor: Auditor
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/card/<handle>", "link", self.link, methods=["GET"])
        app.add_url_rule("/card/<handle>/proof", "proof", self.prove, methods=["POST"])
        app.add_url_rule("/card/<handle>/decline", "decline", self.decline, methods=["POST"])

    def link(self, handle: str) -> Response:
        """The challenge for programs; for people a help page that changes nothing and names no service."""
        if here().method == "HEAD" or not wants_json():  # Flask routes it to GET; looking must not claim
            return self.pages.page("link_help.html")
        tenant = current_tenant()
        try:
            reached, client = self._challenge(tenant, handle)
        except Refusal as refusal:
            return problem_answer(self._with_progress(problem(refusal), tenant, handle))
        if signing := reached.transaction.signing:
            return json_answer(self.signing.challenge(tenant, client, reached, signing))
        return json_answer(challenge.answer(tenant, client, reached))

    def prove(self, handle: str) -> Response:
        """Take a proof, answer with the way back, the digits, or both."""
        tenant = current_tenant()
        try:
            reached = self.handles.reached(tenant, handle, _claim())
            client = self._client(tenant, reached.transaction.request.client_id)
            attempt, unverified_body = Attempt(tenant, client, reached.transaction), _json_body()
            if signing := reached.transaction.signing:
                finishing = self.signing.run(attempt, reached, signing, unverified_body)
            else:
                finishing = self.proof.run(attempt, reached, unverified_body)
        except Refusal as refusal:
            return problem_answer(problem(refusal))
        return json_answer(finishing.to_json())

    def decline(self, handle: str) -> Response:
        """The resident said no on the authenticator."""
        tenant = current_tenant()
        try:
            transaction = self._declined(tenant, handle)
        except Refusal as refusal:
            return problem_answer(problem(refusal))
        client_id = transaction.request.client_id
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(tx, tenant.keys, Action.LOGIN_DECLINED, "declined", client_id=client_id)
        return Response(status=204)

    def _declined(self, tenant: Tenant, handle: str) -> Transaction:
        """Before the proof as section 4 says; at a counter also afterwards, until the service hears of it."""
        try:
            return self.handles.decline(tenant, handle, _claim())
        except Refusal as refusal:
            if refusal.reason is not Reason.ALREADY_USED or not (ended := self.handles.withdraw(tenant, handle)):
                raise
            return ended

    def _with_progress(self, refused: Problem, tenant: Tenant, handle: str) -> Problem:
        """What a counter's screens go by after their proof (RFC 9457 section 3.2): `progress`, a state."""
        asking = here().args.get("terminal", "")
        progress = self.handles.progress(tenant, handle, asking) if asking else None
        return replace(refused, body=refused.body | {"progress": str(progress)}) if progress else refused

    def _challenge(self, tenant: Tenant, handle: str) -> tuple[Reached, Client]:
        """With a nonce for whoever asks: with `?terminal=` a counter terminal, which is admitted first."""
        terminals = here().args.getlist("terminal")
        if terminals:
            reached = self.handles.reached(tenant, handle, _claim())
            client = self._client(tenant, reached.transaction.request.client_id)
            if reached.transaction.signing:
                raise Refusal(Reason.TERMINAL_REFUSED, "statements are signed on a device of one's own")
            asking = terminals[0] if len(terminals) == 1 else ""
            return self.proof.counter.challenge(self.handles, tenant, client, reached, asking), client
        reached = self.handles.challenge(tenant, handle, _claim())
        return reached, self._client(tenant, reached.transaction.request.client_id)

    def _client(self, tenant: Tenant, client_id: str) -> Client:
        return challenge.require_active(own_pages.client(self.directory, tenant, client_id))


def _claim() -> str | None:
    claim: str | None = here().environ.get(_CLAIM)
    return claim


def _json_body() -> bytes:
    """The request's body, which says how long it is and is no longer than a proof may be."""
    asked = here()
    if asked.mimetype != "application/json":
        raise Refusal(Reason.MALFORMED, "Content-Type is not application/json")
    length = asked.content_length
    if length is None or length > MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE if length else Reason.MALFORMED, "proof")
    return asked.stream.read(length)
