"""The pages `{issuer}/account`: an ID for somebody without a card. No login, no cookie, no JavaScript.

Two ways, each where the municipality has switched it on: at once, or with a letter after the staff have looked.
What is shown at the end is shown once: nobody here can look it up.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request

from idp import tries
from idp.login.web_source import source
from idp.my import when
from idp.passwords import rules
from idp.passwords.offered import BY_LETTER, ONLINE, offers, url_of
from idp.passwords.requests import Applicant, Noted, Requests, TooMany
from idp.store.shortlived import ShortLived
from idp.tenants.sign_in_methods import PASSWORD_BY_LETTER, PASSWORD_ONLINE
from idp.tenants.tenancy import Tenant
from idp.tries import Count
from idp.web.web import PageWriter, current_tenant, see_other

_FIELDS = {"name": 100, "address": 200, "born": 40}
"""What is asked, and how many characters at most."""
_MINUTE, _DAY = 60, 24 * 60 * 60
FROM_ONE, FROM_ANYWHERE = (5, _DAY), (200, _DAY)
"""IDs that one source may ask for, and all together where no source is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPages:
    """The routes. `source_header`: in which a proxy tells a browser's address, None for no proxy that does."""

    requests: Requests
    state: ShortLived
    pages: PageWriter
    source_header: str | None

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule(BY_LETTER, "account", self.ask, methods=["GET"])
        app.add_url_rule(BY_LETTER, "account_asked", self.apply, methods=["POST"])
        app.add_url_rule(ONLINE, "account_online", self.ask_online, methods=["GET"])
        app.add_url_rule(ONLINE, "account_made", self.make, methods=["POST"])

    def ask(self) -> Response:
        """Where somebody writes who they are."""
        tenant = current_tenant()
        if offers(tenant, PASSWORD_BY_LETTER):
            return self._form()
        url = url_of(tenant)
        return see_other(url) if url else self.pages.error("not_found", 404)

    def ask_online(self) -> Response:
        """Where somebody chooses a password."""
        if not offers(current_tenant(), PASSWORD_ONLINE):
            return self.pages.error("not_found", 404)
        return self._online()

    def apply(self) -> Response:
        """Keep what was written for the staff."""
        tenant = current_tenant()
        if not offers(tenant, PASSWORD_BY_LETTER):
            return self.pages.error("not_found", 404)
        given = {name: request.form.getlist(name) for name in _FIELDS}
        if any(len(values) != 1 for values in given.values()):
            return self.pages.error("bad_request", 400)
        written = {name: _read(values[0]) for name, values in given.items()}
        if not all(written.values()) or any(len(written[name]) > most for name, most in _FIELDS.items()):
            return self._form("missing", 400, written)
        if seconds := self._spend(tenant):
            return self._form("wait", 429, written, minutes=-(-seconds // _MINUTE))
        try:
            noted = self.requests.apply(tenant, Applicant(**written))
        except TooMany:
            return self._form("full", 503, written)
        return self._done(noted.sign_in_id, noted)

    def make(self) -> Response:
        """An ID with the password that was chosen."""
        tenant = current_tenant()
        if not offers(tenant, PASSWORD_ONLINE):
            return self.pages.error("not_found", 404)
        new, again = request.form.getlist("new"), request.form.getlist("again")
        if len(new) != 1 or len(again) != 1:
            return self.pages.error("bad_request", 400)
        if (fault := rules.fault_of(new[0], again[0], sign_in_id="")) is not None:
            return self._online(str(fault), 400)
        if seconds := self._spend(tenant):
            return self._online("wait", 429, minutes=-(-seconds // _MINUTE))
        return self._done(self.requests.at_once(tenant, new[0]), None)

    def _spend(self, tenant: Tenant) -> int:
        """Take one of the source's IDs; 0, or in how many seconds there is one again."""
        address, named = source(self.source_header), f"account:{tenant.tenant_id}"
        count: Count = (f"{named}:anybody", FROM_ANYWHERE)
        if address:
            count = (f"{named}:source:{tenant.keys.source_tag(address)}", FROM_ONE)
        return tries.spend(self.state, [count])

    def _form(
        self, told: str = "", status: int = 200, written: dict[str, str] | None = None, *, minutes: int = 0
    ) -> Response:
        """What was written stands there again: it is the writer's own browser, and nothing is kept of it here."""
        tenant = current_tenant()
        context: dict[str, Any] = {
            "action_url": tenant.url(BY_LETTER),
            "online_url": tenant.url(ONLINE) if offers(tenant, PASSWORD_ONLINE) else None,
            "told": told,
            "minutes": minutes,
            "written": {name: (written or {}).get(name, "")[:most] for name, most in _FIELDS.items()},
            "longest": _FIELDS,
        }
        return self._page("account.html", status, context)

    def _online(self, told: str = "", status: int = 200, *, minutes: int = 0) -> Response:
        tenant = current_tenant()
        context: dict[str, Any] = {
            "action_url": tenant.url(ONLINE),
            "letter_url": tenant.url(BY_LETTER) if offers(tenant, PASSWORD_BY_LETTER) else None,
            "told": told,
            "minutes": minutes,
        }
        return self._page("account_online.html", status, context)

    def _done(self, sign_in_id: str, noted: Noted | None) -> Response:
        context: dict[str, Any] = {
            "sign_in_id": sign_in_id,
            "number": noted.number if noted else None,
            "until": when.on(noted.expires_on) if noted else None,
        }
        return self._page("account_done.html", 200, context)

    def _page(self, template: str, status: int, context: dict[str, Any]) -> Response:
        response = self.pages.page(template, **context)
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
        return response


def _read(typed: str) -> str:
    """One line as it was typed; empty for what holds control characters."""
    text = typed.strip()
    return "" if any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in text) else text
