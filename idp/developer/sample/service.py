"""One sample service: signs people in by OpenID Connect and shows the number that it received.

It knows of the provider what any stranger knows: its issuer, a client id, and a secret or a key of its own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, Response, redirect, render_template, request, session
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from requests import RequestException

from idp.developer.sample.applications import Applications
from idp.developer.sample.back_channel import LoggedOut
from idp.developer.sample.backend import Backend
from idp.developer.sample.claims import ASKED, AT_COUNTER, BUTTONS, signature_in, told_in, vouched
from idp.developer.sample.documents import Documents
from idp.developer.sample.procedures import SIGNED, Procedure
from idp.developer.sample.receipts import Receipts
from idp.developer.sample.receiver import Receiver, published_keys
from idp.developer.sample.strict import StrictClient
from idp.developer.sample.texts import LANGUAGES, TEXTS

_READ_AGAIN = frozenset({"home", "compare", "report", "write", "application", "documents"})
"""Pages that may be opened twice: in another language, too."""
_BY_AGENT = json.dumps({"id_token": {"act": {"essential": True}}})
"""Only somebody who acts for another shall sign in."""
_TRUSTED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another sample service, shown side by side; `group` is equal for services that share a number."""

    names: dict[str, str]
    home_url: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleService:
    """What the service was given at registration, and its own secret for its session cookie.

    `key`: by which it authenticates, a private JWK; None where it has a client secret. `now`: the time.
    `procedures`: what people apply for there. `takes_agents`: somebody may act for another there.
    `ca_file`: who vouches for the provider's certificate; None for the system's authorities.
    """

    tenant_id: str
    service_id: str
    names: dict[str, str]
    purposes: dict[str, str]
    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    token_endpoint_auth_method: str
    scope: str
    home_url: str
    takes_agents: bool = False
    neighbours: Sequence[Neighbour]
    procedures: Sequence[Procedure] = ()
    secret_key: bytes = field(repr=False)
    now: Callable[[], datetime]
    key: Mapping[str, str] | None = field(default=None, repr=False)
    ca_file: str | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends people back."""
        return f"{self.home_url}/callback"


def create_sample(service: SampleService) -> Flask:
    """The service's web site."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=service.secret_key,
        SESSION_COOKIE_NAME=f"sample-{service.tenant_id}-{service.service_id}",  # cookies ignore ports
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=_TRUSTED_HOSTS,
        MAX_CONTENT_LENGTH=16 * 1024,
    )
    keys = partial(published_keys, service.issuer, service.ca_file)
    receiver = Receiver(service.issuer, service.client_id, keys)
    logged_out = LoggedOut(service.issuer, service.client_id, keys)
    client = _client(service, app)
    backend = _backend(service)
    applications = Applications(
        client=client,
        backend=backend,
        redirect_uri=service.redirect_uri,
        addressee=service.names["ja"],
        procedures=service.procedures,
        page=partial(_page, service),
    )
    site = _Site(service, client, receiver, logged_out, applications)
    app.add_url_rule("/", "home", site.home)
    app.add_url_rule("/compare", "compare", site.compare)
    app.add_url_rule("/login", "login", site.login)
    app.add_url_rule("/callback", "callback", site.callback)
    app.add_url_rule("/received", "received", site.again, methods=["POST"])
    app.add_url_rule("/logout", "logout", site.logout, methods=["POST"])
    app.add_url_rule("/backchannel-logout", "backchannel", logged_out.receive, methods=["POST"])
    app.add_url_rule("/events", "events", receiver.receive, methods=["POST"])
    applications.mount(app)
    Receipts(backend=backend, procedures=service.procedures, page=partial(_page, service)).mount(app)
    Documents(backend=backend, applications=applications, page=partial(_page, service)).mount(app)
    app.after_request(partial(_secure, service))
    return app


def _backend(service: SampleService) -> Backend | None:
    """Where it calls the provider by itself; the strictest client has no use for it."""
    if service.client_secret is None:
        return None
    return Backend(
        issuer=service.issuer,
        client_id=service.client_id,
        client_secret=service.client_secret,
        by_body=service.token_endpoint_auth_method == "client_secret_post",
        ca_file=service.ca_file,
    )


class _Session(OAuth2Session):  # type: ignore[misc]
    """A session whose authorities are those that it is given, whatever the environment says of others."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.trust_env = False


class _App(FlaskOAuth2App):  # type: ignore[misc]
    """Authlib's client over such sessions."""

    client_cls = _Session


def _client(service: SampleService, app: Flask) -> Any:
    """Authlib's client; with a key instead of a secret, the one that keeps the strictest profile."""
    if service.key is not None:
        return StrictClient(
            issuer=service.issuer,
            client_id=service.client_id,
            key=ECKey.import_key(dict(service.key)),
            scope=service.scope,
            now=service.now,
            ca_file=service.ca_file,
        )
    return OAuth(app).register(
        "provider",
        client_cls=_App,
        client_id=service.client_id,
        client_secret=service.client_secret,
        server_metadata_url=f"{service.issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": service.scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": service.token_endpoint_auth_method,
            "verify": service.ca_file or True,
        },
    )


@dataclass(frozen=True, slots=True)
class _Site:
    service: SampleService
    client: Any
    receiver: Receiver
    logged_out: LoggedOut
    applications: Applications
    received: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    """What UserInfo told of each number: kept here and not in the cookie, and gone with the process."""
    tokens: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """By which UserInfo is asked again, of each number."""

    def home(self) -> str:
        """The number that this service received, or the button to sign in."""
        if self.logged_out.includes((session.get("signed_in") or {}).get("sid")):
            self._forget()
        signed_in, pane = session.get("signed_in"), "pane" in request.args
        received = self.received.get(signed_in["sub"], {}) if signed_in else {}
        events = self.receiver.latest
        return self._page(
            "home.html",
            signed_in=signed_in,
            received=received,
            asks=self._asks,
            over=bool(session.get("over")),
            signed=self.applications.signed if signed_in else None,
            pane=pane,
            events=events,
        )

    @property
    def _asks(self) -> bool:
        """Whether UserInfo has more to tell than the number."""
        return not ASKED.isdisjoint(self.service.scope.split())

    def compare(self) -> str:
        """All services side by side: each frame is another web site."""
        return self._page("compare.html")

    def login(self) -> Any:
        """Send the person to the provider."""
        session["back"] = "/compare" if "compare" in request.args else "/"
        asked, known = request.args.get("procedure"), [one.procedure_id for one in self.service.procedures]
        more = {"procedure": asked} if asked in known else {}
        if _takes_signatures(self.service):
            framework = next((named for button, named in BUTTONS.items() if button in request.args), AT_COUNTER)
            more["claims"] = json.dumps(vouched(framework))
            if "again" in request.args:  # somebody who did not want it so far, or took it back
                more["prompt"] = "consent"
        if self.service.takes_agents and "agent" in request.args:
            more["claims"] = _BY_AGENT
        try:
            return self.client.authorize_redirect(self.service.redirect_uri, **more)
        except RequestException:
            return self._failed("unreachable", 502)

    def callback(self) -> Any:
        """Take the provider's answer and redeem its code."""
        if request.args.get("error") == "access_denied":
            return self._failed("declined", 200)
        try:
            token = self.client.authorize_access_token()
        except (OAuthError, JoseError, ValueError, RequestException):
            return self._failed("failed", 400)
        claims = token.get("userinfo")
        if not claims:  # an answer without an ID token names nobody
            return self._failed("failed", 400)
        if not self._receive(token, claims["sub"]) or not self.applications.settle(claims):
            return self._failed("failed", 400)
        session["signed_in"] = {
            "sub": claims["sub"],
            "acr": claims.get("acr"),
            "amr": " ".join(claims.get("amr") or ()),
            "procedure": claims.get("procedure"),
            "method": (claims.get("revocation") or {}).get("method"),
            "signature": signature_in(claims.get("signature_certificate") or {}),
            "sid": claims.get("sid"),
            "act": claims.get("act"),
        }
        session["id_token"] = token["id_token"]
        session.pop("over", None)
        return redirect(session.pop("back", "/"), 303)

    def again(self) -> Any:
        """Ask UserInfo once more: what the resident has taken back meanwhile is not told any more."""
        subject = (session.get("signed_in") or {}).get("sub", "")
        if subject in self.tokens:
            session["over"] = not self._receive(self.tokens[subject], subject)
        return redirect("/", 303)

    def logout(self) -> Any:
        """Forget the person here, and let the provider ask whether its session ends, too."""
        id_token = session.get("id_token")
        self._forget()
        try:
            endpoint = self.client.load_server_metadata().get("end_session_endpoint")
        except RequestException:
            endpoint = None
        if endpoint is None or id_token is None:
            return redirect("/", 303)
        asked = {"id_token_hint": id_token, "post_logout_redirect_uri": f"{self.service.home_url}/"}
        return redirect(f"{endpoint}?{urlencode(asked)}", 303)

    def _forget(self) -> None:
        """All but the language that the person chose."""
        subject = (session.get("signed_in") or {}).get("sub", "")
        self.received.pop(subject, None)
        self.tokens.pop(subject, None)
        self.applications.forget()
        for name in ("signed_in", "id_token", "over"):
            session.pop(name, None)

    def _receive(self, token: Mapping[str, Any], subject: str) -> bool:
        """Ask UserInfo where there is more to receive. False when it does not answer, or about another subject."""
        self.received.pop(subject, None)
        if not self._asks:
            return True
        try:
            userinfo = self.client.userinfo(token=token)
        except (OAuthError, ValueError, RequestException):
            return False
        if userinfo.get("sub") != subject:  # OpenID Connect Core section 5.3.2
            return False
        self.received[subject], self.tokens[subject] = told_in(userinfo), token
        return True

    def _failed(self, key: str, status: int) -> Any:
        return self._page("failed.html", key=key), status

    def _page(self, template: str, **context: object) -> str:
        return _page(self.service, template, **context)


def _page(service: SampleService, template: str, **context: object) -> str:
    """A page of the service, in the language of whoever reads it."""
    language = _language()
    return render_template(
        template,
        service=service,
        language=language,
        languages=LANGUAGES,
        text=TEXTS[language],
        procedures=service.procedures,
        signs=SIGNED,
        takes_signatures=_takes_signatures(service),
        here=request.path if request.endpoint in _READ_AGAIN else "/",
        **context,
    )


def _takes_signatures(service: SampleService) -> bool:
    """Whether it has a use for what others vouch for; the strictest client asks for no claims."""
    return service.key is None and "address" in service.scope.split()


def _language() -> str:
    asked = request.args.get("lang") or session.get("lang")
    chosen = asked if asked in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "ja"
    if request.args.get("lang") == chosen:
        session["lang"] = chosen
    return chosen


def _secure(service: SampleService, response: Response) -> Response:
    """`form-action` names the provider: browsers hold it against the redirect that logging out leads to."""
    provider = "{0.scheme}://{0.netloc}".format(urlsplit(service.issuer))
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; frame-src http://localhost:*; base-uri 'none'; "
        f"form-action 'self' {provider}; frame-ancestors http://localhost:*"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
