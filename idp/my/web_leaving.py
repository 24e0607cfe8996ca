"""R20: ending everything here: what ends, what remains and for how long, and the end itself."""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import own_pages
from idp.my.reading import Reading
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.people.leaving import Leaving
from idp.store.engine import Store
from idp.web.web import cookie_name, current_language, drop_cookie

FORM, SURE = "leave", "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingPages:
    """The routes: first what it means, then, after a fresh proof, the box and the button."""

    frame: Frame
    reading: Reading
    leaving: Leaving
    store: Store

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        add = app.add_url_rule
        add("/my/leaving", "my_leaving", lambda: self.frame.shown(self._means), methods=["GET"])
        add("/my/leaving/sure", "my_sure", lambda: self.frame.shown(self._ask, fresh=True), methods=["GET"])
        add(
            "/my/leaving/sure", "my_left", lambda: self.frame.done(FORM, self._leave, fresh=True), methods=["POST"]
        )

    def _means(self, resident: Resident) -> Response:
        tenant, language = resident.tenant, current_language()
        services = [one.client.name(language) for one in self.reading.overview(resident).holdings]
        sure_url = tenant.url("/my/leaving/sure")
        return self.frame.page("leaving", resident, at="leaving", services=services, sure_url=sure_url)

    def _ask(self, resident: Resident, missing: bool = False) -> Response:
        return self.frame.page(
            "leaving_sure",
            resident,
            at="leaving",
            missing=missing,
            action_url=resident.tenant.url("/my/leaving/sure"),
            form=resident.form(FORM),
            back_url=resident.tenant.url("/my"),
        )

    def _leave(self, resident: Resident) -> Response:
        tenant = resident.tenant
        if request.form.getlist("sure") != [SURE]:
            return self._ask(resident, missing=True)
        with self.store.for_tenant(tenant.tenant_id).write() as tx:
            self.leaving.run(tx, tenant, resident.handle)
        response = self.frame.pages.page("my/over.html", over="left", home_url=tenant.url("/my"))
        drop_cookie(response, cookie_name(tenant, own_pages.COOKIE))
        return response
