"""Every refusal of the card login protocol that exists by now, from real bytes.

`SCENARIOS` gets each code; `MUTATIONS` turns its check off and shows that the code is then not given: a check
that could be lost unnoticed fails here.
"""

import json
import socket

import pytest
from components.forgery import authority, forge, new_key
from components.refusals import SCENARIOS, present, proof_by
from components.town import Town

from connectors.ports import CertificateKind
from idp.errors import Reason
from idp.jpki.profile import Device
from idp.login import person

STATUS = {400: {"malformed", "signature_invalid"}, 404: {"not_found"}, 409: {"already_used"}}
STATUS |= {410: {"expired", "declined"}, 413: {"too_large"}, 429: {"rate_limited"}}
STATUS |= {503: {"revocation_unavailable", "evidence_too_old", "lineage_unavailable", "keys_unavailable"}}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_refusal_from_real_bytes(aoba, tmp_path, name):
    """The code, its status, a problem document, nothing echoed, and nothing left behind."""
    code, scenario = SCENARIOS[name]
    before = {table: aoba.rows(table) for table in LEFT_BY_A_LOGIN}
    answer = scenario(aoba, tmp_path)
    assert (code, expected_status(code)) == (answer.json["code"], answer.status_code)
    assert answer.mimetype == "application/problem+json"
    assert ("Retry-After" in answer.headers) is (answer.status_code in (429, 503))
    if name not in LEAVES_AN_EARLIER_LOGIN:
        assert before == {table: aoba.rows(table) for table in LEFT_BY_A_LOGIN}


LEFT_BY_A_LOGIN = ("certificate", "pair", "pair_grant", "consent", "acceptance", "session", "code_redemption")
LEAVES_AN_EARLIER_LOGIN = {"same serial, another key", "link after acceptance"}


def expected_status(code):
    """Section 7."""
    return next((status for status, codes in STATUS.items() if code in codes), 403)


def test_a_refused_proof_leaves_its_audit_entry(aoba):
    """One entry with the reason; the certificate is named nowhere."""
    before = aoba.rows("audit_entry")
    proof_by("shiro")(aoba, None)
    assert before + 1 == aoba.rows("audit_entry")
    with aoba.product.store.engine.connect() as connection:
        statement = "SELECT body FROM audit_entry WHERE action = 'login.refused'"
        body = json.loads(connection.exec_driver_sql(statement).scalar_one())
    assert {"client_id": aoba.library.client_id, "reason": "certificate_revoked"} == body


def test_a_revoked_certificate_is_told_with_its_reason(aoba):
    """To the authenticator only."""
    assert "reason" in proof_by("shiro")(aoba, None).json


@pytest.mark.parametrize(
    ("setting", "code"),
    [("IDP_LINEAGE_URL", Reason.LINEAGE_UNAVAILABLE), ("IDP_OCSP_URL", Reason.REVOCATION_UNAVAILABLE)],
)
def test_an_absent_source_refuses(tmp_path, founded_world, setting, code):
    """J-LIS does not answer at all: 503, and nobody is let in by guess."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{probe.getsockname()[1]}/x"
        away = {setting: nowhere} | ({"IDP_CRL_URL": nowhere} if setting == "IDP_OCSP_URL" else {})
        town = Town(tmp_path, founded_world, environment=away)
        try:
            answer = proof_by("hanako")(town, None)
            assert (code, 503) == (answer.json["code"], answer.status_code)
            assert town.rows("certificate") == 0
        finally:
            town.close()


def test_a_fresh_list_serves_while_ocsp_is_down(aoba):
    """The login works and says that it fell back."""
    aoba.control(do="ocsp", mode="down")
    claims = aoba.sign_in(aoba.library, scope="openid jpki_status")
    assert (claims["revocation"]["method"], claims["revocation"]["fallback"]) == ("crl", True)


def allow(*_arguments, **_named):
    """A check that checks nothing."""


def first_handle(keys, index, row, _certificate):
    """`person.known` without its comparison."""
    return person.Known(index, keys.open(person._place(index), row.sealed_handle))


MUTATIONS = {
    "expired card": ("idp.jpki.verify._require_time", allow),
    "card of tomorrow": ("idp.jpki.verify._require_time", allow),
    "signed by a stranger": ("idp.jpki.verify._passes_gate", lambda *_: True),
    "signature certificate": ("idp.jpki.verify._require_kind", allow),
    "revoked card": ("idp.jpki.ocsp.require_good", allow),
    "unknown to J-LIS": ("idp.jpki.ocsp.require_good", allow),
    "revoked, by list": ("idp.store.crl_index.index.Index.reason_of", allow),
    "phone where cards alone are taken": ("idp.login.levels.require_type", allow),
    "a counter terminal's member": ("idp.login.proof_body._COUNTER_MEMBERS", ()),
    "huge certificate": ("idp.jpki.certificate.MAX_CERTIFICATE_BYTES", 10**6),
    "another tenant's handle": ("idp.login.records._alias", lambda _tenant, handle: f"handle:{handle}"),
    "link after acceptance": ("idp.login.handles.SPENT", {}),
    "after a decline": ("idp.login.handles.SPENT", {}),
    "five minutes later": ("idp.login.handles.BUTTON_SECONDS", 10**6),
    "sixth nonce": ("idp.login.handles.NONCES_PER_HANDLE", 100),
    "key usage of a signature": ("idp.jpki.verify._require_profile", lambda *_: Device.CARD),
    "server authentication": ("idp.jpki.verify._require_profile", lambda *_: Device.CARD),
    "one bit flipped": ("idp.jpki.proof.require_signature", allow),
    "signed for another origin": ("idp.jpki.proof.require_signature", allow),
    "algorithm none": ("idp.jpki.proof.require_algorithm", lambda _algorithm, key: key),
    "same serial, another key": ("idp.login.person.known", first_handle),
    "service suspended": ("idp.login.challenge.require_active", lambda client: client),
    "OCSP down, stale list": (
        "idp.store.crl_index.lists.require_fresh",
        lambda _this_update, next_update, **_limits: next_update,
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_without_its_check_the_refusal_is_gone(aoba, tmp_path, monkeypatch, name):
    """The mutation is visible: the scenario of that code is answered otherwise."""
    target, replacement = MUTATIONS[name]
    monkeypatch.setattr(target, replacement)
    code, scenario = SCENARIOS[name]
    answer = scenario(aoba, tmp_path)
    assert code != (answer.json or {}).get("code")


def test_every_code_has_its_mutation():
    """Those without one are failures of others, not checks of ours; each has a test with that other away."""
    away = {Reason.REVOCATION_UNAVAILABLE, Reason.LINEAGE_UNAVAILABLE, Reason.KEYS_UNAVAILABLE}
    later = {Reason.ATTRIBUTES_INVALID, Reason.TERMINAL_REFUSED, Reason.LEVEL_INSUFFICIENT}
    assert {SCENARIOS[name][0] for name in MUTATIONS} == set(Reason) - away - later


def test_every_anchor_is_chosen_by_signature(aoba, tmp_path):
    """A certificate of the signature CA's name and key id, signed by another key, is untrusted."""
    issuer = authority(aoba, CertificateKind.SIGNATURE)
    key = new_key()
    answer = present(aoba, tmp_path, forge(aoba, key, issuer=issuer, signing_key=new_key()), key)
    assert answer.json["code"] == Reason.CERTIFICATE_UNTRUSTED
