"""Logging out: what is asked, what ends, where the browser goes, and who is told."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from components.backs import BackChannels, read
from components.peer import answer
from components.town import BASE_URL, id_token_claims

from idp.oidc.logout_token import EVENT, SECONDS
from idp.service_changes import ServiceChange
from idp.store import sessions

BYE = "http://127.0.0.1:8901/bye"
FRONT = "http://127.0.0.1:8901/front?x=1"
LOGOUT = f"{BASE_URL}/t/aoba/logout"
HOUR = 60 * 60


@pytest.fixture
def back():
    """A service's back channel."""
    with BackChannels() as made:
        yield made


@pytest.fixture
def told(aoba, back):
    """Two services of one sector with back channels, both signed in to in one browser.

    (town, browser, {name: (service, tokens)}, the receiver).
    """
    browser = aoba.browser()
    services = [
        aoba.register(
            "aoba",
            name,
            sector_id="money",
            sector_purpose="料金のため",
            backchannel_logout_uri=f"{back.uri}?{name}",
            post_logout_redirect_uris=(BYE,),
        )
        for name in ("tax", "water")
    ]
    named = {
        name: (service, tokens_of(aoba, service, browser))
        for name, service in zip(("tax", "water"), services, strict=True)
    }
    return aoba, browser, named, back


def tokens_of(town, service, browser, resident="hanako", **parameters):
    """Sign in; what the token endpoint answered."""
    login, url = town.come(service, browser, resident, **parameters)
    answered = town.redeem(parse_qs(urlsplit(url).query)["code"][0], login)
    assert answered.status_code == 200, answered.text
    return answered.json


def ask(town, browser, tenant="aoba", **parameters):
    """The end session endpoint by GET, followed to the page or to what it leads to."""
    url = f"{BASE_URL}/t/{tenant}/logout"
    found = town.get(browser, f"{url}?{urlencode(parameters)}")
    if found.status_code == 303 and found.headers["Location"].startswith(url):
        found = town.get(browser, found.headers["Location"])
    return found


def decide(town, browser, page, decision="leave", **more):
    """Press a button of the page that asks."""
    form = re.search(r'<form id="sign-out".*?</form>', page.text, re.S)[0]
    fields = {name: unescape(value) for name, value in re.findall(r'name="(sealed)" value="([^"]*)"', form)}
    action = unescape(re.search(r'action="([^"]*)"', form)[1])
    return town.post(browser, action, data={**fields, "decision": decision, **more})


def hint(services, name="tax"):
    """The parameters of a service that has an ID token."""
    return {"id_token_hint": services[name][1]["id_token"], "post_logout_redirect_uri": BYE, "state": "s t"}


def is_signed_in(town, service, browser):
    """Whether prompt=none gives a code."""
    return "code=" in town.ask(service, browser, prompt="none")[1]


def is_live(town, tokens):
    """Whether an access token still opens UserInfo."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return town.get(town.browser(), f"{BASE_URL}/t/aoba/userinfo", headers=headers).status_code == 200


def test_a_person_is_asked_before_anything_ends(told):
    """The page names the services; opening it changes nothing, saying no neither."""
    town, browser, services, _ = told
    page = ask(town, browser, **hint(services))
    assert (page.status_code, "見本のtax" in page.text, "見本のwater" in page.text) == (200, True, True)
    assert is_signed_in(town, services["tax"][0], browser)
    stayed = decide(town, browser, page, "stay")
    assert stayed.headers["Location"] == BYE + "?state=s+t"
    assert is_signed_in(town, services["tax"][0], browser)


def test_the_session_and_its_tokens_end_everywhere(told):
    """Both services' tokens are dead, the cookie is gone, and no code comes without a card."""
    town, browser, services, _ = told
    answered = decide(town, browser, ask(town, browser, **hint(services)))
    assert answered.status_code == 303
    assert browser.get_cookie("aoba-sess") is None
    for service, tokens in services.values():
        assert not is_signed_in(town, service, browser)
        assert not is_live(town, tokens)


def test_a_stolen_cookie_is_worth_nothing_after_logging_out(told):
    """The session is over in the database, not in the browser alone."""
    town, browser, services, _ = told
    thief = town.browser()
    thief.set_cookie("aoba-sess", browser.get_cookie("aoba-sess").value, domain="localhost")
    assert is_signed_in(town, services["tax"][0], thief)
    decide(town, browser, ask(town, browser, **hint(services)))
    assert not is_signed_in(town, services["tax"][0], thief)


def test_a_code_of_an_ended_session_gives_nothing(told):
    """Issued before, redeemed after."""
    town, browser, services, _ = told
    login, url = town.ask(services["tax"][0], browser)
    decide(town, browser, ask(town, browser, **hint(services)))
    late = town.redeem(parse_qs(urlsplit(url).query)["code"][0], login)
    assert late.json["error"] == "invalid_grant"


def test_services_are_told_with_tokens_of_their_own(told):
    """Each under the number and the session name of its own ID token, signed and typed, without nonce."""
    town, browser, services, back = told
    decide(town, browser, ask(town, browser, **hint(services)))
    assert back.requests == []
    town.product.worker.once()
    heard = {}
    for request, token in zip(back.requests, back.tokens(), strict=True):
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        header, claims = read(town, token)
        assert header["typ"] == "logout+jwt"
        heard[request.line.split("?")[1].split()[0]] = claims
    assert len(heard) == 2
    for name, (service, tokens) in services.items():
        mine = id_token_claims(tokens["id_token"])
        claims = heard[name]
        assert {key: claims[key] for key in ("iss", "aud", "sub", "sid")} == {
            "iss": mine["iss"],
            "aud": service.client_id,
            "sub": mine["sub"],
            "sid": mine["sid"],
        }
        assert claims["events"] == {EVENT: {}}
        assert claims["exp"] - claims["iat"] == SECONDS
        assert "nonce" not in claims
    assert heard["tax"]["sid"] != heard["water"]["sid"]
    assert heard["tax"]["jti"] != heard["water"]["jti"]


def test_the_last_page_shows_who_was_told(told):
    """Waiting at first, with a reload that needs no JavaScript; told after the deliveries; and the way back."""
    town, browser, services, _ = told
    done = decide(town, browser, ask(town, browser, **hint(services))).headers["Location"]
    page = town.get(browser, done).text
    assert page.count("知らせています</span>") == 2
    assert '<noscript><meta http-equiv="refresh"' in page
    assert town.get(browser, done, headers={"Accept": "application/json"}).json == {"state": "2"}
    town.product.worker.once()
    page = town.get(browser, done).text
    assert page.count("知らせました</span>") == 2
    assert 'http-equiv="refresh"' not in page
    assert f'href="{BYE}?state=s+t"' in page
    assert town.get(browser, done, headers={"Accept": "application/json"}).json == {"state": "0"}


def test_a_service_alone_is_returned_to_at_once(aoba, back):
    """Where the last page would show nobody but the asking service."""
    alone = aoba.register("aoba", "alone", backchannel_logout_uri=back.uri, post_logout_redirect_uris=(BYE,))
    browser = aoba.browser()
    tokens = tokens_of(aoba, alone, browser)
    page = ask(aoba, browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE)
    assert decide(aoba, browser, page).headers["Location"] == BYE
    aoba.product.worker.once()
    assert len(back.tokens()) == 1


@pytest.mark.parametrize(
    "trouble", [[answer("500 No")], [answer("400 Bad Request")], [answer("302 Found", b"", "Location: /x")]]
)
def test_a_service_in_trouble_is_told_again_with_a_fresh_token(told, trouble):
    """Another `jti`, another moment, the same session; what was replied is on the operator's list, no more."""
    town, browser, services, back = told
    back.replies = [trouble]
    decide(town, browser, ask(town, browser, **hint(services)))
    town.product.worker.once()
    back.replies[0] = [answer("204 No Content")]
    town.clock.set_offset(town.clock.offset + HOUR)
    town.product.worker.once()
    seen = [read(town, token)[1] for token in back.tokens()]
    assert len(seen) == 4
    assert len({claims["jti"] for claims in seen}) == 4
    by_service = {claims["aud"]: [c for c in seen if c["aud"] == claims["aud"]] for claims in seen}
    for first, second in by_service.values():
        assert second["iat"] - first["iat"] >= HOUR
        assert (first["sid"], first["sub"]) == (second["sid"], second["sub"])
    rows = deliveries(town, services["tax"][0])
    assert [(row.told, row.attempts) for row in rows] == [("told", 2)]


def deliveries(town, service):
    """How a service was told, as the command lists it."""
    with town.product.store.for_tenant("aoba").read() as tx:
        return sessions.deliveries(tx, service.client_id, count=10)


def test_a_failed_delivery_is_seen_and_given_up_after_a_day(told):
    """Attempts and the last answer stand in the list, and that nobody tries any more; the job is buried."""
    town, browser, services, back = told
    back.replies = [[answer("503 No")]]
    decide(town, browser, ask(town, browser, **hint(services)))
    for _ in range(27):
        town.product.worker.once()
        town.clock.set_offset(town.clock.offset + HOUR)
    (row,) = deliveries(town, services["tax"][0])
    assert (row.told, row.attempts > 1, row.told_at) == ("given-up", True, None)
    assert row.problem.endswith("answered 503")
    assert back.requests
    with town.product.store.engine.connect() as connection:
        states = connection.exec_driver_sql("SELECT state FROM outbox WHERE kind = 'logout'").scalars()
        assert set(states) == {"dead"}


def test_a_service_that_closed_its_channel_meanwhile_is_shown_as_untold(told):
    """The resident is asked to log out there by hand, and no page waits for it any more."""
    town, browser, services, back = told
    done = decide(town, browser, ask(town, browser, **hint(services))).headers["Location"]
    change(town, services["water"][0], backchannel_logout_uri="")
    town.product.worker.once()
    page = town.get(browser, done).text
    assert (page.count("is-told"), page.count("is-by_hand"), page.count("is-waiting")) == (1, 1, 0)
    assert len(back.tokens()) == 1
    (row,) = deliveries(town, services["water"][0])
    assert (row.told, row.problem) == ("given-up", "the service takes no word any more")


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


def change(town, service, **members):
    """Change a service's registration."""
    tenant = town.product.directory.tenant("aoba")
    town.product.service_changes.change(tenant, tenant.clients[service.client_id], ServiceChange(**members))
    town.product.directory.refresh()


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
    town.clock.set_offset(town.clock.offset + HOUR)
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


def test_sectors_hear_of_one_moment_at_moments_of_their_own(told, monkeypatch):
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


# The front channel


def test_a_front_channel_is_loaded_in_a_frame_of_the_last_page(aoba):
    """With `iss` and the service's own `sid`, and a content security policy for that origin alone."""
    front = aoba.register(
        "aoba", "front", frontchannel_logout_uri=FRONT, frontchannel_logout_session_required=True
    )
    browser = aoba.browser()
    tokens = tokens_of(aoba, front, browser)
    page = ask(aoba, browser, id_token_hint=tokens["id_token"])
    done = aoba.get(browser, decide(aoba, browser, page).headers["Location"])
    frame = unescape(re.search(r'<iframe[^>]* src="([^"]+)"', done.text)[1])
    sid = id_token_claims(tokens["id_token"])["sid"]
    assert frame == FRONT + "&" + urlencode({"iss": f"{BASE_URL}/t/aoba", "sid": sid})
    policy = done.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-src http://127.0.0.1:8901")
    assert "frame-src" not in page.headers["Content-Security-Policy"]


def test_a_browser_tells_no_service_of_another_sector(aoba):
    """Requests of one browser in one moment would join two numbers: that service is named as one to log out of."""
    front = aoba.register("aoba", "front", frontchannel_logout_uri=FRONT)
    browser = aoba.browser()
    tokens_of(aoba, front, browser)
    tokens = tokens_of(aoba, aoba.library, browser)
    page = ask(aoba, browser, id_token_hint=tokens["id_token"])
    done = aoba.get(browser, decide(aoba, browser, page, others="all").headers["Location"])
    assert "<iframe" not in done.text
    assert done.text.count("知らせることができません") == 2


# What is published and registered


def test_discovery_tells_what_there_is(shared_town):
    """Endpoint and channels; and the endpoint is the one that answers."""
    metadata = shared_town.get(shared_town.browser(), f"{BASE_URL}/t/aoba/.well-known/openid-configuration").json
    assert metadata["end_session_endpoint"] == LOGOUT
    for way in ("backchannel", "frontchannel"):
        assert metadata[f"{way}_logout_supported"] is True
        assert metadata[f"{way}_logout_session_supported"] is True


@pytest.mark.parametrize(
    "wishes",
    [
        {"backchannel_logout_uri": "http://service.example/back"},
        {"backchannel_logout_uri": "https://service.example/back#x"},
        {"backchannel_logout_uri": "https://user@service.example/back"},
        {"frontchannel_logout_uri": "https://elsewhere.example/front"},
        {"backchannel_logout_session_required": True},
        {"frontchannel_logout_session_required": True},
    ],
)
def test_a_channel_that_cannot_be_one_is_not_registered(shared_town, wishes):
    """https, no fragment, no user; a front channel at home; a required session only with a channel."""
    from idp.registration import NotAllowed

    with pytest.raises(NotAllowed):
        shared_town.register("aoba", "channels", **wishes)


def test_two_services_that_pool_what_they_heard_learn_nothing(told):
    """Logout tokens of two sectors share issuer and event, nothing else."""
    town, browser, services, back = told
    far = town.register("aoba", "far", backchannel_logout_uri=f"{back.uri}?far")
    tokens_of(town, far, browser)
    decide(town, browser, ask(town, browser, **hint(services)), others="all")
    for _ in range(4):
        town.clock.set_offset(town.clock.offset + 301)
        town.product.worker.once()
    heard = {claims["aud"]: claims for claims in (read(town, token)[1] for token in back.tokens())}
    one, other = heard[services["tax"][0].client_id], heard[far.client_id]
    assert {name for name in one if one[name] == other[name]} <= {"iss", "events", "iat", "exp"}
    assert one["sub"] != other["sub"]
