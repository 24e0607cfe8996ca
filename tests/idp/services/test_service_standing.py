"""A service that is closed holds nothing any more, and nothing else changes; open again, it begins anew."""

import pytest
from components.backs import BackChannels
from components.refreshing import SCOPE, audited, refresh, refreshing
from components.town import BASE_URL, REDIRECT_URI, id_token_claims

from idp.tenants.tenancy import DISABLED


@pytest.fixture
def two(aoba):
    """A service with a back channel and its neighbour in one sector, and the tokens of one browser at each."""
    with BackChannels() as back:
        shared = {"sector_id": "pair", "sector_purpose": "続けて手続するため"}
        closing = refreshing(aoba, "closing", backchannel_logout_uri=back.uri, **shared)
        staying = refreshing(aoba, "staying", **shared)
        browser = aoba.browser()
        yield aoba, back, [(service, tokens_of(aoba, service, browser)) for service in (closing, staying)]


def tokens_of(town, service, browser):
    """The token answer of a login in that browser."""
    login, url = town.come(service, browser, scope=SCOPE)
    code = url.partition("code=")[2].partition("&")[0]
    answer = town.redeem(code, login)
    assert answer.status_code == 200, answer.text
    return answer.json


def close(town, service):
    """Disable it; the tenant as it is then."""
    tenant = town.product.directory.tenant("aoba")
    town.product.service_acts.standing.disable(tenant, tenant.clients[service.client_id])
    return town.product.directory.tenant("aoba")


def test_everything_of_the_service_ends_and_nothing_of_others(two):
    """Tokens and refresh tokens at once; its back channel hears of it; its neighbour's login goes on."""
    town, back, held = two
    (closing, ended), (staying, kept) = held
    assert close(town, closing).clients[closing.client_id].state == DISABLED
    assert town.userinfo(closing, ended["access_token"]).status_code == 401
    assert refresh(town, closing, ended["refresh_token"]).status_code == 401
    town.product.worker.once()
    [word] = back.tokens()
    assert id_token_claims(word)["sid"] == id_token_claims(ended["id_token"])["sid"]
    assert town.userinfo(staying, kept["access_token"]).status_code == 200
    assert refresh(town, staying, kept["refresh_token"]).status_code == 200
    assert audited(town, "service.disabled") == 1


def test_residents_read_a_page_and_are_sent_nowhere(two):
    """With or without a page allowed; in their language; by a pushed request as well."""
    town, _, held = two
    closing, _tokens = held[0]
    close(town, closing)
    for more in ({}, {"prompt": "none"}, {"lang": "en"}):
        query = {"client_id": closing.client_id, "redirect_uri": REDIRECT_URI, "response_type": "code", **more}
        page = town.browser().get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)
        assert (page.status_code, "Location" in page.headers) == (400, False)
        assert ("takes no logins" if "lang" in more else "受け付けていません") in page.text


def test_what_it_held_before_stays_over_when_it_is_open_again(two):
    """Tokens, and a code that was given just before: only a new login gives anything."""
    town, _, held = two
    closing, ended = held[0]
    code, login = town.code(closing)
    tenant = close(town, closing)
    town.clock.set_offset(1)
    town.product.service_acts.standing.enable(tenant, tenant.clients[closing.client_id])
    assert town.redeem(code, login).json["error"] == "invalid_grant"
    assert town.userinfo(closing, ended["access_token"]).status_code == 401
    assert refresh(town, closing, ended["refresh_token"]).json["error"] == "invalid_grant"
    assert town.sign_in(closing)["sub"] == id_token_claims(ended["id_token"])["sub"]
    assert audited(town, "service.enabled") == 1
