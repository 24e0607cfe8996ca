"""What all web-facing files share: the request's tenant, cookies, language, pages, and safe headers."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from flask import Request, Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import dump_cookie, parse_accept_header

from connectors.errors import ConnectorError
from idp.agents.acting import Acting
from idp.answers import Problem, retry_headers
from idp.developer.errors import PATH
from idp.login.ending import Ending
from idp.pages.languages import EASY
from idp.pages.render import Pages, TenantView, choose_language, error_context
from idp.services.redirect_uris import form_targets
from idp.store.engine import DatabaseUnavailable
from idp.tenants.directory import Directory
from idp.tenants.tenancy import Tenant
from idp.web.request import here

TENANT_KEY = "idp.tenant"
REFERENCE_KEY = "idp.reference"
COUNTER_KEY = "idp.counter"
COUNTER_SECONDS = 15 * 60
"""How long a browser's pages stay in a counter's form after its last login there: as long as a login lives."""
LANGUAGE_LABELS = {"ja": "日本語", EASY: "やさしい日本語", "en": "English"}
_LANGUAGE_LINKS = tuple((code, label, f"?lang={code}") for code, label in LANGUAGE_LABELS.items())
FURIGANA_LABELS = {True: "ふりがなを消す", False: "ふりがなを付ける"}
"""What the switch on a page in easy Japanese says while readings are shown, and while they are not."""
_WELL_KNOWN = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
_ENCODER = msgspec.json.Encoder()
_PLAIN_PAIR = re.compile(r"[A-Za-z0-9_-]+=[A-Za-z0-9._~-]*")
"""A cookie's name and value as ours are: nothing in them is quoted (RFC 6265 section 4.1.1)."""
_LONGEST_ACCEPT, _ACCEPTS_KEPT = 1000, 256
_LANGUAGE_KEY = "idp.language"
LANGUAGE_COOKIE_SECONDS = 365 * 24 * 60 * 60


class TenancyMiddleware:
    """Mounts the application at every tenant's issuer: Host and path choose the tenant, or nothing does.

    The issuer's path becomes SCRIPT_NAME, so that routes are written once. A mismatch is a plain 404; `home_url`:
    where a browser goes instead that opens a host by its bare name, where tenants are at paths.
    """

    def __init__(self, application: Callable[..., Any], directory: Directory, home_url: str | None = None) -> None:
        self._application = application
        self._directory = directory
        self._home_url = home_url

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """See PEP 3333."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(_WELL_KNOWN):
            path = _under_issuer(path)
        try:
            tenant = self._directory.at(environ.get("HTTP_HOST", ""), path)
        except (ConnectorError, DatabaseUnavailable):  # nobody can say whether there is such a tenant
            return _plain(start_response, "503 Service Unavailable")
        if tenant is None and path == "/" and self._home_url:
            return _plain(start_response, "303 See Other", ("Location", self._home_url))
        if tenant is None:
            return _plain(start_response, "404 Not Found")
        environ[TENANT_KEY] = tenant
        environ["SCRIPT_NAME"] = tenant.path
        environ["PATH_INFO"] = path.removeprefix(tenant.path)
        return self._application(environ, start_response)


def _under_issuer(path: str) -> str:
    """The path with a well-known document of a path issuer behind the issuer's path, where it is served.

    RFC 8414 section 3.1 puts `/.well-known/NAME` between the host and the issuer's path.
    """
    for document in _WELL_KNOWN:
        if path.startswith(document + "/") and not path.endswith("/"):
            return path.removeprefix(document) + document
    return path


def _plain(start_response: Callable[..., Any], status: str, *more: tuple[str, str]) -> list[bytes]:
    body = status.partition(" ")[2].encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), *more]
    start_response(status, [*headers, *retry_headers(int(status[:3])).items(), *SAFE_HEADERS.items()])
    return [body]


def current_tenant() -> Tenant:
    """The tenant whose issuer this request came to."""
    tenant: Tenant = here().environ[TENANT_KEY]
    return tenant


SAFE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class PageWriter:
    """Renders residents' pages for the request at hand."""

    pages: Pages

    def page(
        self,
        template: str,
        *,
        form_ends_at: Sequence[str] | None = None,
        frame_origins: Sequence[str] = (),
        **context: Any,
    ) -> Response:
        """One page in the resident's language, with its content security policy.

        `form_ends_at`: the redirect URIs to which the answer to its form may lead. `frame_origins`: whose pages it
        may hold in frames. `context`: of the template, and `fresh` of `Pages`.
        """
        response = self._write(template, 200, context, form_ends_at=form_ends_at)
        if frame_origins:
            sources = " ".join(dict.fromkeys(frame_origins))
            response.headers["Content-Security-Policy"] += f"; frame-src {sources}"
        return response

    def sent_on(self, ending: Ending, service_name: str, *, acting: Acting | None = None) -> Response:
        """303 to the service, or a page whose form goes there.

        For whoever's browser does not go on by itself, the page says so, with a link or a button. `acting`: for
        whom somebody acts; such a page is a person's, and is not kept.
        """
        posted = ending.fields is not None
        context: dict[str, Any] = {"url": ending.url, "fields": ending.fields, "service_name": service_name}
        context["acting"] = acting
        ends_at = [ending.url] if posted else None
        if not posted and acting is None:
            context["fresh"] = ("url",)
        response = self._write("return.html", 200 if posted else 303, context, form_ends_at=ends_at)
        if not posted:
            response.headers.add("Location", ending.url)
        return response

    def error(self, kind: str, status: int, *, leave_url: str | None = None, by_service: bool = False) -> Response:
        """A page for one of the dead ends of `idp/pages`.

        `by_service`: a service's request led there; in the sandbox the page leads its developers to what it means.
        """
        tenant = current_tenant()
        explained = f"{tenant.url(PATH)}#{kind}" if by_service and tenant.sandbox else None
        context = error_context(kind, leave_url=leave_url, developer_url=explained)
        return self._write("error.html", status, context)

    def _write(
        self, template: str, status: int, context: Mapping[str, Any], *, form_ends_at: Sequence[str] | None = None
    ) -> Response:
        asked = here()
        tenant, language = asked.environ[TENANT_KEY], _language_of(asked)
        furigana = _furigana_shown(asked, tenant)
        html = self.pages.page(
            template,
            language=language,
            tenant=tenant_view(tenant, language),
            language_links=_language_links(asked),
            furigana=furigana,
            furigana_link=_furigana_link(asked, language, shown=furigana),
            reference=asked.environ.get(REFERENCE_KEY),
            counter=_counter_form(asked, tenant),
            **context,
        )
        response = Response([html], status=status, content_type="text/html; charset=utf-8")
        response.headers.add("Content-Security-Policy", _policy(tenant, form_ends_at))
        response.headers.add("Vary", "Accept, Accept-Language, Cookie")
        for name, value in retry_headers(status).items():
            response.headers.add(name, value)
        if "lang" in asked.args:
            remember_language(response)
        if "furigana" in asked.args:
            _remember_furigana(response, asked.args["furigana"])
        if COUNTER_KEY in asked.environ:
            set_cookie(response, _counter_cookie(tenant), "1", COUNTER_SECONDS)
        return response


def tenant_view(tenant: Tenant, language: str) -> TenantView:
    """What pages show of a municipality: the same object for all pages in that language."""
    return tenant.once(_view, language)


def _view(tenant: Tenant, language: str) -> TenantView:
    return TenantView(
        name=tenant.name(language),
        crest=tenant.crest,
        sandbox=tenant.sandbox,
        stylesheet_url=f"{tenant.path}/static/tenant.css?v={tenant.config_version}",
        static_url=f"{tenant.path}/static",
        contact=tenant.contact,
        help_url=f"{tenant.path}/help",
        office=tenant.settings.office(language),
    )


def _policy(tenant: Tenant, form_ends_at: Sequence[str] | None) -> str:
    targets = "'self'" if form_ends_at is None else form_targets(form_ends_at, issuer=tenant.issuer)
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    )


def _language_links(asked: Request) -> tuple[tuple[str, str, str], ...]:
    """None on a page reached by a secret, which is not reached twice: a link cannot switch its language."""
    return () if "secret" in asked.args else _LANGUAGE_LINKS


def _furigana_shown(asked: Request, tenant: Tenant) -> bool:
    """Whether readings stand above characters: the link just followed or the one before; at first, yes."""
    chosen = asked.args.get("furigana") or asked.cookies.get(_furigana_cookie(tenant))
    return chosen != "off"


def _furigana_link(asked: Request, language: str, *, shown: bool) -> tuple[str, str] | None:
    if language != EASY or "secret" in asked.args:
        return None
    return FURIGANA_LABELS[shown], f"?furigana={'off' if shown else 'on'}"


def _furigana_cookie(tenant: Tenant) -> str:
    return f"{tenant.tenant_id}-furigana"


def _remember_furigana(response: Response, followed: str | None) -> None:
    if followed in ("on", "off"):
        set_cookie(response, _furigana_cookie(current_tenant()), followed, LANGUAGE_COOKIE_SECONDS)


def show_at_counter() -> None:
    """Give the pages of this request a counter's form, and those that this browser sees next."""
    here().environ[COUNTER_KEY] = True


def forget_person(response: Response) -> None:
    """Leave nothing of whoever used a counter's browser: neither session nor choice of language."""
    tenant = current_tenant()
    for name in (cookie_name(tenant, "sess"), language_cookie(tenant), _furigana_cookie(tenant)):
        drop_cookie(response, name)


def _counter_form(asked: Request, tenant: Tenant) -> bool:
    return COUNTER_KEY in asked.environ or _counter_cookie(tenant) in asked.cookies


def _counter_cookie(tenant: Tenant) -> str:
    return f"{tenant.tenant_id}-counter"


def current_language() -> str:
    """The language of this request: the link just followed, the one followed before, or the browser's."""
    return _language_of(here())


def _language_of(asked: Request) -> str:
    known: str | None = asked.environ.get(_LANGUAGE_KEY)
    if known is None:
        wish = asked.args.get("lang") or asked.cookies.get(language_cookie(asked.environ[TENANT_KEY]))
        accepted = asked.environ.get("HTTP_ACCEPT_LANGUAGE")
        known = choose_language(wish, asked.args.get("ui_locales"), accepted)
        asked.environ[_LANGUAGE_KEY] = known
    return known


def speak(language: str) -> None:
    """Answer this request in that language, whatever the browser's is."""
    here().environ[_LANGUAGE_KEY] = language


def language_cookie(tenant: Tenant) -> str:
    """Name of the cookie that remembers a language; it says nothing else about anybody."""
    return f"{tenant.tenant_id}-lang"


def remember_language(response: Response) -> None:
    """Keep the language of a followed link for the pages after it."""
    followed = here().args.get("lang")
    if followed in Pages.languages:
        set_cookie(response, language_cookie(current_tenant()), followed, LANGUAGE_COOKIE_SECONDS)


def cookie_name(tenant: Tenant, name: str) -> str:
    """`__Host-` names on https; the same without prefix on loopback http, which sandbox tenants alone have."""
    prefix = "__Host-" if tenant.secure else ""
    return f"{prefix}{tenant.tenant_id}-{name}"


def transaction_cookie_name(tenant: Tenant, transaction_id: str) -> str:
    """One cookie per transaction, so that two tabs do not disturb each other."""
    return cookie_name(tenant, f"tx-{transaction_id}")


def set_cookie(response: Response, name: str, value: str, seconds: int | None) -> None:
    """Set a cookie as all of ours are: HttpOnly, SameSite=Lax, Path=/, Secure on https.

    `seconds` None: until the browser is closed. There is no Expires beside Max-Age, which goes before it (RFC 6265
    section 5.3).
    """
    pair = f"{name}={value}"
    if not _PLAIN_PAIR.fullmatch(pair):  # something that the browser itself sent
        pair = dump_cookie(name, value, path=None)
    lasting = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if current_tenant().secure else ""
    response.headers.add("Set-Cookie", f"{pair}{lasting}{secure}; HttpOnly; Path=/; SameSite=Lax")


def drop_cookie(response: Response, name: str) -> None:
    """Forget a cookie."""
    set_cookie(response, name, "", 0)


def see_other(url: str) -> Response:
    """303: the browser goes on with GET (RFC 9700 section 4.12)."""
    return Response(status=303, headers={"Location": url})


def wants_json() -> bool:
    """Whether application/json is the best match of Accept; `*/*`, an empty or missing Accept mean HTML."""
    accept = here().environ.get("HTTP_ACCEPT", "")
    return len(accept) <= _LONGEST_ACCEPT and _prefers_json(accept)


@lru_cache(_ACCEPTS_KEPT)
def _prefers_json(accept: str) -> bool:
    kinds = parse_accept_header(accept, MIMEAccept)
    return bool(kinds) and kinds.best_match(["text/html", "application/json"]) == "application/json"


def json_body(body: Mapping[str, object]) -> bytes:
    """The JSON of an answer: what is kept to be answered again is the same octets."""
    return _ENCODER.encode(body)


def json_answer(
    body: Mapping[str, object], status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer that is never stored."""
    response = Response([json_body(body)], status=status, content_type="application/json")
    response.headers.add("Vary", "Accept")
    for name, value in (headers or {}).items():
        response.headers.add(name, value)
    return response


def problem_answer(problem: Problem) -> Response:
    """RFC 9457."""
    response = json_answer(problem.body, problem.status, problem.headers)
    response.mimetype = "application/problem+json"
    return response
