"""Refresh tokens: each is used once, a family ends as a whole, every use asks whether the login still counts."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from components.phone import scan, type_code
from components.refreshing import (
    REFRESHES,
    SCOPE,
    ask_about,
    audited,
    refresh,
    refreshing,
    signed_in,
    want_young_evidence,
)
from components.town import BASE_URL, Login, id_token_claims

from idp.login import forgetting
from idp.services.service_changes import ServiceChange

DAY = 24 * 60 * 60


def test_a_refresh_gives_new_tokens_for_the_same_person(aoba):
    """Another access token, refresh token and ID token; same sub, sid, acr and amr; no nonce; fresh evidence."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    again = refresh(aoba, service, first["refresh_token"])
    assert (again.status_code, again.headers["Cache-Control"]) == (200, "no-store")
    before, after = id_token_claims(first["id_token"]), id_token_claims(again.json["id_token"])
    for name in ("iss", "sub", "aud", "sid", "acr", "amr"):
        assert before[name] == after[name]
    assert "nonce" in before
    assert "nonce" not in after
    assert after["revocation"]["method"] == "ocsp"
    for name in ("access_token", "refresh_token", "id_token"):
        assert first[name] != again.json[name]
    assert aoba.userinfo(service, again.json["access_token"]).json["sub"] == before["sub"]
    assert again.json["scope"] == first["scope"]


def test_a_chain_of_refreshes_goes_on_after_the_session_is_forgotten_and_ends_after_thirty_days(aoba):
    """No refresh prolongs it; the session's row is long gone by then."""
    service = refreshing(aoba)
    token = signed_in(aoba, service)["refresh_token"]
    for day in (1, 15, 29):
        aoba.control(do="clock", seconds=day * DAY)
        forgetting.forget(aoba.product.store, aoba.product.directory.all(), aoba.clock())
        answer = refresh(aoba, service, token)
        assert answer.status_code == 200, answer.text
        assert aoba.userinfo(service, answer.json["access_token"]).status_code == 200
        token = answer.json["refresh_token"]
    aoba.control(do="clock", seconds=30 * DAY + 1)
    assert refresh(aoba, service, token).json["error"] == "invalid_grant"
    aoba.control(do="clock", seconds=30 * DAY + 2 * 60 * 60)
    forgetting.forget(aoba.product.store, aoba.product.directory.all(), aoba.clock())
    assert aoba.rows("refresh_family") == 0


def test_no_refresh_token_without_the_scope_or_the_registration(shared_town):
    """The library has not registered the grant; the mobile service did not ask this time."""
    plain = shared_town.redeem(*shared_town.code(shared_town.library, scope="openid offline_access")).json
    assert ("refresh_token" in plain, plain["scope"]) == (False, "openid")
    service = refreshing(shared_town, "quiet")
    assert "refresh_token" not in signed_in(shared_town, service, scope="openid")
    token = signed_in(shared_town, service)["refresh_token"]
    assert refresh(shared_town, shared_town.library, token).json["error"] == "unauthorized_client"


def test_the_consent_page_says_how_long_the_service_may_come_back(shared_town):
    """Thirty days, in each language; nothing of the kind where it may not."""
    service = refreshing(shared_town, "lasting")
    login = shared_town.begin(service, scope="openid offline_access")
    url = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
    for language, words in (("ja", "30日間"), ("en", "For 30 days")):
        assert words in shared_town.get(login.browser, f"{url}?lang={language}").text
    login = shared_town.begin(service, scope="openid")
    url = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
    assert "For 30 days" not in shared_town.get(login.browser, f"{url}?lang=en").text


def test_a_token_used_twice_ends_the_whole_family(aoba):
    """The next token, and every access token, at once; the audit says so once."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    second = refresh(aoba, service, first["refresh_token"]).json
    assert refresh(aoba, service, first["refresh_token"]).json["error"] == "invalid_grant"
    assert refresh(aoba, service, second["refresh_token"]).json["error"] == "invalid_grant"
    for answer in (first, second):
        assert aoba.userinfo(service, answer["access_token"]).status_code == 401
    assert refresh(aoba, service, first["refresh_token"]).json["error"] == "invalid_grant"
    assert (audited(aoba, "token.refreshed"), audited(aoba, "token.reused")) == (1, 1)


def test_of_many_uses_at_once_one_succeeds_and_the_family_ends(aoba):
    """Two who hold one token are one too many, however close they come."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: refresh(aoba, service, first["refresh_token"]), range(4)))
    given = [answer.json for answer in answers if answer.status_code == 200]
    assert len(given) == 1
    assert refresh(aoba, service, given[0]["refresh_token"]).json["error"] == "invalid_grant"
    assert aoba.userinfo(service, given[0]["access_token"]).status_code == 401


def test_a_token_is_nothing_to_another_client_and_lives_on(aoba):
    """Of this tenant or another; nor with another's credentials; its own client is not disturbed."""
    service, other = refreshing(aoba), refreshing(aoba, "other")
    far = refreshing(aoba, "far", "wakaba")
    token = signed_in(aoba, service)["refresh_token"]
    for stranger in (other, far):
        assert refresh(aoba, stranger, token).json["error"] == "invalid_grant"
    assert refresh(aoba, service, token, secret="x" * 43).json["error"] == "invalid_client"
    assert refresh(aoba, service, token).status_code == 200


@pytest.mark.parametrize("name", ["empty", "short", "spelling", "made up", "too long"])
def test_what_is_no_token_of_ours_is_refused(shared_town, name):
    """And ends no family."""
    service = refreshing(shared_town, f"garbage-{name.replace(' ', '-')}")
    token = signed_in(shared_town, service)["refresh_token"]
    shown = {
        "empty": "",
        "short": token[:-4],
        "spelling": token[:-1] + chr(ord(token[-1]) + 1),
        "made up": "A" * len(token),
        "too long": token + "AAAA",
    }[name]
    answer = refresh(shared_town, service, shown)
    assert (answer.status_code, answer.json["error"] in ("invalid_grant", "invalid_request")) == (400, True)
    assert refresh(shared_town, service, token).status_code == 200


def test_a_certificate_revoked_since_ends_the_family(aoba):
    """Between login and refresh, and between two refreshes: C9; the session is over, too."""
    service = refreshing(aoba)
    first = signed_in(aoba, service)
    second = refresh(aoba, service, first["refresh_token"]).json
    want_young_evidence(aoba, service)
    aoba.control(do="revoke", resident="hanako")
    aoba.control(do="clock", seconds=120)
    aoba.control(do="tick")
    assert refresh(aoba, service, second["refresh_token"]).json["error"] == "invalid_grant"
    assert aoba.userinfo(service, second["access_token"]).status_code == 401
    assert audited(aoba, "session.revoked") == 1


def test_while_nobody_can_tell_the_token_is_kept(aoba):
    """503 with Retry-After; the same token is taken as soon as J-LIS answers again."""
    service = refreshing(aoba)
    token = signed_in(aoba, service)["refresh_token"]
    want_young_evidence(aoba, service)
    aoba.control(do="ocsp", mode="down")
    aoba.control(do="crl", mode="stale")
    aoba.control(do="clock", seconds=300)
    answer = refresh(aoba, service, token)
    assert (answer.status_code, answer.json["error"]) == (503, "temporarily_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    aoba.control(do="ocsp", mode="up")
    aoba.control(do="crl", mode="fresh")
    aoba.control(do="tick")
    assert refresh(aoba, service, token).status_code == 200


def test_signing_out_ends_the_family(aoba):
    """The resident says that it is over: so it is, for whoever could come back."""
    service = refreshing(aoba)
    code, login = aoba.code(service, scope="openid offline_access")
    answer = aoba.redeem(code, login).json
    page = aoba.get(login.browser, f"{BASE_URL}/t/aoba/logout?id_token_hint={answer['id_token']}")
    page = aoba.get(login.browser, page.headers["Location"])
    form = re.search(r'<form id="sign-out".*?</form>', page.text, re.S)[0]
    sealed = unescape(re.search(r'name="sealed" value="([^"]*)"', form)[1])
    action = unescape(re.search(r'action="([^"]*)"', form)[1])
    aoba.post(login.browser, action, data={"sealed": sealed, "decision": "leave"})
    assert refresh(aoba, service, answer["refresh_token"]).json["error"] == "invalid_grant"


def change(town, service, **members):
    """Change the registration."""
    tenant = town.product.directory.tenant("aoba")
    town.product.service_changes.change(tenant, tenant.clients[service.client_id], ServiceChange(**members))


def test_a_changed_service_refreshes_no_more(aoba):
    """While the grant is taken away; and introspection says so."""
    service = refreshing(aoba)
    token = signed_in(aoba, service)["refresh_token"]
    assert ask_about(aoba, service, token).json["active"] is True
    change(aoba, service, scopes=("openid",))
    assert refresh(aoba, service, token).json["error"] == "unauthorized_client"
    assert ask_about(aoba, service, token).json == {"active": False}
    change(aoba, service, scopes=("openid", "offline_access"))
    answer = refresh(aoba, service, token)
    assert (answer.status_code, answer.json["scope"]) == (200, "openid offline_access")


def test_a_login_below_a_level_that_was_raised_refreshes_no_more(aoba):
    """A code typed by hand gave aal2: nothing comes of it while the service asks for aal3."""
    service = refreshing(aoba)
    login = aoba.begin(service, scope=SCOPE)
    consent = type_code(aoba, login, scan(aoba, login).code()).headers["Location"]
    answered = parse_qs(urlsplit(aoba.consent(login, consent).headers["Location"]).query)
    token = aoba.redeem(answered["code"][0], login).json["refresh_token"]
    change(aoba, service, minimum_acr="aal3")
    assert refresh(aoba, service, token).json["error"] == "invalid_grant"
    change(aoba, service, minimum_acr="aal2")
    assert refresh(aoba, service, token).status_code == 200


def test_less_may_be_asked_for_and_never_more(aoba):
    """A narrower scope is the access token's alone: the family keeps what was granted."""
    service = refreshing(aoba, scopes=(*REFRESHES["scopes"], "name"))
    token = signed_in(aoba, service)["refresh_token"]
    assert refresh(aoba, service, token, scope="openid name").json["error"] == "invalid_scope"
    narrow = refresh(aoba, service, token, scope="openid").json
    assert narrow["scope"] == "openid"
    assert "revocation" not in aoba.userinfo(service, narrow["access_token"]).json
    wide = refresh(aoba, service, narrow["refresh_token"]).json
    assert "revocation" in aoba.userinfo(service, wide["access_token"]).json


def test_scopes_that_the_service_cannot_have_are_ignored(aoba):
    """As in its authorization request: mod_auth_openidc and angular-oauth2-oidc repeat them all."""
    service = refreshing(aoba)
    everything = f"email {SCOPE} name api"
    token = signed_in(aoba, service, scope=everything)["refresh_token"]
    again = refresh(aoba, service, token, scope=everything)
    assert (again.status_code, again.json["scope"]) == (200, SCOPE)
    nothing = refresh(aoba, service, again.json["refresh_token"], scope="email api")
    assert nothing.json["error"] == "invalid_scope"


@pytest.mark.parametrize("seconds", [30, 61, 3600])
def test_a_code_shown_again_ends_what_it_gave(aoba, seconds):
    """The refresh tokens too, also when the code's own minute is over; another client's showing ends nothing."""
    service = refreshing(aoba)
    code, login = aoba.code(service, scope="openid offline_access")
    first = aoba.redeem(code, login).json
    second = refresh(aoba, service, first["refresh_token"]).json
    aoba.clock.set_offset(seconds)
    thief = Login(**{**login.__dict__, "service": aoba.library})
    assert aoba.redeem(code, thief).json["error"] == "invalid_grant"
    third = refresh(aoba, service, second["refresh_token"])
    assert third.status_code == 200
    assert aoba.redeem(code, login).json["error"] == "invalid_grant"
    assert refresh(aoba, service, third.json["refresh_token"]).json["error"] == "invalid_grant"
    assert aoba.userinfo(service, third.json["access_token"]).status_code == 401
    assert audited(aoba, "code.replayed") == 1
