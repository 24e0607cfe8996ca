"""The stand-in for J-LIS's linkage of certificates."""

from typing import Any

import pytest

from connectors.ports import CertificateKind
from connectors.sandbox.state import Slot

KEY_ID = "a" * 40


def question(sandbox: Any, resident: str, slot: Slot = Slot.AUTH) -> dict[str, str]:
    serial = sandbox.world.state.current(resident, slot).serial
    return {
        "kind": str(slot.kind),
        "issuer_key_id": sandbox.issuer(resident, slot).key_id.hex(),
        "serial": f"{serial:x}",
    }


@pytest.mark.parametrize(
    ("resident", "slot"), [("hanako", Slot.AUTH), ("hanako", Slot.SIGN), ("ichiro", Slot.AUTH)]
)
def test_a_first_certificate_is_linked_to_no_other(untouched: Any, resident: str, slot: Slot) -> None:
    """A certificate without predecessor is the person's first."""
    response = untouched.client.post("/lineage", json=question(untouched, resident, slot))
    assert (response.status_code, response.json) == (200, {"answer": "first", "certificates": []})


@pytest.mark.parametrize("change", [{"serial": "7f"}, {"issuer_key_id": KEY_ID}, {"kind": "signature"}])
def test_a_certificate_never_issued_is_404(untouched: Any, change: dict[str, str]) -> None:
    """Another serial number, generation or kind is another certificate, which nobody has issued."""
    response = untouched.client.post("/lineage", json={**question(untouched, "hanako"), **change})
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_a_serial_number_of_another_generation_is_404(untouched: Any) -> None:
    """The same name and number under the older key was never issued."""
    older = untouched.authority(CertificateKind.USER, 2).key_id.hex()
    asked = {**question(untouched, "hanako"), "issuer_key_id": older}
    assert untouched.client.post("/lineage", json=asked).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b"[" * 60_000,
        b'{"kind":"user","issuer_key_id":"%s"}' % KEY_ID.encode(),
        b'{"kind":"card","issuer_key_id":"%s","serial":"1"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"01"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"AB"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"1\\n"}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":17}' % KEY_ID.encode(),
        b'{"kind":"user","issuer_key_id":"%s","serial":"1"}' % KEY_ID.upper().encode(),
    ],
    ids=lambda body: repr(body[:60]),
)
def test_another_form_is_400(untouched: Any, body: bytes) -> None:
    """Whatever is not the published form is refused without being repeated."""
    response = untouched.client.post("/lineage", data=body, content_type="application/json")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert response.get_json(force=True)["title"] == "not a certificate of the stand-in form"
