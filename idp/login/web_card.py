"""LINK on the web: help page, challenge, proof, decline (card login protocol, sections 1 to 4).

No cookies, no CORS, nothing stored by caches.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.answers import problem
from idp.audit import Action, Auditor
from idp.directory import Directory
from idp.errors import Reason, Refusal
from idp.login import challenge
from idp.login.proof import ProofStep
from idp.login.proof_body import MAX_BODY_BYTES
from idp.login.transaction import Attempt, Transactions
from idp.store.engine import Store
from idp.tenancy import Client, Tenant
from idp.web import PageWriter, current_tenant, json_answer, problem_answer, wants_json


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRoutes:
    """The authenticator's side of a transaction."""

    directory: Directory
    transactions: Transactions
    proof: ProofStep
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
        if not wants_json():
            return self.pages.page("link_help.html")
        tenant = current_tenant()
        try:
            transaction = self.transactions.issue_nonce(tenant, handle)
            client = self._client(tenant, transaction.request.client_id)
        except Refusal as refusal:
            return problem_answer(problem(refusal))
        return json_answer(challenge.answer(tenant, client, transaction))

    def prove(self, handle: str) -> Response:
        """Take a proof, answer with the way back."""
        tenant = current_tenant()
        try:
            transaction = self.transactions.at_handle(tenant, handle)
            client = self._client(tenant, transaction.request.client_id)
            return_url = self.proof.run(Attempt(tenant, client, transaction), _json_body())
        except Refusal as refusal:
            return problem_answer(problem(refusal))
        return json_answer({"status": "accepted", "return_url": return_url})

    def decline(self, handle: str) -> Response:
        """The resident said no on the authenticator."""
        tenant = current_tenant()
        try:
            transaction = self.transactions.decline(tenant, handle)
        except Refusal as refusal:
            return problem_answer(problem(refusal))
        client_id = transaction.request.client_id
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.auditor.record(tx, tenant.keys, Action.LOGIN_DECLINED, "declined", client_id=client_id)
        return Response(status=204)

    def _client(self, tenant: Tenant, client_id: str) -> Client:
        return challenge.require_active(self.directory.client(tenant, client_id))


def _json_body() -> bytes:
    """The request's body, read no further than a proof may be long."""
    if request.mimetype != "application/json":
        raise Refusal(Reason.MALFORMED, "Content-Type is not application/json")
    if request.content_length is None or request.content_length > MAX_BODY_BYTES:
        raise Refusal(Reason.TOO_LARGE if request.content_length else Reason.MALFORMED, "proof")
    return request.stream.read(MAX_BODY_BYTES + 1)
