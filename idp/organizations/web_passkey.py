"""The pages `{issuer}/staff/passkey`: a member of the staff binds a passkey by the paper that they were handed.

The first works without JavaScript; making a passkey takes it, as everywhere: browsers offer nothing else.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from idp.login.web_source import source
from idp.organizations.binding import Begun, Binding, Wait, Wrong
from idp.passkeys.ceremony import CeremonyFailed
from idp.registration import NotAllowed
from idp.tenants.sign_in_methods import STAFF_PASSKEY
from idp.tenants.tenancy import Tenant
from idp.web.web import PageWriter, current_tenant

PATH, MADE = "/staff/passkey", "/staff/passkey/made"
_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPasskeyPages:
    """The routes. `source_header`: in which a proxy tells a browser's address, None for no proxy that does."""

    binding: Binding
    pages: PageWriter
    source_header: str | None

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule(PATH, "staff_passkey", self.ask, methods=["GET"])
        app.add_url_rule(PATH, "staff_passkey_begun", self.begin, methods=["POST"])
        app.add_url_rule(MADE, "staff_passkey_made", self.finish, methods=["POST"])

    def ask(self) -> Response:
        """Where ID and first password are typed."""
        return self._form() if _offered(current_tenant()) else self.pages.error("not_found", 404)

    def begin(self) -> Response:
        """Where the browser is asked to make a passkey, for who has the paper."""
        tenant = current_tenant()
        if not _offered(tenant):
            return self.pages.error("not_found", 404)
        given = [request.form.getlist(name) for name in ("id", "password")]
        if any(len(values) != 1 for values in given):
            return self.pages.error("bad_request", 400)
        [[typed_id], [typed]] = given
        try:
            begun = self.binding.begin(tenant, typed_id, typed, source(self.source_header))
        except Wait as wait:
            return self._form("wait", 429, sign_in_id=typed_id, minutes=-(-wait.seconds // _MINUTE))
        except Wrong:
            return self._form("wrong", 403, sign_in_id=typed_id)
        except NotAllowed:
            return self._form("full", 409, sign_in_id=typed_id)
        return self._page("make", begun=begun)

    def finish(self) -> Response:
        """Bind what the browser made."""
        tenant = current_tenant()
        if not _offered(tenant):
            return self.pages.error("not_found", 404)
        given = [request.form.getlist(name) for name in ("form", "answer")]
        if any(len(values) != 1 for values in given):
            return self.pages.error("bad_request", 400)
        [[token], [answer]] = given
        try:
            self.binding.finish(tenant, token, answer)
        except (CeremonyFailed, NotAllowed):
            return self._form("failed", 403)
        return self._page("done")

    def _form(self, told: str = "", status: int = 200, *, sign_in_id: str = "", minutes: int = 0) -> Response:
        response = self._page("ask", told=told, sign_in_id=sign_in_id[:40], minutes=minutes)
        response.status_code = status
        return response

    def _page(
        self, step: str, *, told: str = "", sign_in_id: str = "", minutes: int = 0, begun: Begun | None = None
    ) -> Response:
        tenant = current_tenant()
        context: dict[str, Any] = {
            "step": step,
            "told": told,
            "minutes": minutes,
            "sign_in_id": sign_in_id,
            "action_url": tenant.url(MADE if step == "make" else PATH),
            "form": begun.token if begun else "",
            "options": begun.options if begun else "",
        }
        response = self.pages.page("staff_passkey.html", **context)
        response.headers["Cache-Control"] = "no-store"
        return response


def _offered(tenant: Tenant) -> bool:
    return STAFF_PASSKEY in tenant.settings.methods
