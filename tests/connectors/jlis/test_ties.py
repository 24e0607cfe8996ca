"""What ties user and signature certificates: the form that is asked in, and the answers that are believed."""

import json
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from connectors.errors import Garbled
from connectors.jlis.ties import TiesHttp
from connectors.ports import CertificateKind, CertificateName, TieAnswer, Ties

USER = CertificateName(CertificateKind.USER, bytes(range(20)), 0xABC)
SIGNATURE = CertificateName(CertificateKind.SIGNATURE, bytes(20), 0xDEADBEEF)
FORM = {"kind": "signature", "issuer_key_id": "00" * 20, "serial": "deadbeef"}


@pytest.fixture
def ties(peer: Any, outbound: Any) -> Any:
    """Ask about USER a peer that answers the given JSON."""

    def ask(answer: object) -> Ties:
        url = peer(json.dumps(answer).encode(), headers={"Content-Type": "application/json"})
        return TiesHttp(url, outbound(url)).ask(USER)

    return ask


def test_ties_are_asked_in_the_stand_in_form(peer: Any, outbound: Any) -> None:
    """Kind, key identifier and serial number, as the linkage service is asked."""
    expected = {"kind": "user", "issuer_key_id": bytes(range(20)).hex(), "serial": "abc"}

    @Request.application
    def knows_one(request: Request) -> Response:
        known = (request.method, request.json) == ("POST", expected)
        return Response('{"answer": "none"}', status=200 if known else 404, content_type="application/json")

    url = peer(app=knows_one)
    assert Ties(TieAnswer.NONE) == TiesHttp(url, outbound(url)).ask(USER)


def test_a_tie_names_certificates_of_the_other_kind(ties: Any) -> None:
    """In the order given; members that we do not know are ignored."""
    assert ties({"answer": "tied", "certificates": [FORM], "since": 1}) == Ties(TieAnswer.TIED, (SIGNATURE,))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"answer": "maybe"},
        {"answer": "tied"},
        {"answer": "tied", "certificates": []},
        {"answer": "none", "certificates": [FORM]},
        {"answer": "unobtainable", "certificates": [FORM]},
        {"answer": "tied", "certificates": [{**FORM, "kind": "user"}]},
        {"answer": "tied", "certificates": [FORM] * 201},
    ],
    ids=lambda answer: repr(answer)[:60],
)
def test_another_form_is_garbled(ties: Any, answer: object) -> None:
    """Whatever is not exactly the agreed form ties nobody to anybody."""
    with pytest.raises(Garbled):
        ties(answer)
