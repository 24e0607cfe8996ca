"""The OCSP responder on a real socket, as openssl and a strict reader see it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp as asn1
from asn1crypto.core import OctetString, ParsableOctetString
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from connectors.ports import CertificateKind
from connectors.sandbox.server import MAX_BODY_BYTES
from connectors.sandbox.state import Slot

USER = CertificateKind.USER
MEDIA_TYPE = "application/ocsp-response"
LONG = 2_000_000_000
"""Seconds by which openssl lets an answer be older or newer than the real time: the sandbox's time is fixed."""


@pytest.fixture
def ask(untouched: Any, serve: Callable[[Any], str], openssl: Any, founded: datetime) -> Callable[..., str]:
    """Ask the served responder with `openssl ocsp`; the answer must verify. Returns what openssl says."""
    url = f"{serve(untouched.application)}/ocsp"

    def asked(issuer: Any, *certificate: object) -> str:
        root = untouched.pem_of(issuer)
        answer = openssl(
            *("ocsp", "-url", url, "-issuer", root, *certificate, "-CAfile", root),
            *("-attime", int(founded.timestamp()), "-validity_period", LONG),
        )
        assert answer.code == 0, answer.text
        assert "Response verify OK" in answer.text
        return str(answer.text)

    return asked


def file_of(sandbox: Any, resident: str, slot: Slot = Slot.AUTH) -> Path:
    path: Path = sandbox.files(resident).certificate(slot)
    return path


@pytest.mark.parametrize(
    ("resident", "slot"),
    [
        ("hanako", Slot.AUTH),
        ("hanako", Slot.SIGN),
        ("ichiro", Slot.AUTH),
        ("midori", Slot.PHONE),
        ("yoko", Slot.AUTH),
        ("jun", Slot.AUTH),
    ],
)
def test_openssl_is_told_good(untouched: Any, ask: Any, resident: str, slot: Slot) -> None:
    """One URL answers for both CAs and every generation, each with its own responder."""
    path = file_of(untouched, resident, slot)
    assert f"{path}: good" in ask(untouched.issuer(resident, slot), "-cert", path)


@pytest.mark.parametrize(
    ("resident", "slot", "reason"),
    [
        ("shiro", Slot.AUTH, "certificateHold"),
        ("shiro", Slot.SIGN, "certificateHold"),
        ("jun", Slot.SIGN, "affiliationChanged"),
    ],
)
def test_openssl_is_told_revoked_with_the_reason(
    untouched: Any, ask: Any, resident: str, slot: Slot, reason: str
) -> None:
    """A revocation comes with its reason; a hold is one like any other."""
    path = file_of(untouched, resident, slot)
    text = ask(untouched.issuer(resident, slot), "-cert", path)
    assert f"{path}: revoked" in text
    assert f"Reason: {reason}" in text


def test_openssl_is_told_that_a_replaced_certificate_is_superseded(untouched: Any, ask: Any) -> None:
    """The old certificate of a renewed card is asked for by its serial number alone."""
    old = next(c for c in untouched.world.state.certificates if c.resident == "yoko" and c.slot is Slot.AUTH)
    text = ask(untouched.authority(USER, old.generation), "-serial", f"0x{old.serial:x}")
    assert re.search(r": revoked\n", text)
    assert "Reason: superseded" in text


def test_openssl_is_told_unknown_for_a_serial_never_issued(untouched: Any, ask: Any) -> None:
    """The responder says *good* of nothing that it has not issued."""
    issued = untouched.world.state.current("hanako", Slot.AUTH)
    text = ask(untouched.issuer("hanako"), "-serial", f"0x{issued.serial + 1:x}")
    assert ": unknown" in text


def test_openssl_is_told_unknown_by_another_generation(untouched: Any, ask: Any) -> None:
    """The same serial number under the same name but another key is another certificate."""
    path = file_of(untouched, "hanako")
    assert f"{path}: unknown" in ask(untouched.authority(USER, 2), "-cert", path)


def test_a_sha256_cert_id_is_understood(untouched: Any, ask: Any) -> None:
    """The CertID may be hashed with SHA-256 as well."""
    path = file_of(untouched, "hanako")
    assert f"{path}: good" in ask(untouched.issuer("hanako"), "-sha256", "-cert", path)


def request_for(authority: Any, serial: int, nonce: bytes | None = b"n" * 32) -> bytes:
    key = authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    name = authority.certificate.subject.public_bytes()
    hashed = (sha1(name).digest(), sha1(key).digest())
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*hashed, serial, hashes.SHA1())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def answer_to(sandbox: Any, body: bytes) -> ocsp.OCSPResponse:
    response = sandbox.client.post("/ocsp", data=body, content_type="application/ocsp-request")
    assert (response.status_code, response.mimetype) == (200, MEDIA_TYPE)
    return ocsp.load_der_ocsp_response(response.data)


def answer_about(sandbox: Any, resident: str) -> ocsp.OCSPResponse:
    serial = sandbox.world.state.current(resident, Slot.AUTH).serial
    return answer_to(sandbox, request_for(sandbox.issuer(resident), serial))


def test_the_answer_repeats_the_question(untouched: Any) -> None:
    """CertID and nonce are those of the request; the responder is named by the hash of its key."""
    issuer = untouched.issuer("hanako")
    answer = answer_about(untouched, "hanako")
    responder_key = issuer.responder_key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert untouched.world.state.current("hanako", Slot.AUTH).serial == answer.serial_number
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    assert sha1(responder_key).digest() == answer.responder_key_hash


def test_without_a_nonce_there_is_none_in_the_answer(untouched: Any) -> None:
    """A nonce is echoed, never made up."""
    answer = answer_to(untouched, request_for(untouched.issuer("hanako"), 5, nonce=None))
    assert list(answer.extensions) == []


def test_the_responder_is_delegated_by_the_generation_asked_for(untouched: Any, founded: datetime) -> None:
    """The one certificate in the answer is the issuer's own delegation: OCSPSigning, nocheck, short-lived."""
    for resident in ("hanako", "ichiro"):
        answer, issuer = answer_about(untouched, resident), untouched.issuer(resident)
        (responder,) = answer.certificates
        responder.verify_directly_issued_by(issuer.certificate)
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(purposes) == [x509.ExtendedKeyUsageOID.OCSP_SIGNING]
        assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck).critical is False
        assert responder.not_valid_before_utc <= founded <= responder.not_valid_after_utc
        assert responder.not_valid_after_utc - responder.not_valid_before_utc <= timedelta(days=10)
        key = responder.public_key()
        assert key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256()) is None


def test_the_answer_is_dated_by_its_snapshot(untouched: Any, founded: datetime) -> None:
    """thisUpdate is the quarter of an hour, nextUpdate the one after."""
    untouched.at(founded)
    answer = answer_about(untouched, "hanako")
    assert founded.replace(minute=0, second=0) == answer.this_update_utc
    assert founded.replace(minute=15, second=0) == answer.next_update_utc


def test_a_revocation_shows_at_the_next_quarter(sandbox: Any, founded: datetime) -> None:
    """Revoked at 03:07:30, good until 03:15, revoked from then on, as of 03:15."""
    assert sandbox.control(do="revoke", resident="hanako").status_code == 200
    seen = []
    for minutes in (0, 7, 8):  # 03:07:30, 03:14:30, 03:15:30
        sandbox.at(founded + timedelta(minutes=minutes))
        answer = answer_about(sandbox, "hanako")
        seen.append((answer.certificate_status.name, answer.this_update_utc.minute))
    assert seen == [("GOOD", 0), ("GOOD", 0), ("REVOKED", 15)]


def test_a_tick_shows_a_revocation_at_once(sandbox: Any, founded: datetime) -> None:
    """After a tick the answer says revoked, with reason, instant and a thisUpdate of the tick."""
    sandbox.control(do="revoke", resident="hanako")
    sandbox.control(do="tick")
    answer = answer_about(sandbox, "hanako")
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason is x509.ReasonFlags.cessation_of_operation
    assert founded <= answer.revocation_time_utc <= answer.this_update_utc < founded + timedelta(minutes=1)


@pytest.mark.parametrize(("mode", "status"), [("up", 200), ("down", 503)])
def test_a_responder_that_is_down_says_so(sandbox: Any, mode: str, status: int) -> None:
    """Down, it answers 503 to everything."""
    sandbox.control(do="ocsp", mode=mode)
    response = sandbox.client.post("/ocsp", data=request_for(sandbox.issuer("hanako"), 5))
    assert status == response.status_code


def test_garbage_looks_like_an_answer_and_is_none(sandbox: Any) -> None:
    """Garbage is a 200 of the right media type whose body does not parse."""
    sandbox.control(do="ocsp", mode="garbage")
    response = sandbox.client.post("/ocsp", data=request_for(sandbox.issuer("hanako"), 5))
    assert (response.status_code, response.mimetype) == (200, MEDIA_TYPE)
    with pytest.raises(ValueError, match="parsing"):
        ocsp.load_der_ocsp_response(response.data)


def test_a_responder_comes_back_with_newer_data(sandbox: Any, founded: datetime) -> None:
    """What was due while it was down is published when it is up again."""
    sandbox.control(do="revoke", resident="hanako")
    sandbox.control(do="ocsp", mode="down")
    sandbox.move_to(founded + timedelta(hours=2))
    sandbox.control(do="ocsp", mode="up")
    answer = answer_about(sandbox, "hanako")
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.this_update_utc == founded.replace(hour=5, minute=0, second=0)


def made_by_hand(authority: Any, *, count: int = 1, algorithm: str = "sha1", **parts: Any) -> bytes:
    """A request that cryptography's builder would not make."""
    key = authority.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    cert_id = {
        "hash_algorithm": {"algorithm": algorithm},
        "issuer_name_hash": sha1(authority.certificate.subject.public_bytes()).digest(),
        "issuer_key_hash": sha1(key).digest(),
        "serial_number": parts.pop("serial", 5),
    }
    tbs = {"request_list": [{"req_cert": cert_id}] * count, **parts}
    der: bytes = asn1.OCSPRequest({"tbs_request": tbs}).dump()
    return der


def nonce(content: bytes) -> dict[str, Any]:
    value = ParsableOctetString(OctetString(content).dump())
    return {"extn_id": "nonce", "critical": False, "extn_value": value}


@pytest.mark.parametrize(
    "parts",
    [
        {"count": 2},
        {"count": 0},
        {"algorithm": "1.2.3.4"},
        {"serial": -5},
        {"request_extensions": [nonce(b"one"), nonce(b"two")]},
    ],
    ids=["two certificates", "none", "unknown hash", "negative serial", "two nonces"],
)
def test_requests_out_of_form_are_malformed(untouched: Any, parts: dict[str, Any]) -> None:
    """A well-framed request that cannot be answered gets malformedRequest."""
    answer = answer_to(untouched, made_by_hand(untouched.issuer("hanako"), **parts))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


@pytest.mark.parametrize("body", [b"", b"\x30", b"\x30\x80\x00\x00", b"GET / HTTP/1.1", bytes(1000), b"\x30\x00"])
def test_bytes_that_are_no_request_are_malformed(untouched: Any, body: bytes) -> None:
    """Anything that does not parse gets malformedRequest, unsigned."""
    assert answer_to(untouched, body).response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_every_cut_of_a_request_is_answered(untouched: Any) -> None:
    """A request cut short anywhere is malformed, and nothing worse."""
    whole = request_for(untouched.issuer("hanako"), 5)
    statuses = {answer_to(untouched, whole[:length]).response_status for length in range(len(whole))}
    assert statuses == {ocsp.OCSPResponseStatus.MALFORMED_REQUEST}


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA384()])
def test_another_issuer_is_unauthorized(untouched: Any, algorithm: Any) -> None:
    """Of issuers that are not ours, and hashes that we do not compare, nothing is said."""
    wrong = bytes(algorithm.digest_size)
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(wrong, wrong, 5, algorithm)
    answer = answer_to(untouched, builder.build().public_bytes(Encoding.DER))
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_an_oversized_request_is_refused(untouched: Any) -> None:
    """A body over the limit is 413, unread."""
    response = untouched.client.post("/ocsp", data=bytes(MAX_BODY_BYTES + 1))
    assert (response.status_code, response.mimetype) == (413, "application/problem+json")


def test_only_post_is_answered(untouched: Any) -> None:
    """The responder has no GET form; the answer says what it has."""
    response = untouched.client.get("/ocsp")
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
