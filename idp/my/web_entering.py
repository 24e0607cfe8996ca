"""The way in and out of the resident's own pages. No service is asked, and none is told that somebody was here."""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login import browser_names, own_pages
from idp.login.transaction import TRANSACTION_SECONDS, Attempt
from idp.my.entering import HOME, Entering
from idp.my.resident import Resident
from idp.my.web import Frame
from idp.web.web import (
    cookie_name,
    current_tenant,
    drop_cookie,
    remember_language,
    see_other,
    set_cookie,
    transaction_cookie_name,
)

LEAVE = "sign-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteringPages:
    """The routes, and how a login's last step ends here."""

    frame: Frame
    entering: Entering

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/my/sign-in", "my_sign_in", self.begin, methods=["POST"])
        app.add_url_rule("/my/sign-out", "my_sign_out", self.ask_to_leave, methods=["GET"])
        app.add_url_rule("/my/sign-out", "my_signed_out", self.leave, methods=["POST"])

    def begin(self) -> Response:
        """To the card page, and from there to the page that was wanted."""
        tenant = current_tenant()
        again = self.frame.resident() is not None
        begun, cookie = self.entering.begin(tenant, request.form.get("to", HOME), again=again)
        response = see_other(begun.url(tenant))
        set_cookie(response, transaction_cookie_name(tenant, begun.transaction_id), cookie, TRANSACTION_SECONDS)
        return response

    def enter(self, attempt: Attempt) -> Response:
        """The end of such a login: a session of these pages alone, in the browser that is back."""
        tenant, transaction_id = attempt.tenant, attempt.transaction.transaction_id
        browser = browser_names.named(request.headers.get("User-Agent"))
        before = self.frame.resident()
        entered = self.entering.finish(attempt, browser=browser)
        if entered is None:
            return self.frame.pages.error("already_finished", 410)
        if before is not None:
            self.entering.leave(before)  # the new session takes its place
        secret, to = entered
        response = see_other(tenant.url(to))
        remember_language(response)
        seconds = None if attempt.transaction.shared else own_pages.SESSION_SECONDS
        set_cookie(response, cookie_name(tenant, own_pages.COOKIE), secret, seconds)
        drop_cookie(response, transaction_cookie_name(tenant, transaction_id))
        return response

    def ask_to_leave(self) -> Response:
        """Whether to go."""

        def show(resident: Resident) -> Response:
            return self.frame.page(
                "sign_out",
                resident,
                at="",
                action_url=resident.tenant.url("/my/sign-out"),
                form=resident.form(LEAVE),
            )

        return self.frame.shown(show)

    def leave(self) -> Response:
        """Out; what services opened goes on."""

        def go(resident: Resident) -> Response:
            self.entering.leave(resident)
            response = self.frame.pages.page("my/over.html", over="signed_out", home_url=resident.tenant.url(HOME))
            drop_cookie(response, cookie_name(resident.tenant, own_pages.COOKIE))
            return response

        return self.frame.done(LEAVE, go)
