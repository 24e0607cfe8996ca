"""What happens once happens once: a finished login gives no second code, a decision is written down once."""

import re
from urllib.parse import parse_qs, urlsplit

from idp.login.states import State
from idp.store.shortlived import Change


def returned(town, login):
    """The browser after the card was read."""
    return town.get(login.browser, town.accept(login)).headers["Location"]


def test_a_remembered_consent_ends_the_login(aoba):
    """With consent remembered the login ends at the return: its consent page gives no second code."""
    aoba.sign_in(aoba.library)
    login = aoba.begin(aoba.library)
    location = returned(aoba, login)
    assert "code" in parse_qs(urlsplit(location).query)
    page = aoba.get(login.browser, f"{login.page_url}/consent")
    assert (page.status_code, "もう一度ログイン" in page.text) == (410, True)


def test_a_decision_counts_once(aoba):
    """The second press of a button meets a finished login, and the trail has one decision."""
    login = aoba.begin(aoba.library)
    url = returned(aoba, login)
    page = aoba.get(login.browser, url)
    shown = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    form = {**shown, "decision": "allow"}
    first, second = (aoba.post(login.browser, url, data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 410)
    with aoba.product.store.engine.connect() as connection:
        asked = "SELECT count(*) FROM audit_entry WHERE action = 'consent.given'"
        assert connection.exec_driver_sql(asked).scalar_one() == 1


def test_a_shared_sector_says_why(aoba):
    """The consent page names the services that receive the same number, and the purpose of that."""
    aoba.register("aoba", "school2", sector_id="family")
    login = aoba.begin(aoba.childcare)
    page = aoba.get(login.browser, returned(aoba, login))
    assert "子育てのため" in page.text.replace("<wbr>", "")


def test_a_proof_that_another_version_stored_begins_anew(aoba):
    """While the product is replaced: whoever comes back with one is told that it is over, and begins again."""
    login = aoba.begin(aoba.library)
    url = aoba.accept(login)
    key = f"aoba:tx:{urlsplit(url).path.split('/')[-2]}"
    of_before = Change({"state": State.ACCEPTED}, {"accepted": '{"acr": "aal3", "sealed_handle": "AAAA"}'})
    assert aoba.product.state.change(key, of_before).applied
    page = aoba.get(login.browser, url)
    assert (page.status_code, "もう一度ログイン" in page.text) == (410, True)
    assert aoba.sign_in(aoba.library)["sub"]
