"""Taking consent back: an item, or all of it, at once and for tokens that live."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.attribute_login import ALL, HANAKO, begun, consent_page, tokens_of, told
from components.consenting import RECEIVER, events_left, handle_of, withdraw
from components.refreshing import REFRESHES, ask_about, audited, refresh, refreshing
from components.town import id_token_claims

from idp.consents import given
from idp.consents.withdrawal import NothingToWithdraw
from idp.japan import day_in_japan

SCOPE = "openid name address"


@pytest.fixture(scope="module")
def town(shared_town):
    """One town for all: each test has a service of its own."""
    return shared_town


def signed_in(town, service, scope=SCOPE):
    """The token answer, and the number that the service knows the person by."""
    login = begun(town, service, scope)
    tokens = tokens_of(town, login, town.prove(login, town.sign(login)))
    return tokens, id_token_claims(tokens["id_token"])["sub"]


def test_an_item_taken_back_disappears_from_tokens_that_live(town):
    """The rest stays; nothing of it is left in the table; the next login asks again."""
    service = town.register("aoba", "less", scopes=ALL)
    tokens, sub = signed_in(town, service)
    assert town.userinfo(service, tokens["access_token"]).json.keys() == {"sub", "name", "address"}
    withdraw(town, service, sub, "address")
    answer = town.userinfo(service, tokens["access_token"])
    assert (answer.status_code, answer.json) == (200, {"sub": sub, "name": HANAKO["name"]})
    assert town.rows(f"released_attribute WHERE pair_id = x'{_pair(town, service, sub).hex()}'") == 1
    _, _, page = consent_page(town, service, scope=SCOPE)
    assert HANAKO["address"]["formatted"] in page


def test_an_item_taken_back_before_the_code_is_redeemed_is_not_told_either(town):
    """Between the page and the token request nothing slips through."""
    service = town.register("aoba", "early", scopes=ALL)
    _, sub = signed_in(town, service)
    asked = '{"id_token": {"name": null, "address": null}}'
    login = town.begin(service, scope=SCOPE, claims=asked)
    town.challenge(login)
    answer = town.prove(login, town.sign(login))
    location = town.get(login.browser, answer.json["return_url"]).headers["Location"]
    withdraw(town, service, sub, "address")
    tokens = town.redeem(parse_qs(urlsplit(location).query)["code"][0], login).json
    assert "address" not in id_token_claims(tokens["id_token"])
    assert town.userinfo(service, tokens["access_token"]).json.keys() == {"sub", "name"}


def test_without_any_consent_a_token_has_too_little_scope(town):
    """403 with RFC 6750's challenge; refresh tokens are over; a token is not active to its own service either."""
    scopes = (*REFRESHES["scopes"], "name")
    service = refreshing(town, "nothing-left", scopes=scopes)
    tokens, sub = signed_in(town, service, "openid name offline_access")
    withdraw(town, service, sub)
    answer = town.userinfo(service, tokens["access_token"])
    assert (answer.status_code, answer.json["error"]) == (403, "insufficient_scope")
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_scope"' in challenge
    assert refresh(town, service, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert ask_about(town, service, tokens["access_token"]).json == {"active": False}
    assert ask_about(town, service, tokens["refresh_token"]).json == {"active": False}


def test_whoever_agrees_again_is_the_same_person(town):
    """The number stays; the question comes back whole; refresh tokens of before stay over."""
    service = refreshing(town, "again-and-again")
    tokens, sub = signed_in(town, service, "openid offline_access")
    withdraw(town, service, sub)
    login, url, page = consent_page(town, service, scope="openid offline_access")
    assert "このサービス専用の番号" in page
    town.consent(login, url)
    assert signed_in(town, service, "openid offline_access")[1] == sub
    assert refresh(town, service, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_the_service_is_told_what_was_taken_back(town):
    """In the transaction of the act, with the number that it knows; the audit trail has an entry of each."""
    service = town.register("aoba", "told", scopes=ALL, event_endpoint=RECEIVER)
    _, sub = signed_in(town, service)
    before = audited(town, "consent.withdrawn")
    withdraw(town, service, sub, "address")
    withdraw(town, service, sub)
    event = "http://localhost:8000/t/aoba/events/consent-withdrawn"
    events = events_left(town, service)
    assert {claims["sub_id"]["sub"] for claims in events} == {sub}
    said = [claims["events"][event].get("claims") for claims in events]
    assert sorted(map(str, said)) == ["None", "['address']"]
    assert audited(town, "consent.withdrawn") == before + 2


def test_what_is_not_there_cannot_be_taken_back(town):
    """An item never given, one taken back before, all of it twice; nothing is written or told then."""
    service = town.register("aoba", "twice", scopes=ALL, event_endpoint=RECEIVER)
    _, sub = signed_in(town, service, "openid name")
    for item in ("gender", "openid", "sub"):
        with pytest.raises(NothingToWithdraw):
            withdraw(town, service, sub, item)
    withdraw(town, service, sub)
    for item in ("name", None):
        with pytest.raises(NothingToWithdraw):
            withdraw(town, service, sub, item)
    assert len(events_left(town, service)) == 1


def test_one_services_consent_is_no_other_ones(town):
    """Two services of one sector share a number: what is taken back at one stays given at the other."""
    shared = {"scopes": ALL, "sector_id": "both", "sector_purpose": "見本のため"}
    one, other = (town.register("aoba", name, **shared) for name in ("both-one", "both-other"))
    (tokens, sub), (others, _) = signed_in(town, one), signed_in(town, other)
    withdraw(town, one, sub, "name")
    assert "name" not in town.userinfo(one, tokens["access_token"]).json
    assert town.userinfo(other, others["access_token"]).json["name"] == HANAKO["name"]
    withdraw(town, one, sub)
    assert town.userinfo(one, tokens["access_token"]).status_code == 403
    assert town.userinfo(other, others["access_token"]).status_code == 200
    assert told(town, other, scope="openid name") == {"name": HANAKO["name"]}


def test_a_persons_consents_are_listed_with_what_each_service_receives(town):
    """By service, with the day, as the resident's own pages show it; another person's are not among them."""
    service = town.register("aoba", "listed", scopes=ALL)
    _, sub = signed_in(town, service)
    handle, tenant = handle_of(town, service, sub), town.product.directory.tenant("aoba")
    with town.product.store.for_tenant("aoba").read() as tx:
        (found,) = [one for one in given.of_person(tx, tenant, handle) if one.client.service_id == "listed"]
    assert (found.items, found.others, found.declined) == (("name", "address"), ("openid",), ())
    assert (found.withdrawn, found.since) == (False, day_in_japan(town.clock()))
    assert HANAKO["name"] not in repr(found)
    with town.product.store.for_tenant("aoba").read() as tx:
        assert given.of_person(tx, tenant, bytes(32)) == []


def _pair(town, service, sub) -> bytes:
    tenant = town.product.directory.tenant("aoba")
    with town.product.store.for_tenant("aoba").read() as tx:
        client = tenant.clients[service.client_id]
        return given.at(tx, tenant, client, handle_of(town, service, sub)).pair.pair_id
