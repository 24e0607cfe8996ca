"""Attacks on the way from the authenticator to the browser: relays, swapped handles, guessed digits."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from components.phone import JSON, Phone, qr_link, scan, state_of, type_code
from components.town import id_token_claims


@pytest.fixture
def attacker(aoba):
    """A login that somebody began in a browser of their own."""
    return aoba.begin(aoba.library)


def sessions(*logins):
    """The session cookies that these logins' browsers hold."""
    return [login.browser.get_cookie("aoba-sess") for login in logins if login.browser.get_cookie("aoba-sess")]


def test_a_relayed_qr_code_without_a_live_victim_gives_no_session(aoba, attacker):
    """The victim scans and signs what was forwarded; the digits stay on the victim's phone, and guesses end it."""
    code = scan(aoba, attacker).code()
    others = (guess for guess in ("000000", "123456", "999999", "654321") if guess != code)
    for _, guess in zip(range(3), others, strict=False):
        type_code(aoba, attacker, guess)
    assert state_of(aoba, attacker) == {"state": "expired"}
    assert type_code(aoba, attacker, code).headers["Location"] == attacker.page_url
    assert sessions(attacker) == []


def test_the_digits_are_nothing_in_another_login(aoba, attacker):
    """What the victim reads off the phone belongs to the transaction that was scanned, and to its browser."""
    victim = aoba.begin(aoba.library)
    code = scan(aoba, attacker).code()
    assert type_code(aoba, victim, code).headers["Location"] == victim.page_url
    stranger = aoba.browser()
    assert type_code(aoba, attacker, code, browser=stranger).status_code == 410
    assert stranger.get_cookie("aoba-sess") is None
    assert sessions(victim, attacker) == []


def test_a_thousand_parallel_guesses_are_three(aoba, attacker):
    """However many arrive at once, three are looked at, and the right one among a thousand is lucky to be."""
    code = scan(aoba, attacker).code()
    cookies = {cookie.key: cookie.value for cookie in attacker.browser._cookies.values()}

    def guess(number):
        browser = aoba.browser()
        for name, value in cookies.items():
            browser.set_cookie(name, value, domain="localhost")
        return type_code(aoba, attacker, f"{number:06d}", browser=browser).headers.get("Location", "")

    wrong = [number for number in range(100) if f"{number:06d}" != code]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, wrong))
    assert not [answer for answer in answers if answer.endswith("/consent")]
    assert state_of(aoba, attacker) == {"state": "expired"}


def test_a_same_device_result_in_another_browser_gives_no_session(aoba, attacker):
    """The victim's card program opens the attacker's return link in the victim's browser: neither is signed in."""
    victim = aoba.begin(aoba.library)
    return_url = aoba.accept(attacker)
    answer = aoba.get(victim.browser, return_url)
    assert answer.status_code == 403
    assert sessions(victim, attacker) == []
    assert aoba.get(attacker.browser, return_url).status_code == 303  # not used up: it was nobody's to use


def test_a_qr_handle_never_gives_a_return_url(aoba, attacker):
    """Whatever the phone says of itself: the channel is the handle's."""
    for device in ("reader", "phone-chip", "phone"):
        login = aoba.begin(aoba.library)
        phone = scan(aoba, login)
        phone.fetch()
        answer = phone._post("/proof", proof(aoba, phone, device), content_type="application/json")
        assert answer.json.keys() == {"status", "code"}


def proof(town, phone, device, **changes):
    """hanako's proof for what the phone fetched."""
    return json.dumps(town.sign(phone.login, "hanako", device=device, **changes)).encode()


def test_what_was_signed_for_the_qr_code_is_nothing_at_the_button(aoba, attacker):
    """Transaction and nonce of one handle, posted to the other: the signature does not fit."""
    phone = scan(aoba, attacker)
    phone.fetch()
    aoba.challenge(attacker)
    swapped = aoba.prove(attacker, proof(aoba, phone, "reader"))
    assert swapped.json["code"] == "signature_invalid"
    assert phone.send(resident="hanako", device="reader").json.keys() == {"status", "code"}


@pytest.mark.parametrize("spoil", ["stripped", "query", "upper", "both"])
def test_a_changed_handle_is_no_handle(aoba, attacker, spoil):
    """Nothing but the handle itself opens anything."""
    button, qr = attacker.link.rpartition("/")[2], qr_link(aoba, attacker).rpartition("/")[2]
    changed = {"stripped": qr[:-1], "query": f"{qr}%3Fchannel=same-device", "upper": qr.swapcase()}
    changed["both"] = f"{button}{qr}"
    link = f"{attacker.link.rpartition('/')[0]}/{changed[spoil]}"
    assert aoba.get(aoba.browser(), link, headers=JSON).status_code == 404


def test_a_query_changes_no_channel(aoba, attacker):
    """The channel comes from the handle."""
    phone = Phone(aoba, attacker, qr_link(aoba, attacker) + "?channel=same-device")
    assert phone.fetch().json["channel"] == "cross-device"


def test_a_button_relayed_to_a_victim_gives_the_victims_browser_nothing(aoba, attacker):
    """And the attacker's one only what the digits give, if the victim tells them: never the higher level."""
    aoba.challenge(attacker)
    answer = aoba.prove(attacker, aoba.sign(attacker)).json
    typed = type_code(aoba, attacker, answer["code"])
    location = aoba.consent(attacker, typed.headers["Location"]).headers["Location"]
    code = location.partition("code=")[2].partition("&")[0]
    assert id_token_claims(aoba.redeem(code, attacker).json["id_token"])["acr"] == "aal2"
