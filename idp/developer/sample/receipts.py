"""The anonymous way at a sample service: something is handed in, two numbers are given, and nobody signs in."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, abort, request, session
from requests import RequestException

from idp.developer.sample.backend import Backend, NotTaken
from idp.developer.sample.procedures import ANONYMOUS, LONGEST_TEXT, Page, Procedure, new_id, of

_KEPT = 100
_MINE = "handed_in"
_MOST_MINE = 5
_NOTE = {"ja": "係の者が現地を確かめています。", "en": "Our staff are looking at the place."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipts:
    """The pages. `backend`: None for a service that cannot give receipts."""

    backend: Backend | None
    procedures: Sequence[Procedure]
    page: Page
    _handed_in: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)
    """What was handed in, by its arrival number; the inquiry number is the resident's alone and kept nowhere."""

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/reports/<procedure_id>", "report", self.ask, methods=["GET"])
        app.add_url_rule("/reports/<procedure_id>", "report_sent", self.take, methods=["POST"])
        app.add_url_rule("/reviews", "review", self.review, methods=["POST"])

    def ask(self, procedure_id: str) -> str:
        """Where it is written. A page that is sent twice gives one receipt: it bears what tells them apart."""
        return self.page("report.html", procedure=self._procedure(procedure_id), once=new_id())

    def take(self, procedure_id: str) -> Any:
        """Take it, and show both numbers, this once."""
        procedure, text = self._procedure(procedure_id), request.form.get("content", "").strip()
        if self.backend is None or not text:
            abort(400)
        asked = {"procedure": procedure.procedure_id}
        try:
            receipt = self.backend.call("/receipts/create", asked, once=request.form.get("once", "")[:64])
        except NotTaken:
            return self.page("failed.html", key="not_taken"), 502
        except (RequestException, ValueError):
            return self.page("failed.html", key="unreachable"), 502
        self._keep(receipt["arrival_number"], text[:LONGEST_TEXT])
        return self.page("receipt.html", procedure=procedure, receipt=receipt, ask_url=self._ask_url)

    def review(self) -> Any:
        """What the service's staff do, for whoever tries this: it is looked at from now on."""
        arrival = request.form.get("arrival_number", "")
        if self.backend is None or arrival not in session.get(_MINE, ()):
            abort(400)
        said = {"arrival_number": arrival, "state": "in_review", "note": _NOTE}
        try:
            self.backend.call("/receipts/state", said)
        except NotTaken:
            return self.page("failed.html", key="not_taken"), 502
        except (RequestException, ValueError):
            return self.page("failed.html", key="unreachable"), 502
        return self.page("reviewed.html", arrival_number=arrival, ask_url=self._ask_url)

    @property
    def _ask_url(self) -> str:
        return f"{self.backend.issuer}/receipts" if self.backend else ""

    def _procedure(self, procedure_id: str) -> Procedure:
        return of(self.procedures, procedure_id, ANONYMOUS) or abort(404)

    def _keep(self, arrival: str, text: str) -> None:
        self._handed_in[arrival] = text
        while len(self._handed_in) > _KEPT:
            self._handed_in.popitem(last=False)
        mine = [one for one in session.get(_MINE, ()) if one != arrival]
        session[_MINE] = [*mine, arrival][-_MOST_MINE:]
