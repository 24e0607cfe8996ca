"""One check: every status, of a certificate and of a serial number alone; always an answer, never an error."""

import base64
import json

import pytest
from components.forgery import forge, new_key
from cryptography.hazmat.primitives.serialization import Encoding

NEVER_ISSUED = {"kind": "user", "serial": "7fffffff12345678"}
MEMBERS = {"status", "code", "reason", "revocation"}


@pytest.mark.parametrize(
    ("resident", "status", "code"),
    [
        ("hanako", "valid", None),
        ("kiyoshi", "valid", None),
        ("shiro", "revoked", "certificate_revoked"),
        ("saburo", "refused", "certificate_expired"),
        ("goro", "refused", "certificate_not_yet_valid"),
    ],
)
def test_a_certificates_verdict(verifier, resident, status, code):
    """User and signature certificates alike; with how it was found out wherever somebody was asked."""
    verdict = verifier.check(verifier.certificate_body(resident))
    assert set(verdict) == MEMBERS
    assert (verdict["status"], verdict["code"]) == (status, code)
    assert verdict["reason"] == ("certificateHold" if status == "revoked" else None)
    assert (verdict["revocation"] is None) == (status == "refused")
    if verdict["revocation"]:
        assert verdict["revocation"]["method"] == "ocsp"
        assert verdict["revocation"]["this_update"] < verdict["revocation"]["next_update"]  # bad news have theirs


def test_a_certificate_of_nobody_is_refused(verifier):
    """The verdict of a certificate that no anchor signed."""
    key = new_key()
    forged = forge(verifier.town, key, signing_key=new_key()).public_bytes(Encoding.DER)
    verdict = verifier.check({"certificate": base64.b64encode(forged).decode()})
    assert (verdict["status"], verdict["code"]) == ("refused", "certificate_untrusted")


def test_a_certificate_that_the_responder_does_not_know_is_unknown(verifier):
    """Signed by the CA's key, and never issued."""
    forged = forge(verifier.town, new_key()).public_bytes(Encoding.DER)
    verdict = verifier.check({"certificate": base64.b64encode(forged).decode()})
    assert (verdict["status"], verdict["code"]) == ("unknown", "certificate_status_unknown")


@pytest.mark.parametrize("issuer", [True, False])
@pytest.mark.parametrize(
    ("resident", "kind", "status", "reason"),
    [
        ("hanako", "user", "valid", None),
        ("kiyoshi", "signature", "valid", None),
        ("shiro", "user", "revoked", "certificateHold"),
        ("hanako", "signature", "unknown", None),
    ],
)
def test_a_serial_number_by_ocsp(verifier, resident, kind, status, reason, issuer):
    """Every live generation of the kind is asked where none is named; unknown to each is unknown."""
    body = verifier.serial_body(resident, kind=kind, issuer=issuer and status != "unknown")
    verdict = verifier.check(body)
    assert (verdict["status"], verdict["reason"]) == (status, reason)
    assert verdict["revocation"]["method"] == "ocsp"


def test_a_serial_number_that_was_never_issued_is_unknown(verifier):
    """To every generation's responder."""
    assert verifier.check(NEVER_ISSUED)["status"] == "unknown"


def test_an_issuer_whom_nobody_trusts_is_refused(verifier):
    """There is nobody to ask."""
    verdict = verifier.check({**NEVER_ISSUED, "issuer_key_id": "00" * 20})
    assert verdict == {"status": "refused", "code": "certificate_untrusted", "reason": None, "revocation": None}


@pytest.mark.parametrize("issuer", [True, False])
def test_a_serial_number_against_lists_is_never_valid(fresh, issuer):
    """A list proves neither issue nor time: revoked, or not listed."""
    fresh.town.control(do="ocsp", mode="down")
    for resident, status in (("hanako", "not_listed"), ("shiro", "revoked")):
        verdict = fresh.check(fresh.serial_body(resident, issuer=issuer))
        assert verdict["status"] == status
        assert verdict["revocation"]["method"] == "crl"
    assert fresh.check(NEVER_ISSUED)["status"] == "not_listed"
    assert fresh.check(fresh.certificate_body("hanako"))["status"] == "valid"


def test_old_lists_prove_nothing_but_what_is_in_them(fresh):
    """Missing evidence is a verdict of its own; revocation is not undone by age."""
    fresh.town.control(do="ocsp", mode="down")
    fresh.check(fresh.serial_body("hanako"))
    fresh.town.control(do="crl", mode="stale")
    for body in (fresh.serial_body("hanako"), fresh.certificate_body("hanako"), NEVER_ISSUED):
        verdict = fresh.check(body)
        assert (verdict["status"], verdict["revocation"]) == ("evidence_missing", None)
        assert verdict["code"] in ("revocation_unavailable", "evidence_too_old")


def test_freshness_bounds_the_age_of_the_evidence(fresh):
    """A list of hours ago is none for who asks for seconds."""
    fresh.town.control(do="ocsp", mode="down")
    body = fresh.serial_body("hanako")
    assert fresh.check({**body, "freshness": 1})["code"] == "evidence_too_old"
    assert fresh.check({**body, "freshness": 7 * 24 * 3600})["status"] == "not_listed"
    assert fresh.check({**fresh.certificate_body("hanako"), "freshness": 1})["status"] == "evidence_missing"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "user"},
        {"serial": "1a"},
        {"kind": "both", "serial": "1a"},
        {"kind": "user", "serial": "01a"},
        {"kind": "user", "serial": "1A"},
        {"kind": "user", "serial": "0"},
        {"kind": "user", "serial": "1" * 41},
        {"kind": "user", "serial": 26},
        {"kind": "user", "serial": "1a\n"},
        {"kind": "user", "serial": "1a", "issuer_key_id": "zz"},
        {"kind": "user", "serial": "1a", "freshness": -1},
        {"certificate": "AAAA", "serial": "1a", "kind": "user"},
        {"certificate": "AAAA", "kind": "user"},
        {"certificate": "AAAA"},
        {"certificate": ""},
    ],
)
def test_what_names_no_certificate_is_malformed(verifier, body):
    """That is no verdict, but an error of the program that asks."""
    answer = verifier.post("/certificates/check", body)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")


def test_a_check_is_in_the_audit_trail_and_on_the_meter(fresh):
    """With status and evidence; a certificate's person by a tag of this service, a serial number's by nothing."""
    fresh.check(fresh.certificate_body("hanako"))
    fresh.check(fresh.serial_body("hanako"))
    with fresh.town.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'verification.answered' ORDER BY at_milliseconds"
        bodies = [json.loads(row.body) for row in connection.exec_driver_sql(statement)]
        meters = connection.exec_driver_sql("SELECT purpose, method, count FROM meter").all()
    assert [body["status"] for body in bodies] == ["valid", "valid"]
    assert ["person" in body for body in bodies] == [True, False]
    assert all(body["revocation"]["method"] == "ocsp" for body in bodies)
    assert len({body["revocation"]["decision"] for body in bodies}) == 2
    assert {tuple(row)[:2] for row in meters} == {("check", "ocsp")}
    now = fresh.town.clock()
    live = [
        a for a in fresh.town.world.authorities if a.kind == "user" and a.certificate.not_valid_after_utc > now
    ]
    assert sum(row.count for row in meters) == 1 + len(live)
    serial = f"{fresh.certificate('hanako').serial_number:x}"
    assert serial not in json.dumps(bodies)
