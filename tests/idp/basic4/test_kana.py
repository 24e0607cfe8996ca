"""The reading of a name, as a service receives it: from the certificate and from J-LIS, from no card."""

import pytest
from components.latest import agreed, returning
from components.latest import consented as for_years
from components.signatures import happens
from components.signing import ALL, at_statement, begun, to_consent, told

from idp.items import KANA

TERMS = {KANA: {"purpose": "通知を読み間違えないため", "kept": "1年"}}


@pytest.fixture
def office(aoba):
    """A service that may have the name, and says why it asks for its reading."""
    return aoba.register("aoba", "office", scopes=ALL, claim_terms=TERMS)


def test_the_certificate_tells_it_with_the_name(aoba, office):
    """The statement and the consent page speak of it; the claim is OpenID Connect's, verified."""
    login = at_statement(aoba, office, names=("name", KANA))
    assert "項目：氏名、氏名のふりがな" in login.challenge["statement"]
    location = to_consent(aoba, login)
    page = aoba.get(login.browser, location).text
    assert "氏名のふりがな" in page
    assert "タカハシ　ハナコ" in page
    claims = told(aoba, login, location)["verified_claims"]
    assert claims["claims"] == {"name": "高橋　花子", KANA: "タカハシ　ハナコ"}


def test_somebody_of_whom_none_is_recorded_goes_on_without(aoba, office):
    """A name in Latin letters; nobody is refused for it."""
    login = at_statement(aoba, office, "alex", names=("name", KANA))
    claims = told(aoba, login, to_consent(aoba, login, "alex"))["verified_claims"]["claims"]
    assert claims == {"name": "ＭＩＨＯＮ　ＡＬＥＸ　ＳＡＭＰＬＥ"}


def test_j_lis_tells_it_where_it_was_agreed_to(aoba, office):
    """As an item of its own."""
    names = ("name", KANA)
    assert for_years(aoba, office, names=names)["verified_claims"]["claims"].keys() == set(names)
    assert agreed(aoba) == [("hanako", ("name", "kana"))]
    happens(aoba, "move")
    happens(aoba, "renew")
    claims = returning(aoba, office, names=names)["verified_claims"]["claims"]
    assert claims[KANA] == "タカハシ　ハナコ"


def test_no_card_holds_it(aoba, office):
    """Asked for without a source that knows it, it is left out and the page says so."""
    login, location = begun(aoba, office, claims=f'{{"userinfo": {{"name": null, "{KANA}": null}}}}')
    assert "氏名のふりがな" in aoba.get(login.browser, location).text
    assert told(aoba, login, location).keys() == {"sub", "name"}


def test_a_service_that_states_nothing_about_it_is_not_given_it(aoba):
    """It is registered for the reading by its terms, not by the scope `name`."""
    plain = aoba.register("aoba", "plain", scopes=ALL)
    login = at_statement(aoba, plain, names=("name", KANA))
    claims = told(aoba, login, to_consent(aoba, login))["verified_claims"]["claims"]
    assert claims.keys() == {"name"}
