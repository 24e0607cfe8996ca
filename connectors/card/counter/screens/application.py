"""Both screens on the web, loopback only. Each has an address with a secret of its own, printed at the start.

The resident's screen is large, and the only one on which anything is agreed to or typed. A script follows the
other screen; without it a link loads the page anew.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from connectors.card.agent import RefusedByServer
from connectors.card.counter.agent import ModeNotOffered
from connectors.card.counter.desk import Desk, DeskBusy
from connectors.card.counter.errand import Errand, Login
from connectors.card.counter.message import Mode
from connectors.card.counter.number_desk import NumberView
from connectors.card.counter.numbers import Typed
from connectors.card.counter.screens.number_texts import NUMBER_PROBLEMS, NUMBER_STAGES
from connectors.card.counter.screens.spoken import FURIGANA_SWITCH, LANGUAGES, Speech
from connectors.card.counter.screens.texts import PROBLEMS, PROGRESS, REFUSALS, REFUSED, STAGES
from connectors.card.counter.sheet import PrintingAbsent
from connectors.card.counter.typeface import TypefaceAbsent
from connectors.card.link import LinkMalformed
from connectors.card.pin import PinKind
from connectors.card.protocol import Office
from connectors.card.texts import PIN_NAMES, attribute_list
from connectors.errors import ConnectorError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 8 * 1024
_STATIC = Path(__file__).parent / "static"
_TYPES = {"counter.css": "text/css", "follow.js": "text/javascript", "copy.js": "text/javascript"}
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1"})
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}
_URLS = Map(
    [
        Rule("/<any('counter.css', 'follow.js', 'copy.js'):name>", endpoint="static", methods=["GET"]),
        Rule("/<any(staff, resident):side>/<secret>/state", endpoint="state", methods=["GET"]),
        Rule("/staff/<secret>", endpoint="staff", methods=["GET"]),
        Rule("/staff/<secret>/login", endpoint="begin_login", methods=["POST"]),
        Rule("/staff/<secret>/form", endpoint="begin_form", methods=["POST"]),
        Rule("/staff/<secret>/stop", endpoint="staff_stop", methods=["POST"]),
        Rule("/staff/<secret>/clear", endpoint="clear", methods=["POST"]),
        Rule("/staff/<secret>/number", endpoint="number", methods=["POST"]),
        Rule("/staff/<secret>/number/again", endpoint="number_again", methods=["POST"]),
        Rule("/staff/<secret>/slip.pdf", endpoint="slip", methods=["GET"]),
        Rule("/staff/<secret>/form.pdf", endpoint="paper", methods=["GET"]),
        Rule("/resident/<secret>", endpoint="resident", methods=["GET"]),
        Rule("/resident/<secret>/agree", endpoint="agree", methods=["POST"]),
        Rule("/resident/<secret>/stop", endpoint="resident_stop", methods=["POST"]),
        Rule("/resident/<secret>/present", endpoint="present", methods=["POST"]),
    ]
)


class _Request(Request):
    max_content_length = MAX_BODY_BYTES
    max_form_memory_size = MAX_BODY_BYTES


@dataclass(slots=True, kw_only=True)
class Screens:
    """The WSGI application. `staff` and `resident`: the secrets in the two addresses.

    `renew`: opens the browser anew for the next person, where the program runs it.
    """

    desk: Desk
    staff: str
    resident: str
    renew: Callable[[], None] | None = None
    _templates: Environment = field(
        default_factory=lambda: Environment(
            loader=PackageLoader("connectors.card.counter.screens"), autoescape=True, undefined=StrictUndefined
        ),
        init=False,
    )

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See PEP 3333."""
        request = _Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = Response(f"{error.code}\n", status=error.code if (error.code or 0) >= 400 else 404)
        response.headers.extend(_HEADERS)
        return response(environ, start_response)

    def _answer(self, request: _Request) -> Response:
        host = request.host.rpartition(":")[0] or request.host
        if host not in _OWN_HOSTS or request.headers.get("Sec-Fetch-Site") == "cross-site":
            raise Forbidden
        endpoint, values = _URLS.bind_to_environ(request.environ).match()
        if endpoint == "static":
            return Response((_STATIC / values["name"]).read_bytes(), mimetype=_TYPES[values["name"]])
        side = request.path.split("/")[1]
        wanted = self.staff if side == "staff" else self.resident
        if not hmac.compare_digest(values["secret"].encode(), wanted.encode()):
            raise NotFound
        routes: dict[str, Callable[[_Request], Response]] = {
            "state": self._follow,
            "staff": lambda _: self._page("staff.html"),
            "begin_login": self._begin_login,
            "begin_form": self._begin_form,
            "staff_stop": lambda asked: self._stop(asked, f"/staff/{self.staff}"),
            "clear": self._clear,
            "number": self._link_number,
            "number_again": self._type_again,
            "slip": self._slip,
            "paper": self._paper,
            "resident": self._resident,
            "agree": self._agree,
            "resident_stop": lambda asked: self._stop(asked, f"/resident/{self.resident}"),
            "present": self._present,
        }
        return routes[endpoint](request)

    def _begin_login(self, request: _Request) -> Response:
        link = request.form.get("link", "").strip()
        mode = Mode.KAZASHI if request.form.get("mode") == Mode.KAZASHI else Mode.PIN
        try:
            self.desk.begin_login(link, mode)
        except RefusedByServer as refusal:
            return self._page("staff.html", problem="refused", code=refusal.code, link=link)
        except (LinkMalformed, DeskBusy, ModeNotOffered, ConnectorError) as error:
            return self._page("staff.html", problem=_name(error), link=link)
        return redirect(f"/staff/{self.staff}", 303)

    def _begin_form(self, request: _Request) -> Response:
        by_number = request.form.get("secret") == PinKind.NUMBER_B
        try:
            self.desk.begin_form(PinKind.NUMBER_B if by_number else PinKind.INPUT_SUPPORT)
        except DeskBusy:
            return self._page("staff.html", problem="busy")
        return redirect(f"/staff/{self.staff}", 303)

    def _clear(self, _request: _Request) -> Response:
        try:
            self.desk.clear()
        except DeskBusy:
            return self._page("staff.html", problem="busy")
        if self.renew is not None:  # this very window is closed by it: nobody waits for that
            Thread(target=self.renew, daemon=True).start()
        return redirect(f"/staff/{self.staff}", 303)

    def _link_number(self, request: _Request) -> Response:
        form = request.form
        if self.desk.numbers is not None:
            typed = Typed(form.get("number", ""), form.get("claim", ""), new="new" in form)
            self.desk.numbers.link(form.get("turn", ""), typed)
        return redirect(f"/staff/{self.staff}", 303)

    def _type_again(self, request: _Request) -> Response:
        if self.desk.numbers is not None:
            self.desk.numbers.type_again(request.form.get("turn", ""))
        return redirect(f"/staff/{self.staff}", 303)

    def _number(self, errand: Errand | None) -> NumberView | None:
        """The user number of the login that is being done."""
        view = self.desk.numbers.view() if self.desk.numbers is not None else None
        return view if view and errand and view.turn == errand.turn else None

    def _slip(self, _request: _Request) -> Response:
        try:
            return _pdf(self.desk.slip())
        except (PrintingAbsent, TypefaceAbsent):
            return self._page("staff.html", problem="printing")

    def _paper(self, _request: _Request) -> Response:
        errand = self.desk.errand()
        return _pdf(errand.paper if errand else None)

    def _stop(self, request: _Request, back: str) -> Response:
        self.desk.stop(request.form.get("turn", ""))
        return redirect(back, 303)

    def _agree(self, request: _Request) -> Response:
        self.desk.agree(request.form.get("turn", ""))
        return redirect(f"/resident/{self.resident}", 303)

    def _present(self, request: _Request) -> Response:
        turn, secret = request.form.get("turn", ""), request.form.get("secret", "")
        self.desk.present(turn, secret, request.form.get("for_attributes", ""))
        return redirect(f"/resident/{self.resident}", 303)

    def _resident(self, request: _Request) -> Response:
        """The resident's screen; with `lang` in the language that its link asks for."""
        if "lang" not in request.args:
            return self._page("resident.html")
        self.desk.speak(request.args["lang"], furigana=request.args.get("furigana") != "off")
        return redirect(f"/resident/{self.resident}", 303)

    def _follow(self, request: _Request) -> Response:
        if request.path.startswith("/staff/"):
            self.desk.look()
        return Response(self._state(), mimetype="text/plain")

    def _state(self) -> str:
        """What both screens show, in a word: it changes when a page has to be shown anew."""
        errand = self.desk.errand()
        number = self._number(errand)
        seen = f" {number.stage} {number.code}" if number else ""
        return f"{errand.turn} {errand.stage} {errand.tries_left} {errand.progress}{seen}" if errand else "idle"

    def _page(self, template: str, *, problem: str = "", code: str = "", link: str = "") -> Response:
        errand = self.desk.errand()
        login = errand.about if errand and isinstance(errand.about, Login) else None
        html = self._templates.get_template(template).render(
            desk=self.desk,
            errand=errand,
            state=self._state(),
            base=f"/{template.removesuffix('.html')}/{getattr(self, template.removesuffix('.html'))}",
            speech=self.desk.speech,
            languages=LANGUAGES,
            furigana_switch=FURIGANA_SWITCH,
            refused=REFUSED.get(errand.code) if errand else None,
            office=_office(errand, self.desk.speech),
            stages=STAGES,
            progress=PROGRESS,
            renews=self.renew is not None,
            problem=PROBLEMS[problem] if problem else "",
            refusal=REFUSALS.get(code or (errand.code if errand else ""), ""),
            code=code or (errand.code if errand else ""),
            link=link,
            not_checked=self.desk.genuineness.statement,
            number=self._number(errand),
            number_typed=self.desk.numbers is not None and self.desk.numbers.typist is not None,
            number_stages=NUMBER_STAGES,
            number_problems=NUMBER_PROBLEMS,
            pin_name=PIN_NAMES[errand.about.secret] if errand and errand.about.secret else None,
            attributes=attribute_list(login.challenge.attributes) if login else None,
            attributes_pin=PIN_NAMES[login.attributes_secret] if login and login.attributes_secret else None,
        )
        return Response(html, status=409 if problem else 200, mimetype="text/html")


def _office(errand: Errand | None, speech: Speech) -> Office:
    """Who helps, line by line in the resident's language, else in Japanese; nobody where no challenge told."""
    stated = errand.about.challenge.offices if errand and isinstance(errand.about, Login) else {}
    own, japanese = (stated.get(tag, Office()) for tag in (speech.language, "ja"))
    names = [member.name for member in fields(Office)]
    return Office(**{name: getattr(own, name) or getattr(japanese, name) for name in names})


def _name(error: Exception) -> str:
    if isinstance(error, LinkMalformed):
        return "link"
    if isinstance(error, DeskBusy):
        return "busy"
    return "mode" if isinstance(error, ModeNotOffered) else "unreachable"


def _pdf(content: bytes | None) -> Response:
    if not content:
        raise NotFound
    return Response(content, mimetype="application/pdf")
