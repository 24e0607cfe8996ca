"""Debian's libapache2-mod-auth-openidc in a real Apache, against the provider by https."""

import re

import pytest
from components.virtual_reader import await_condition


def info(visitor, apache):
    """What the module itself says of the session."""
    return visitor.open(f"{apache}redirect_uri", info="json").json()


def is_signed_in(visitor, apache):
    """Whether the page is shown rather than the provider asked."""
    return visitor.browser.get(apache, allow_redirects=False, timeout=30).status_code == 200


@pytest.fixture
def apache(pages):
    """The page of the service with a secret."""
    return pages["apache"]


def number_on(page):
    """What a protected page has learned: the resident's number, twice."""
    user, number = re.match(r"user=(\S+) sub=(\S+)\n", page.text).groups()
    assert user.startswith(number)
    return number


def test_a_protected_page_is_shown_to_whoever_signed_in_and_the_module_refreshes(apache, visitor, served):
    """The page learns the resident's number; the module trades its refresh token for another access token."""
    page = visitor.open(apache)
    assert page.url == apache, page.text
    before = info(visitor, apache)
    assert before["id_token"]["sub"] == before["userinfo"]["sub"] == number_on(page)
    assert before["id_token"]["iss"] == served.issuer

    visitor.open(f"{apache}redirect_uri", refresh=apache, access_token=before["access_token"])
    after = info(visitor, apache)
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]


def test_its_logout_goes_by_way_of_the_provider(apache, visitor):
    """The browser comes back to the service's page, and nobody is signed in."""
    visitor.open(apache)
    over = visitor.open(f"{apache}redirect_uri", logout=apache.replace("protected/", "over.html"))
    assert over.url.endswith("/over.html")
    assert "sign-out" in visitor.asked
    assert not is_signed_in(visitor, apache)


def test_a_logout_at_the_provider_reaches_it_by_the_back_channel(apache, visitor, served):
    """The module takes the logout token, and its own session is over."""
    visitor.open(apache)
    assert is_signed_in(visitor, apache)
    visitor.open(f"{served.issuer}/logout")
    assert "sign-out" in visitor.asked
    await_condition(lambda: not is_signed_in(visitor, apache), 30.0)


def test_a_service_that_signs_its_assertions_is_answered_by_a_form(pages, visitor, apache):
    """private_key_jwt, form_post and an encrypted ID token as the module speaks them; its number is another."""
    page = visitor.open(pages["apache-keyed"])
    assert "form-post" in visitor.asked
    assert len(re.search(r"token=(\S+)", page.text)[1].split(".")) == 5  # as it came: a JWE
    assert number_on(page) != number_on(visitor.open(apache))
