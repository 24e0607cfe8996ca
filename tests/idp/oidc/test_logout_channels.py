"""The front channel, and what is published and registered of either channel."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from components.signing_out import LOGOUT, ask, decide, tokens_of
from components.town import BASE_URL, id_token_claims

from idp.registration import NotAllowed

FRONT = "http://127.0.0.1:8901/front?x=1"


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
    with pytest.raises(NotAllowed):
        shared_town.register("aoba", "channels", **wishes)
