"""A signed file that is handed in without a login (way 3): the provider judges it for the procedure.

The page shows its report and, where nothing is lacking, the two numbers of the receipt.
"""

import base64
import re
from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, request
from requests import RequestException
from werkzeug.datastructures import FileStorage

from idp.developer.sample.applications import Applications
from idp.developer.sample.backend import Backend, NotTaken
from idp.developer.sample.procedures import SIGNATURE, Page, Procedure

MOST_BYTES = 4 * 1024 * 1024
_JWS = re.compile(rb"\s*(\{|[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\s*$)")
_UNREADABLE = frozenset({"malformed", "too_large", "not_installed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The pages. `applications`: what was made final here, which a signature beside it may be over."""

    backend: Backend | None
    applications: Applications
    page: Page

    def mount(self, app: Flask) -> None:
        """Add the routes; a service that takes no such files has none."""
        if self.backend is not None and any(one.way == SIGNATURE for one in self.applications.procedures):
            app.add_url_rule("/documents", "documents", self.ask, methods=["GET"])
            app.add_url_rule("/documents", "documents_sent", self.take, methods=["POST"])

    def ask(self) -> str:
        """Where a file is chosen."""
        return self.page("hand_in.html", application=self.applications.at_hand, procedure=self._procedure)

    def take(self) -> Any:
        """The report on its signatures."""
        request.max_content_length = MOST_BYTES
        file = request.files.get("file")
        signed = file.read() if isinstance(file, FileStorage) else b""
        if self.backend is None or not signed:
            abort(400)
        form, application = form_of(signed), self.applications.at_hand
        beside = {}
        if form == "cms" and application is not None and request.form.get("beside") == "yes":
            beside = {"content": _text(application.document)}
        asked = {"form": form, "document": _text(signed), "procedure": self._procedure.procedure_id}
        try:
            answer = self.backend.call("/signatures/verify", {**asked, **beside, "receipt": True})
        except NotTaken as refused:
            unreadable = refused.code in _UNREADABLE
            return self.page("failed.html", key="unreadable" if unreadable else "not_taken"), 400
        except (RequestException, ValueError):
            return self.page("failed.html", key="unreachable"), 502
        judged = answer["procedure"]
        return self.page(
            "verified.html",
            taken=judged["satisfied"],
            receipt=judged["receipt"],
            ask_url=f"{self.backend.issuer}/receipts",
            lines=answer["report"].splitlines(),
        )

    @property
    def _procedure(self) -> Procedure:
        """What is applied for: in the application that was made last here, or the only thing that may be."""
        known = [one for one in self.applications.procedures if one.way == SIGNATURE]
        application = self.applications.at_hand
        return application.procedure if application and application.procedure in known else known[0]


def form_of(signed: bytes) -> str:
    """By how it begins: `pdf`, `xml`, `jws`, and `cms` for whatever else it may be."""
    if signed.startswith(b"%PDF-"):
        return "pdf"
    if signed.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        return "xml"
    return "jws" if _JWS.match(signed) else "cms"


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
