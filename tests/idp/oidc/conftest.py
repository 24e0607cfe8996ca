"""What several files of the service's side share."""

import pytest
from components.backs import BackChannels
from components.signing_out import BYE, tokens_of


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
