"""R16: when and where somebody signed in, and what to do about a sign-in that was not theirs."""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import own_pages
from idp.login.sign_ins import Visit
from idp.my import view
from idp.my.disputing import Disputing
from idp.my.reading import Reading
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.web.web import cookie_name, current_language, drop_cookie

DISPUTE, UNNAMED = "not-me", "unnamed"
SHOWN, CHOICE = 200, 10
"""Sign-ins on the list, and of these the latest from which one is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPages:
    """The routes."""

    frame: Frame
    reading: Reading
    disputing: Disputing

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/my/history", "my_history", lambda: self.frame.shown(self._list), methods=["GET"])
        app.add_url_rule("/my/history/not-me", "my_not_me", lambda: self.frame.shown(self._ask), methods=["GET"])
        app.add_url_rule(
            "/my/history/not-me", "my_dispute", lambda: self.frame.done(DISPUTE, self._dispute), methods=["POST"]
        )

    def _list(self, resident: Resident) -> Response:
        tenant, language = resident.tenant, current_language()
        visits = self.reading.overview(resident).visits[:SHOWN]
        return self.frame.page(
            "history",
            resident,
            at="history",
            visits=[view.sign_in(visit, tenant, language) for visit in visits],
            kept_months=tenant.settings.sign_in_months,
            dispute_url=tenant.url("/my/history/not-me"),
        )

    def _ask(self, resident: Resident) -> Response:
        tenant, language = resident.tenant, current_language()
        visits = self.reading.overview(resident).visits[:CHOICE]
        return self.frame.page(
            "not_me",
            resident,
            at="history",
            visits=[(_mark(resident, visit), view.sign_in(visit, tenant, language)) for visit in visits],
            action_url=tenant.url("/my/history/not-me"),
            form=resident.form(DISPUTE),
            back_url=tenant.url("/my/history"),
        )

    def _dispute(self, resident: Resident) -> Response:
        chosen = request.form.getlist("visit")
        named = {_mark(resident, visit): visit for visit in self.reading.overview(resident).visits}
        if len(chosen) != 1 or (chosen[0] != UNNAMED and chosen[0] not in named):
            return self.frame.pages.error("bad_request", 400)
        self.disputing.run(resident, named.get(chosen[0]))
        response = self.frame.pages.page("my/disputed.html", home_url=resident.tenant.url("/my"))
        drop_cookie(response, cookie_name(resident.tenant, own_pages.COOKIE))
        return response


def _mark(resident: Resident, visit: Visit) -> str:
    """Names a sign-in in this session's form."""
    return resident.form(f"visit {visit.sign_in.at} {visit.sign_in.login} {visit.client_id}")
