"""Logins at a counter terminal: both modes, their levels, and everything that is refused there."""

import json

import pytest
from components.counter import enrol, finish, kazashi_service, refused, switch
from components.phone import Phone, qr_link

from idp.errors import Reason

PIN_METHODS = ["hwk", "sc", "pin", "mfa"]


@pytest.fixture(scope="module")
def aoba(shared_town):
    """One town for all these tests: none changes what another relies on."""
    switch(shared_town, ["kazashi"])
    return shared_town


@pytest.fixture(scope="module")
def desk(aoba):
    """A service that takes kazashi, at a tenant that has switched it on."""
    return kazashi_service(aoba)


@pytest.fixture(scope="module")
def window(aoba, desk):
    """A terminal for the service `desk` and for the library, which takes no kazashi."""
    return enrol(aoba, desk, aoba.library)


def test_a_pin_at_a_counter_gives_the_highest_level_and_no_code(aoba, window):
    """As on the same device, and nothing to type by hand."""
    login = aoba.begin(aoba.library)
    answer = window.prove(login, "pin")
    assert answer.json.keys() == {"status", "return_url"}
    claims = finish(aoba, login, answer)
    assert (claims["acr"], claims["amr"]) == ("aal3", PIN_METHODS)


def test_the_challenge_is_the_counters(aoba, window, desk):
    """Channel, cards alone, and how a person may be asked; a least level of aal2 never offers kazashi."""
    library = window.challenge(aoba.begin(aoba.library)).json
    assert (library["channel"], library["certificate_types"], library["modes"]) == ("counter", ["card"], ["pin"])
    assert window.challenge(aoba.begin(desk)).json["modes"] == ["pin", "kazashi"]


def test_kazashi_is_the_lowest_level_and_the_same_person(aoba, window, desk):
    """The number is the one that the resident has online, in this sector."""
    online = aoba.sign_in(aoba.childcare)
    login = aoba.begin(desk)
    claims = finish(aoba, login, window.prove(login, "kazashi"))
    assert (claims["acr"], claims["amr"]) == ("aal1", ["kazashi"])
    assert claims["sub"] == online["sub"]


def test_a_pin_at_the_counter_is_the_login_that_kazashi_needs(aoba, window, desk):
    """First refused, then the PIN, then held over."""
    assert refused(window.prove(aoba.begin(desk), "kazashi", "yoko")) == (Reason.LEVEL_INSUFFICIENT, 403)
    login = aoba.begin(desk)
    first = finish(aoba, login, window.prove(login, "pin", "yoko"))
    again = aoba.begin(desk)
    assert finish(aoba, again, window.prove(again, "kazashi", "yoko"))["sub"] == first["sub"]


def test_a_certificate_that_never_signed_here_by_pin_leaves_nothing(aoba, window, desk):
    """No person is made, and the waiting page can go on."""
    before = aoba.rows("certificate")
    login = aoba.begin(desk)
    assert refused(window.prove(login, "kazashi", "ichiro")) == (Reason.LEVEL_INSUFFICIENT, 403)
    assert aoba.rows("certificate") == before
    assert window.prove(login, "pin", "ichiro").status_code == 200


def test_a_pin_login_at_another_tenant_does_not_count(aoba, window, desk):
    """Tenants know nothing of each other's residents."""
    aoba.sign_in(aoba.parking, "jun")
    assert refused(window.prove(aoba.begin(desk), "kazashi", "jun")) == (Reason.LEVEL_INSUFFICIENT, 403)


def test_a_service_that_asks_for_more_takes_no_kazashi(aoba, window):
    """Not offered, and refused when it comes all the same."""
    aoba.sign_in(aoba.library)
    assert refused(window.prove(aoba.begin(aoba.library), "kazashi")) == (Reason.LEVEL_INSUFFICIENT, 403)


def test_a_phone_is_no_card_at_a_counter(aoba, window):
    """A phone signs in by itself."""
    person = aoba.resident("midori")
    login = aoba.begin(aoba.library)
    window.challenge(login)
    by_phone = aoba.sign(login, files=(person.phone_certificate, person.phone_key))
    body = window.sign(login, "pin", by=by_phone)
    assert refused(aoba.prove(login, body)) == (Reason.CERTIFICATE_TYPE_NOT_ACCEPTED, 403)


def test_only_a_live_terminal_of_the_tenant_and_for_the_client_is_asked(aoba, window, desk):
    """Unknown, another tenant's, not listed, expired, revoked: all the same answer, and no nonce."""
    elsewhere = enrol(aoba, aoba.parking, terminal_id="mado-9", tenant_id="wakaba")
    for terminal_id in ("mado-7", "", "a'b%00", "x" * 400, elsewhere.terminal_id):
        assert refused(window.challenge(aoba.begin(desk), terminal_id or "%20")) == (Reason.TERMINAL_REFUSED, 403)
    assert refused(window.challenge(aoba.begin(aoba.school))) == (Reason.TERMINAL_REFUSED, 403)
    gone = enrol(aoba, desk, terminal_id="mado-5")
    aoba.product.terminals.revoke(aoba.product.directory.tenant("aoba"), gone.terminal_id)
    assert refused(gone.challenge(aoba.begin(desk))) == (Reason.TERMINAL_REFUSED, 403)


def test_a_terminal_that_is_revoked_between_challenge_and_proof_is_refused(aoba, window, desk):
    """It is looked at again."""
    going, login = enrol(aoba, desk, terminal_id="mado-6"), aoba.begin(desk)
    going.challenge(login)
    aoba.product.terminals.revoke(aoba.product.directory.tenant("aoba"), going.terminal_id)
    assert refused(aoba.prove(login, going.sign(login, "pin"))) == (Reason.TERMINAL_REFUSED, 403)


def test_another_terminal_of_the_client_cannot_answer(aoba, window, desk):
    """The nonce is one terminal's."""
    other = enrol(aoba, desk, terminal_id="mado-3")
    login = aoba.begin(desk)
    window.challenge(login)
    assert refused(aoba.prove(login, other.sign(login, "pin"))) == (Reason.TERMINAL_REFUSED, 403)


MALFORMED = {
    "no terminal": ("pin", {"terminal": None}),
    "no mode": ("pin", {"mode": None}),
    "no terminal signature": ("pin", {"terminal_signature": None}),
    "an unknown mode": ("pin", {"mode": "tap"}),
    "no signature of the card": ("pin", {"signature": None}),
    "a signature in kazashi mode": ("kazashi", {"signature": "AAAA"}),
    "an algorithm in kazashi mode": ("kazashi", {"algorithm": "RS256"}),
    "an algorithm of null": ("kazashi", {"mode": "kazashi", "algorithm": 0}),
    "input support that was not asked": ("pin", {"input_support": {"ef0002": ""}}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_members_of_the_counter_are_exact(aoba, window, desk, name):
    """A body of another form takes no nonce: the right one is accepted after it."""
    mode, changes = MALFORMED[name]
    aoba.sign_in(aoba.childcare)
    login = aoba.begin(desk)
    assert refused(window.prove(login, mode, **changes)) == (Reason.MALFORMED, 400)
    assert aoba.prove(login, window.sign(login, mode)).status_code == 200


def test_an_ordinary_proof_on_a_terminals_nonce_is_malformed_and_the_other_way_round(aoba, window):
    """A nonce carries its channel."""
    login = aoba.begin(aoba.library)
    window.challenge(login)
    assert refused(aoba.prove(login, aoba.sign(login))) == (Reason.MALFORMED, 400)
    aoba.challenge(login)
    assert login.challenge["channel"] == "same-device"
    assert refused(aoba.prove(login, window.sign(login, "pin"))) == (Reason.MALFORMED, 400)
    assert aoba.prove(login, aoba.sign(login)).status_code == 200


def test_a_nonce_changes_with_who_asks_and_is_counted(aoba, window, desk):
    """The same terminal gets the same nonce; a change of the asker costs one of five."""
    login = aoba.begin(desk)
    nonces = [window.challenge(login).json["nonce"] for _ in range(3)]
    assert len(set(nonces)) == 1
    for ask in (aoba.challenge, window.challenge, aoba.challenge, window.challenge):
        assert ask(login).status_code == 200
    assert refused(aoba.challenge(login)) == (Reason.RATE_LIMITED, 429)


@pytest.mark.parametrize("mode", ["pin", "kazashi"])
def test_what_the_terminal_signs_is_bound(aoba, window, desk, mode):
    """Another origin, another key, another mode or a cut signature: the terminal did not sign that."""
    aoba.sign_in(aoba.childcare)
    stranger = enrol(aoba, desk, terminal_id=f"mado-4-{mode}")
    stranger.terminal_id = window.terminal_id
    for tried in (window, stranger):
        login = aoba.begin(desk)
        window.challenge(login)
        origin = "http://elsewhere.example" if tried is window else None
        body = tried.sign(login, mode, **({"origin": origin} if origin else {}))
        assert refused(aoba.prove(login, body)) == (Reason.SIGNATURE_INVALID, 400)
    login = aoba.begin(desk)
    assert refused(window.prove(login, mode, terminal_signature="AAAA")) == (Reason.SIGNATURE_INVALID, 400)


def test_a_pin_proof_is_not_turned_into_the_higher_level_by_its_mode(aoba, window, desk):
    """A terminal's signature for kazashi is none for pin, and a card's alone is not enough."""
    aoba.sign_in(aoba.childcare)
    login = aoba.begin(desk)
    window.challenge(login)
    body = window.sign(login, "kazashi")
    card = aoba.sign(login)
    forged = {**body, "mode": "pin", "algorithm": "RS256", "signature": card["signature"]}
    assert refused(aoba.prove(login, forged)) == (Reason.SIGNATURE_INVALID, 400)


def test_the_card_signs_too_where_a_pin_was_asked(aoba, window, desk):
    """A terminal alone is not enough for the PIN's level."""
    login = aoba.begin(desk)
    window.challenge(login)
    forged = window.sign(login, "pin") | {"signature": aoba.sign(login, "ichiro")["signature"]}
    assert refused(aoba.prove(login, forged)) == (Reason.SIGNATURE_INVALID, 400)


def test_a_terminals_proof_is_used_once(aoba, window, desk):
    """The nonce is taken."""
    login = aoba.begin(desk)
    window.challenge(login)
    body = window.sign(login, "pin")
    assert aoba.prove(login, body).status_code == 200
    assert refused(aoba.prove(login, body)) == (Reason.ALREADY_USED, 409)


def test_the_audit_trail_names_the_terminal_and_nobody(aoba, window, desk):
    """Both an acceptance and a refusal say where."""
    assert window.prove(aoba.begin(aoba.library), "kazashi").status_code == 403
    assert window.prove(aoba.begin(desk), "pin").status_code == 200
    with aoba.product.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT action, body FROM audit_entry ORDER BY at_milliseconds").all()
    refusal, accepted = (json.loads(body) for action, body in rows[-2:])
    assert (refusal["terminal"], refusal["reason"]) == (window.terminal_id, Reason.LEVEL_INSUFFICIENT)
    assert (accepted["terminal"], accepted["channel"]) == (window.terminal_id, "counter")


def test_a_counters_browser_is_nobodys_own(aoba, window):
    """It is not remembered as seen by the resident, as a browser at home is."""
    here, home = aoba.begin(aoba.library), aoba.begin(aoba.library)
    finish(aoba, here, window.prove(here, "pin"))
    aoba.challenge(home)
    finish(aoba, home, aoba.prove(home, aoba.sign(home)))
    cookies = [{cookie.key for cookie in login.browser._cookies.values()} for login in (here, home)]
    seen = [any("seen" in name for name in names) for names in cookies]
    assert seen == [False, True]


def test_looking_at_a_terminals_address_changes_nothing(aoba, window, desk):
    """As HTML it is the help page, whoever the terminal is."""
    login = aoba.begin(desk)
    page = aoba.get(aoba.browser(), f"{login.link}?terminal=nobody", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")


def test_a_terminal_twice_in_the_address_is_refused(aoba, window, desk):
    """Two names are none."""
    login = aoba.begin(desk)
    url = f"{login.link}?terminal={window.terminal_id}&terminal={window.terminal_id}"
    answer = aoba.get(aoba.browser(), url, headers={"Accept": "application/json"})
    assert refused(answer) == (Reason.TERMINAL_REFUSED, 403)


def test_a_qr_code_is_not_a_terminals(aoba, window):
    """The terminal takes the button's handle: the other's channel is across devices, whoever asks."""
    login = aoba.begin(aoba.library)
    phone = Phone(aoba, login, qr_link(aoba, login))
    assert phone.fetch().status_code == 200
    answer = aoba.get(
        aoba.browser(),
        f"{phone.link}?terminal={window.terminal_id}",
        headers={"Accept": "application/json", "Jpki-Login-Claim": phone.claim},
    )
    assert refused(answer) == (Reason.TERMINAL_REFUSED, 403)


def allow(*_arguments, **_named):
    """A check that checks nothing."""


MUTATIONS = {
    "kazashi everywhere": (
        "idp.login.demand.Demand.offers_kazashi",
        property(lambda _: True),
        ("library", "kazashi", "hanako", {}),
    ),
    "kazashi for anybody": ("idp.login.counter.Counter._require_known", allow, ("desk", "kazashi", "jun", {})),
    "any terminal": ("idp.terminals.terminal.Terminal.serves", lambda *_: True, ("school", "pin", "midori", {})),
    "any signature of a terminal": (
        "idp.jpki.proof.require_signature",
        allow,
        ("desk", "pin", "midori", {"terminal_signature": "AAAA"}),
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_check_that_is_lost_shows(aoba, window, desk, name, monkeypatch):
    """Each refusal above hangs on its check: without it the proof is accepted."""
    place, instead, (service, mode, resident, forged) = MUTATIONS[name]
    aoba.sign_in(aoba.library)
    monkeypatch.setattr(place, instead)
    services = {"library": aoba.library, "school": aoba.school, "desk": desk}
    answer = window.prove(aoba.begin(services[service]), mode, resident, **forged)
    assert answer.status_code == 200, answer.text
