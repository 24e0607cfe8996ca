"""Single sign-on: when a browser that is signed in needs no card, and what it meets when it does."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.counting import counting
from components.town import id_token_claims

from idp.jpki.profile import Device
from idp.login import sessions

MINUTE = 60


@pytest.fixture
def signed_in(aoba):
    """A browser in which hanako signed in at childcare a moment ago; (town, browser, ID token claims)."""
    browser = aoba.browser()
    return aoba, browser, enter(aoba, aoba.childcare, browser)


def enter(town, service, browser, resident="hanako", **parameters):
    """Sign in, with the card or without it as it turns out; the ID token's claims."""
    login, url = town.come(service, browser, resident, **parameters)
    return redeemed(town, login, url)


def redeemed(town, login, url):
    """The ID token's claims of an answer."""
    answer = town.redeem(code_of(url), login)
    assert answer.status_code == 200, answer.text
    return id_token_claims(answer.json["id_token"])


def query(url):
    """The members of an answer."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def code_of(url):
    """The code of an answer."""
    return query(url)["code"]


def silently(town, service, browser, **parameters):
    """Authorize with prompt=none; the members of the answer."""
    return query(town.ask(service, browser, prompt="none", **parameters)[1])


def pass_time(town, seconds):
    """Move the town's clock."""
    town.clock.set_offset(town.clock.offset + seconds)


def needs_card(town, service, browser, **parameters):
    """Whether the answer to authorize is the card page; its text, else None."""
    _, url = town.ask(service, browser, **parameters)
    return town.get(browser, url).text if "/login/" in url and not url.endswith("/consent") else None


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


# What a request says


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_a_request_for_a_new_login_needs_the_card(signed_in, prompt):
    """Whoever wants another account shows another card; the page says why the card is wanted again."""
    town, browser, first = signed_in
    assert "もう一度確かめます" in needs_card(town, town.childcare, browser, prompt=prompt)
    assert enter(town, town.childcare, browser, prompt=prompt)["sid"] != first["sid"]


def test_a_request_for_consent_asks_again(signed_in):
    """Without a card where one is signed in, and after the card where not."""
    town, browser, _ = signed_in
    for visitor in (browser, town.browser()):
        login, url = town.ask(town.childcare, visitor, prompt="consent")
        if visitor is not browser:
            login = town.begin(town.childcare, visitor, prompt="consent")
            url = town.get(visitor, town.accept(login)).headers["Location"]
        assert url.endswith("/consent")
        assert "code=" in town.consent(login, url).headers["Location"]


def test_what_needs_a_page_is_an_error_where_none_may_be_shown(signed_in):
    """login_required without a session, consent_required with one; never a page (section 3.1.2.6)."""
    town, browser, _ = signed_in
    assert silently(town, town.childcare, town.browser())["error"] == "login_required"
    assert silently(town, town.school, browser)["error"] == "consent_required"
    wider = silently(town, town.childcare, browser, scope="openid jpki_status")
    assert wider["error"] == "consent_required"
    assert silently(town, town.childcare, browser)["state"]


def test_the_age_of_the_proof_is_what_max_age_is_about(signed_in):
    """`auth_time` is when the card was read, however often the login went on since."""
    town, browser, _ = signed_in
    read_at = int(town.clock().timestamp())
    pass_time(town, 600)
    goes_on = enter(town, town.childcare, browser, max_age="10000")
    assert abs(goes_on["auth_time"] - read_at) <= 5
    assert silently(town, town.childcare, browser, max_age="599")["error"] == "login_required"
    assert silently(town, town.childcare, browser, max_age="0")["error"] == "login_required"
    anew = enter(town, town.childcare, browser, max_age="599")
    assert anew["auth_time"] - goes_on["auth_time"] >= 590
    assert anew["sid"] != goes_on["sid"]


def test_a_hint_names_the_person(signed_in):
    """Of the right one the login goes on, also with an expired token; of another one it does not."""
    town, browser, _ = signed_in
    mine, others = (token_of(town, town.childcare, resident) for resident in ("hanako", "ichiro"))
    pass_time(town, 11 * MINUTE)
    assert "code" in silently(town, town.childcare, browser, id_token_hint=mine)
    assert silently(town, town.childcare, browser, id_token_hint=others)["error"] == "login_required"
    assert needs_card(town, town.childcare, browser, id_token_hint=others)
    _, url = town.come(town.childcare, browser, "hanako", id_token_hint=others)
    assert query(url)["error"] == "login_required"
    assert redeemed(town, *town.come(town.childcare, browser, "ichiro", id_token_hint=others))


def token_of(town, service, resident="hanako"):
    """An ID token of that person at that service."""
    return town.redeem(*town.code(service, resident)).json["id_token"]


def test_a_hint_that_is_not_this_services_is_refused(signed_in):
    """Another service's, another tenant's, altered, unsigned, and no token at all."""
    town, browser, _ = signed_in
    mine = token_of(town, town.childcare)
    head, body, _ = mine.split(".")
    for hint in (
        token_of(town, town.school),
        token_of(town, town.parking),
        mine[:-8] + "AAAAAAAA",
        f"eyJhbGciOiJub25lIn0.{body}.",
        f"{head}.{body}.",
        "hint",
        "a" * 4096,
    ):
        answer = silently(town, town.childcare, browser, id_token_hint=hint)
        assert answer["error"] == "invalid_request", hint


def test_a_login_hint_changes_nothing(signed_in):
    """Whatever it says, it neither ends nor gives a login."""
    town, browser, _ = signed_in
    assert "code" in silently(town, town.childcare, browser, login_hint="ichiro")
    assert silently(town, town.childcare, town.browser(), login_hint="hanako")["error"] == "login_required"


# What a service demands


def test_a_service_that_asks_for_more_needs_the_card(aoba):
    """A code typed by hand gave aal2: the page says that this service needs a surer way, and offers no code."""
    strict = aoba.register("aoba", "strict", sector_id="family", sector_purpose="子育てのため", minimum_acr="aal3")
    browser = aoba.browser()
    by_code(aoba, aoba.childcare, browser)
    assert "code" in silently(aoba, aoba.childcare, browser)
    assert silently(aoba, strict, browser)["error"] == "login_required"
    page = needs_card(aoba, strict, browser)
    assert "もっと確かな方法" in page
    assert "phone-qr" not in page
    assert enter(aoba, strict, browser)["acr"] == "aal3"


def by_code(town, service, browser):
    """Sign in with the six digits; the ID token's claims."""
    login = town.begin(service, browser)
    town.challenge(login)
    code = town.prove(login, town.sign(login)).json["code"]
    url = town.post(browser, login.page_url + "/code", data={"code": code}).headers["Location"]
    return redeemed(town, login, town.consent(login, url).headers["Location"])


def test_a_service_that_takes_another_kind_of_certificate_needs_it(aoba):
    """Signed in with the card: a service for phones alone asks for the phone's."""
    phones = aoba.register(
        "aoba",
        "phones",
        sector_id="family",
        sector_purpose="子育てのため",
        certificate_types=(Device.PHONE,),
    )
    browser = aoba.browser()
    enter(aoba, aoba.childcare, browser)
    assert "別の種類の電子証明書" in needs_card(aoba, phones, browser)


def test_young_evidence_asks_nobody(aoba, monkeypatch):
    """J-LIS is not asked again while the answer at the proof is young enough, and nothing is written."""
    town, browser = aoba, aoba.browser()
    into = town.clock().timestamp() % (15 * MINUTE)  # J-LIS publishes at every quarter: two minutes after one
    town.control(do="clock", seconds=town.clock.offset + 15 * MINUTE - into + 120)
    enter(town, town.childcare, browser)
    town.control(do="ocsp", mode="down")
    with counting(town.product, monkeypatch) as counts:
        assert "code" in silently(town, town.childcare, browser)
    assert (counts["reads"], counts["write transactions"]) == (2, 0)


def test_old_evidence_is_made_anew(signed_in):
    """Older than the service allows: the certificate is asked about again, and what is found is handed on."""
    town, browser, _ = signed_in
    tenant = town.product.directory.tenant("aoba")
    enter(town, town.childcare, browser, scope="openid jpki_status")
    client = tenant.clients[town.childcare.client_id]
    town.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 1000})
    checks = town.rows("meter")
    pass_time(town, 14 * MINUTE)
    enter(town, town.childcare, browser)
    pass_time(town, 14 * MINUTE)
    town.control(do="tick")
    claims = enter(town, town.childcare, browser, scope="openid jpki_status")
    assert town.rows("meter") > checks
    now = town.clock().timestamp()
    assert now - claims["revocation"]["this_update"] < 1800
    assert needs_card(town, town.childcare, browser) is None


def test_a_certificate_revoked_since_ends_the_session_and_its_tokens(signed_in):
    """The next use at which evidence is due finds it: card page, tokens dead, session over everywhere."""
    town, browser, _ = signed_in
    login, url = town.ask(town.childcare, browser)
    token = town.redeem(code_of(url), login).json["access_token"]
    town.control(do="revoke", resident="hanako")
    town.control(do="tick")
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[town.childcare.client_id]
    town.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 60})
    pass_time(town, 5 * MINUTE)
    assert silently(town, town.childcare, browser)["error"] == "login_required"
    assert userinfo(town, token).status_code == 401
    town.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 10**6})
    assert silently(town, town.childcare, browser)["error"] == "login_required"
    assert "session.revoked" in actions(town)


def test_userinfo_asks_again_when_the_evidence_is_too_old_for_the_service(signed_in):
    """Good: fresher evidence is told. Revoked: the token is dead, and so is the session."""
    town, browser, _ = signed_in
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[town.childcare.client_id]
    login, url = town.come(town.childcare, browser, scope="openid jpki_status")
    token = town.redeem(code_of(url), login).json["access_token"]
    town.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 60})
    pass_time(town, 2 * MINUTE)
    town.control(do="tick")
    checks = town.rows("meter")
    assert userinfo(town, token).status_code == 200
    assert town.rows("meter") == checks + 1
    assert userinfo(town, token).status_code == 200
    assert town.rows("meter") == checks + 1
    town.control(do="revoke", resident="hanako")
    pass_time(town, 2 * MINUTE)
    town.control(do="tick")
    assert userinfo(town, token).status_code == 401
    assert silently(town, town.childcare, browser)["error"] == "login_required"


def userinfo(town, token):
    """What an access token of aoba gives."""
    from components.town import BASE_URL

    headers = {"Authorization": f"Bearer {token}"}
    return town.get(town.browser(), f"{BASE_URL}/t/aoba/userinfo", headers=headers)


def actions(town):
    """What the audit trail says was done."""
    with town.product.store.engine.connect() as connection:
        return list(connection.exec_driver_sql("SELECT action FROM audit_entry").scalars())


def test_when_nobody_can_tell_the_card_is_asked_for(signed_in):
    """An outage ends nothing: the session goes on when J-LIS answers again."""
    town, browser, _ = signed_in
    tenant = town.product.directory.tenant("aoba")
    client = tenant.clients[town.childcare.client_id]
    town.product.policies.change_service(tenant, client, revocation={"max_age_seconds": 60})
    pass_time(town, 5 * MINUTE)
    for source in ({"do": "ocsp", "mode": "down"}, {"do": "crl", "mode": "stale"}):
        town.control(**source)
    assert "今も使えるか" in needs_card(town, town.childcare, browser)
    town.control(do="ocsp", mode="up")
    town.control(do="tick")
    assert "code" in silently(town, town.childcare, browser)


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
    from components.town import BASE_URL, REDIRECT_URI

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
    from components.town import BASE_URL, REDIRECT_URI

    town, browser, _ = signed_in
    form = {"response_type": "code", "client_id": town.childcare.client_id, "redirect_uri": REDIRECT_URI}
    kept = town.post(town.browser(), f"{BASE_URL}/t/aoba/authorize", data={**form, "scope": "openid"})
    with town.product.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE client SET state = 'suspended'")
        connection.exec_driver_sql("UPDATE tenant SET config_version = config_version + 1")
    town.product.directory.refresh()
    answer = query(town.get(browser, kept.headers["Location"]).headers["Location"])
    assert (answer.get("code"), answer["error"]) == (None, "unauthorized_client")


def test_a_browser_without_a_session_costs_what_it_cost(aoba, monkeypatch):
    """No read at authorize when there is no cookie."""
    with counting(aoba.product, monkeypatch) as counts:
        aoba.ask(aoba.childcare)
    assert (counts["reads"], counts["write transactions"]) == (0, 0)
