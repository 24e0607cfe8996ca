"""Basic OP and Form Post OP, what a service tells of its browser: pages, languages, hints, and earlier logins."""

import pytest

STATE = "aZ0-._~" * 18 + "ab"


def later(party, seconds):
    """So much time goes by."""
    party.town.clock.set_offset(party.town.clock.offset + seconds)


@pytest.mark.parametrize("display", ["page", "popup"])
def test_display(party, display):
    """oidcc-display-page, -popup: the login page is shown, and the login goes on."""
    answer = party.ask_well(display=display)
    assert "card" in answer.asked
    party.tokens(answer)


def test_an_unknown_parameter(party):
    """oidcc-ensure-request-with-unknown-parameter-succeeds: it is as if it were not there."""
    party.tokens(party.ask_well(extra="foobar"))


def test_a_login_hint(party):
    """oidcc-login-hint: a name that nobody has here hinders nobody."""
    answer = party.ask_well(login_hint="buffy@localhost")
    assert "card" in answer.asked
    party.tokens(answer)


@pytest.mark.parametrize("parameter", ["ui_locales", "claims_locales"])
def test_languages(party, parameter):
    """oidcc-ui-locales, oidcc-claims-locales: one that is not spoken here is not an error, one that is neither."""
    for languages in ("se", "en ja", "se ja-JP"):
        party.tokens(party.ask_well(**{parameter: languages}))


def test_prompt_login(party):
    """oidcc-prompt-login: the card is wanted again, and whoever asks for the moment hears of a later one."""
    first = party.log_in(max_age="10000")["claims"]
    later(party, 1)
    answer = party.ask_well(prompt="login", max_age="10000")
    assert "card" in answer.asked
    second = party.tokens(answer)["claims"]
    assert second["auth_time"] > first["auth_time"]
    assert second["sub"] == first["sub"]


def test_prompt_login_of_a_service_that_asks_for_no_time(party):
    """oidcc-prompt-login as it is sent: the card is wanted again; no ID token tells when."""
    first = party.log_in()["claims"]
    answer = party.ask_well(prompt="login")
    assert "card" in answer.asked
    assert "auth_time" not in first.keys() | party.tokens(answer)["claims"].keys()


def test_prompt_none_where_nobody_is_signed_in(party):
    """oidcc-prompt-none-not-logged-in: an error at once, with all 128 characters of the state."""
    assert len(STATE) == 128
    assert party.ask_badly(prompt="none", state=STATE) == "login_required"


def same_login_twice(party, first, second):
    """Two logins of one browser of which the second asks nobody; both ID tokens' claims."""
    before = party.log_in(**first)
    later(party, 1)
    changes = second(before) if callable(second) else second
    answer = party.ask_well(**changes)
    assert answer.asked == []
    after = party.tokens(answer)
    assert after["claims"]["sub"] == before["claims"]["sub"]
    assert after["claims"].get("auth_time") == before["claims"].get("auth_time")
    return before["claims"], after["claims"]


def test_prompt_none_where_somebody_is_signed_in(party):
    """oidcc-prompt-none-logged-in: a code at once, for the same person and moment."""
    same_login_twice(party, {}, {"prompt": "none"})


def test_an_id_token_as_a_hint(party):
    """oidcc-id-token-hint: with the ID token of the first login, and without a page."""
    same_login_twice(party, {}, lambda tokens: {"prompt": "none", "id_token_hint": tokens["id_token"]})


def test_a_long_max_age(party):
    """oidcc-max-age-10000: nobody is asked, and both ID tokens tell the same moment."""
    first, second = same_login_twice(party, {"max_age": "15000"}, {"max_age": "10000"})
    assert first["auth_time"] == second["auth_time"]


def test_a_short_max_age(party):
    """oidcc-max-age-1: after two seconds the card is wanted again, and the ID token tells this moment."""
    first = party.log_in(max_age="15000")["claims"]
    later(party, 2)
    answer = party.ask_well(max_age="1")
    assert "card" in answer.asked
    second = party.tokens(answer)["claims"]
    assert first["auth_time"] < second["auth_time"]
    assert party.town.clock().timestamp() - second["auth_time"] < 60
