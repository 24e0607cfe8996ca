"""An application that is signed in a login: made final here, handed over by its digest, found in the ID token.

No document leaves the service: the provider sees the digest alone.
"""

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, Response, abort, redirect, request, session
from requests import RequestException

from idp.developer.sample.backend import Backend, NotTaken
from idp.developer.sample.procedures import COMBINED, LONGEST_TEXT, SIGNATURE, SIGNED, Page, Procedure, new_id, of

_KEPT = 100
_AT_HAND, _SENT, _SIGNED = "application_at_hand", "application_sent", "application_signed"
_ALG = "sha-256"
_JAPAN = timezone(timedelta(hours=9))


@dataclass(frozen=True, slots=True)
class Application:
    """An application: nothing of it changes any more. `document`: the bytes that are kept and signed."""

    procedure: Procedure
    document: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """As people read it."""
        return self.document.decode()

    @property
    def digest(self) -> bytes:
        """Its SHA-256."""
        return hashlib.sha256(self.document).digest()

    @property
    def spoken(self) -> str:
        """The digest in hexadecimal, in groups of four, as the provider's page shows it."""
        shown = self.digest.hex()
        return " ".join(shown[at : at + 4] for at in range(0, len(shown), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applications:
    """The pages. `client`: Authlib's; `backend`: None for a service that takes none; `addressee`: to whom."""

    client: Any
    backend: Backend | None
    redirect_uri: str
    addressee: str
    procedures: Sequence[Procedure]
    page: Page
    _kept: OrderedDict[str, Application] = field(default_factory=OrderedDict, repr=False)
    """By names that lie in the browsers' cookies; what people wrote does not."""

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/applications/<procedure_id>", "write", self.write, methods=["GET"])
        app.add_url_rule("/applications/<procedure_id>", "written", self.finish, methods=["POST"])
        app.add_url_rule("/application", "application", self.show, methods=["GET"])
        app.add_url_rule("/application/file", "application_file", self.file, methods=["GET"])
        app.add_url_rule("/application/sign", "application_sign", self.sign, methods=["POST"])

    def write(self, procedure_id: str) -> str:
        """Where it is written."""
        return self.page("write.html", procedure=self._procedure(procedure_id))

    def finish(self, procedure_id: str) -> Any:
        """Make it final."""
        procedure, text = self._procedure(procedure_id), request.form.get("content", "").strip()
        if not text:
            abort(400)
        lines = [
            f"{self.addressee}　御中",
            f"手続：{procedure.names['ja']}",
            text[:LONGEST_TEXT].replace("\r\n", "\n"),
        ]
        name = new_id()
        self._kept[name] = Application(procedure, ("\n".join(lines) + "\n").encode())
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        session[_AT_HAND] = name
        return redirect("/application", 303)

    def show(self) -> Any:
        """The final text with its digest, and how it can be signed."""
        application = self.at_hand
        if application is None:
            return redirect("/", 303)
        with_file = application.procedure.way == SIGNATURE
        return self.page("application.html", application=application, with_file=with_file)

    def file(self) -> Response:
        """The bytes that are signed, for whoever signs them with a program of their own."""
        application = self.at_hand or abort(404)
        response = Response(application.document, mimetype="text/plain")
        response.headers["Content-Disposition"] = 'attachment; filename="application.txt"'
        return response

    def sign(self) -> Any:
        """Push the login with the digest, and send the browser there."""
        application = self.at_hand
        if application is None or self.backend is None:
            abort(400)
        asked = {"digest": _text(application.digest), "alg": _ALG}
        claims = json.dumps({"id_token": {"signed_application": {"value": asked}}})
        procedure_id = application.procedure.procedure_id
        try:
            begun = self.client.create_authorization_url(self.redirect_uri, procedure=procedure_id, claims=claims)
            self.client.save_authorize_data(redirect_uri=self.redirect_uri, **begun)
            url = self.backend.pushed(dict(parse_qsl(urlsplit(begun["url"]).query)))
        except NotTaken:
            return self.page("failed.html", key="not_taken"), 502
        except (RequestException, ValueError):
            return self.page("failed.html", key="unreachable"), 502
        session[_SENT], session["back"] = session[_AT_HAND], "/"
        return redirect(url, 303)

    @property
    def at_hand(self) -> Application | None:
        """The one that this browser made final last."""
        return self._kept.get(session.get(_AT_HAND, ""))

    def settle(self, claims: Mapping[str, Any]) -> bool:
        """Read from the ID token whether what was sent is signed.

        False for a signature on something else; where nobody may apply for another, for one of nobody knows whom.
        """
        sent, said = session.pop(_SENT, ""), claims.get("signed_application")
        session.pop(_SIGNED, None)
        if said is None:
            return True
        application, same = self._kept.get(sent), said.get("same_person") is True
        if application is None or (said.get("digest"), said.get("alg")) != (_text(application.digest), _ALG):
            return False
        if claims.get("procedure") != application.procedure.procedure_id:
            return False
        if application.procedure.way == COMBINED and not same:
            return False
        session[_SIGNED] = {
            "name": sent,
            "at": f"{datetime.fromtimestamp(said['verified_at'], _JAPAN):%Y-%m-%d %H:%M}",
            "same": same,
        }
        return True

    @property
    def signed(self) -> Mapping[str, Any] | None:
        """What is signed in this browser's login: the application, when that was found, by the person or not."""
        said = session.get(_SIGNED)
        application = self._kept.get(said["name"]) if said else None
        return {**said, "application": application} if said and application else None

    def forget(self) -> None:
        """Whoever was there has left."""
        names = [
            session.pop(_AT_HAND, ""),
            session.pop(_SENT, ""),
            (session.pop(_SIGNED, None) or {}).get("name", ""),
        ]
        for name in names:
            self._kept.pop(name, None)

    def _procedure(self, procedure_id: str) -> Procedure:
        return of(self.procedures, procedure_id, *SIGNED) or abort(404)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
