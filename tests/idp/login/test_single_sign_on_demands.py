"""Single sign-on: what a request says and a service demands of a browser that is signed in."""

import pytest
from components.counting import counting
from components.going_on import MINUTE, code_of, enter, needs_card, pass_time, query, redeemed, silently
from components.town import BASE_URL

from idp.jpki.profile import Device

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
    assert town.rows("meter") == checks + 2  # of either certificate
    assert userinfo(town, token).status_code == 200
    assert town.rows("meter") == checks + 2
    town.control(do="revoke", resident="hanako")
    pass_time(town, 2 * MINUTE)
    town.control(do="tick")
    assert userinfo(town, token).status_code == 401
    assert silently(town, town.childcare, browser)["error"] == "login_required"


def userinfo(town, token):
    """What an access token of aoba gives."""
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
