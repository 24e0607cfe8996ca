"""What several files of the login share."""

import pytest
from components.card_host import card_host_town
from components.going_on import enter


@pytest.fixture(scope="package")
def host(tmp_path_factory, founded_world):
    """A town with a card host for all: each test begins logins of its own, and leaves the setting as it was."""
    with card_host_town(tmp_path_factory.mktemp("card-host"), founded_world) as made:
        yield made


@pytest.fixture
def signed_in(aoba):
    """A browser in which hanako signed in at childcare a moment ago; (town, browser, ID token claims)."""
    browser = aoba.browser()
    return aoba, browser, enter(aoba, aoba.childcare, browser)
