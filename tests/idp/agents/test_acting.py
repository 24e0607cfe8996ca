"""A login in which somebody acts for another: both numbers of the service's own, everywhere that says `sub`."""

import pytest
from components.acting import resource
from components.agents import (
    BY_AGENT,
    acted,
    asked_for_whom,
    choose,
    claims_of,
    consented,
    mandate,
    taking_agents,
)
from components.refreshing import SCOPE, ask_about, refresh
from components.town import id_token_claims

ADDRESS = "https://welfare.example/api"


@pytest.fixture(scope="module")
def town(shared_town):
    """A town in which Ichiro acts for Hanako at the welfare office, which has a resource of its own."""
    shared_town.welfare = taking_agents(shared_town)
    resource(shared_town, shared_town.welfare, ADDRESS)
    shared_town.mandate = mandate(shared_town, shared_town.welfare)
    return shared_town


@pytest.fixture(scope="module")
def numbers(town):
    """By which numbers the welfare office knows the two when each signs in alone."""
    asked = asked_for_whom(town, town.welfare, scope="openid")
    answer = choose(town, asked, "self")
    if answer.headers["Location"].endswith("/consent"):
        answer = town.consent(asked.login, answer.headers["Location"])
    code = answer.headers["Location"].split("code=")[1].split("&")[0]
    own = town.redeem(code, asked.login).json
    assert "act" not in claims_of(own)
    return {"ichiro": claims_of(own)["sub"], "hanako": town.sign_in(town.welfare, "hanako")["sub"]}


def test_every_place_names_the_person_and_the_agent(town, numbers):
    """ID token, UserInfo, introspection, refreshed and signed tokens: `sub` is Hanako, `act.sub` is Ichiro."""
    tokens, _ = acted(town, town.welfare, resource=ADDRESS)
    second = refresh(town, town.welfare, tokens["refresh_token"]).json
    third = refresh(town, town.welfare, second["refresh_token"], resource=ADDRESS).json
    said = [claims_of(answer) for answer in (tokens, second, third)]
    said += [town.userinfo(town.welfare, answer["access_token"]).json for answer in (tokens, second)]
    said += [ask_about(town, town.welfare, answer["access_token"]).json for answer in (tokens, second, third)]
    said += [id_token_claims(third["access_token"]), ask_about(town, town.welfare, third["refresh_token"]).json]
    assert [one["sub"] for one in said] == [numbers["hanako"]] * len(said)
    assert [one["act"] for one in said] == [{"sub": numbers["ichiro"], "kind": "voluntary"}] * len(said)


def test_nothing_of_the_agents_signature_certificate_is_told_of_the_person(town):
    """The evidence of the login is told, as its level is; the status of a signature certificate is not."""
    tokens, _ = acted(town, town.welfare)
    again = refresh(town, town.welfare, tokens["refresh_token"]).json
    for claims in (claims_of(tokens), claims_of(again), town.userinfo(town.welfare, tokens["access_token"]).json):
        assert "revocation" in claims
        assert "signature_certificate" not in claims
    assert "signature_certificate" in claims_of(town.redeem(*town.code(town.welfare, "hanako", scope=SCOPE)).json)


def test_a_service_can_ask_for_an_agent(town):
    """`act` as an essential claim: nobody goes on for themselves, and whoever may act for nobody is told so."""
    asked = asked_for_whom(town, town.welfare, claims=BY_AGENT)
    assert "self" not in asked.choices()
    assert choose(town, asked, "self").status_code == 410
    assert claims_of(town.redeem(consented(town, asked), asked.login).json)["act"]["kind"] == "voluntary"
    nobody = asked_for_whom(town, town.welfare, "hanako", claims=BY_AGENT)
    assert nobody.choices() == ["leave"]
    assert "error=access_denied" in choose(town, nobody, "leave").headers["Location"]


def test_a_login_for_somebody_goes_on_nowhere(town):
    """The next login reads the card and asks anew; a login of oneself does not become an agent's either."""
    _, login = acted(town, town.welfare)
    _, url = town.ask(town.welfare, login.browser, scope=SCOPE)
    assert "/login/" in url
    assert not url.endswith("/consent")
    _, silent = town.ask(town.welfare, login.browser, scope=SCOPE, prompt="none")
    assert "error=login_required" in silent


def test_whoever_may_act_is_asked_though_the_browser_is_signed_in(town):
    """Ichiro signed in for himself: another login asks for whom; one without a page goes on for himself alone."""
    asked = asked_for_whom(town, town.welfare)
    browser = asked.login.browser
    answer = choose(town, asked, "self")
    if answer.headers["Location"].endswith("/consent"):
        answer = town.consent(asked.login, answer.headers["Location"])
    town.redeem(answer.headers["Location"].split("code=")[1].split("&")[0], asked.login)
    _, url = town.ask(town.welfare, browser, scope=SCOPE)
    assert "もう一度カードを読み取ります" in town.get(browser, url).text
    login, silent = town.ask(town.welfare, browser, scope=SCOPE, prompt="none")
    code = silent.split("code=")[1].split("&")[0]
    assert "act" not in claims_of(town.redeem(code, login).json)
    _, by_agent = town.ask(town.welfare, browser, scope=SCOPE, prompt="none", claims=BY_AGENT)
    assert "error=login_required" in by_agent


def test_the_consent_page_says_for_whom(town):
    """Both numbers are handed over, and the label is the agent's own word for the person."""
    asked = asked_for_whom(town, town.welfare)
    assert "「母」の代理として進む" in asked.text
    url = choose(town, asked, asked.marks[0]).headers["Location"]
    page = town.get(asked.login.browser, url).text
    assert "「母」の代理として手続をしています" in page
    assert "代理される方の番号と、代理するあなたの番号を渡します" in page
    sent_on = town.consent(asked.login, url)
    assert "「母」の代理として手続をしています" in sent_on.text


def test_a_service_that_takes_no_agents_asks_nobody(town):
    """At the library Ichiro is himself, whatever its request says of `act`."""
    claims = town.sign_in(town.library, "ichiro", claims=BY_AGENT)
    assert "act" not in claims


def test_the_last_page_kept_for_others_is_nobodys(town):
    """The page that leads to the service is kept for all, but not one that says for whom somebody acted."""
    asked = asked_for_whom(town, town.welfare)
    town.consent(asked.login, choose(town, asked, asked.marks[0]).headers["Location"])
    code, login = town.code(town.welfare, "hanako", scope=SCOPE)
    assert "母" not in town.get(login.browser, login.page_url).text
    assert town.redeem(code, login).status_code == 200
