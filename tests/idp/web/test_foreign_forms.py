"""Residents' forms that another site's page sends are not taken, whatever else they bear (Fetch Metadata)."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from components.town import BASE_URL, REDIRECT_URI

FOREIGN = ["cross-site", "same-site", "SAME-ORIGIN", "", "x"]
OURS = [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}]


def resident_forms(town):
    """Path of every rule that takes a resident's form by POST."""
    rules = town.product.app.url_map.iter_rules()
    paths = [rule.rule for rule in rules if "POST" in (rule.methods or ())]
    return [path for path in paths if path.startswith(("/login/", "/my/")) or path == "/logout/decision"]


@pytest.mark.parametrize("site", FOREIGN)
def test_no_form_of_a_resident_is_taken_from_elsewhere(shared_town, site):
    """Every route that takes one: 403, before anything is looked at."""
    paths = resident_forms(shared_town)
    assert len(paths) >= 18
    for path in paths:
        url = f"{BASE_URL}/t/aoba" + path.replace("<transaction_id>", "x").replace("<service_id>", "x")
        assert shared_town.post(shared_town.browser(), url, headers={"Sec-Fetch-Site": site}).status_code == 403, (
            path
        )


def test_a_consent_that_another_page_sends_is_none(shared_town):
    """With the cookies and every value of the form, which no such page has: nothing is decided, the page stays."""
    login = shared_town.begin(shared_town.school)
    url = shared_town.get(login.browser, shared_town.accept(login, "ichiro")).headers["Location"]
    page = shared_town.get(login.browser, url)
    form = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))

    def send(site):
        data, headers = {**form, "decision": "allow"}, {"Sec-Fetch-Site": site}
        return shared_town.post(login.browser, url, data=data, headers=headers)

    for site in ("cross-site", "same-site"):
        refused = send(site)
        assert (refused.status_code, refused.headers.get("Location")) == (403, None)
        assert shared_town.get(login.browser, url).status_code == 200
    assert "code" in parse_qs(urlsplit(send("same-origin").headers["Location"]).query)


@pytest.mark.parametrize("headers", OURS)
def test_our_own_page_and_a_browser_without_the_header_are_heard(shared_town, headers):
    """The same request is judged by what it bears: here a transaction that is none."""
    url = f"{BASE_URL}/t/aoba/login/x/consent"
    assert shared_town.post(shared_town.browser(), url, headers=headers).status_code != 403


def test_services_send_browsers_by_form_where_they_may(shared_town):
    """An authorization request and a logout by POST come from another site by their nature."""
    asked = {
        "client_id": shared_town.library.client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": "openid",
    }
    for path, data in (("/authorize", asked), ("/logout", {})):
        url = f"{BASE_URL}/t/aoba{path}"
        sent = shared_town.post(shared_town.browser(), url, data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert sent.status_code == 303, path
