"""Authorize: from a service's request to a login transaction, and from its outcome to the service's answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, request

from idp.directory import Directory
from idp.login import dispatch
from idp.login.transaction import TRANSACTION_SECONDS, Request, Transactions
from idp.login.web_pages import transaction_cookie_name
from idp.oidc import code, requests, responses
from idp.tenancy import Client, Tenant
from idp.web import PageWriter, current_tenant, see_other, set_cookie

_PAGE_STATUS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorize:
    """The authorization endpoint."""

    directory: Directory
    transactions: Transactions
    pages: PageWriter
    now: Callable[[], datetime]

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/authorize", "authorize", self.authorize, methods=["GET", "POST"])

    def authorize(self) -> Response:
        """Judge the request; begin a login, or tell the client or the resident what is wrong."""
        tenant = current_tenant()
        unverified = _parameters()
        try:
            client = self.directory.client(tenant, requests.client_id_of(unverified))
            destination = requests.destination_of(unverified, client)
        except requests.UnsafeRequest as refusal:
            return self.pages.error(refusal.kind, _PAGE_STATUS)
        if client is None:
            raise LookupError("a destination is only proven for a client")
        try:
            judged = requests.judge(unverified, client, destination)
        except requests.AuthorizationError as error:
            return see_other(responses.error_url(tenant, destination, error.error, error.description))
        return self._begin(tenant, judged)

    def finish(self, tenant: Tenant, client: Client, outcome: dispatch.Outcome) -> str:
        """The URL at the service that ends a login: with a code, or with an error."""
        asked = requests.AuthorizationRequest.from_json(outcome.request.body)
        if isinstance(outcome, dispatch.Denied):
            return responses.error_url(tenant, asked.destination, outcome.error)
        record = code.Code(
            client_id=client.client_id,
            redirect_uri=asked.redirect_uri,
            scope=" ".join(asked.scopes),
            nonce=asked.nonce,
            code_challenge=asked.code_challenge,
            auth_time=outcome.accepted_at if asked.auth_time else None,
            transaction_id=outcome.transaction_id,
            pair_id=outcome.pair_id.hex(),
            sub=outcome.ppid,
            acr=outcome.acr,
            amr=" ".join(outcome.amr),
            evidence=outcome.evidence if "jpki_status" in asked.scopes else None,
            session_digest=outcome.session_digest.hex(),
            expires_at=int(self.now().timestamp()) + code.CODE_SECONDS,
        )
        return responses.success_url(tenant, asked.destination, code.seal(tenant.keys, record))

    def _begin(self, tenant: Tenant, judged: requests.AuthorizationRequest) -> Response:
        started = Request(judged.client_id, judged.scopes, judged.to_json())
        transaction_id, cookie = self.transactions.start(tenant, started)
        response = see_other(tenant.url(f"/login/{transaction_id}{_language_hint()}"))
        set_cookie(response, transaction_cookie_name(tenant, transaction_id), cookie, TRANSACTION_SECONDS)
        return response


def _parameters() -> Mapping[str, Sequence[str]]:
    """All parameters with all their values; a parameter without value counts as not sent (RFC 6749, 3.1)."""
    source = request.form if request.method == "POST" else request.args
    lists = {name: [value for value in values if value] for name, values in source.lists()}
    return {name: values for name, values in lists.items() if values}


def _language_hint() -> str:
    """Carry `ui_locales` to the card page, where it chooses the first language (OIDC Core 3.1.2.1)."""
    first = request.values.get("ui_locales", "").split(" ")[0].partition("-")[0]
    return f"?lang={first}" if first in ("ja", "en") else ""
