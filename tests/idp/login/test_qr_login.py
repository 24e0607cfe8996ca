"""A login across devices: QR code, claim, six digits, and the level and limits that come of it."""

import re

import pytest
from components.phone import finish, qr_link, scan, state_of, type_code
from components.town import Town

from idp.login.codes import CODE_SECONDS, MORE_SECONDS, Codes, normalised
from idp.login.handles import CLAIMED_SECONDS, QR_SECONDS

SPARE = 25
"""Seconds that a busy machine may take for a test's own steps: the town's clock runs on beneath its offset."""


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def login(aoba):
    """A login whose page is open on a PC."""
    return aoba.begin(aoba.library)


@pytest.fixture
def phone(aoba, login):
    """A phone held to its QR code."""
    return scan(aoba, login)


def test_a_phone_and_six_digits_sign_in_at_aal2(aoba, login, phone):
    """Scanned, signed, typed: the browser that shows the page gets the session, the service aal2 and the amr."""
    states = [state_of(aoba, login)]
    challenge = phone.fetch().json
    states.append(state_of(aoba, login))
    answer = phone.send()
    states.append(state_of(aoba, login))
    assert [{"state": name} for name in ("waiting", "scanned", "code")] == states
    assert (challenge["channel"], challenge["attributes"]) == ("cross-device", [])
    assert answer.json.keys() == {"status", "code"}
    assert re.fullmatch("[0-9]{6}", answer.json["code"])
    claims = finish(aoba, login, type_code(aoba, login, answer.json["code"]))
    assert (claims["acr"], claims["amr"]) == ("aal2", ["hwk", "mfa"])
    assert state_of(aoba, login) == {"state": "expired"}  # the transaction's cookie is dead


def test_a_card_held_to_a_phone_signs_in_at_aal2(aoba, login, phone):
    """The same with a card: its own amr, the same level."""
    claims = finish(aoba, login, type_code(aoba, login, phone.code(resident="hanako", device="reader")))
    assert (claims["acr"], claims["amr"]) == ("aal2", ["hwk", "sc", "pin", "mfa"])


def test_the_two_handles_share_nothing(aoba, login, phone):
    """Another handle, another transaction string, another nonce, and a count of nonces of its own."""
    aoba.challenge(login)
    phone.fetch()
    assert login.link != phone.link
    for name in ("transaction", "nonce"):
        assert login.challenge[name] != phone.login.challenge[name]
    for _ in range(5):
        phone.fetch()
        phone.send(algorithm="none")
    assert phone.fetch().json["code"] == "rate_limited"
    assert aoba.challenge(login).status_code == 200


def test_the_first_fetch_claims_and_alone_is_told(aoba, login, phone):
    """A second phone is refused everything; the first goes on, and is not told its claim again."""
    assert len(phone.fetch().json["claim"]) == 22
    assert "claim" not in phone.fetch().json
    second = scan(aoba, login)
    second.login = phone.login
    for claim in (None, "", "A" * 22, "ほかの"):
        second.claim = None
        headers = {} if claim is None else {"Jpki-Login-Claim": claim.encode().decode("latin-1")}
        assert (second.fetch(**headers).status_code, second.fetch(**headers).json["code"]) == (409, "already_used")
    for answer in (second.send(), second.decline()):
        assert (answer.status_code, answer.json["code"]) == (409, "already_used")
    assert phone.send().status_code == 200


def test_nothing_is_done_before_the_claim(phone, aoba, login):
    """A proof or a decline at an unclaimed QR handle is refused; looking at it as a person claims nothing."""
    phone.login.challenge = {}
    aoba.challenge(login)
    phone.login = login
    assert phone.send().json["code"] == "already_used"
    assert phone.decline().json["code"] == "already_used"
    assert aoba.get(aoba.browser(), phone.link).status_code == 200
    head = aoba.browser().head(phone.link.removeprefix("http://localhost:8000"), base_url="http://localhost:8000/")
    assert head.status_code == 200
    assert state_of(aoba, login) == {"state": "waiting"}


def test_an_unclaimed_code_is_replaced_and_a_claimed_one_lives_on(aoba, login, phone):
    """After 120 s the page holds another; once claimed, the old one has five minutes from then."""
    aoba.clock.set_offset(QR_SECONDS - SPARE)
    assert qr_link(aoba, login) == phone.link
    aoba.clock.set_offset(QR_SECONDS)
    fresh = scan(aoba, login)
    assert fresh.link != phone.link
    assert (phone.fetch().status_code, phone.fetch().json["code"]) == (410, "expired")
    fresh.fetch()
    aoba.clock.set_offset(QR_SECONDS + CLAIMED_SECONDS - SPARE)
    assert qr_link(aoba, login) == fresh.link
    assert fresh.fetch().status_code == 200
    aoba.clock.set_offset(QR_SECONDS + CLAIMED_SECONDS + SPARE)
    assert fresh.fetch().json["code"] == "expired"
    assert qr_link(aoba, login) != fresh.link


def test_the_resident_renews_a_code_that_somebody_else_scanned(aoba, login, phone):
    """The button kills the claimed handle at once; what its holder signed is worth nothing."""
    phone.fetch()
    answer = aoba.post(login.browser, login.page_url + "/qr")
    assert answer.headers["Location"] == login.page_url + "/phone"
    assert phone.send().json["code"] == "expired"
    assert state_of(aoba, login) == {"state": "waiting"}
    assert scan(aoba, login).fetch().status_code == 200


def test_the_picture_is_drawn_for_this_browser_alone(aoba, login):
    """SVG for the browser with the cookie; nothing for another, or when no code is waited for."""
    url = login.page_url + "/qr.svg"
    drawn = aoba.get(login.browser, url)
    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
    assert drawn.headers["Cache-Control"] == "no-store"
    assert aoba.get(aoba.browser(), url).status_code == 404
    assert 'src="' + url.removeprefix("http://localhost:8000") in aoba.get(
        login.browser, login.page_url + "/phone"
    ).text.replace("http://localhost:8000", "")
    aoba.accept(login)
    assert aoba.get(login.browser, url).status_code == 404


def test_a_refused_phone_may_try_again(aoba, login, phone):
    """The page says why; a new proof under the same claim is taken."""
    phone.fetch()
    assert phone.send(algorithm="none").status_code == 403
    assert state_of(aoba, login) == {"state": "refused", "refusal": "algorithm_refused"}
    assert phone.fetch().status_code == 200
    assert phone.send().status_code == 200


def test_a_decline_on_the_phone_returns_access_denied(aoba, login, phone):
    """The page sends the browser back to the service."""
    phone.fetch()
    assert phone.decline().status_code == 204
    assert state_of(aoba, login) == {"state": "declined"}
    assert "error=access_denied" in aoba.get(login.browser, login.page_url).headers["Location"]


def test_three_wrong_codes_end_the_transaction(aoba, login, phone):
    """The right one comes too late then; something that is no code costs no try."""
    code = phone.code()
    for typed in ("", "12345", "1234567", "abcdef", "1" * 5000):
        assert "digits=" in type_code(aoba, login, typed).headers["Location"]
    for _ in range(2):
        type_code(aoba, login, wrong(code))
        assert state_of(aoba, login) == {"state": "code"}
    assert "あと1回" in aoba.get(login.browser, login.page_url).text.replace("<wbr>", "")
    type_code(aoba, login, wrong(code))
    assert state_of(aoba, login) == {"state": "expired"}
    late = type_code(aoba, login, code)
    assert late.headers["Location"] == login.page_url
    assert aoba.rows("code_redemption") == 0
    assert login.browser.get_cookie("aoba-sess") is None


def test_a_code_lives_sixty_seconds_and_once_sixty_more(aoba, login, phone):
    """Prolonged on request, once; afterwards nothing is taken."""
    code = phone.code()
    more = login.page_url + "/more-time"
    aoba.clock.set_offset(CODE_SECONDS - SPARE)
    for _ in range(3):
        assert aoba.post(login.browser, more).status_code == 303
    aoba.clock.set_offset(CODE_SECONDS + MORE_SECONDS - SPARE)
    assert state_of(aoba, login) == {"state": "code"}
    aoba.clock.set_offset(CODE_SECONDS + MORE_SECONDS + SPARE)
    assert state_of(aoba, login) == {"state": "expired"}
    aoba.post(login.browser, more)
    assert type_code(aoba, login, code).headers["Location"] == login.page_url
    assert login.browser.get_cookie("aoba-sess") is None


def test_a_code_completes_once_and_kills_the_cookie(aoba, login, phone):
    """A new session id; the transaction's cookie, kept by somebody, gives no second session."""
    name = f"aoba-tx-{login.page_url.rpartition('/')[2]}"
    kept = login.browser.get_cookie(name).value
    code = phone.code()
    first = type_code(aoba, login, code)
    assert login.browser.get_cookie(name) is None
    thief = aoba.browser()
    thief.set_cookie(name, kept, domain="localhost")
    assert aoba.get(thief, login.page_url).status_code == 410
    again = type_code(aoba, login, code, browser=thief)
    assert thief.get_cookie("aoba-sess") is None
    assert again.headers.get("Location", login.page_url) == login.page_url
    assert finish(aoba, login, first)["acr"] == "aal2"


def test_a_transaction_is_extended_once_by_fifteen_minutes(aoba, login):
    """Its page, its handles and its cookie live on; a second wish changes nothing."""
    extend = login.page_url + "/extend"
    aoba.clock.set_offset(14 * 60)
    for _ in range(2):
        assert aoba.post(login.browser, extend).headers["Location"] == login.page_url
    assert aoba.post(login.browser, extend + "?page=phone").headers["Location"] == login.page_url + "/phone"
    aoba.clock.set_offset(29 * 60)
    code = scan(aoba, login).code()
    assert finish(aoba, login, type_code(aoba, login, code))["acr"] == "aal2"


def test_an_extended_transaction_ends_after_thirty_minutes(aoba, login):
    """Not a moment later."""
    aoba.post(login.browser, login.page_url + "/extend")
    aoba.clock.set_offset(30 * 60 + 1)
    assert aoba.get(login.browser, login.page_url).status_code == 410


def test_a_service_that_requires_aal3_has_no_qr_code_and_no_digits(aoba):
    """No QR link, no picture, no page for phones, and no code in the same device's answer."""
    login = aoba.begin(aoba.register("aoba", "strict", minimum_acr="aal3"))
    assert qr_link(aoba, login) is None
    assert aoba.get(login.browser, login.page_url + "/qr.svg").status_code == 404
    assert aoba.get(login.browser, login.page_url + "/phone").headers["Location"] == login.page_url
    assert "phone-qr" not in aoba.get(login.browser, login.page_url).text
    aoba.challenge(login)
    assert aoba.prove(login, aoba.sign(login)).json.keys() == {"status", "return_url"}


def test_the_same_device_may_finish_by_code_at_the_lower_level(aoba, login):
    """The answer carries both; the digits give aal2, in the token and in the store, and end the return link."""
    aoba.challenge(login)
    answer = aoba.prove(login, aoba.sign(login)).json
    assert state_of(aoba, login) == {"state": "accepted"}
    typed = type_code(aoba, login, answer["code"])
    assert aoba.get(login.browser, answer["return_url"]).status_code == 403
    claims = finish(aoba, login, typed)
    assert (claims["acr"], claims["amr"]) == ("aal2", ["hwk", "sc", "pin", "mfa"])
    with aoba.product.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT acr FROM acceptance").scalar_one() == "aal2"


def test_the_return_ends_the_code(aoba, login):
    """Whichever comes first."""
    aoba.challenge(login)
    answer = aoba.prove(login, aoba.sign(login)).json
    back = aoba.get(login.browser, answer["return_url"])
    assert type_code(aoba, login, answer["code"]).status_code == 410
    assert finish(aoba, login, back)["acr"] == "aal3"


def signed_in_across(town: Town, browser=None, resident: str = "midori") -> str:
    """Where the browser goes after the code."""
    login = town.begin(town.library, browser=browser)
    device = "phone" if resident == "midori" else "reader"
    answer = type_code(town, login, scan(town, login).code(resident=resident, device=device))
    location = answer.headers["Location"]
    if location.endswith("/consent"):
        town.consent(login, location)
        return "asked"
    return "remembered"


def test_consent_is_remembered_only_on_a_browser_that_this_person_used(aoba):
    """Another browser asks again; so does one that another resident, a relay's owner perhaps, signed in with."""
    known, other = aoba.browser(), aoba.browser()
    assert signed_in_across(aoba, known) == "asked"
    assert signed_in_across(aoba, known) == "remembered"
    assert signed_in_across(aoba, other, "hanako") == "asked"
    assert signed_in_across(aoba, other) == "asked"
    assert signed_in_across(aoba, other, "hanako") == "remembered"
    assert signed_in_across(aoba, aoba.browser()) == "asked"


@pytest.mark.parametrize("cookie", ["", ".", "x.y", "a" * 4000, "ü", "1.2.3.4.5.6.7"])
def test_a_cookie_made_up_is_no_browser_seen(aoba, cookie):
    """Whatever it says."""
    signed_in_across(aoba)
    browser = aoba.browser()
    browser.set_cookie("aoba-seen", cookie, domain="localhost")
    assert signed_in_across(aoba, browser) == "asked"


@pytest.mark.parametrize("typed", ["123456", "１２３ ４５６", " 12-34-56 ", "123\u3000456"])
def test_digits_are_read_as_people_type_them(typed):
    """Full-width digits, spaces and hyphens are the same six digits."""
    assert normalised(typed) == "123456"


def test_digits_are_drawn_over_their_whole_range(aoba, login):
    """Leading zeros belong to them; two draws differ."""
    tenant = aoba.product.directory.tenant("aoba")
    records = aoba.product.app.view_functions["card_page"].__self__.transactions.records
    transaction = records.behind(tenant, login.link.rpartition("/")[2])
    drawn = {Codes(records).draw(tenant, transaction, records.moment())[0] for _ in range(200)}
    assert all(re.fullmatch("[0-9]{6}", code) for code in drawn)
    assert len(drawn) > 190
    assert {code[0] for code in drawn} == set("0123456789")
