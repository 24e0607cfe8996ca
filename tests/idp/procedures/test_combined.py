"""The combined way: ID and password, then the card, both by one person in one login."""

import re
from html import unescape

import pytest
from components.passwords import PASSWORD, begin, by_card, enter, switch_on
from components.phone import finish, scan
from components.town import BASE_URL, id_token_claims
from components.town import town as one_town

from idp.procedures.procedure import Way
from idp.procedures.register import Change


@pytest.fixture(scope="module")
def town(tmp_path_factory, founded_world):
    """A library, which takes no password alone, with a procedure of the combined way."""
    with one_town(tmp_path_factory.mktemp("combined"), founded_world) as made:
        switch_on(made, "password")
        tenant = made.product.directory.tenant("aoba")
        client = tenant.clients[made.library.client_id]
        wish = Change(name_ja="名義変更")
        made.product.service_acts.procedures.create(tenant, client, "transfer", Way.COMBINED, wish)
        made.hanako = by_card(made)
        yield made


def first(town, **parameters):
    """A login for the procedure of which the first proof is made."""
    login = begin(town, town.library, procedure="transfer", **parameters)
    answer = enter(town, login, town.hanako, PASSWORD)
    assert answer.headers["Location"] == login.page_url
    return with_link(town, login)


def with_link(town, login):
    """The card page stands open."""
    page = town.get(login.browser, login.page_url)
    login.link = unescape(re.search(r'rel="jpki-login" href="([^"]+)"', page.text)[1])
    return login


def test_password_and_card_of_one_person(town):
    """Both methods are told, with the level of the card and the same number as ever."""
    login = first(town)
    code, login = town.finish(login, town.accept(login))
    told = id_token_claims(town.redeem(code, login).json["id_token"])
    assert told["amr"] == ["pwd", "hwk", "sc", "pin", "mfa"]
    assert (told["acr"], told["procedure"]) == ("aal3", "transfer")
    assert told["sub"] == town.sign_in(town.library)["sub"]


def test_the_first_page_is_that_of_the_password(town):
    """The card page leads there until the first proof is made, and back to itself then."""
    login = begin(town, town.library, procedure="transfer")
    assert town.get(login.browser, login.page_url).headers["Location"] == f"{login.page_url}/password"
    assert "1つ目" in town.get(login.browser, f"{login.page_url}/password").text
    enter(town, login, town.hanako, PASSWORD)
    assert "1つ目の確認が済みました" in town.get(login.browser, login.page_url).text.replace("<wbr>", "")
    assert town.get(login.browser, f"{login.page_url}/password").headers["Location"] == login.page_url


def test_another_persons_card_is_refused(town):
    """The password is hanako's, the card midori's: nothing is accepted, and hanako's card still is."""
    login = first(town)
    town.challenge(login)
    refused = town.prove(login, town.sign(login, "midori"))
    assert (refused.status_code, refused.json["code"]) == (403, "certificate_conflict")
    assert "secret=" in town.accept(login)


def test_a_card_of_somebody_new_is_another_persons(town):
    """Its owner is made known by no login that is refused."""
    login, people = first(town), town.rows("person")
    town.challenge(login)
    assert town.prove(login, town.sign(login, "sora")).json["code"] == "certificate_conflict"
    assert town.rows("person") == people


def test_the_card_alone_is_not_enough(town):
    """Whoever reads LINK before the password was typed is refused."""
    login = begin(town, town.library, procedure="transfer")
    transaction_id = login.page_url.rsplit("/", 1)[1]
    record = town.product.state.read(f"aoba:tx:{transaction_id}")
    login.link = f"{BASE_URL}/t/aoba/card/{record['button']}"
    town.challenge(login)
    refused = town.prove(login, town.sign(login))
    assert (refused.status_code, refused.json["code"]) == (403, "level_insufficient")


def test_a_login_of_before_is_not_enough(town):
    """Single sign-on does not stand for two proofs in one login."""
    browser = town.browser()
    town.come(town.library, browser)
    _, url = town.ask(town.library, browser, procedure="transfer")
    assert "/login/" in url


def test_the_card_may_be_read_by_a_phone_across_devices(town):
    """At the level that six digits give, with both methods."""
    login = first(town)
    phone = scan(town, login)
    digits = phone.code(resident="hanako", device="reader")
    answer = town.post(login.browser, login.page_url + "/code", data={"code": digits})
    told = finish(town, login, answer)
    assert (told["acr"], told["amr"][0]) == ("aal2", "pwd")


def test_a_password_alone_ends_no_login_for_it(town):
    """After the first proof there is neither session nor code."""
    login = first(town)
    rows = town.rows("acceptance")
    state = town.get(login.browser, login.page_url, headers={"Accept": "application/json"}).json
    assert state == {"state": "waiting"}
    assert town.rows("acceptance") == rows
