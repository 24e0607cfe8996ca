"""A request to log out: where the browser may go afterwards, and whose session ends."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from components.backs import read
from components.signing_out import BYE, LOGOUT, ask, change, decide, hint, is_signed_in, tokens_of
from components.town import id_token_claims

# Where the browser may go


@pytest.mark.parametrize(
    "uri",
    [
        BYE + "/",
        BYE + "?",
        BYE + "#",
        BYE + "?a=b",
        BYE.upper(),
        "http://127.0.0.1:8902/bye",
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_only_a_registered_page_is_returned_to(told, uri):
    """Byte by byte; anything else leads nowhere, whatever is decided."""
    town, browser, services, _ = told
    page = ask(town, browser, **{**hint(services), "post_logout_redirect_uri": uri})
    assert "evil" not in page.text
    assert 'value="stay"' not in page.text
    done = decide(town, browser, page).headers["Location"]
    assert done.startswith(LOGOUT)
    assert 'id="back"' not in town.get(browser, done).text


@pytest.mark.parametrize("decision", ["leave", "stay"])
def test_a_page_that_was_taken_away_meanwhile_is_not_returned_to(told, decision):
    """However old the form is that is sent back: what is registered now counts."""
    town, browser, services, _ = told
    page = ask(town, browser, **hint(services))
    change(town, services["tax"][0], post_logout_redirect_uris=("http://127.0.0.1:8901/other",))
    answered = decide(town, browser, page, decision)
    if answered.status_code == 303:
        answered = town.get(browser, answered.headers["Location"])
    assert (answered.status_code, BYE in answered.text) == (200, False)


def test_a_page_of_another_service_is_not_returned_to(told):
    """Registered, but not by the service of the ID token."""
    town, browser, services, _ = told
    town.register("aoba", "other", post_logout_redirect_uris=("https://other.example/bye",))
    page = ask(town, browser, **{**hint(services), "post_logout_redirect_uri": "https://other.example/bye"})
    assert 'value="stay"' not in page.text


def test_without_a_good_hint_nobody_is_sent_anywhere(told):
    """None, altered, unsigned, another tenant's or client's, given twice: the page asks anyway."""
    town, browser, services, _ = told
    good = services["tax"][1]["id_token"]
    head, body, _ = good.split(".")
    foreign = tokens_of(town, town.parking, town.browser())["id_token"]
    wishes = [
        {},
        {"client_id": services["tax"][0].client_id},
        {"id_token_hint": good[:-8] + "AAAAAAAA"},
        {"id_token_hint": f"eyJhbGciOiJub25lIn0.{body}."},
        {"id_token_hint": f"{head}.{body}."},
        {"id_token_hint": foreign},
        {"id_token_hint": good, "client_id": services["water"][0].client_id},
        {"id_token_hint": good, "client_id": "unknown"},
    ]
    for wish in wishes:
        page = ask(town, browser, post_logout_redirect_uri=BYE, state="s", **wish)
        assert page.status_code == 200, wish
        assert 'id="sign-out"' in page.text
        assert 'value="stay"' not in page.text
    twice = town.get(browser, f"{LOGOUT}?id_token_hint={good}&id_token_hint={good}&post_logout_redirect_uri={BYE}")
    assert (twice.status_code, 'value="stay"' in twice.text) == (200, False)
    assert is_signed_in(town, services["tax"][0], browser)


def test_an_expired_id_token_is_a_good_hint(told):
    """As the specification wishes: people log out after ten minutes, too."""
    town, browser, services, _ = told
    town.clock.set_offset(town.clock.offset + 60 * 60)
    assert 'value="stay"' in ask(town, browser, **hint(services)).text


def test_the_id_token_does_not_stay_in_the_address(told):
    """The request is kept, and answered with an address that says nothing; a reload shows the same page."""
    town, browser, services, _ = told
    kept = town.get(browser, f"{LOGOUT}?{urlencode(hint(services))}").headers["Location"]
    assert re.fullmatch(re.escape(LOGOUT) + r"/asked/[A-Za-z0-9_-]{22}", kept)
    assert town.get(browser, kept + "?lang=en").text.count("Do you want to log out?")
    assert town.get(browser, LOGOUT + "/asked/unknown").status_code == 410


def test_a_request_by_post_comes_to_the_same(told):
    """A form of the service reaches us without cookies: it is kept, and met with them."""
    town, browser, services, _ = told
    kept = town.post(town.browser(), LOGOUT, data=hint(services))
    page = town.get(browser, kept.headers["Location"])
    assert 'value="stay"' in page.text
    bare = town.post(town.browser(), LOGOUT)
    assert bare.headers["Location"] == LOGOUT


# Whose session ends


def test_where_nobody_is_signed_in_nothing_is_asked(told):
    """With a good hint straight back, without one a page that says so."""
    town, _, services, back = told
    stranger = town.browser()
    assert ask(town, stranger, **hint(services)).headers["Location"] == BYE + "?state=s+t"
    assert "終わらせるログインがありません" in ask(town, stranger).text
    town.product.worker.once()
    assert back.requests == []


def test_a_hint_of_another_browser_ends_nothing_here(told):
    """ichiro's browser with hanako's ID token: his own session goes on, and so does hers."""
    town, browser, services, _ = told
    his = town.browser()
    tokens_of(town, services["tax"][0], his, "ichiro")
    assert ask(town, his, **hint(services)).headers["Location"].startswith(BYE)
    for one in (browser, his):
        assert is_signed_in(town, services["tax"][0], one)


def test_another_sites_form_ends_nothing(told):
    """Without the cookie there is nobody to log out; with a form that we did not seal nothing is believed."""
    town, browser, services, _ = told
    page = ask(town, browser, **hint(services))
    decide(town, town.browser(), page)
    for sealed in ("", "AAAA", "A" * 200, "あ"):
        made_up = town.post(browser, f"{LOGOUT}/decision", data={"sealed": sealed, "decision": "leave"})
        assert made_up.status_code == 400
    assert is_signed_in(town, services["tax"][0], browser)
    assert town.get(browser, f"{LOGOUT}/decision").status_code == 405


def test_two_tabs_do_not_disturb_each_other(told):
    """The second yes finds nothing left and goes where the first one went."""
    town, browser, services, back = told
    pages = [ask(town, browser, **hint(services)) for _ in range(2)]
    decide(town, browser, pages[0])
    assert decide(town, browser, pages[1]).headers["Location"].startswith(BYE)
    town.product.worker.once()
    assert len(back.tokens()) == 2


def test_logins_of_other_sectors_go_on_unless_they_are_ticked(told):
    """The page offers to end them as well, by name."""
    town, browser, services, _ = told
    tokens_of(town, town.library, browser)
    page = ask(town, browser, **hint(services))
    assert "見本のlibrary" in page.text
    decide(town, browser, page)
    assert is_signed_in(town, town.library, browser)
    tokens_of(town, services["tax"][0], browser)
    mine = tokens_of(town, services["tax"][0], browser)
    page = ask(town, browser, id_token_hint=mine["id_token"])
    decide(town, browser, page, others="all")
    assert not is_signed_in(town, town.library, browser)
    assert browser.get_cookie("aoba-sess") is None


def test_without_a_hint_everything_that_the_browser_holds_is_ended(told):
    """It is all named first."""
    town, browser, services, _ = told
    tokens_of(town, town.library, browser)
    page = ask(town, browser)
    for name in ("tax", "water", "library"):
        assert f"見本の{name}" in page.text
    decide(town, browser, page)
    for service in (services["tax"][0], town.library):
        assert not is_signed_in(town, service, browser)


def test_sectors_hear_of_one_moment_at_moments_of_their_own(told):
    """Services of the asking sector at once, others after a random delay: arrival joins nobody's numbers."""
    town, browser, services, back = told
    far = town.register("aoba", "far", backchannel_logout_uri=f"{back.uri}?far")
    tokens_of(town, far, browser)
    page = ask(town, browser, **hint(services))
    decide(town, browser, page, others="all")
    with town.product.store.engine.connect() as connection:
        due = connection.exec_driver_sql(
            "SELECT run_at FROM outbox WHERE kind = 'logout' ORDER BY run_at"
        ).scalars()
        moments = [moment - int(town.clock().timestamp()) for moment in due]
    assert [moment <= 0 for moment in moments[:2]] == [True, True]
    assert moments[2] <= 300
    town.clock.set_offset(town.clock.offset + 301)
    town.product.worker.once()
    for _ in range(3):
        town.clock.set_offset(town.clock.offset + 301)
        town.product.worker.once()
    assert len(back.tokens()) == 3


def test_a_session_that_was_taken_the_place_of_ends_too(told):
    """Signed in anew (another proof, another session): logging out tells the services of both."""
    town, browser, services, back = told
    anew = tokens_of(town, services["tax"][0], browser, prompt="login")
    page = ask(town, browser, id_token_hint=anew["id_token"])
    decide(town, browser, page)
    town.product.worker.once()
    heard = [read(town, token)[1] for token in back.tokens()]
    sids = {id_token_claims(tokens["id_token"])["sid"] for _, tokens in services.values()}
    assert {claims["sid"] for claims in heard} == sids | {id_token_claims(anew["id_token"])["sid"]}


def test_a_login_for_a_shared_computer_is_logged_out_of_as_any_other(aoba, back):
    """It does not go on, but it is there until it is ended."""
    service = aoba.register("aoba", "desk", backchannel_logout_uri=back.uri)
    browser = aoba.browser()
    login = aoba.begin(service, browser)
    aoba.post(browser, login.page_url + "/computer", data={"computer": "shared"})
    url = aoba.get(browser, aoba.accept(login)).headers["Location"]
    url = aoba.consent(login, url, computer="shared").headers["Location"]
    tokens = aoba.redeem(parse_qs(urlsplit(url).query)["code"][0], login).json
    decide(aoba, browser, ask(aoba, browser, id_token_hint=tokens["id_token"]))
    aoba.product.worker.once()
    assert len(back.tokens()) == 1


def test_what_a_shared_computer_still_holds_ends_with_the_browser(aoba):
    """Logging out of one of two logins does not make the other's cookie outlive the window."""
    browser = aoba.browser()
    hints = []
    for service in (aoba.childcare, aoba.library):
        login = aoba.begin(service, browser)
        url = aoba.get(browser, aoba.accept(login)).headers["Location"]
        url = aoba.consent(login, url, computer="shared").headers["Location"]
        hints.append(aoba.redeem(parse_qs(urlsplit(url).query)["code"][0], login).json["id_token"])
    left = decide(aoba, browser, ask(aoba, browser, id_token_hint=hints[0]))
    held = next(line for line in left.headers.getlist("Set-Cookie") if line.startswith("aoba-sess="))
    assert not held.startswith("aoba-sess=;")
    assert "Max-Age" not in held
