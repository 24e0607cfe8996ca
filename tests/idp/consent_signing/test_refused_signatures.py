"""Every refusal where a statement is signed, from real bytes; and that nothing is left behind by one."""

import datetime as dt

import pytest
from components.forgery import authority, forge, new_key
from components.signature_certificates import words
from components.signing import ALL, at_statement, begun, by, message, opened, pair, proof, signed, to_consent, told
from components.town import BASE_URL
from components.town import message as login_message
from components.town import town as made_town

from connectors.ports import CertificateKind
from connectors.sandbox.state import Slot


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A town of its own: certificates are revoked here, and J-LIS is stopped."""
    with made_town(tmp_path_factory.mktemp("refused"), founded_world) as made:
        made.office = made.register("aoba", "office", scopes=ALL)
        yield made


@pytest.fixture
def login(town):
    """hanako's login where a statement waits to be signed."""
    return at_statement(town, town.office)


def refused(town, login, body):
    """The code of a refusal. A refused signature leaves no row."""
    before = town.rows("signed_statement")
    answer = town.prove(login, body)
    assert (answer.mimetype, town.rows("signed_statement")) == ("application/problem+json", before)
    assert "同意" not in answer.text
    return answer.json["code"]


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": "すべての項目を渡すことに同意します。"},
        {"statement": ""},
        {"nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
        {"issuer": f"{BASE_URL}/t/wakaba"},
        {"transaction": "AAECAwQFBgcICQoLDA0ODw"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_signature_over_anything_else_is_invalid(town, login, changes):
    """Another statement, nonce, issuer or transaction than this challenge's."""
    assert refused(town, login, proof(town, login, signed=message(login, **changes))) == "signature_invalid"


def test_a_signature_for_another_origin_is_invalid(town, login):
    """What was shown on another page's address does not count here."""
    assert refused(town, login, proof(town, login, origin="https://evil.example")) == "signature_invalid"


def test_no_signature_is_valid_in_the_other_context(town, login):
    """A login's message signed by the signature key, and a statement's proof at a login."""
    as_login = proof(town, login, signed=login_message(login))
    assert refused(town, login, as_login) == "signature_invalid"
    other = town.begin(town.library)
    town.challenge(other)
    other.challenge["statement"] = login.challenge["statement"]
    assert refused(town, other, proof(town, other)) == "signature_invalid"
    key = pair(town, "hanako")
    assert refused(town, _again(town, other), by(*key, login_message(other))) == "certificate_wrong_kind"


def test_a_user_certificate_signs_no_statement(town, login):
    """Its key proves who is there, and agrees to nothing."""
    assert refused(town, login, proof(town, login, slot=Slot.AUTH)) == "certificate_wrong_kind"


def test_another_persons_signature_is_a_conflict(town, login):
    """Card A's login with card B's signature; whether B has been here before or not, and by B's phone too."""
    assert refused(town, login, proof(town, login, "yoko")) == "certificate_conflict"
    at_statement(town, town.office, "ichiro")
    assert refused(town, _again(town, login), proof(town, login, "ichiro")) == "certificate_conflict"
    assert (
        refused(town, _again(town, login), proof(town, login, "midori", slot=Slot.PHONE_SIGN))
        == "certificate_conflict"
    )
    assert "/signature?by=" in signed(town, _again(town, login))


def test_the_same_persons_phone_signs(town):
    """Logged in by card, signed by the phone that was enrolled with it: one person, as J-LIS ties them."""
    login = at_statement(town, town.office, "midori")
    assert "verified_claims" in told(town, login, _consent(town, login, "midori", Slot.PHONE_SIGN))


def test_a_phone_enrolled_since_signs_too(town):
    """The phone's certificates were never seen here: J-LIS names the card's in one line with it."""
    login = at_statement(town, town.office, "ichiro")
    town.control(do="add-phone", resident="ichiro")
    town.control(do="tick")
    assert "verified_claims" in told(town, login, _consent(town, login, "ichiro", Slot.PHONE_SIGN))


def test_a_replayed_signature_is_used_up(town, login):
    """After an acceptance, and after a refusal, in which the nonce was spent."""
    once = proof(town, login)
    assert refused(town, login, proof(town, login, "yoko")) == "certificate_conflict"
    assert refused(town, login, once) == "already_used"
    town.challenge(login)
    assert refused(town, login, once) == "signature_invalid"
    town.challenge(login)
    accepted = proof(town, login)
    assert town.prove(login, accepted).status_code == 200
    assert refused(town, login, accepted) == "already_used"


def test_a_revoked_signature_certificate(town):
    """Somebody has moved: their login goes on, their signature does not count; a new certificate's does."""
    login = at_statement(town, town.office, "yoko")
    town.control(do="move", resident="yoko")
    town.control(do="tick")
    assert refused(town, login, proof(town, login, "yoko")) == "certificate_revoked"
    page = town.get(login.browser, login.page_url).text
    assert "引っ越し" in page
    town.control(do="renew", resident="yoko", certificate="sign")
    assert "/signature?by=" in signed(town, _again(town, login), "yoko")


FORGED = {
    "certificate_expired": {"lifetime": dt.timedelta(hours=-1)},
    "certificate_status_unknown": {},
    "certificate_untrusted": {"signing_key": new_key()},
}


@pytest.mark.parametrize("code", FORGED)
def test_a_forged_certificate(town, login, code):
    """Past its last day; of no record; by a key of the CA's name."""
    key = new_key()
    certificate = forge(
        town,
        key,
        issuer=authority(town, CertificateKind.SIGNATURE),
        policy="1.2.392.200149.8.5.1.0.20",
        usage=("digital_signature", "content_commitment"),
        purposes=None,
        extra=[(words().extension(), False)],
        **FORGED[code],
    )
    assert refused(town, login, by(certificate, key, message(login))) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"algorithm": "RS1"}, "algorithm_refused"),
        ({"signature": "!"}, "malformed"),
        ({"certificate": "AAAA"}, "malformed"),
        ({"input_support": {"ef0002": "AAAA"}}, "malformed"),
        ({"terminal": "x"}, "malformed"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_not_a_proof(town, login, changes, code):
    """Nothing of the card's particulars and no terminal belongs to a signature."""
    assert refused(town, login, proof(town, login, **changes)) == code


def test_nobody_is_taken_for_the_person_by_guess(town, login):
    """J-LIS is down, and J-LIS cannot tell: the signature waits, with words of its own."""
    for mode in ("down", "unobtainable"):
        town.control(do="lineage", mode=mode)
        try:
            assert refused(town, login, proof(town, login)) == "lineage_unavailable"
        finally:
            town.control(do="lineage", mode="up")
        town.challenge(login)
    assert "/signature?by=" in signed(town, login)


def test_a_terminal_takes_no_statement(town, login):
    """Statements are signed on a device of one's own."""
    answer = town.get(town.browser(), f"{login.link}?terminal=x", headers={"Accept": "application/json"})
    assert answer.json["code"] == "terminal_refused"


def test_what_was_signed_is_collected_once_and_by_its_own_browser_and_login(town, login):
    """Neither another browser, nor another login of the same browser, nor a second visit."""
    back = signed(town, login)
    assert town.get(town.browser(), back).status_code == 410
    other, location = begun(town, town.office, browser=login.browser)
    opened(town, other, location)
    elsewhere = town.get(login.browser, location + "/leave").headers["Location"] + "?" + back.partition("?")[2]
    assert town.get(login.browser, elsewhere).status_code == 403
    assert town.get(login.browser, back).status_code == 303
    assert "consent" in town.get(login.browser, back).headers["Location"]


def test_a_declined_statement_leads_back_to_the_choice(town, login):
    """The card program's no is the same as the page's."""
    assert town.post(town.browser(), login.link + "/decline").status_code == 204
    page = town.get(login.browser, login.page_url)
    assert page.headers["Location"].endswith("/signature")
    assert 'value="without"' in town.get(login.browser, page.headers["Location"]).text


def test_who_says_no_at_last_leaves_no_proof(town, login):
    """The consent page is left with a no after the signature: the service hears a no, the proof is forgotten."""
    proofs = "SELECT count(sealed_proof) FROM signed_statement"
    before = _selected(town, proofs)
    consent_url = to_consent(town, login)
    assert _selected(town, proofs) == [before[0] + 1]
    denied = town.consent(login, consent_url, "deny")
    assert "error=access_denied" in denied.headers["Location"]
    assert _selected(town, proofs) == before


def test_each_check_is_metered_as_a_signature(town, login):
    """20 yen each: the kind and the purpose say so."""
    signed(town, login)
    assert _selected(town, "SELECT DISTINCT kind FROM meter WHERE purpose = 'signing'") == ["signature"]


def test_the_audit_names_nobody(town, login):
    """Purpose, device and evidence; no name, no serial number, no statement."""
    signed(town, login)
    bodies = _selected(town, "SELECT body FROM audit_entry WHERE action LIKE 'statement.%'")
    serial = f"{pair(town, 'hanako')[0].serial_number:x}"
    assert bodies
    assert not [body for body in bodies for word in ("花子", "同意", serial) if word in body]


def _selected(town, statement):
    with town.product.store.engine.connect() as connection:
        return list(connection.exec_driver_sql(statement).scalars())


def _again(town, login):
    """The same page with a new nonce, as an authenticator fetches it after a refusal."""
    assert town.challenge(login).status_code == 200
    return login


def _consent(town, login, resident, slot):
    back = signed(town, login, resident, slot=slot)
    return town.get(login.browser, back).headers["Location"]
