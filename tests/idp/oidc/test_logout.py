"""Logging out: what is asked, what ends, and who is told over the back channel."""

from urllib.parse import parse_qs, urlsplit

import pytest
from components.backs import read
from components.peer import answer
from components.signing_out import BYE, ask, change, decide, hint, is_live, is_signed_in, tokens_of
from components.town import id_token_claims

from idp.oidc.logout.logout_token import EVENT, SECONDS
from idp.store import sessions

HOUR = 60 * 60


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
