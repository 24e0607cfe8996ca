"""The latest-information service's answers: which are believed."""

import json
from typing import Any

import pytest

from connectors.errors import Garbled
from connectors.jlis.latest import LatestHttp
from connectors.ports import CertificateKind, CertificateName, Latest

ASKED = CertificateName(CertificateKind.SIGNATURE, bytes(range(20)), 0xABC)
NEWER = CertificateName(CertificateKind.SIGNATURE, bytes(20), 0xDEADBEEF)
FORM = {"kind": "signature", "issuer_key_id": "00" * 20, "serial": "deadbeef"}


@pytest.fixture
def latest(peer: Any, outbound: Any) -> Any:
    """Ask a peer that answers the given JSON."""

    def ask(answer: object) -> Latest:
        url = peer(json.dumps(answer).encode(), headers={"Content-Type": "application/json"})
        return LatestHttp(url, outbound(url)).ask(ASKED, "aoba/library")

    return ask


def test_what_has_changed_is_read(latest: Any) -> None:
    """Members that we do not know are ignored."""
    found = latest({"certificate": FORM, "values": {"address": "見本町１"}, "since": 1})
    assert (found.certificate, dict(found.values)) == (NEWER, {"address": "見本町１"})
    assert latest({"certificate": None}) == Latest()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"certificate": FORM},
        {"certificate": None, "values": {"name": "x"}},
        {"certificate": {**FORM, "kind": "user"}, "values": {"name": "x"}},
        {"certificate": FORM, "values": {"number": "123456789012"}},
        {"certificate": FORM, "values": {"name": "x" * 1001}},
        {"certificate": FORM, "values": {"name": 1}},
    ],
    ids=lambda answer: repr(answer)[:60],
)
def test_another_form_is_garbled(latest: Any, answer: object) -> None:
    """Whatever is not exactly the agreed form changes nothing of anybody, and is not repeated."""
    with pytest.raises(Garbled) as raised:
        latest(answer)
    assert "123456789012" not in str(raised.value)
