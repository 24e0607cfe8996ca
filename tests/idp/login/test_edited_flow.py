"""What the browser holds of a login is edited: none of it decides, for all that counts is kept here (O21)."""

import re
from urllib.parse import urlsplit

import pytest
from components.town import BASE_URL

INPUT = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')


@pytest.fixture
def consent(shared_town, request):
    """A login that waits for consent: (town, browser, address, the form's own values)."""
    parking = shared_town.register("aoba", f"o21-{abs(hash(request.node.name)) % 10**8}")
    login = shared_town.begin(parking, scope="openid")
    url = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
    page = shared_town.get(login.browser, url)
    return shared_town, login.browser, url, dict(INPUT.findall(page.text))


def edits(value):
    """Other values in the place of one."""
    last = "A" if value[-1:] != "A" else "B"
    return [value[:-1] + last, "", value * 2, value + "\x00", "x" * 3000, "aal3", "0"]


def test_an_edited_form_decides_nothing(consent):
    """Every hidden field, in every way and left out: no code, and the true form still counts."""
    town, browser, url, form = consent
    assert form
    for name, value in form.items():
        left_out = {key: kept for key, kept in form.items() if key != name}
        for changed in ({**form, name: edit} for edit in edits(value)):
            refused = town.post(browser, url, data={**changed, "decision": "allow"})
            assert (400 <= refused.status_code < 500, refused.headers.get("Location")) == (True, None), changed
        refused = town.post(browser, url, data={**left_out, "decision": "allow"})
        assert (400 <= refused.status_code < 500, refused.headers.get("Location")) == (True, None)
    assert "code=" in town.post(browser, url, data={**form, "decision": "allow"}).headers["Location"]


def test_fields_that_the_form_does_not_have_change_nothing(consent):
    """The request's own parameters once more, with other values: the answer goes where it was asked to go."""
    town, browser, url, form = consent
    more = {
        "redirect_uri": "https://evil.example/",
        "client_id": town.library.client_id,
        "scope": "openid name address",
        "response_mode": "form_post",
        "state": "evil",
        "acr": "aal3",
    }
    answered = town.post(browser, url, data={**more, **form, "decision": "allow"})
    assert answered.headers["Location"].startswith("http://127.0.0.1:8901/callback?")
    assert "evil" not in answered.headers["Location"]


@pytest.mark.parametrize("decision", ["", "ALLOW", "allow ", "deny,allow", "1", None])
def test_a_decision_that_is_none_is_none(consent, decision):
    """Neither yes nor no: the person is asked on."""
    town, browser, url, form = consent
    data = {**form, **({"decision": decision} if decision is not None else {})}
    answered = town.post(browser, url, data=data)
    assert (400 <= answered.status_code < 500, answered.headers.get("Location")) == (True, None)
    assert town.get(browser, url).status_code == 200


@pytest.mark.parametrize("page", ["", "/consent"])
def test_an_edited_cookie_is_nobodys(shared_town, page):
    """Of the card page and of the consent page, in every way: neither is shown, nothing is decided."""
    service = shared_town.register("aoba", "o21-cookies" + page.replace("/", "-"))
    login = shared_town.begin(service)
    url, name = login.page_url, f"aoba-tx-{login.page_url.rpartition('/')[2]}"
    if page:
        url = shared_town.get(login.browser, shared_town.accept(login)).headers["Location"]
        name = "aoba-sess"
    value = login.browser.get_cookie(name).value
    assert shared_town.get(login.browser, url).status_code == 200
    for edit in (edit for edit in edits(value) if "\x00" not in edit):
        other = shared_town.browser()
        other.set_cookie(name, edit, domain=urlsplit(BASE_URL).hostname)
        shown = shared_town.get(other, url)
        assert (400 <= shown.status_code < 500, shown.headers.get("Location")) == (True, None), edit
        assert "<form" not in shown.text
    assert shared_town.get(login.browser, url).status_code == 200
