"""Logging out: the end session endpoint, the page that asks, and the page that shows who was told.

Nothing is ended without a person's yes on a page of this origin, in the browser that holds the session: its cookie
does not come with another site's request (SameSite=Lax).
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Flask, Response, request
from werkzeug.datastructures import MultiDict

from idp import base64url
from idp.keys.sealing import Place, SealBroken
from idp.login import sessions
from idp.login.sessions import Held, Sessions
from idp.login.sign_out import SignOut
from idp.oidc.authorization import hints
from idp.oidc.authorization.authorize import with_values
from idp.oidc.authorization.stored import StoredRequests
from idp.oidc.logout import end_session, signed_out
from idp.oidc.logout.end_session import EndRequest
from idp.store import sessions as rows
from idp.store.engine import Store
from idp.store.sessions import Participant
from idp.tenants.tenancy import Tenant, origin_of
from idp.web.web import (
    PageWriter,
    cookie_name,
    current_language,
    current_tenant,
    drop_cookie,
    json_answer,
    see_other,
    set_cookie,
    wants_json,
)

_KEPT, _DONE = "logout", "signed-out"
_PLACE = Place("logout", b"", "form")


@dataclass(frozen=True, slots=True)
class _Form:
    """What the page that asks sends back, sealed: the request, and the logins that it named."""

    ending: EndRequest
    mine: tuple[str, ...]
    others: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps([self.ending.to_json(), self.mine, self.others])

    @classmethod
    def from_json(cls, tenant: Tenant, text: str) -> "_Form":
        ending, mine, others = json.loads(text)
        return cls(_read(tenant, ending), tuple(mine), tuple(others))


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """The endpoint, its two pages and everything they need."""

    store: Store
    sessions: Sessions
    sign_out: SignOut
    stored: StoredRequests
    pages: PageWriter

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        app.add_url_rule("/logout", "logout", self.logout, methods=["GET"])
        app.add_url_rule("/logout", "logout_by_post", self.keep, methods=["POST"])
        app.add_url_rule("/logout/asked/<request_id>", "logout_kept", self.take_up, methods=["GET"])
        app.add_url_rule("/logout/decision", "logout_decision", self.decide, methods=["POST"])
        app.add_url_rule("/logout/done/<shown_id>", "logout_done", self.done, methods=["GET"])

    def logout(self) -> Response:
        """A request in the URL, which is left behind: an ID token need not stay in a browser's history."""
        judged = _judged(request.args)
        return self._ask(judged) if judged == EndRequest() else self._kept(judged)

    def keep(self) -> Response:
        """A request in a body: kept until the browser comes with its cookies."""
        judged = _judged(request.form)
        return see_other(current_tenant().url("/logout")) if judged == EndRequest() else self._kept(judged)

    def take_up(self, request_id: str) -> Response:
        """A request that was kept."""
        tenant = current_tenant()
        kept = self.stored.find(tenant, _KEPT, request_id)
        return self.pages.error("expired", 410) if kept is None else self._ask(_read(tenant, kept))

    def decide(self) -> Response:
        """The resident's yes or no."""
        tenant = current_tenant()
        form = _opened(tenant, request.form.get("sealed", ""))
        decisions, all_of_them = request.form.getlist("decision"), request.form.getlist("others") == ["all"]
        if form is None or decisions not in (["leave"], ["stay"]):
            return self.pages.error("bad_request", 400)
        if decisions == ["stay"] and form.ending.return_url:
            return see_other(form.ending.return_url)
        named = {*form.mine, *(form.others if all_of_them else ())}
        ending = [held for held in self._alive(tenant) if held.transaction_id in named]
        if decisions == ["stay"] or not ending:
            return self._nothing(tenant, form.ending)
        return self._end(tenant, form.ending, ending)

    def done(self, shown_id: str) -> Response:
        """Who was told; as JSON, how many still are not, for the page that waits."""
        tenant = current_tenant()
        kept = self.stored.find(tenant, _DONE, shown_id)
        if kept is None:
            return self.pages.error("expired", 410)
        transaction_ids, sector_id, ending = json.loads(kept)
        view = signed_out.view(
            tenant, self._participants(tenant, transaction_ids), sector_id=sector_id, language=current_language()
        )
        if wants_json():
            return json_answer({"state": view.state})
        return self._page(tenant, _read(tenant, ending), view)

    def _kept(self, judged: EndRequest) -> Response:
        tenant = current_tenant()
        return see_other(tenant.url(f"/logout/asked/{self.stored.keep(tenant, _KEPT, judged.to_json())}"))

    def _ask(self, ending: EndRequest) -> Response:
        """The page that asks; where nobody is signed in there is nothing to ask."""
        tenant = current_tenant()
        alive = self._alive(tenant)
        mine = _meant(tenant, ending, alive)
        if not mine:
            return self._nothing(tenant, ending)
        own = [held.transaction_id for held in mine]
        others = [held.transaction_id for held in alive if held.transaction_id not in own]
        form = _Form(ending, tuple(own), tuple(others))
        return self.pages.page(
            "sign_out.html",
            form_ends_at=[ending.return_url],
            services=self._names(tenant, own),
            others=self._names(tenant, others),
            action_url=tenant.url("/logout/decision"),
            sealed=base64url.encode(tenant.keys.seal(_PLACE, form.to_json().encode())),
            can_stay=bool(ending.return_url),
        )

    def _end(self, tenant: Tenant, ending: EndRequest, held: Sequence[Held]) -> Response:
        """End the sessions; then the page, or straight back where it would show the asking service alone."""
        sectors = {session.sector_id for session in held}
        asking = tenant.clients.get(ending.client_id)
        sector_id = asking.sector_id if asking else sectors.pop() if len(sectors) == 1 else ""
        ids = [session.transaction_id for session in held]
        self.sign_out.run(tenant, ids, sector_id=sector_id)
        told = self._participants(tenant, ids)
        view = signed_out.view(tenant, told, sector_id=sector_id, language=current_language())
        if ending.return_url and not view.frames and {one.client_id for one in told} <= {ending.client_id}:
            response = see_other(ending.return_url)
        else:
            shown = json.dumps([ids, sector_id, ending.to_json()])
            response = see_other(tenant.url(f"/logout/done/{self.stored.keep(tenant, _DONE, shown)}"))
        self._let_go(response, tenant, held)
        return response

    def _let_go(self, response: Response, tenant: Tenant, ended: Sequence[Held]) -> None:
        """The browser keeps its other sessions; where none of them goes on, only until it is closed."""
        name = cookie_name(tenant, sessions.COOKIE)
        left = sessions.without(_cookie(tenant), {session.digest for session in ended})
        if not left:
            drop_cookie(response, name)
            return
        goes_on = any(session.idle_until for session in self._alive(tenant))
        set_cookie(response, name, left, sessions.SESSION_SECONDS if goes_on else None)

    def _nothing(self, tenant: Tenant, ending: EndRequest) -> Response:
        if ending.return_url:
            return see_other(ending.return_url)
        return self._page(tenant, ending, signed_out.View((), ()), ended=False)

    def _page(self, tenant: Tenant, ending: EndRequest, view: signed_out.View, *, ended: bool = True) -> Response:
        client = tenant.clients.get(ending.client_id)
        return self.pages.page(
            "signed_out.html",
            frame_origins=[origin_of(frame) for frame in view.frames],
            ended=ended,
            services=view.services,
            state=view.state,
            frames=view.frames,
            return_url=ending.return_url or None,
            return_name=client.name(current_language()) if client else "",
        )

    def _alive(self, tenant: Tenant) -> list[Held]:
        return [held for held in self.sessions.of(tenant, _cookie(tenant)) if held.alive]

    def _participants(self, tenant: Tenant, transaction_ids: Iterable[str]) -> Sequence[Participant]:
        with self.store.for_tenant(tenant.tenant_id).read() as tx:
            return rows.participants(tx, list(transaction_ids))

    def _names(self, tenant: Tenant, transaction_ids: Sequence[str]) -> list[str]:
        """The services of these logins, in the page's language, each once."""
        language = current_language()
        ids = [one.client_id for one in self._participants(tenant, transaction_ids)] if transaction_ids else []
        clients = [client for client_id in ids if (client := tenant.clients.get(client_id))]
        return list(dict.fromkeys(client.name(language) for client in clients))


def _judged(sent: MultiDict[str, str]) -> EndRequest:
    return end_session.judge(with_values(sent), partial(hints.read, current_tenant()))


def _read(tenant: Tenant, text: str) -> EndRequest:
    """A judged request that was kept, or travelled in a form."""
    kept = EndRequest.from_json(text)
    return kept.still_granted(tenant.clients.get(kept.client_id))


def _meant(tenant: Tenant, ending: EndRequest, alive: Sequence[Held]) -> list[Held]:
    """The sessions that a request is about: that of its ID token, with those that it took the place of; else all.

    A browser that holds no session of that ID token is asked nothing: it was ended before, or is another's.
    """
    if not ending.client_id:
        return list(alive)
    for held in alive:
        if tenant.keys.session_id(ending.client_id, held.digest) == ending.sid:
            return [other for other in alive if (other.sector_id, other.handle) == (held.sector_id, held.handle)]
    return []


def _opened(tenant: Tenant, unverified: str) -> _Form | None:
    """The form that this tenant sealed, or None."""
    try:
        sealed = base64url.decode(unverified)
        return _Form.from_json(tenant, tenant.keys.open(_PLACE, sealed).decode())
    except (ValueError, TypeError, SealBroken):
        return None


def _cookie(tenant: Tenant) -> str:
    return request.cookies.get(cookie_name(tenant, sessions.COOKIE), "")
