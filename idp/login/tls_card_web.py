"""The card host on the web: one address, to which the browser brings its certificate and from which it is sent on.

No cookie, no page, no session: whatever happens, the browser goes on at the issuer, where its cookie is.
"""

from dataclasses import dataclass

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from idp.errors import Refusal
from idp.login import challenge, own_pages
from idp.login.handles import Handles
from idp.login.tls_card import TlsCardStep
from idp.login.transaction import Attempt
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.web.certificate_hop import CERTIFICATE_HEADER, Hop
from idp.web.web import current_tenant, see_other

KEY_HEADER = "Card-Host-Key"
UNKNOWN = "/login/unknown"
"""A card page that nobody holds the cookie of: it says that the login is over."""
_log = structlog.get_logger("idp.login")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCardRoutes:
    """The card host's side of a transaction."""

    directory: Directory
    handles: Handles
    step: TlsCardStep
    hop: Hop

    def mount(self, app: Flask) -> None:
        """Add the route."""
        app.add_url_rule("/tls-card/<handle>", "tls_card", self.visit, methods=["GET"])

    def visit(self, handle: str) -> Response:
        """Judge the certificate of this visit; off to the return link, or back to the card page.

        For everybody but the card host's proxy, and at a tenant without one, there is no such address.
        """
        if request.method == "HEAD":  # Flask routes it to GET; looking must not judge
            raise MethodNotAllowed(["GET"])
        tenant = current_tenant()
        if not tenant.settings.card_host or not self.hop.is_shown_by(request.headers.get(KEY_HEADER, "")):
            raise NotFound
        transaction = self.handles.records.behind(tenant, handle)
        if transaction is None:
            return see_other(tenant.url(UNKNOWN))
        back = transaction.url(tenant)
        shown = request.headers.get(CERTIFICATE_HEADER, "")
        if not shown:
            return see_other(f"{back}?certificate=missing")
        try:
            return see_other(self._return_url(tenant, handle, shown) or back)
        except Refusal as refusal:
            _log.info("tls_card.refused", reason=refusal.reason)
            return see_other(back)

    def _return_url(self, tenant: Tenant, handle: str, unverified_header: str) -> str | None:
        reached = self.handles.reached(tenant, handle, None)
        client = challenge.require_active(
            own_pages.client(self.directory, tenant, reached.transaction.request.client_id)
        )
        attempt = Attempt(tenant, client, reached.transaction)
        return self.step.run(attempt, reached, unverified_header).return_url
