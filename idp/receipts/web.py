"""The page `{issuer}/receipts`: how far is what I handed in. Two numbers in a form, and nothing in any address.

Nobody signs in, no cookie is read and none is set; without JavaScript. Whatever is wrong with the numbers is
answered alike.
"""

from dataclasses import dataclass

from flask import Flask, Response, request

from idp.login.web_source import source
from idp.my import when
from idp.receipts import numbers
from idp.receipts.receipt import State
from idp.receipts.receipts import Found, Receipts
from idp.receipts.tries import Tries
from idp.web.web import PageWriter, current_language, current_tenant

PATH = "/receipts"
_FIELDS = ("arrival_number", "inquiry_number")
_MINUTE = 60
_LONGEST_REPEATED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPages:
    """The routes. `source_header`: in which a proxy tells a browser's address, None for no proxy that does."""

    receipts: Receipts
    tries: Tries
    pages: PageWriter
    source_header: str | None

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule(PATH, "receipts", self.ask, methods=["GET"])
        app.add_url_rule(PATH, "receipt", self.show, methods=["POST"])

    def ask(self) -> Response:
        """Where the two numbers are typed."""
        return self._form()

    def show(self) -> Response:
        """How far the receipt of the two numbers is, or the form again."""
        given = [request.form.getlist(name) for name in _FIELDS]
        if any(len(values) != 1 for values in given):
            return self.pages.error("bad_request", 400)
        tenant, [[typed], [secret]] = current_tenant(), given
        arrival, inquiry = numbers.read_arrival(typed), numbers.read_inquiry(secret)
        address = source(self.source_header)
        seconds = self.tries.spend(tenant, arrival, address)
        if seconds:
            return self._form("wait", 429, typed=typed, minutes=-(-seconds // _MINUTE))
        found = self.receipts.find(tenant, arrival, inquiry) if arrival and inquiry else None
        if arrival is None or found is None:
            return self._form("wrong", 403, typed=typed)
        self.tries.give_back(tenant, arrival, address)
        return self._page(arrival, found)

    def _form(self, told: str = "", status: int = 200, *, typed: str = "", minutes: int = 0) -> Response:
        response = self.pages.page(
            "receipts.html",
            action_url=current_tenant().url(PATH),
            told=told,
            minutes=minutes,
            arrival_number=typed[:_LONGEST_REPEATED],
        )
        response.status_code = status
        return response

    def _page(self, arrival: str, found: Found) -> Response:
        language = current_language()
        return self.pages.page(
            "receipt.html",
            arrival_number=arrival,
            procedure_name=found.procedure.name(language),
            state=str(found.receipt.state),
            states=[str(state) for state in State],
            since=when.on(found.receipt.since),
            note=found.receipt.says(language),
            service_name=found.client.name(language),
            service_url=found.client.client_uri,
            kept_until=when.on(found.kept_until),
            again_url=current_tenant().url(PATH),
        )
