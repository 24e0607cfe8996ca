"""Single sign-on: when a browser that is signed in needs no card, and whose session that is."""

import pytest
from components.counting import counting
from components.going_on import MINUTE, code_of, enter, needs_card, pass_time, query, redeemed, silently
from components.town import BASE_URL

from idp.login import sessions


def test_a_second_visit_needs_no_card_and_no_page(signed_in):
    """A code comes at once: same person, same session, same proof."""
    town, browser, first = signed_in
    login, url = town.ask(town.childcare, browser)
    again = redeemed(town, login, url)
    assert [again[name] for name in ("sub", "sid", "acr", "amr")] == [
        first[name] for name in ("sub", "sid", "acr", "amr")
    ]


def test_another_service_of_the_sector_is_asked_consent_and_nothing_else(signed_in):
    """It is told the same number and a session name of its own; the next time not even consent is asked."""
    town, browser, first = signed_in
    login, url = town.ask(town.school, browser)
    assert url.endswith("/consent")
    at_school = redeemed(town, login, town.consent(login, url).headers["Location"])
    assert (at_school["sub"], at_school["sid"] == first["sid"]) == (first["sub"], False)
    assert "code" in silently(town, town.school, browser)


def test_another_sector_and_another_tenant_need_the_card(signed_in):
    """A session reaches one sector."""
    town, browser, _ = signed_in
    for service in (town.library, town.parking):
        assert silently(town, service, browser)["error"] == "login_required"
        assert needs_card(town, service, browser)


def test_each_sector_has_its_own_session_in_one_browser(signed_in):
    """Signing in at the library takes nothing away from childcare."""
    town, browser, first = signed_in
    enter(town, town.library, browser)
    assert "code" in silently(town, town.library, browser)
    login, url = town.ask(town.childcare, browser)
    assert redeemed(town, login, url)["sid"] == first["sid"]


def test_a_municipality_may_opt_for_more_and_says_so(signed_in):
    """Beyond the sector: consent is asked, the number is another, and the pages state what times may tell."""
    town, browser, first = signed_in
    tenant = town.product.directory.tenant("aoba")
    town.product.policies.change_tenant(tenant, revocation={}, single_sign_on_everywhere=True)
    login, url = town.ask(town.library, browser)
    assert url.endswith("/consent")
    assert "推し量れる" in town.get(browser, url).text
    claims = redeemed(town, login, town.consent(login, url).headers["Location"])
    assert claims["sub"] != first["sub"]
    assert claims["sid"] != first["sid"]
    assert silently(town, town.parking, browser)["error"] == "login_required"
    assert "推し量れる" in needs_card(town, town.library, town.browser())


def test_it_goes_on_while_it_is_used_and_ends_after_fifteen_idle_minutes(signed_in):
    """Every use begins the quarter of an hour anew."""
    town, browser, _ = signed_in
    for _ in range(3):
        pass_time(town, 14 * MINUTE)
        enter(town, town.childcare, browser)
        assert needs_card(town, town.childcare, browser) is None
    pass_time(town, 15 * MINUTE)
    assert silently(town, town.childcare, browser)["error"] == "login_required"


def test_it_ends_after_eight_hours_however_much_it_is_used(signed_in):
    """Absolute, from the proof on."""
    town, browser, first = signed_in
    ends = town.clock.offset + sessions.SESSION_SECONDS
    while town.clock.offset + 14 * MINUTE < ends:
        pass_time(town, 14 * MINUTE)
        town.control(do="tick")
        assert enter(town, town.childcare, browser)["sid"] == first["sid"]
    pass_time(town, ends - town.clock.offset)
    assert silently(town, town.childcare, browser)["error"] == "login_required"


def test_a_code_that_was_not_redeemed_gives_no_session(aoba):
    """The session is inactive until the service has its tokens."""
    browser = aoba.browser()
    aoba.come(aoba.childcare, browser)
    assert silently(aoba, aoba.childcare, browser)["error"] == "login_required"


def test_nothing_goes_on_at_a_shared_computer(aoba):
    """Chosen on the card page or on the consent page; the cookie is gone with the browser then."""
    browser = aoba.browser()
    login = aoba.begin(aoba.childcare, browser)
    told = aoba.post(browser, login.page_url + "/computer", data={"computer": "shared"})
    page = aoba.get(browser, told.headers["Location"])
    assert 'value="own"' in page.text
    answer = aoba.get(browser, aoba.accept(login))
    assert "Max-Age" not in next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("aoba-sess="))
    answer = aoba.consent(login, answer.headers["Location"], computer="shared")
    assert "aoba-seen" not in " ".join(answer.headers.getlist("Set-Cookie"))
    redeemed(aoba, login, answer.headers["Location"])
    assert silently(aoba, aoba.childcare, browser)["error"] == "login_required"


def test_the_choice_can_be_taken_back_and_is_the_browsers_own(aoba):
    """Another browser cannot make it, and going back to one's own computer makes the login go on."""
    browser = aoba.browser()
    login = aoba.begin(aoba.childcare, browser)
    stranger = aoba.post(aoba.browser(), login.page_url + "/computer", data={"computer": "shared"})
    assert stranger.status_code == 410
    for choice in ("shared", "own"):
        aoba.post(browser, login.page_url + "/computer", data={"computer": choice})
    url = aoba.get(browser, aoba.accept(login)).headers["Location"]
    redeemed(aoba, login, aoba.consent(login, url).headers["Location"])
    assert "code" in silently(aoba, aoba.childcare, browser)


def test_choosing_a_shared_computer_later_ends_what_went_on(signed_in):
    """On the consent page of the next service: the last word counts for the whole session."""
    town, browser, _ = signed_in
    login, url = town.ask(town.school, browser)
    redeemed(town, login, town.consent(login, url, computer="shared").headers["Location"])
    for service in (town.school, town.childcare):
        assert silently(town, service, browser)["error"] == "login_required"


def test_a_shared_computer_said_at_another_sector_lets_nothing_go_on_either(signed_in):
    """The computer is the same one: whoever comes next is not signed in at the first sector's services."""
    town, browser, _ = signed_in
    login = town.begin(town.library, browser)
    url = town.get(browser, town.accept(login)).headers["Location"]
    redeemed(town, login, town.consent(login, url, computer="shared").headers["Location"])
    for service in (town.library, town.childcare):
        assert silently(town, service, browser)["error"] == "login_required"


# Whose session it is


def test_a_new_proof_is_a_new_session_and_its_id_another(signed_in):
    """Whatever the browser held before; the old id alone is worth nothing more than before."""
    town, browser, first = signed_in
    before = browser.get_cookie("aoba-sess").value
    anew = enter(town, town.childcare, browser, prompt="login")
    after = browser.get_cookie("aoba-sess").value
    assert anew["sid"] != first["sid"]
    assert after.split(".")[0] != before
    assert after.split(".")[1:] == [before]


def test_a_code_that_is_replayed_elsewhere_takes_nothing_from_the_service_that_read_the_card(aoba):
    """What the clinic received stays readable; the code that went on to the desk gives nothing twice."""
    browser, shared = aoba.browser(), {"sector_id": "care", "sector_purpose": "医療のため"}
    clinic = aoba.register("aoba", "clinic", scopes=("openid", "name"), **shared)
    desk = aoba.register("aoba", "desk", **shared)
    login, url = aoba.come(clinic, browser, scope="openid name")
    token = aoba.redeem(code_of(url), login).json["access_token"]
    login, url = aoba.come(desk, browser)
    assert login.page_url == ""
    assert aoba.redeem(code_of(url), login).status_code == 200
    pass_time(aoba, MINUTE / 2)
    assert aoba.redeem(code_of(url), login).status_code == 400
    assert "name" in aoba.userinfo(clinic, token).json


def test_a_planted_cookie_becomes_nobodys_session(aoba):
    """Session fixation: what was in the browser before the login names no session after it."""
    browser, planted = aoba.browser(), "p" * 43
    browser.set_cookie("aoba-sess", planted, domain="localhost")
    enter(aoba, aoba.childcare, browser)
    thief = aoba.browser()
    thief.set_cookie("aoba-sess", planted, domain="localhost")
    assert silently(aoba, aoba.childcare, thief)["error"] == "login_required"


def test_whoever_signs_in_last_owns_the_browser(signed_in):
    """Of somebody else's sessions in it none goes on, in no sector, even when the last one is over."""
    town, browser, hanako = signed_in
    enter(town, town.library, browser, "ichiro")
    assert silently(town, town.childcare, browser)["error"] == "login_required"
    ichiro = enter(town, town.childcare, browser, "ichiro")
    assert ichiro["sub"] != hanako["sub"]
    pass_time(town, 15 * MINUTE)
    assert silently(town, town.childcare, browser)["error"] == "login_required"


def test_another_card_of_the_same_person_is_another_session(aoba):
    """Two proofs, two sessions, one number."""
    browser = aoba.browser()
    first = enter(aoba, aoba.childcare, browser)
    again = enter(aoba, aoba.childcare, browser, prompt="login")
    assert (again["sub"], again["sid"] == first["sid"]) == (first["sub"], False)


@pytest.mark.parametrize("cookie", ["", ".", "x", "a" * 4000, "." * 400, "あ", "a.b.c.d.e.f.g.h.i.j.k"])
def test_a_cookie_of_no_use_is_as_none(aoba, cookie):
    """Made up, too long, of other characters."""
    browser = aoba.browser()
    browser.set_cookie("aoba-sess", cookie, domain="localhost")
    assert silently(aoba, aoba.childcare, browser)["error"] == "login_required"


def test_a_session_of_one_tenant_is_none_at_another(signed_in):
    """Its cookie under the other tenant's name opens nothing."""
    town, browser, _ = signed_in
    thief = town.browser()
    thief.set_cookie("wakaba-sess", browser.get_cookie("aoba-sess").value, domain="localhost")
    assert silently(town, town.parking, thief)["error"] == "login_required"


def test_a_request_by_post_comes_to_the_same(signed_in):
    """A service's form reaches us without cookies: it is kept, and met with them."""
    from components.town import REDIRECT_URI

    town, browser, _ = signed_in
    form = {"response_type": "code", "client_id": town.childcare.client_id, "redirect_uri": REDIRECT_URI}
    form |= {"scope": "openid", "prompt": "none", "state": "s"}
    kept = town.post(town.browser(), f"{BASE_URL}/t/aoba/authorize", data=form)
    assert kept.status_code == 303
    for _ in range(2):
        assert "code" in query(town.get(browser, kept.headers["Location"]).headers["Location"])
    gone = town.get(browser, f"{BASE_URL}/t/aoba/authorize/unknown")
    assert gone.status_code == 410


def test_a_request_kept_before_its_service_was_suspended_gives_no_code(signed_in):
    """The browser is signed in, and the service is told nothing of it."""
    from components.town import REDIRECT_URI

    town, browser, _ = signed_in
    form = {"response_type": "code", "client_id": town.childcare.client_id, "redirect_uri": REDIRECT_URI}
    kept = town.post(town.browser(), f"{BASE_URL}/t/aoba/authorize", data={**form, "scope": "openid"})
    with town.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    town.product.directory.refresh()
    answer = town.get(browser, kept.headers["Location"])
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_a_browser_without_a_session_costs_what_it_cost(aoba, monkeypatch):
    """No read at authorize when there is no cookie."""
    with counting(aoba.product, monkeypatch) as counts:
        aoba.ask(aoba.childcare)
    assert (counts["reads"], counts["write transactions"]) == (0, 0)
