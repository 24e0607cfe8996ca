"""Coming to one's own pages: by card, for half an hour, without any service, and out again."""

import json

import pytest
from components.going_on import MINUTE, enter, pass_time
from components.my_page import MyPage
from components.town import BASE_URL


@pytest.fixture(scope="module")
def town(shared_town):
    """A town where hanako uses two services."""
    for service in (shared_town.library, shared_town.childcare):
        shared_town.sign_in(service)
    return shared_town


@pytest.fixture
def mine(town):
    """Hanako, signed in."""
    return MyPage(town).entered()


def test_the_door_is_the_same_for_everybody(town):
    """Without a session every page is the way in, and says nothing of anybody."""
    stranger = MyPage(town)
    for path in ("", "/history", "/sessions", "/certificate", "/codes", "/data", "/leaving", "/services/library"):
        page = stranger.get(path)
        assert page.status_code == 200
        assert 'id="my-sign-in"' in page.text
        assert "library" not in page.text.replace(f'value="/my{path}"', "")


@pytest.mark.parametrize("opened", ["", "/", "/?lang=en"])
def test_the_issuer_itself_leads_there(town, opened):
    """Whoever types the host's name, or the issuer that a page shows, is not told that nothing is there."""
    answer = town.browser().get(f"/t/aoba{opened}", base_url=BASE_URL)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BASE_URL}/t/aoba/my")


def test_a_card_opens_the_page_that_was_wanted(town):
    """By the same login as at a service; it ends where it was begun."""
    mine = MyPage(town)
    assert mine.enter("/my/certificate") == f"{mine.issuer}/my/certificate"
    assert mine.is_in()


@pytest.mark.parametrize(
    "to", ["//evil.example/my", "/authorize", "https://evil.example/my", "/my/../logout", "/my?x=1"]
)
def test_it_leads_nowhere_else(town, to):
    """Another address is not gone to."""
    mine = MyPage(town)
    assert mine.enter(to) == f"{mine.issuer}/my"


def test_no_number_is_made_for_it(town):
    """Somebody who uses no service has no pair after a visit, and no service hears of it."""
    before = town.rows("pair"), town.rows("pair_grant"), town.rows("session_client"), town.rows("outbox")
    visitor = MyPage(town, "yoko").entered()
    assert "見本の" not in visitor.get().text
    assert (town.rows("pair"), town.rows("pair_grant"), town.rows("session_client"), town.rows("outbox")) == before


def test_it_is_no_service_to_anybody(town):
    """Nobody can name these pages where a service is named."""
    issuer = f"{BASE_URL}/t/aoba"
    asked = {"client_id": "own-pages", "response_type": "code", "redirect_uri": f"{issuer}/my", "scope": "openid"}
    assert town.browser().get("/t/aoba/authorize", base_url=BASE_URL, query_string=asked).status_code == 400
    form = {"grant_type": "authorization_code", "code": "x", "client_id": "own-pages"}
    assert town.post(town.browser(), f"{issuer}/token", data=form).json["error"] == "invalid_client"


def test_the_session_reaches_no_service_and_is_reached_by_none(town, mine):
    """A service asks for the card all the same, and a service's login opens no own page."""
    _, url = town.ask(town.library, mine.browser)
    assert "/login/" in url
    browser = town.browser()
    town.come(town.library, browser)
    assert not MyPage(town, browser=browser).is_in()


def test_the_card_page_promises_no_other_login(town):
    """Nothing goes on from here, so it neither says how long nor asks who else uses the computer."""
    stranger = MyPage(town)
    assert "shared-computer" not in town.get(stranger.browser, stranger.begin().page_url).text
    assert "shared-computer" in town.get(stranger.browser, town.ask(town.library, stranger.browser)[1]).text


def test_it_closes_after_half_an_hour(town, mine):
    """However often a page was opened meanwhile."""
    try:
        pass_time(town, 29 * MINUTE)
        assert mine.is_in()
        pass_time(town, 2 * MINUTE)
        assert not mine.is_in()
    finally:
        town.clock.set_offset(0)


def test_out_is_out(town, mine):
    """The session is over, not only forgotten by the browser; logins at services go on."""
    browser = mine.browser
    enter(town, town.library, browser)
    kept = browser.get_cookie("aoba-my", path="/").value
    assert mine.send("/sign-out").status_code == 200
    browser.set_cookie("aoba-my", kept, path="/", domain="localhost")
    assert not mine.is_in()
    assert "code=" in town.ask(town.library, browser, prompt="none")[1]


def test_a_second_login_takes_the_place_of_the_first(town, mine):
    """The id that the browser held before opens nothing any more."""
    first = mine.browser.get_cookie("aoba-my", path="/").value
    mine.enter()
    other = town.browser()
    other.set_cookie("aoba-my", first, path="/", domain="localhost")
    assert not MyPage(town, browser=other).is_in()
    assert mine.is_in()


def test_the_cookie_is_of_one_tenant(town, mine):
    """Its value is nothing at another municipality."""
    value = mine.browser.get_cookie("aoba-my", path="/").value
    mine.browser.set_cookie("wakaba-my", value, path="/", domain="localhost")
    assert not MyPage(town, tenant_id="wakaba", browser=mine.browser).is_in()


def test_the_authenticator_is_told_what_it_signs_for(town):
    """The challenge names these pages and what they are for, and asks for nothing of the card."""
    login = MyPage(town).begin()
    challenge = town.challenge(login).json
    assert challenge["service"] == {
        "name": "マイページ",
        "purpose": "利用しているサービスと、渡した情報を確かめるため",
    }
    assert challenge["attributes"] == []


def test_digits_from_a_phone_open_it_too(town):
    """The other device's code, typed at the page that waits."""
    mine = MyPage(town)
    login = mine.begin()
    page = town.get(mine.browser, login.page_url)
    login.link = page.text.split('rel="jpki-login-qr" href="')[1].split('"')[0]
    answer = town.get(town.browser(), login.link, headers={"Accept": "application/json"})
    login.challenge = answer.json
    headers = {"Jpki-Login-Claim": answer.json["claim"]}
    code = town.prove(login, town.sign(login), headers=headers).json["code"]
    done = town.post(mine.browser, login.page_url + "/code", data={"code": code})
    assert done.headers["Location"] == f"{mine.issuer}/my"
    assert "別の端末でカードを読み取って" in mine.get("/history").text


def test_a_refusal_says_so_and_leaving_leads_back_to_the_door(town):
    """A revoked certificate opens nothing; whoever gives up is where they began."""
    mine = MyPage(town)
    login = mine.begin()
    town.challenge(login)
    assert town.prove(login, town.sign(login, "saburo")).status_code == 403
    left = town.get(mine.browser, login.page_url + "/leave")
    assert left.headers["Location"] == f"{mine.issuer}/my"
    assert not mine.is_in()


def test_the_audit_names_nobody(town, mine):
    """Of a visit it says that there was one, how sure, and no service."""
    with town.product.store.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT body FROM audit_entry WHERE action = 'own-pages.entered' ORDER BY at_milliseconds DESC"
        )
        assert json.loads(found.scalars().first()) == {"acr": "aal3"}
