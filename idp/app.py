"""The Flask application of all tenants: routes mounted, errors turned into answers, every request logged once."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Protocol

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

import idp.pages
from idp import logs
from idp.answers import Problem, retry_headers
from idp.developer.web import DeveloperPage
from idp.login.tls_card_web import TlsCardRoutes
from idp.login.web_card import CardRoutes
from idp.login.web_for_whom import ForWhomPages
from idp.login.web_pages import LoginPages
from idp.login.web_question import QuestionPages
from idp.login.web_signature import SignaturePages
from idp.login.web_waiting import WaitingPages
from idp.my.assembly import MyPages
from idp.oidc import discovery, published
from idp.oidc.authorization.authorize import Authorize
from idp.oidc.authorization.par import PushedRequestEndpoint
from idp.oidc.claims.userinfo import UserInfoEndpoint
from idp.oidc.clients.register import RegistrationEndpoint
from idp.oidc.logout.logout import Logout
from idp.oidc.tokens.introspection import IntrospectionEndpoint
from idp.oidc.tokens.revocation import RevocationEndpoint
from idp.oidc.tokens.token import TokenEndpoint
from idp.pages.theme import tenant_stylesheet
from idp.store.engine import DatabaseUnavailable
from idp.store.shortlived import StateUnavailable
from idp.tenants.directory import Directory
from idp.user_numbers.web_counter import CounterNumberRoutes
from idp.verification.api import PREFIX as API_PREFIX
from idp.verification.api import Api
from idp.verification.ocsp_front import OcspFront
from idp.web import cross_origin
from idp.web.application import Application
from idp.web.fetch_metadata import SITE, sent_from_elsewhere
from idp.web.request import here
from idp.web.web import (
    REFERENCE_KEY,
    SAFE_HEADERS,
    TENANT_KEY,
    PageWriter,
    TenancyMiddleware,
    current_tenant,
    problem_answer,
    wants_json,
)
from idp.web.web_help import HelpPages

MAX_DRAINED_BYTES = 8 * 1024 * 1024
_CHUNK = 64 * 1024
_STATIC = Path(idp.pages.__file__).parent / "static"
_STATIC_SECONDS = 3600
_FOR_PROGRAMS = frozenset(
    {
        "token",
        "par",
        "userinfo",
        "introspect",
        "revoke",
        "register",
        "registered",
        "registered_anew",
        "registered_no_more",
        "proof",
        "decline",
        "number_challenge",
        "number",
        "discovery",
        "server_metadata",
        "jwks",
        "ocsp_front",
    }
)
_PAGE_KINDS = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_BEGAN = "idp.began"
_log = structlog.get_logger("idp.request")


class Mounted(Protocol):
    """Pages of whatever kind."""

    def mount(self, app: Flask) -> None:
        """Add the routes."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The web-facing parts, each built with what it needs."""

    directory: Directory
    home_url: str | None
    pages: PageWriter
    authorize: Authorize
    card: CardRoutes
    counter_number: CounterNumberRoutes
    tls_card: TlsCardRoutes
    waiting: WaitingPages
    login: LoginPages
    signature: SignaturePages
    for_whom: ForWhomPages
    question: QuestionPages
    ways: Mounted
    receipts: Mounted
    mine: MyPages
    token: TokenEndpoint
    par: PushedRequestEndpoint
    userinfo: UserInfoEndpoint
    introspection: IntrospectionEndpoint
    revocation: RevocationEndpoint
    registration: RegistrationEndpoint
    logout: Logout
    api: Api
    ocsp_front: OcspFront
    help: HelpPages
    developer: DeveloperPage


def create_app(parts: Parts) -> Flask:
    """The application; its `wsgi_app` serves every tenant at its issuer and answers 404 elsewhere.

    A browser that opens the issuer itself goes on to the resident's own place.
    """
    app = Application("idp", static_folder=str(_STATIC), static_url_path="/static")
    app.config.update(
        SEND_FILE_MAX_AGE_DEFAULT=_STATIC_SECONDS,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.always = SAFE_HEADERS
    app.url_map.merge_slashes = False
    app.add_url_rule("/static/tenant.css", "tenant_css", _tenant_css)
    for part in (parts.authorize, parts.card, parts.waiting, parts.login, parts.token, parts.userinfo, parts.api):
        part.mount(app)
    for endpoint in (parts.par, parts.introspection, parts.revocation, parts.registration):
        endpoint.mount(app)
    parts.counter_number.mount(app)
    parts.signature.mount(app)
    parts.for_whom.mount(app)
    parts.question.mount(app)
    parts.ways.mount(app)
    parts.receipts.mount(app)
    parts.mine.mount(app)
    parts.tls_card.mount(app)
    parts.ocsp_front.mount(app)
    parts.logout.mount(app)
    parts.help.mount(app)
    parts.developer.mount(app)
    discovery.mount(app)
    published.mount(app)
    app.before_request(partial(_begin, parts.pages))
    app.after_request(cross_origin.share)
    app.after_request(_end)
    _mount_errors(app, parts.pages)
    app.wsgi_app = TenancyMiddleware(app.wsgi_app, parts.directory, parts.home_url)  # type: ignore[method-assign]
    return app


def _mount_errors(app: Flask, pages: PageWriter) -> None:
    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        kind = _PAGE_KINDS.get(status, "bad_request" if status < 500 else "internal")
        if not isinstance(error, MethodNotAllowed):
            return _failure(pages, status, kind, here().endpoint)
        methods = sorted(error.valid_methods or ())
        answer = _failure(pages, status, kind, _endpoint_by(app, methods))
        answer.headers["Allow"] = ", ".join(methods)  # RFC 9110 section 15.5.6
        return answer

    @app.errorhandler(DatabaseUnavailable)
    @app.errorhandler(StateUnavailable)
    def _busy(error: Exception) -> Response:
        _log.error("store.unavailable", error=type(error).__name__)
        return _failure(pages, 503, "busy", here().endpoint)

    @app.errorhandler(Exception)
    def _internal(error: Exception) -> Response:
        _log.error("request.failed", error=type(error).__name__, exc_info=error)
        return _failure(pages, 500, "internal", here().endpoint)


def _endpoint_by(app: Flask, methods: Sequence[str]) -> str | None:
    """What is at this address by one of these methods: of a request by none of them nothing has matched."""
    rules = app.create_url_adapter(here())
    return rules.match(method=methods[0])[0] if rules and methods else None


def _failure(pages: PageWriter, status: int, kind: str, endpoint: str | None) -> Response:
    """The answer for what no part answered: a problem for programs, a page for people, no detail for either.

    `endpoint`: what is at this address, by whatever method.
    """
    if endpoint in _FOR_PROGRAMS or here().path.startswith(API_PREFIX) or wants_json():
        body = {"type": "about:blank", "title": kind.replace("_", " "), "code": kind}
        return problem_answer(Problem(status, body, retry_headers(status)))
    return pages.error(kind, status)


def _tenant_css() -> Response:
    response = Response(tenant_stylesheet(current_tenant().key_colour), mimetype="text/css")
    response.headers["Cache-Control"] = f"public, max-age={_STATIC_SECONDS}"
    return response


def _begin(pages: PageWriter) -> Response | None:
    """Give the request its reference; the answer to a form that somebody else's page sends."""
    asked = here()
    asked.environ[_BEGAN] = perf_counter()
    reference = asked.environ[REFERENCE_KEY] = os.urandom(4).hex()
    logs.name_request(reference=reference, tenant=asked.environ[TENANT_KEY].tenant_id)
    if asked.method == "POST" and sent_from_elsewhere(asked.path, asked.environ.get(SITE)):
        return _failure(pages, 403, "bad_request", asked.endpoint)
    return None


def _end(response: Response) -> Response:
    asked, now, status = here(), perf_counter(), response.status_code
    if status == 413:
        _drain()
    logs.request_done(
        endpoint=asked.endpoint,  # never the path: it may carry a handle or a secret
        method=asked.method,
        status=status,
        duration_ms=(now - asked.environ.get(_BEGAN, now)) * 1000,
    )
    return response


def _drain() -> None:
    """Read what is left of a body that is too large, within reason: a client that still writes reads no answer."""
    stream = here().environ["wsgi.input"]
    for _ in range(MAX_DRAINED_BYTES // _CHUNK):
        if not stream.read(_CHUNK):
            return
