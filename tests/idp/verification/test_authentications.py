"""A proof handed in by the service: the same person as at a login, and the refusals of a login."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from components.forgery import forge, new_key, write
from components.town import b64url
from components.verifier import VERIFIES, Verifier, der_of

from idp.jpki.api_proof import ApiChallenge
from idp.jpki.profile import Device

ISSUER = "http://localhost:8000/t/aoba"


def test_the_message_is_the_protocols():
    """Context, then digests of issuer, client id and the challenge's 32 bytes: computed here by hand."""
    challenge = ApiChallenge(ISSUER, "library-1", bytes(range(32)))
    parts = (ISSUER.encode(), b"library-1", bytes(range(32)))
    expected = b"jpki-verify/1\x00" + b"".join(hashlib.sha256(part).digest() for part in parts)
    assert challenge.message() == expected
    assert len(expected) == 110


def test_a_challenge_is_32_bytes_for_five_minutes(verifier):
    """base64url without padding; never the same twice."""
    answer = verifier.post("/challenges")
    assert set(answer.json) == {"challenge", "expires_at"}
    assert len(base64.urlsafe_b64decode(answer.json["challenge"] + "=")) == 32
    assert verifier.challenge() != answer.json["challenge"]
    ends = verifier.town.clock() + timedelta(minutes=5)
    assert answer.json["expires_at"] in {f"{ends - timedelta(seconds=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(3)}


def test_the_person_is_the_one_of_a_login(verifier, shared_town):
    """The same sub, one level lower, with evidence; the contract's members and no other."""
    answer = verifier.authenticate()
    assert answer.status_code == 200, answer.text
    assert answer.json["sub"] == shared_town.sign_in(verifier.service)["sub"]
    assert answer.json["acr"] == "aal2"
    assert answer.json["amr"] == ["hwk", "sc", "pin", "mfa"]
    assert answer.json["revocation"]["method"] == "ocsp"
    assert answer.json["revocation"]["checked_at"] % 900 == 0
    assert answer.json["signature_certificate"]["status"] == "valid"
    assert set(answer.json) == {"sub", "acr", "amr", "revocation", "signature_certificate"}


def test_nobody_is_here_to_be_asked_whose_a_certificate_is(fresh):
    """Where J-LIS's link cannot be obtained the service hears that, and nobody is made: a login asks."""
    fresh.town.control(do="lineage", mode="unobtainable")
    answer = fresh.authenticate()
    assert (answer.status_code, answer.json["code"]) == (503, "lineage_unavailable")
    assert [fresh.town.rows(table) for table in ("certificate", "person", "pair")] == [0, 0, 0]
    fresh.town.control(do="lineage", mode="up")
    assert fresh.authenticate().status_code == 200


def test_it_makes_no_consent_and_no_session(fresh):
    """Nobody was asked: a login afterwards still asks. Pair and grant are made once."""
    for _ in range(2):
        assert fresh.authenticate().status_code == 200
    rows = [fresh.town.rows(table) for table in ("certificate", "pair", "pair_grant", "consent", "session")]
    assert rows == [1, 1, 1, 0, 0]
    login = fresh.town.begin(fresh.service)
    answer = fresh.town.get(login.browser, fresh.town.accept(login))
    assert answer.headers["Location"].endswith("/consent")


def test_a_phone_says_that_it_was_one(fresh):
    """No smart card and no PIN of one are claimed."""
    fresh.town.control(do="add-phone", resident="ichiro")
    person = fresh.town.resident("ichiro")
    files = (person.phone_certificate, person.phone_key)
    answer = fresh.post("/authentications", fresh.proof(fresh.challenge(), files=files))
    assert answer.json["amr"] == ["hwk", "mfa"]


def refused(answer, code, status):
    """A problem with that code, and nothing echoed."""
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.mimetype == "application/problem+json"


def test_a_challenge_is_used_once(verifier):
    """Whatever came of it: a refused proof spends it, too."""
    proof = verifier.proof(verifier.challenge())
    assert verifier.post("/authentications", proof).status_code == 200
    refused(verifier.post("/authentications", proof), "already_used", 409)
    spent = verifier.proof(verifier.challenge())
    refused(verifier.post("/authentications", {**spent, "signature": "AAAA"}), "signature_invalid", 400)
    refused(verifier.post("/authentications", spent), "already_used", 409)


def test_another_services_challenge_is_not_found_and_stays(verifier, shared_town):
    """Nor another tenant's; the one whose it is can still use it."""
    other = Verifier(shared_town, shared_town.register("aoba", "otherverifier", **VERIFIES))
    abroad = Verifier(shared_town, shared_town.register("wakaba", "abroad", **VERIFIES))
    proof = verifier.proof(verifier.challenge())
    for stranger in (other, abroad):
        refused(stranger.post("/authentications", proof), "not_found", 404)
    assert verifier.post("/authentications", proof).status_code == 200


def test_a_signature_for_another_service_is_invalid(verifier, shared_town):
    """The client id is signed."""
    other = Verifier(shared_town, shared_town.register("aoba", "thirdverifier", **VERIFIES))
    challenge = verifier.challenge()
    proof = verifier.proof(challenge, message=other.message(challenge))
    refused(verifier.post("/authentications", proof), "signature_invalid", 400)


def test_a_made_up_challenge_is_not_found(verifier):
    """Of any length."""
    for challenge in ("A" * 43, "A", "-" * 100):
        proof = verifier.proof(challenge, message=b"M")
        refused(verifier.post("/authentications", proof), "not_found", 404)


def test_a_challenge_is_over_after_five_minutes(fresh):
    """Told apart from one never given; forgotten a while later."""
    proof, later = fresh.proof(fresh.challenge()), fresh.proof(fresh.challenge())
    fresh.town.control(do="clock", seconds=301)
    refused(fresh.post("/authentications", proof), "expired", 410)
    fresh.town.control(do="clock", seconds=599)
    refused(fresh.post("/authentications", later), "expired", 410)
    fresh.town.control(do="clock", seconds=610)
    fresh.token = fresh.fetch_token().json["access_token"]
    refused(fresh.post("/authentications", proof), "not_found", 404)


def test_no_signature_is_valid_in_two_contexts(verifier, shared_town):
    """A login's is none here, whatever it is over; and this one is none at a login."""
    challenge = verifier.challenge()
    wrong = verifier.message(challenge, context=b"jpki-login/1\x00")
    refused(verifier.post("/authentications", verifier.proof(challenge, message=wrong)), "signature_invalid", 400)
    login = shared_town.begin(verifier.service)
    shared_town.challenge(login)
    nonce = login.challenge["nonce"]
    answer = shared_town.prove(login, shared_town.sign(login, signature=verifier.proof(nonce)["signature"]))
    refused(answer, "signature_invalid", 400)


@pytest.mark.parametrize(
    ("resident", "code", "status"),
    [
        ("shiro", "certificate_revoked", 403),
        ("saburo", "certificate_expired", 403),
        ("goro", "certificate_not_yet_valid", 403),
    ],
)
def test_a_certificate_that_is_no_good_is_refused(verifier, resident, code, status):
    """As at a login, with the reason of a revocation."""
    person = verifier.town.resident(resident)
    answer = verifier.post("/authentications", verifier.proof(verifier.challenge(), resident))
    refused(answer, code, status)
    assert ("reason" in answer.json) is (code == "certificate_revoked")
    assert base64.b64encode(der_of(person.auth_certificate)).decode()[:40] not in answer.text


def test_a_signature_certificate_is_of_the_wrong_kind(verifier):
    """It is known as JPKI's, and not taken."""
    proof = verifier.proof(verifier.challenge(), "kiyoshi")
    refused(verifier.post("/authentications", proof), "certificate_wrong_kind", 403)


def test_a_certificate_of_nobody_is_untrusted(verifier, tmp_path):
    """A stranger's key under the CA's name."""
    key = new_key()
    files = write(tmp_path, forge(verifier.town, key, signing_key=new_key()), key)
    proof = verifier.proof(verifier.challenge(), files=files)
    refused(verifier.post("/authentications", proof), "certificate_untrusted", 403)


def test_an_algorithm_that_is_not_the_keys_is_refused(verifier):
    """The member may be left out; RS256 is meant then."""
    proof = verifier.proof(verifier.challenge())
    refused(verifier.post("/authentications", {**proof, "algorithm": "none"}), "algorithm_refused", 403)


def test_a_service_that_takes_cards_alone_takes_no_phone(fresh):
    """By its registration."""
    cards = Verifier(
        fresh.town, fresh.town.register("aoba", "cards", certificate_types=(Device.CARD,), **VERIFIES)
    )
    fresh.town.control(do="add-phone", resident="ichiro")
    person = fresh.town.resident("ichiro")
    proof = cards.proof(cards.challenge(), files=(person.phone_certificate, person.phone_key))
    refused(cards.post("/authentications", proof), "certificate_type_not_accepted", 403)


def test_evidence_older_than_asked_is_too_old(fresh):
    """`freshness` is the greatest age in seconds."""
    fresh.town.control(do="ocsp", mode="down")
    proof = fresh.proof(fresh.challenge())
    refused(fresh.post("/authentications", {**proof, "freshness": 1}), "evidence_too_old", 503)
    answer = fresh.authenticate(freshness=7 * 24 * 3600)
    assert answer.json["revocation"]["method"] == "crl"
    assert answer.json["revocation"]["fallback"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"challenge": None},
        {"challenge": 7},
        {"certificate": "MII"},
        {"certificate": "====", "signature": "AAAA"},
        {"certificate": base64.b64encode(b"no certificate").decode()},
        {"signature": "a+b/"},
        {"signature": "A"},
        {"freshness": "60"},
        {"freshness": 0},
        {"freshness": True},
    ],
)
def test_what_is_no_proof_spends_no_challenge(verifier, changes):
    """Malformed by its shape, before the challenge is taken."""
    proof = verifier.proof(verifier.challenge())
    refused(verifier.post("/authentications", {**proof, **changes}), "malformed", 400)
    assert verifier.post("/authentications", proof).status_code == 200


def test_a_refusal_is_in_the_audit_trail_and_on_the_meter(fresh):
    """Its reason and its service, nobody's name; what J-LIS was asked is counted."""
    refused(fresh.authenticate("shiro"), "certificate_revoked", 403)
    assert fresh.authenticate().status_code == 200
    with fresh.town.product.store.engine.connect() as connection:
        entries = connection.exec_driver_sql(
            "SELECT action, body FROM audit_entry WHERE action LIKE 'verification.%' ORDER BY at_milliseconds"
        ).all()
        meters = connection.exec_driver_sql("SELECT purpose, method, answered, count FROM meter").all()
    assert [action for action, _ in entries] == ["verification.refused", "verification.answered"]
    assert json.loads(entries[0].body) == {
        "client_id": fresh.service.client_id,
        "reason": "certificate_revoked",
    }
    answered = json.loads(entries[1].body)
    assert (answered["new_pair"], answered["acr"], len(answered["person"])) == (True, "aal2", 24)
    assert [tuple(row) for row in meters] == [("authentication", "ocsp", 1, 1)] * 3


def test_answers_can_be_had_as_a_jws(verifier, shared_town):
    """Typed so that it is no ID token; the answer is one member."""
    from joserfc import jwk, jwt

    answer = verifier.authenticate(headers={"Accept": "application/jwt"})
    assert answer.mimetype == "application/jwt"
    keys = shared_town.get(shared_town.browser(), f"{ISSUER}/jwks").json
    token = jwt.decode(answer.text, jwk.KeySet.import_key_set(keys), algorithms=["RS256"])
    assert token.header["typ"] == "verification+jwt"
    assert set(token.claims) == {"iss", "aud", "iat", "answer"}
    assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, verifier.service.client_id)
    assert set(token.claims["answer"]) == {"sub", "acr", "amr", "revocation", "signature_certificate"}


def test_the_signature_is_base64url_in_one_spelling(verifier):
    """Bits that mean nothing are zero."""
    proof = verifier.proof(verifier.challenge())
    raw = base64.urlsafe_b64decode(proof["signature"] + "==")
    assert proof["signature"] == b64url(raw)
    other = proof["signature"][:-1] + chr(ord(proof["signature"][-1]) + 1)
    refused(verifier.post("/authentications", {**proof, "signature": other}), "malformed", 400)
