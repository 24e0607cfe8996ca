"""The J-LIS stand-in on the web: OCSP, lists, linkage, ties, latest information, and the control endpoint.

Plain werkzeug. Nothing here is J-LIS's real interface, which is under non-disclosure; OCSP and CRL are the
public standards.
"""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from connectors.jlis.certificates import CertificateForm
from connectors.jlis.latest import ConsentForm, LatestForm, QuestionForm, WithdrawalForm
from connectors.jlis.lineage import LineageForm
from connectors.jlis.ties import TiesForm
from connectors.ports import CertificateName
from connectors.sandbox import control, events, latest, linkage, lists, responder
from connectors.sandbox.clock import OffsetClock
from connectors.sandbox.hosts import require_own_host
from connectors.sandbox.state import LinkageMode, OcspMode
from connectors.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MAX_BODY_BYTES = 64 * 1024
_GARBAGE = bytes(range(256))
_URLS = Map(
    [
        Rule("/ocsp", endpoint="ocsp", methods=["POST"]),
        Rule("/crl/<any(user, signature):kind>/<key_id>.crl", endpoint="crl", methods=["GET"]),
        Rule("/crl/<any(user, signature):kind>/<key_id>/<point>.crl", endpoint="crl", methods=["GET"]),
        Rule("/lineage", endpoint="lineage", methods=["POST"]),
        Rule("/ties", endpoint="ties", methods=["POST"]),
        Rule("/latest/<any(consents, withdrawals, information):act>", endpoint="latest", methods=["POST"]),
        Rule("/control", endpoint="control", methods=["POST"]),
    ],
    merge_slashes=False,
)


class _Request(Request):
    max_content_length = MAX_BODY_BYTES


class Jlis:
    """The stand-in over one world and one clock; a WSGI application."""

    def __init__(self, world: World, clock: OffsetClock) -> None:
        self._world = world
        self._clock = clock
        self._routes: dict[str, Callable[..., Response]] = {
            "ocsp": self._ocsp,
            "crl": self._crl,
            "lineage": self._lineage,
            "ties": self._ties,
            "latest": self._latest,
            "control": self._control,
        }

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See PEP 3333."""
        try:
            request = _Request(environ)
            require_own_host(request)
            endpoint, values = _URLS.bind_to_environ(environ).match()
            response = self._routes[endpoint](request, **values)
        except HTTPException as error:
            response = _problem(error.code or 500, error.name)
            if isinstance(error, MethodNotAllowed):
                response.allow.update(error.valid_methods or ())
        return response(environ, start_response)

    def _ocsp(self, request: Request) -> Response:
        state = self._world.published(self._clock())
        if state.ocsp_mode is OcspMode.DOWN:
            return _problem(503, "the responder is down")
        body = _GARBAGE
        if state.ocsp_mode is not OcspMode.GARBAGE:
            body = responder.answer(self._world.authorities, state, request.get_data(), self._clock())
        return Response(body, mimetype="application/ocsp-response")

    def _crl(self, _request: Request, kind: str, key_id: str, point: str | None = None) -> Response:
        state = self._world.published(self._clock())
        for authority in self._world.authorities:
            if (str(authority.kind), authority.key_id.hex()) != (kind, key_id):
                continue
            municipality = None if point is None else lists.municipality_by_point(authority, point)
            if point is not None and municipality is None:
                break
            body = lists.revocation_list(authority, state, municipality)
            return Response(body, mimetype="application/pkix-crl")
        raise NotFound

    def _lineage(self, request: Request) -> Response:
        def answered(name: CertificateName) -> LineageForm | None:
            found = linkage.answer(self._world.state, self._world.authorities, name)
            return LineageForm.of(found) if found else None

        return self._linked(request, answered)

    def _ties(self, request: Request) -> Response:
        def answered(name: CertificateName) -> TiesForm | None:
            found = linkage.ties(self._world.state, self._world.authorities, name)
            return TiesForm.of(found) if found else None

        return self._linked(request, answered)

    def _linked(
        self, request: Request, answered: Callable[[CertificateName], LineageForm | TiesForm | None]
    ) -> Response:
        try:
            name = CertificateForm.model_validate_json(request.get_data()).name()
        except ValueError:
            return _problem(400, "not a certificate of the stand-in form")
        if self._world.state.linkage_mode is LinkageMode.DOWN:
            return _problem(503, "the linkage service is down")
        found = answered(name)
        if found is None:
            return _problem(404, "never issued")
        return Response(found.model_dump_json(), mimetype="application/json")

    def _latest(self, request: Request, act: str) -> Response:
        if self._world.state.linkage_mode is LinkageMode.DOWN:
            return _problem(503, "the latest-information service is down")
        try:
            return self._LATEST[act](self, request.get_data())
        except ValueError:
            return _problem(400, "not of the stand-in form")
        except latest.LatestRefused as refused:
            return _problem(403, str(refused))

    def _agree(self, unverified_body: bytes) -> Response:
        consent = ConsentForm.model_validate_json(unverified_body).consent()
        self._world.change(lambda state: latest.agreed(state, self._world.authorities, consent, self._clock()))
        return Response(status=204)

    def _withdraw(self, unverified_body: bytes) -> Response:
        asked = WithdrawalForm.model_validate_json(unverified_body)
        name, authorities = asked.certificate.name(), self._world.authorities
        self._world.change(lambda state: latest.withdrawn(state, authorities, name, asked.service, asked.items))
        return Response(status=204)

    def _inform(self, unverified_body: bytes) -> Response:
        asked = QuestionForm.model_validate_json(unverified_body)
        state, authorities, now = self._world.state, self._world.authorities, self._clock()
        found = latest.answer(state, authorities, asked.certificate.name(), asked.service, now)
        return Response(LatestForm.of(found).model_dump_json(), mimetype="application/json")

    _LATEST: ClassVar = {"consents": _agree, "withdrawals": _withdraw, "information": _inform}

    def _control(self, request: Request) -> Response:
        if request.mimetype != "application/json":  # which no page of another origin can send unasked
            return _problem(415, "an instruction is application/json")
        try:
            control.obey(self._world, self._clock, request.get_data())
        except control.InstructionRefused as error:
            return _problem(400, str(error))
        except events.UnknownResident as error:
            return _problem(404, str(error))
        except events.EventRefused as error:
            return _problem(409, str(error))
        return Response("{}", mimetype="application/json")


def _problem(status: int, title: str) -> Response:
    body = json.dumps({"type": "about:blank", "title": title, "status": status})
    return Response(body, status=status, mimetype="application/problem+json")
