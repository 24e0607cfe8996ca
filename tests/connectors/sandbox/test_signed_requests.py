"""The responder that answers signed requests alone, asked by openssl, whose requests it must find signed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp as asn1
from asn1crypto.x509 import Name
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import ocsp

from connectors.sandbox.state import Slot

SIG_REQUIRED = ocsp.OCSPResponseStatus.SIG_REQUIRED


@pytest.fixture
def strict(sandbox: Any) -> Any:
    """A sandbox whose responder demands signatures."""
    assert sandbox.control(do="ocsp", mode="signed").status_code == 200
    return sandbox


@pytest.fixture
def request_of(strict: Any, openssl: Any, tmp_path: Path) -> Callable[..., bytes]:
    """A request about hanako's certificate, made by `openssl ocsp`; signed with Ichiro's card, or not."""

    def made(*, signed: bool) -> bytes:
        files, out = strict.files("ichiro"), tmp_path / "request"
        signing = ("-signer", files.certificate(Slot.AUTH), "-signkey", files.key(Slot.AUTH)) if signed else ()
        root = strict.pem_of(strict.issuer("hanako"))
        about = strict.files("hanako").certificate(Slot.AUTH)
        assert openssl("ocsp", "-issuer", root, "-cert", about, *signing, "-reqout", out).code == 0
        return out.read_bytes()

    return made


def status_of(strict: Any, request: bytes) -> ocsp.OCSPResponseStatus:
    """How it is answered."""
    answer = strict.client.post("/ocsp", data=request, content_type="application/ocsp-request")
    assert answer.status_code == 200
    return ocsp.load_der_ocsp_response(answer.data).response_status


def test_a_signed_request_is_answered(strict: Any, request_of: Callable[..., bytes]) -> None:
    """By the same data as ever."""
    request = request_of(signed=True)
    answer = ocsp.load_der_ocsp_response(strict.client.post("/ocsp", data=request).data)
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_an_unsigned_request_is_told_to_sign(strict: Any, request_of: Callable[..., bytes]) -> None:
    """sigRequired, and an ordinary responder does not care."""
    request = request_of(signed=False)
    assert status_of(strict, request) is SIG_REQUIRED
    strict.control(do="ocsp", mode="up")
    assert status_of(strict, request) is ocsp.OCSPResponseStatus.SUCCESSFUL


def altered(name: str, request: bytes) -> bytes:
    """The signed request with a fault."""
    parsed = asn1.OCSPRequest.load(request)
    match name:
        case "another question":
            parsed["tbs_request"]["request_list"][0]["req_cert"]["serial_number"] = 5
        case "another name":
            parsed["tbs_request"]["requestor_name"] = asn1.GeneralName("rfc822_name", "a@example.jp")
        case "no certificate":
            parsed["optional_signature"]["certs"] = None
        case "another algorithm":
            parsed["optional_signature"]["signature_algorithm"] = {"algorithm": "sha512_rsa"}
    return bytes(parsed.dump(force=True))


@pytest.mark.parametrize("name", ["another question", "another name", "no certificate", "another algorithm"])
def test_a_signature_that_does_not_hold_is_none(strict: Any, request_of: Callable[..., bytes], name: str) -> None:
    """What was signed is what is asked, by whom it names."""
    request = request_of(signed=True)
    assert altered("nothing", request) == request
    assert status_of(strict, altered(name, request)) is SIG_REQUIRED


def test_who_signs_is_who_asks(strict: Any, request_of: Callable[..., bytes]) -> None:
    """A signature that holds, under a name that is not the signer's, is nobody's."""
    key = load_pem_private_key(strict.files("ichiro").key(Slot.AUTH).read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    parsed = asn1.OCSPRequest.load(request_of(signed=True))
    answers = []
    for name in (strict.certificate("ichiro").subject, strict.certificate("hanako").issuer):
        named = asn1.GeneralName("directory_name", Name.load(name.public_bytes()))
        parsed["tbs_request"]["requestor_name"] = named
        tbs = parsed["tbs_request"].dump(force=True)
        parsed["optional_signature"]["signature"] = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
        answers.append(status_of(strict, parsed.dump(force=True)))
    assert answers == [ocsp.OCSPResponseStatus.SUCCESSFUL, SIG_REQUIRED]


def test_garbage_is_malformed(strict: Any) -> None:
    """As for an ordinary responder."""
    for body in (b"", bytes(range(256)), b"0\x03\x02\x01\x05"):
        assert status_of(strict, body) is ocsp.OCSPResponseStatus.MALFORMED_REQUEST
