"""What the clients of J-LIS ask over the wire, and what they make of a good answer."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from connectors.errors import Garbled
from connectors.jlis.crl import CrlHttp
from connectors.jlis.lineage import LineageHttp
from connectors.jlis.ocsp import OcspHttp
from connectors.ports import CertificateKind, CertificateName, Lineage, LineageAnswer

USER, SIGNATURE = CertificateKind.USER, CertificateKind.SIGNATURE
CERTIFICATE = CertificateName(USER, bytes(range(20)), 0x0ABC)
OTHER = CertificateName(SIGNATURE, b"\xff" * 20, 0x0123)


def mirror(media_type: str) -> Any:
    """A peer whose answer is what it was asked, in plain words."""

    @Request.application
    def reflect(request: Request) -> Response:
        names = ("Content-Type", "Accept")
        lines = [f"{request.method} {request.path}", *(f"{n}: {request.headers.get(n)}" for n in names)]
        return Response("\n".join([*lines, request.get_data(as_text=True)]), content_type=media_type)

    return reflect


def test_ocsp_is_asked_by_post(peer: Any, outbound: Any) -> None:
    """The request goes as it is, under RFC 6960's media types, and the answer comes back as it is."""
    url = peer(app=mirror("application/ocsp-response")) + "/ocsp"
    expected = (
        "POST /ocsp\nContent-Type: application/ocsp-request\nAccept: application/ocsp-response\nthe DER request"
    )
    assert expected == OcspHttp(url, outbound(url)).ask(b"the DER request").decode()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("kind", [USER, SIGNATURE])
def test_a_list_is_fetched_by_kind_and_key_identifier(
    peer: Any, outbound: Any, kind: CertificateKind, slash: str
) -> None:
    """The path ends in the kind and the issuer's key identifier in lower-case hex, then a hash of the point."""
    url = peer(app=mirror("application/pkix-crl")) + "/crl" + slash
    for point, ending in ((None, ""), (b"a DER Name", f"/{hashlib.sha256(b'a DER Name').hexdigest()}")):
        with CrlHttp(url, outbound(url)).open(kind, b"\xab" * 20, point) as stream:
            buffer = bytearray(1000)
            answer = buffer[: stream.readinto(memoryview(buffer))].decode()
        assert answer.startswith(f"GET /crl/{kind}/{'ab' * 20}{ending}.crl\n")
        assert "Accept: application/pkix-crl" in answer


@pytest.mark.parametrize("media_type", ["application/ocsp-response; charset=x", "Application/OCSP-Response"])
def test_media_types_are_compared_as_http_does(peer: Any, outbound: Any, media_type: str) -> None:
    """Parameters and capitals do not matter."""
    url = peer(b"answer", headers={"Content-Type": media_type})
    assert OcspHttp(url, outbound(url)).ask(b"request") == b"answer"


@pytest.fixture
def lineage(peer: Any, outbound: Any) -> Callable[[object], Lineage]:
    """Ask about CERTIFICATE a peer that answers the given JSON (or bytes)."""

    def ask(answer: object) -> Lineage:
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        url = peer(body, headers={"Content-Type": "application/json"})
        return LineageHttp(url, outbound(url)).ask(CERTIFICATE)

    return ask


def test_lineage_is_asked_in_the_stand_in_form(peer: Any, outbound: Any) -> None:
    """Kind, key identifier and serial number in lower-case hex without leading zeros."""
    expected = {"kind": "user", "issuer_key_id": bytes(range(20)).hex(), "serial": "abc"}

    @Request.application
    def knows_one(request: Request) -> Response:
        known = (request.path, request.method, request.json) == ("/lineage", "POST", expected)
        return Response('{"answer": "first"}', status=200 if known else 404, content_type="application/json")

    url = peer(app=knows_one) + "/lineage"
    assert Lineage(LineageAnswer.FIRST) == LineageHttp(url, outbound(url)).ask(CERTIFICATE)


@pytest.mark.parametrize("answer", [LineageAnswer.FIRST, LineageAnswer.UNOBTAINABLE])
def test_an_answer_without_link(lineage: Any, answer: LineageAnswer) -> None:
    """First and unobtainable name no certificates; members that we do not know are ignored."""
    assert Lineage(answer) == lineage({"answer": answer, "certificates": [], "since": 2019})


def test_linked_certificates(lineage: Any) -> None:
    """A link names the other certificates, in the order given."""
    forms = [
        {"kind": c.kind, "issuer_key_id": c.issuer_key_id.hex(), "serial": f"{c.serial:x}"}
        for c in (OTHER, CERTIFICATE)
    ]
    assert Lineage(LineageAnswer.LINKED, (OTHER, CERTIFICATE)) == lineage(
        {"answer": "linked", "certificates": forms}
    )


FORM = {"kind": "user", "issuer_key_id": "ab" * 20, "serial": "1"}


@pytest.mark.parametrize(
    "answer",
    [
        b"{",
        b"\xff",
        b"[" * 30_000,
        None,
        [],
        {},
        {"answer": "maybe"},
        {"answer": None},
        {"answer": "linked"},
        {"answer": "linked", "certificates": []},
        {"answer": "first", "certificates": [FORM]},
        {"answer": "linked", "certificates": [FORM] * 201},
        {"answer": "linked", "certificates": FORM},
        {"answer": "linked", "certificates": [{}]},
        {"answer": "linked", "certificates": [{**FORM, "kind": "card"}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": "0"}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": "01"}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": "A"}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": "1\n"}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": "1" * 41}]},
        {"answer": "linked", "certificates": [{**FORM, "serial": 1}]},
        {"answer": "linked", "certificates": [{**FORM, "issuer_key_id": "ab" * 19}]},
        {"answer": "linked", "certificates": [{**FORM, "issuer_key_id": "AB" * 20}]},
    ],
    ids=lambda answer: repr(answer)[:60],
)
def test_another_form_is_garbled(lineage: Any, answer: object) -> None:
    """Whatever is not exactly the agreed form links nobody to anybody."""
    with pytest.raises(Garbled):
        lineage(answer)
