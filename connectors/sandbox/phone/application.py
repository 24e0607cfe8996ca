"""The phone stand-in on the web, below `/phone` of the card tray. Only LINKs of the named issuers are opened.

GET  /phone/[?link=LINK]   whose phone, and the LINK that its camera would read
POST /phone/open           fetch the challenge: who asks, and the PIN
POST /phone/prove          sign; the six digits, or the way back on this same phone
POST /phone/decline        say no
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
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
from connectors.card.protocol import Challenge
from connectors.card.softcard import SoftwareCard
from connectors.errors import ConnectorError
from connectors.http import Outbound
from connectors.sandbox.card.in_process import InProcessCard
from connectors.sandbox.hosts import require_own_host
from connectors.sandbox.pages import HEADERS, SmallRequest
from connectors.sandbox.phone.texts import LANGUAGES, TEXTS, refusal_text
from connectors.sandbox.residents import Resident

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STYLE = Path(__file__).parent / "static" / "phone.css"
_URLS = Map(
    [
        Rule("/", endpoint="scan", methods=["GET"]),
        Rule("/open", endpoint="open", methods=["POST"]),
        Rule("/prove", endpoint="prove", methods=["POST"]),
        Rule("/decline", endpoint="decline", methods=["POST"]),
        Rule("/phone.css", endpoint="style", methods=["GET"]),
    ],
    strict_slashes=False,
)


class _NotOurs(Exception):
    """The form names a LINK or a phone that this sandbox does not have."""


def phone_application(
    residents: Callable[[], Sequence[Resident]], issuers: Sequence[str], ca_file: str | None = None
) -> "WSGIApplication":
    """The phones of those residents who have one, for LINKs under one of `issuers`, as in the tray."""
    return _Phone(residents, frozenset(issuers), ca_file)


class _Phone:
    def __init__(
        self, residents: Callable[[], Sequence[Resident]], issuers: frozenset[str], ca_file: str | None
    ) -> None:
        self._residents = residents
        self._issuers = issuers
        self._ca_file = ca_file
        self._routes: dict[str, Callable[[SmallRequest], Response]] = {
            "scan": self._scan,
            "open": self._open,
            "prove": self._prove,
            "decline": self._decline,
            "style": lambda _request: Response(_STYLE.read_bytes(), mimetype="text/css"),
        }
        self._templates = Environment(
            loader=PackageLoader("connectors.sandbox.phone"), autoescape=True, undefined=StrictUndefined
        )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See PEP 3333."""
        request = SmallRequest(environ)
        try:
            response = self._answer(request)
        except _NotOurs:
            response = self._page(request, "scan.html", status=400, **self._scanning(request), problem="no_link")
        except HTTPException as error:
            status = error.code if error.code and error.code >= 400 else 404
            response = self._page(request, "over.html", status=status, key="bad_request", told="")
        response.headers.extend(HEADERS)
        return response(environ, start_response)

    def _answer(self, request: SmallRequest) -> Response:
        require_own_host(request)
        endpoint, _ = _URLS.bind_to_environ(request.environ).match()
        try:
            return self._routes[endpoint](request)
        except RefusedByServer as refusal:
            told = refusal_text(_language(request), refusal.code)
            return self._page(request, "over.html", key="refused", told=told, code=refusal.code)
        except (CardError, ConnectorError):
            return self._page(request, "over.html", status=502, key="unreachable", told="")

    def _scan(self, request: SmallRequest) -> Response:
        """Before anything was fetched."""
        return self._page(request, "scan.html", **self._scanning(request), problem=None)

    def _open(self, request: SmallRequest) -> Response:
        """Who asks, and for what; the PIN is asked for below that, never before."""
        agent, holder = self._agent(request), self._holder(request)
        challenge = agent.challenge()
        return self._ask(request, agent, challenge, holder)

    def _prove(self, request: SmallRequest) -> Response:
        """Sign, and show what the provider answers: digits across devices, a way back on the same one."""
        agent, holder = self._agent(request), self._holder(request)
        challenge = agent.challenge(request.form.get("claim") or None)
        phone = SoftwareCard.load(_phone_of(holder))
        try:
            accepted = agent.prove(challenge, phone, request.form.get("pin", ""), _attributes(challenge, holder))
        except (PinIncorrect, PinBlocked, PinMalformed, AttributesUnreadable, CertificateAbsent) as error:
            problem = _pin_problem(error, signing=challenge.statement is not None)
            return self._ask(request, agent, challenge, holder, problem=problem)
        return self._page(
            request,
            "done.html",
            service_name=challenge.service_name,
            return_url=accepted.return_url,
            code=accepted.code,
        )

    def _decline(self, request: SmallRequest) -> Response:
        """No."""
        agent = self._agent(request)
        agent.decline(agent.challenge(request.form.get("claim") or None))
        return self._page(request, "over.html", key="declined", told="")

    def _ask(
        self,
        request: SmallRequest,
        agent: Agent,
        challenge: Challenge,
        holder: Resident,
        problem: tuple[str, int] | None = None,
    ) -> Response:
        hidden = {"link": agent.link.url, "holder": holder.id, "claim": challenge.claim or ""}
        return self._page(
            request,
            "ask.html",
            challenge=challenge,
            host=agent.link.host,
            holder=holder,
            hidden=list(hidden.items()),
            problem=problem,
        )

    def _scanning(self, request: SmallRequest) -> dict[str, Any]:
        phones = [resident for resident in self._residents() if resident.phone_card]
        return {
            "phones": phones,
            "link": request.values.get("link", ""),
            "chosen": request.values.get("holder", ""),
        }

    def _agent(self, request: SmallRequest) -> Agent:
        """An agent for the LINK in the form. Raises _NotOurs unless it is one of our issuers'."""
        try:
            link = links.parse(request.form.get("link", "").strip(), dev=True)
        except links.LinkMalformed as error:
            raise _NotOurs from error
        if link.issuer not in self._issuers:
            raise _NotOurs
        return Agent(link, Outbound([link.origin], read_seconds=READ_SECONDS, ca_file=self._ca_file))

    def _holder(self, request: SmallRequest) -> Resident:
        wanted = request.form.get("holder", "")
        for resident in self._residents():
            if resident.id == wanted and resident.phone_card:
                return resident
        raise _NotOurs

    def _page(self, request: SmallRequest, template: str, *, status: int = 200, **context: object) -> Response:
        language = _language(request)
        html = self._templates.get_template(template).render(
            context,
            language=language,
            text=TEXTS[language],
            root=request.root_path.rstrip("/"),
            language_links=[(code, label, _with_language(request, code)) for code, label in LANGUAGES.items()],
        )
        return Response(html, status=status, mimetype="text/html")


def _attributes(challenge: Challenge, holder: Resident) -> bytes:
    """What a login on this same phone asks for: read from the holder's card, which is held to the phone."""
    if not challenge.attributes:
        return b""
    return InProcessCard.load(holder.card).attributes(PinKind.INPUT_SUPPORT, holder.auth_pin)


def _phone_of(resident: Resident) -> Path:
    if resident.phone_card is None:
        raise _NotOurs
    return resident.phone_card


def _pin_problem(error: CardError, *, signing: bool) -> tuple[str, int]:
    if isinstance(error, PinIncorrect):
        return "pin_incorrect", error.tries_left
    if isinstance(error, AttributesUnreadable):
        return "no_attributes", 0
    if isinstance(error, CertificateAbsent):
        return "no_certificate", 0
    if isinstance(error, PinBlocked):
        return "pin_blocked", 0
    return ("sign_pin_malformed" if signing else "pin_malformed"), 0


def _language(request: SmallRequest) -> str:
    asked = request.values.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(list(LANGUAGES), default="ja") or "ja"


def _with_language(request: SmallRequest, code: str) -> str:
    link = {"link": request.values["link"]} if "link" in request.values else {}
    return f"{request.root_path.rstrip('/')}/?{urlencode({**link, 'lang': code})}"
