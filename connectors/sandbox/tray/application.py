"""The card tray on the web. Only LINKs of the named issuers are opened, so that it cannot be sent elsewhere."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from connectors.card import link as links
from connectors.card.agent import READ_SECONDS, Agent, RefusedByServer
from connectors.card.errors import (
    AttributesUnreadable,
    CardError,
    CertificateAbsent,
    PinBlocked,
    PinIncorrect,
    PinMalformed,
)
from connectors.card.pin import PinKind
from connectors.errors import ConnectorError
from connectors.http import Outbound
from connectors.sandbox.card.in_process import InProcessCard
from connectors.sandbox.hosts import require_own_host
from connectors.sandbox.pages import HEADERS, SmallRequest
from connectors.sandbox.residents import Resident
from connectors.sandbox.state import Case
from connectors.sandbox.tray.texts import LANGUAGES, TEXTS, refusal_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REFUSED_CASES = frozenset({Case.EXPIRED, Case.REVOKED, Case.NOT_YET_VALID, Case.PIN_BLOCKED})
"""The cases whose card the provider, or the card itself, turns away."""
_STATIC = Path(__file__).parent / "static"
_URLS = Map(
    [
        Rule("/", endpoint="cards", methods=["GET"]),
        Rule("/card/<resident>", endpoint="pin", methods=["GET"]),
        Rule("/card/<resident>", endpoint="prove", methods=["POST"]),
        Rule("/static/<name>.css", endpoint="static", methods=["GET"]),
    ]
)


class _Stop(Exception):
    """A page to show instead, with its status."""

    def __init__(self, key: str, status: int) -> None:
        super().__init__(key)
        self.key = key
        self.status = status


def tray_application(
    residents: Callable[[], Sequence[Resident]], issuers: Sequence[str], ca_file: str | None = None
) -> "WSGIApplication":
    """The tray over the residents, for LINKs under one of `issuers`; `ca_file` vouches for their server."""
    return _Tray(residents, frozenset(issuers), ca_file)


class _Tray:
    def __init__(
        self, residents: Callable[[], Sequence[Resident]], issuers: frozenset[str], ca_file: str | None
    ) -> None:
        self._residents = residents
        self._issuers = issuers
        self._ca_file = ca_file
        self._routes: dict[str, Callable[..., Response]] = {
            "cards": self._cards,
            "pin": self._pin,
            "prove": self._prove,
            "static": self._static,
        }
        self._templates = Environment(
            loader=PackageLoader("connectors.sandbox.tray"), autoescape=True, undefined=StrictUndefined
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See PEP 3333."""
        request = SmallRequest(environ)
        try:
            response = self._answer(request)
        except _Stop as stop:
            response = self._page(request, "message.html", status=stop.status, key=stop.key)
        except HTTPException as error:
            status = error.code if error.code and error.code >= 400 else 404  # routing may wish to redirect
            response = self._page(request, "message.html", status=status, key="bad_request")
        response.headers.extend(HEADERS)
        return response(environ, start_response)

    def _answer(self, request: SmallRequest) -> Response:
        require_own_host(request)
        endpoint, values = _URLS.bind_to_environ(request.environ).match()
        return self._routes[endpoint](request, **values)

    def _cards(self, request: SmallRequest) -> Response:
        """All cards to choose from."""
        link, residents = self._link(request), self._residents()
        usable = [resident for resident in residents if resident.case not in REFUSED_CASES]
        unusable = [resident for resident in residents if resident.case in REFUSED_CASES]
        groups = [("usable", usable), ("unusable", unusable)]
        return self._page(request, "cards.html", link=link, groups=groups)

    def _pin(self, request: SmallRequest, resident: str) -> Response:
        """One card and the question for its PIN."""
        link, chosen = self._link(request), self._resident(resident)
        phone = request.args.get("device") == "phone" and chosen.phone_card is not None
        try:
            statement = self._agent(link).challenge().statement
        except ConnectorError:  # whoever types a PIN all the same is told then
            statement = None
        return self._question(request, link, chosen, phone=phone, statement=statement)

    def _question(
        self,
        request: SmallRequest,
        link: links.Link,
        chosen: Resident,
        *,
        phone: bool,
        statement: str | None,
        problem: CardError | None = None,
    ) -> Response:
        """One card and the question for the PIN of a login, or the statement and that of a signature."""
        signing = statement is not None
        return self._page(
            request,
            "pin.html",
            link=link,
            resident=chosen,
            phone=phone,
            statement=statement,
            hint=chosen.sign_pin if signing else chosen.auth_pin,
            problem=_pin_problem(problem, signing=signing) if problem else None,
        )

    def _agent(self, link: links.Link) -> Agent:
        return Agent(link, Outbound([link.origin], read_seconds=READ_SECONDS, ca_file=self._ca_file))

    def _prove(self, request: SmallRequest, resident: str) -> Response:
        """Sign the challenge, and send the browser back by a page (never by a redirect).

        Where particulars are asked for, the tray types the second PIN itself: on a sample card it is the same one.
        """
        link, chosen = self._link(request), self._resident(resident)
        phone = request.form.get("device") == "phone" and chosen.phone_card is not None
        file = chosen.phone_card if phone and chosen.phone_card else chosen.card
        agent, statement = self._agent(link), None
        try:
            card, challenge = InProcessCard.load(file), agent.challenge()
            statement = challenge.statement
            ef0002 = card.attributes(PinKind.INPUT_SUPPORT, chosen.auth_pin) if challenge.attributes else b""
            acceptance = agent.prove(challenge, card, request.form.get("pin", ""), ef0002)
        except RefusedByServer as refusal:
            return self._page(request, "refused.html", link=link, resident=chosen, code=refusal.code)
        except (PinIncorrect, PinBlocked, PinMalformed, AttributesUnreadable, CertificateAbsent) as error:
            return self._question(request, link, chosen, phone=phone, statement=statement, problem=error)
        except (CardError, ConnectorError) as error:
            raise _Stop("unreachable", 502) from error
        return self._page(request, "done.html", return_url=acceptance.return_url)

    def _static(self, _request: SmallRequest, name: str) -> Response:
        file = _STATIC / f"{name}.css"
        if name not in ("tokens", "tray") or not file.is_file():
            raise _Stop("not_found", 404)
        return Response(file.read_bytes(), mimetype="text/css")

    def _link(self, request: SmallRequest) -> links.Link:
        """The LINK in the address, if it is one of our issuers'."""
        try:
            link = links.parse(request.args.get("link", ""), dev=True)
        except links.LinkMalformed as error:
            raise _Stop("no_link", 400) from error
        if link.issuer not in self._issuers:
            raise _Stop("no_link", 400)
        return link

    def _resident(self, resident: str) -> Resident:
        for known in self._residents():
            if known.id == resident:
                return known
        raise _Stop("not_found", 404)

    def _page(self, request: SmallRequest, template: str, *, status: int = 200, **context: object) -> Response:
        language = _language(request)
        html = self._templates.get_template(template).render(
            context,
            language=language,
            text=TEXTS[language],
            refusal_text=lambda code: refusal_text(language, code),
            language_links=[(code, label, _with_language(request, code)) for code, label in LANGUAGES.items()],
            url=lambda path, link, **more: f"{path}?{urlencode({'link': link.url, 'lang': language, **more})}",
        )
        return Response(html, status=status, mimetype="text/html")


def _pin_problem(error: CardError, *, signing: bool) -> tuple[str, int]:
    if isinstance(error, CertificateAbsent):
        return "no_certificate", 0
    if isinstance(error, PinIncorrect):
        return "pin_incorrect", error.tries_left
    if isinstance(error, AttributesUnreadable):
        return "no_attributes", 0
    if isinstance(error, PinBlocked):
        return ("attributes_blocked" if error.kind == PinKind.INPUT_SUPPORT else "pin_blocked"), 0
    return ("sign_pin_malformed" if signing else "pin_malformed"), 0


def _language(request: SmallRequest) -> str:
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(list(LANGUAGES), default="ja") or "ja"


def _with_language(request: SmallRequest, code: str) -> str:
    members = {name: value for name, value in request.args.items() if name in ("link", "device")}
    return f"{request.path}?{urlencode({**members, 'lang': code})}"
