"""R17: where somebody is signed in at this moment, and ending it, one by one or all at once."""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import own_pages
from idp.my import when
from idp.my.resident import Resident
from idp.my.sessions import Open, OpenLogins, is_own
from idp.my.web import Frame
from idp.store.engine import Store
from idp.tenants.tenancy import Tenant
from idp.web.web import cookie_name, current_language, drop_cookie, see_other

END, ALL = "end", "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPages:
    """The routes."""

    frame: Frame
    logins: OpenLogins
    store: Store

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/my/sessions", "my_sessions", lambda: self.frame.shown(self._list), methods=["GET"])
        app.add_url_rule(
            "/my/sessions", "my_sessions_end", lambda: self.frame.done(END, self._end), methods=["POST"]
        )

    def _list(self, resident: Resident) -> Response:
        return self._page(resident, ended=None)

    def _page(self, resident: Resident, *, ended: str | None) -> Response:
        tenant, language = resident.tenant, current_language()
        return self.frame.page(
            "sessions",
            resident,
            at="sessions",
            ended=ended,
            sessions=[_shown(one, tenant, language) for one in self.logins.of(resident)],
            action_url=tenant.url("/my/sessions"),
            form=resident.form(END),
        )

    def _end(self, resident: Resident) -> Response:
        tenant, chosen = resident.tenant, request.form.getlist(END)
        if len(chosen) != 1:
            return self.frame.pages.error("bad_request", 400)
        if chosen != [ALL]:
            ended = self.logins.end(resident, chosen[0])
            if self.frame.resident() is None:
                return see_other(tenant.url("/my"))  # it was this one
            return self._page(resident, ended="one" if ended else "none")
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.logins.end_all(tx, resident)
        response = self.frame.pages.page("my/over.html", over="all", home_url=tenant.url("/my"))
        drop_cookie(response, cookie_name(tenant, own_pages.COOKIE))
        return response


def _shown(one: Open, tenant: Tenant, language: str) -> dict[str, object]:
    """As the page takes it."""
    clients = [client for client_id in one.services if (client := tenant.clients.get(client_id))]
    return {
        "mark": one.mark,
        "services": [client.name(language) for client in clients],
        "own": one.login is not None and is_own(one.login),
        "lasting": one.login is None,
        "browser": when.browser(one.browser),
        "way": when.way(one.login.acr, one.login.amr) if one.login else "",
        "since": when.at(one.login.accepted_at) if one.login else None,
        "until": when.at(one.until),
        "this": one.this,
    }
