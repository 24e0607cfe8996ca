"""The card page in answer to an authorization request: the same request in the same browser is the same login."""

import re

from components.town import BASE_URL, REDIRECT_URI, Login, whereto

from idp.login.records import Records
from idp.oidc.authorization.authorize import MAX_OPEN
from idp.pages.languages import LANGUAGES

HREF, LINK = re.compile(r'href="([^"]+)"'), re.compile(r'rel="jpki-login" href="([^"]+)"')


def come(town, browser, *, state="the-state"):
    """Load the library's request in that browser."""
    query = {
        "client_id": town.library.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
        **({"state": state} if state else {}),
    }
    return browser.get("/t/aoba/authorize", base_url=BASE_URL + "/", query_string=query)


def test_it_leads_to_its_own_address(shared_town):
    """Whatever loads it anew finds the same login there, and nothing of the service's request in an address."""
    browser = shared_town.browser()
    page = come(shared_town, browser)
    own = whereto(page)
    assert f'content="15; url={own}"' in page.text
    assert {f"{own}?lang={code}" for code in LANGUAGES} <= set(HREF.findall(page.text))
    assert not [link for link in HREF.findall(page.text) if link.startswith("?")]
    assert "the-state" not in page.text
    again = shared_town.get(browser, own)
    assert LINK.search(again.text)[1] == LINK.search(page.text)[1]
    assert "data-address" not in again.text


def test_the_same_request_in_the_same_browser_is_the_same_login(shared_town):
    """Loaded anew without JavaScript, or asked for its state: at the page's own address. Others begin others."""
    browser = shared_town.browser()
    own = whereto(come(shared_town, browser))
    for _ in range(2):
        again = come(shared_town, browser)
        assert (again.status_code, again.headers["Location"]) == (303, own)
    page = shared_town.get(browser, own, headers={"Accept": "application/json"})
    assert page.json == {"state": "waiting"}
    for other in (come(shared_town, browser, state="another"), come(shared_town, shared_town.browser())):
        assert (other.status_code, whereto(other) == own) == (200, False)


def test_a_login_that_has_ended_begins_anew(shared_town):
    """Until then its page is found; afterwards not, even where the answer that took the cookie away was lost."""
    browser = shared_town.browser()
    page = come(shared_town, browser)
    own, (name, _, value) = whereto(page), page.headers["Set-Cookie"].partition(";")[0].partition("=")
    login = Login(browser, shared_town.library, own, LINK.search(page.text)[1], "", "", "")
    return_url = shared_town.accept(login)
    assert come(shared_town, browser).headers["Location"] == own
    assert shared_town.get(browser, return_url).status_code == 303
    browser.set_cookie(name, value, domain="localhost")
    assert come(shared_town, browser).status_code == 200


def test_a_request_that_nothing_tells_from_others_begins_a_login_each_time(shared_town):
    """At a computer that several people use it may be another person's."""
    browser = shared_town.browser()
    for _ in range(2):
        assert come(shared_town, browser, state=None).status_code == 200


def test_cookies_that_belong_to_nothing_are_not_all_looked_up(shared_town, monkeypatch):
    """As many as a browser of ours holds, however many are sent."""
    looked, real = [], Records.held_by
    monkeypatch.setattr(Records, "held_by", lambda *asked: looked.append(asked[2]) or real(*asked))
    browser = shared_town.browser()
    for number in range(200):
        browser.set_cookie(f"aoba-tx-{number}", "x", domain="localhost")
    assert (come(shared_town, browser).status_code, len(looked)) == (200, MAX_OPEN)
